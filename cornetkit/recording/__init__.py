"""Recording: the Recorder (hooks) and record(), the loop over an image set."""

from .pixels import pixels
from .record import record
from .recorder import Recorder

__all__ = ["Recorder", "pixels", "record"]
