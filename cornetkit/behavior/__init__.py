"""Behaviour: choices of decoders and of subjects, image by image, and how far they agree."""

from .decoder import choice_probabilities
from .error_consistency import error_consistency
from .files import open_behavior, save_behavior
from .scores import behavior_scores, check_scoring
from .signatures import behavioral_signatures
from .speed_accuracy import speed_accuracy
from .trials import open_trials

__all__ = [
    "behavior_scores",
    "behavioral_signatures",
    "check_scoring",
    "choice_probabilities",
    "error_consistency",
    "open_behavior",
    "open_trials",
    "save_behavior",
    "speed_accuracy",
]
