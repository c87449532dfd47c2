"""``python -m cornetkit_cli``."""

from .main import main

main()
