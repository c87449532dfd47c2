"""Arguments that a call has no use for: refused, since a result that ignores them would mislead."""

from __future__ import annotations

from typing import Any

from .errors import InputError

# What the command line calls them, where it has them.
_FLAGS = {
    "n_resamples": "--resamples", "together": "--together", "areas": "--areas",
    "window": "--window", "bins": "--bins", "search": "--search", "n_dimensions": "--dimensions",
    "labels": "--labels", "baselines": "--baselines", "feedforward": "--feedforward",
    "unique": "--unique", "metric": "--metric", "neural_metric": "--neural-metric",
    "noise": "--noise", "pool": "--pool", "constant_units": "--constant-units",
    "heads_per_class": "--heads-per-class", "step": "--step",
}  # fmt: skip


def refuse(why: str, **settings: Any) -> None:
    """Raise where one of these was given (None: it was not), and say why nothing uses it.

    Raises
    ------
    InputError
        One line with the name, its flag, and the reason.
    """
    for name, value in settings.items():
        if value is None:
            continue
        flag = f" ({_FLAGS[name]})" if name in _FLAGS else ""
        shown = f"{name}={value!r}" if isinstance(value, (str, int, float)) else f"{name}="
        raise InputError(f"{shown}{flag} {why}; leave it out")
