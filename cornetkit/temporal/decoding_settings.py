"""What decode() is asked for: whether it goes together, and what it is decoded over."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from ..behavior.labels_of_stimuli import Labels
from ..errors import InputError, unknown_name
from ..schema import check_number, check_whole
from ..unused import refuse
from .decoders import CLASSIFIERS
from .given import Given

OVER = ("stimuli", "repetitions")
_MIN_BOOTSTRAPS = 20
# A label with fewer stimuli than this is decoded over repetitions, where there are any.
_FEW = 5


def check_settings(
    classifier: str,
    cross_validate: str,
    *,
    C: float | None,
    alpha: float | None,
    n_permutations: int,
    **counts: int | None,
) -> None:
    """Raise for a wrong setting, or one that has no use whatever is decoded over.

    Parameters
    ----------
    counts
        ``n_splits``, ``n_resamples`` and ``n_bootstraps``, None where not given.
    """
    if classifier not in CLASSIFIERS:
        raise unknown_name("classifier", classifier, CLASSIFIERS)
    if cross_validate not in (*OVER, "auto"):
        raise unknown_name("way to cross-validate", cross_validate, (*OVER, "auto"))
    least = {"n_splits": 2, "n_resamples": 1, "n_permutations": 0, "n_bootstraps": 0}
    for name, value in (counts | {"n_permutations": n_permutations}).items():
        if value is None:
            continue
        check_whole(value, name)
        if value < least[name]:
            raise InputError(f"{name} must be at least {least[name]}, not {value}")
    check_bootstraps(counts["n_bootstraps"])
    for name, number in (("alpha", alpha), ("C", C)):
        if number is not None:
            check_number(number, name, "a number")
    if alpha is not None and not 0 < alpha < 1:
        raise InputError(f"alpha={alpha} was given; expected a number between 0 and 1, as 0.05")
    if classifier == "correlation":
        refuse("is a penalty, and classifier='correlation' has none", C=C)
    if not n_permutations:
        refuse("is for clusters of permutations, and n_permutations is 0", alpha=alpha)


def check_bootstraps(n_bootstraps: int | None) -> None:
    """Raise where there are too few resamples for an interval, unless none are asked for."""
    if n_bootstraps is not None and n_bootstraps != 0 and n_bootstraps < _MIN_BOOTSTRAPS:
        raise InputError(
            f"n_bootstraps={n_bootstraps} is too few for an interval; expected "
            f"{_MIN_BOOTSTRAPS} or more, or 0 for none"
        )


def check_classifier(classifier: str, z_score: bool) -> None:
    """Raise where patterns over units are correlated whose units are not standardised."""
    if classifier == "correlation" and not z_score:
        raise InputError(
            "classifier='correlation' correlates patterns over units, and needs units that are "
            "standardised; give standardize=True (--standardize), or the logistic classifier"
        )


def over_of(given: Given, labels: Labels, asked: str) -> tuple[str, list[str]]:
    """Return what to cross-validate over, and what to say of it."""
    fewest = int(labels.counts.min())
    rare = labels.names[int(labels.counts.argmin())]
    repeated = given.windows is not None and _most_repetitions(given.windows.trials) >= 2
    if asked == "repetitions":
        if given.windows is None:
            raise InputError(
                "cross_validate='repetitions' (--cross-validate repetitions) is for recordings; "
                "activations are the same whenever an image is shown"
            )
        if not repeated and fewest < 2:
            raise InputError(
                "decoding over repetitions needs at least 2 repetitions, and every stimulus was "
                "shown once; give the single trials (one row a trial)"
            )
        return asked, []
    if asked == "auto" and repeated and fewest < _FEW:
        return "repetitions", [
            f"label '{rare}' has {fewest} stimuli, fewer than {_FEW}: cross-validated over "
            "repetitions, so that decoders are tested on new trials of stimuli that they know"
        ]
    fewer = "" if given.windows is None or repeated else ", and fewer than 2 repetitions are there"
    check_counts(labels, fewer)
    return "stimuli", []


def check_counts(labels: Labels, also: str = "") -> None:
    """Raise where a label has too few stimuli to be decoded over stimuli."""
    fewest = int(labels.counts.min())
    if fewest < 2:
        rare = labels.names[int(labels.counts.argmin())]
        raise InputError(
            f"label '{rare}' has {fewest} stimulus; cross-validation over stimuli needs at least 2 "
            f"of each label{also}"
        )


def check_over(
    over: str,
    *,
    groups: str | None,
    match_reliability: bool,
    n_resamples: int | None,
    together: str | None,
    n_bootstraps: int | None,
) -> None:
    """Raise for a setting that what is decoded over has no use for."""
    if over == "stimuli":
        why = (
            "is for pseudo-populations, and this is decoded over stimuli, from means over "
            "repetitions (over repetitions: cross_validate='repetitions', "
            "--cross-validate repetitions)"
        )
        refuse(why, n_resamples=n_resamples, together=together)
        return
    if match_reliability:
        raise InputError(
            "match_reliability= (--match-reliability) thins repetitions, and these are what is "
            "decoded over; give cross_validate='stimuli' (--cross-validate stimuli)"
        )
    if groups is not None:
        raise InputError(
            "groups= (--groups) keeps stimuli out of training; over repetitions all stimuli "
            "are trained on: give cross_validate='stimuli' (--cross-validate stimuli)"
        )
    why = "is for intervals over held-out stimuli, and this is decoded over repetitions"
    refuse(why, n_bootstraps=n_bootstraps or None)


def _most_repetitions(trials: xr.DataArray) -> int:
    return int(np.unique(trials["stimulus"].values, return_counts=True)[1].max(initial=0))


def settled(value: Any, default: Any) -> Any:
    """Return what was given, or what stands for it."""
    return default if value is None else value
