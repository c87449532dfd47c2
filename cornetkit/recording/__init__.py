"""Recording: the Recorder (hooks), record(), the loop over an image set, and its reductions."""

from .estimate import Estimate, estimate
from .pixels import pixels
from .record import record
from .recorder import Recorder
from .verify import Verification, verify

__all__ = ["Estimate", "Recorder", "Verification", "estimate", "pixels", "record", "verify"]
