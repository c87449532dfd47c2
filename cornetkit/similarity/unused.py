"""Which settings of distances, ceilings and intervals have no use: they are refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import InputError, listing
from ..unused import refuse
from .trial_distances import TRIAL_METRICS


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
    if not set(metrics) & set(TRIAL_METRICS):
        refuse(f"is for {listing(TRIAL_METRICS)} distances, and {made}", noise=noise)
    if not set(metrics) - set(TRIAL_METRICS):
        why = f"is for distances of mean responses (correlation ...), and {made}"
        refuse(why, constant_units=constant_units, dtype=dtype)


def check_given_rdms(what: str, **settings: Any) -> None:
    """Raise where a setting says how RDMs are made, or of what, and they were given."""
    refuse(f"says how RDMs are made, and {what} are RDMs already", **settings)


def check_ceiling_arguments(ceiling: str, pool: str | None, n_halves: int | None) -> None:
    """Raise where the ceiling that is asked for has no subjects to pool, or no halves."""
    if ceiling in ("repetitions", "none"):
        refuse(f"is for a ceiling over subjects, and ceiling='{ceiling}'", pool=pool)
    if ceiling in ("subjects", "none"):
        refuse(f"is for a ceiling over repetitions, and ceiling='{ceiling}'", n_halves=n_halves)


def check_bootstrap_arguments(
    bootstrap: int | None, resample: str | Sequence[str] | None, confidence: float | None
) -> None:
    """Raise where something is said of a bootstrap that is not made."""
    for name, value in (("resample", resample), ("confidence", confidence)):
        if not bootstrap and value is not None:
            shown: Any = value
            if isinstance(value, Sequence) and not isinstance(value, str):
                shown = ",".join(map(str, value))
            raise InputError(
                f"{name}={shown!r} is about the intervals of a bootstrap; add bootstrap=1000 "
                "(--bootstrap 1000)"
            )
