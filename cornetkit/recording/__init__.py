"""Recording: the Recorder (hooks), record(), the loop over an image set, and its reductions."""

from .baselines import baselines, was_cropped
from .baselines_untrained import Recipe, untrained
from .estimate import Estimate, estimate
from .record import record
from .recorder import Recorder
from .verify import Verification, verify

__all__ = [
    "Estimate",
    "Recipe",
    "Recorder",
    "Verification",
    "baselines",
    "estimate",
    "record",
    "untrained",
    "verify",
    "was_cropped",
]
