"""How much of what neurons do, and when, does a recurrent model of the ventral stream explain?

The public names are loaded when first used, so that ``import cornetkit`` is cheap:
neither torch, xarray, pandas nor matplotlib is loaded by it.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "load_model": "models",
    "load_stimuli": "stimuli",
    "Recorder": "recording",
    "record": "recording",
    "verify": "recording",
    "Activations": "activations",
    "open_activations": "activations",
    "baselines": "recording",
    "open_recordings": "neural",
    "save_recordings": "neural",
    "average": "neural",
    "rebin": "neural",
    "predict": "predictivity",
    "reverse_predict": "predictivity",
    "ceiling": "predictivity",
    "match_reliability": "predictivity",
    "ceiling_table": "predictivity",
    "open_ceiling": "predictivity",
    "save_ceiling": "predictivity",
    "open_scores": "predictivity",
    "score_table": "predictivity",
    "part_table": "predictivity",
    "error_modes": "predictivity",
    "partition_variance": "predictivity",
    "save_scores": "predictivity",
    "rdm": "similarity",
    "compare_rdms": "similarity",
    "rsa": "similarity",
    "rdm_ceiling": "similarity",
    "rsa_table": "similarity",
    "open_rsa": "similarity",
    "save_rsa": "similarity",
    "cka": "similarity",
    "one_to_one": "similarity",
    "open_rdms": "similarity",
    "save_rdms": "similarity",
    "to_rsatoolbox": "similarity",
    "from_rsatoolbox": "similarity",
    "plot_rdm": "plotting",
    "plot_scores": "plotting",
    "make_stimuli": "simulation",
    "simulate_recordings": "simulation",
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
