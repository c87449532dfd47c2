"""What reads a file of each kind for ``cornetkit inspect``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from .compare_rsa import look_at_comparison
from .decode import look_at_decoding
from .evaluate import look_at_evaluation
from .inspect_behavior import look_at_behavior, look_at_speed_accuracy
from .inspect_checkpoint import look_at_checkpoint
from .inspect_inputs import look_at_activations, look_at_recordings
from .inspect_over_time import OVER_TIME, look_at_dynamics, look_at_power, look_over_time
from .inspect_scores import (
    look_at_ceilings,
    look_at_error_modes,
    look_at_partition,
    look_at_reverse,
    look_at_score_comparison,
    look_at_scores,
)
from .inspect_similarity import look_at_matching, look_at_rdm_ceilings, look_at_rdms, look_at_rsa
from .ost import look_at_solution_times

# By what `kind_of_file` says; each returns lines, facts, and ids where stimuli can be compared.
READERS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "activations": look_at_activations,
    "recordings": look_at_recordings,
    "checkpoint": look_at_checkpoint,
    "scores": look_at_scores,
    "ceilings": look_at_ceilings,
    "reverse predictivity": look_at_reverse,
    "partition of variance": look_at_partition,
    "error modes": look_at_error_modes,
    "comparison of scores": look_at_score_comparison,
    "comparison of similarity": look_at_comparison,
    "rdms": look_at_rdms,
    "rsa": look_at_rsa,
    "rdm ceilings": look_at_rdm_ceilings,
    "one-to-one matching": look_at_matching,
    "soft matching": look_at_matching,
    "decoding": look_at_decoding,
    "object solution times": look_at_solution_times,
    "dynamics": look_at_dynamics,
    **dict.fromkeys(OVER_TIME, look_over_time),
    "power": look_at_power,
    "behavior": look_at_behavior,
    "speed and accuracy": look_at_speed_accuracy,
    "evaluation": look_at_evaluation,
}
