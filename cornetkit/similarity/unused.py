"""Arguments that a call has no use for: refused, since a result that ignores them would mislead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import InputError, listing
from .trial_distances import TRIAL_METRICS

# Those of `cornetkit rsa`.
_OPTIONS = ("metric", "neural_metric", "noise", "constant_units", "pool")


def check_distances(
    metrics: Sequence[str],
    *,
    noise: str | None = None,
    constant_units: str | None = None,
    dtype: str | None = None,
) -> None:
    """Raise where a setting of distances is given and none of these metrics has a use for it.

    Parameters
    ----------
    metrics
        Of the RDMs that are computed; none where RDMs were given.
    noise, constant_units, dtype
        As given, None where they were not.
    """
    made = f"the distances are {listing(dict.fromkeys(metrics))}" if metrics else "RDMs were given"
    if noise is not None and not set(metrics) & set(TRIAL_METRICS):
        raise _unused("noise", noise, f"is for {listing(TRIAL_METRICS)} distances, and {made}")
    for name, value in (("constant_units", constant_units), ("dtype", dtype)):
        if value is not None and not set(metrics) - set(TRIAL_METRICS):
            why = f"is for distances of mean responses (correlation ...), and {made}"
            raise _unused(name, value, why)


def check_given_rdms(what: str, **settings: Any) -> None:
    """Raise where a setting says how RDMs are made, or of what, and they were given."""
    for name, value in settings.items():
        if value is not None:
            raise _unused(name, value, f"says how RDMs are made, and {what} are RDMs already")


def check_ceiling_arguments(ceiling: str, pool: str | None, n_halves: int | None) -> None:
    """Raise where the ceiling that is asked for has no subjects to pool, or no halves."""
    if pool is not None and ceiling in ("repetitions", "none"):
        raise _unused("pool", pool, f"is for a ceiling over subjects, and ceiling='{ceiling}'")
    if n_halves is not None and ceiling in ("subjects", "none"):
        why = f"is for a ceiling over repetitions, and ceiling='{ceiling}'"
        raise _unused("n_halves", n_halves, why)


def check_bootstrap_arguments(
    bootstrap: int | None, resample: str | Sequence[str] | None, confidence: float | None
) -> None:
    """Raise where something is said of a bootstrap that is not made."""
    for name, value in (("resample", resample), ("confidence", confidence)):
        if not bootstrap and value is not None:
            shown = value if isinstance(value, (str, int, float)) else ",".join(map(str, value))
            raise InputError(
                f"{name}={shown!r} is about the intervals of a bootstrap; add bootstrap=1000 "
                "(--bootstrap 1000)"
            )


def _unused(name: str, value: Any, why: str) -> InputError:
    flag = f" (--{name.replace('_', '-')} {value})" if name in _OPTIONS else ""
    return InputError(f"{name}={value!r}{flag} {why}; leave it out")
