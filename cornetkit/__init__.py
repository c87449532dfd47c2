"""How much of what neurons do, and when, does a recurrent model of the ventral stream explain?

The public names are loaded when first used, so that ``import cornetkit`` is cheap:
neither torch, xarray, pandas nor matplotlib is loaded by it.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

# Each name and its room, in the order of the way from a model to a figure.
_HOMES = {
    # Models, and what drives them.
    "load_model": "models",
    "load_stimuli": "stimuli",
    # Activations: recorded, opened, checked; baselines are recorded like a model.
    "Recorder": "recording",
    "record": "recording",
    "verify": "recording",
    "baselines": "recording",
    "Activations": "activations",
    "open_activations": "activations",
    # Recordings of neurons.
    "open_recordings": "neural",
    "save_recordings": "neural",
    "average": "neural",
    "rebin": "neural",
    # Activations predict recordings: scores, ceilings, comparisons.
    "predict": "predictivity",
    "reverse_predict": "predictivity",
    "partition_variance": "predictivity",
    "error_modes": "predictivity",
    "compare_scores": "predictivity",
    "ceiling": "predictivity",
    "match_reliability": "predictivity",
    "open_scores": "predictivity",
    "save_scores": "predictivity",
    "open_ceiling": "predictivity",
    "save_ceiling": "predictivity",
    "score_table": "predictivity",
    "part_table": "predictivity",
    "comparison_table": "predictivity",
    "ceiling_table": "predictivity",
    # RDMs and what else compares two sets of responses.
    "rdm": "similarity",
    "rsa": "similarity",
    "compare_rdms": "similarity",
    "compare_rsa": "similarity",
    "rdm_ceiling": "similarity",
    "cka": "similarity",
    "one_to_one": "similarity",
    "soft_matching": "similarity",
    "open_rdms": "similarity",
    "save_rdms": "similarity",
    "open_rsa": "similarity",
    "save_rsa": "similarity",
    "rsa_table": "similarity",
    "to_rsatoolbox": "similarity",
    "from_rsatoolbox": "similarity",
    # Time: which step matches which moment, and what recurrence adds.
    "dynamics": "temporal",
    "step_matrix": "temporal",
    "align": "temporal",
    "shared_or_per_bin": "temporal",
    "recurrence_gain": "temporal",
    "decode": "temporal",
    "ost": "temporal",
    "generalize_mapping": "temporal",
    "rdm_movie": "temporal",
    "latency": "temporal",
    "trajectories": "temporal",
    "power": "temporal",
    "separating_stimuli": "temporal",
    "open_dynamics": "temporal",
    "save_dynamics": "temporal",
    "dynamics_table": "temporal",
    "open_temporal": "temporal",
    "save_temporal": "temporal",
    # Choices, image by image.
    "choice_probabilities": "behavior",
    "behavioral_signatures": "behavior",
    "behavior_scores": "behavior",
    "error_consistency": "behavior",
    "speed_accuracy": "behavior",
    "open_trials": "behavior",
    "open_behavior": "behavior",
    "save_behavior": "behavior",
    # Training.
    "train": "training",
    "evaluate": "training",
    "open_evaluation": "training",
    "save_evaluation": "training",
    "training_curves": "training",
    "export_weights": "training",
    # Stimuli and recordings with a known answer.
    "make_stimuli": "simulation",
    "make_shapes": "simulation",
    "simulate_recordings": "simulation",
    # Figures: one for each kind of result.
    "plot_scores": "plotting",
    "plot_rdm": "plotting",
    "plot_dynamics": "plotting",
    "plot_step_matrix": "plotting",
    "plot_alignment": "plotting",
    "plot_mappings": "plotting",
    "plot_gain": "plotting",
    "plot_decoding": "plotting",
    "plot_generalization": "plotting",
    "plot_ost": "plotting",
    "plot_rdm_movie": "plotting",
    "plot_latency": "plotting",
    "plot_trajectories": "plotting",
    "plot_power": "plotting",
    "plot_behavior": "plotting",
    "plot_training": "plotting",
    # What can go wrong.
    "CornetkitError": "errors",
    "CornetkitWarning": "errors",
}

__all__ = ["__version__", *_HOMES]


def __getattr__(name: str) -> Any:
    """Load a public name from its room on first use (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'cornetkit' has no attribute '{name}'")
    value = getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
