"""How much memory is free."""

from __future__ import annotations

import os
from pathlib import Path


def available_bytes() -> int:
    """Return the bytes of memory that can be taken without swapping."""
    info = Path("/proc/meminfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
