"""What a reader of a score has to know, each in one line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import xarray as xr

from ..errors import listing
from .comparison import Comparison
from .evaluate import Evaluation
from .faint import describe_faint
from .features import Features
from .protocols import PENALISED, Protocol
from .splits import Split


def describe_steps(undriven: Sequence[Features]) -> list[str]:
    """Name the steps that were left out because the image had not arrived."""
    if not undriven:
        return []
    steps = defaultdict(list)
    for features in undriven:
        steps[features.area].append(features.step)
    named = "; ".join(f"{area} {listing(numbers, 12)}" for area, numbers in steps.items())
    return [f"left out steps that the image has not reached: {named}"]


def describe_labels(
    plan: Protocol, labels: np.ndarray | None, splits: Sequence[Split]
) -> list[str]:
    """Say what could not be balanced over train and test."""
    if labels is None or plan.splits != "kfold":
        return []
    values, counts = np.unique(labels, return_counts=True)
    rare = values[counts < len(splits)]
    if not rare.size:
        return []
    return [
        f"{rare.size} values of {plan.stratify} occur fewer than {len(splits)} times "
        f"({listing(rare, 3)}): not every fold tests them"
    ]


def describe_protocol(plan: Protocol, parts: np.ndarray | None) -> list[str]:
    """Say where a protocol is biased, or the recordings lack what it asks for."""
    notes = []
    if plan.pooled:
        notes.append(
            "held-out predictions of all folds are pooled before they are correlated, as the "
            "original does: under shrinkage that is biased, below 0 for noise "
            "(kar2019-within correlates within folds)"
        )
    if plan.by is not None and parts is None:
        notes.append(
            f"protocol {plan.name} goes by {plan.by}, of which the recordings have one value or "
            "none: all neuroids are taken together"
        )
    return notes


def describe_responses(averaged: xr.DataArray) -> list[str]:
    """Name the neuroids that can have no score, with the reason."""
    values = averaged.transpose("stimulus", "time_bin", "neuroid").values
    ids = averaged["neuroid"].values
    missing = np.isnan(values)
    absent = missing.all(axis=(0, 1))
    # fmin and fmax pass over NaN, without another copy of all responses.
    span = np.fmax.reduce(values, axis=0) - np.fmin.reduce(values, axis=0)
    constant = (span == 0).any(axis=0) & ~absent
    partial = missing.any(axis=(0, 1)) & ~absent
    notes = []
    if absent.any():
        notes.append(f"{_count(absent, ids)} without any response: no score (NaN)")
    if constant.any():
        notes.append(
            f"{_count(constant, ids)} with the same response to every stimulus in a time bin: no "
            "score there (NaN)"
        )
    if partial.any():
        notes.append(
            f"{_count(partial, ids)} with no response to some stimuli: fitted and scored on the "
            "others"
        )
    return notes


def describe_ceiling(ceiling: xr.DataArray, trials: xr.DataArray) -> list[str]:
    """Say when there is no ceiling, and for how many neuroids."""
    _, counts = np.unique(trials["stimulus"].values, return_counts=True)
    if counts.max() < 2:
        return [
            "no stimulus was repeated, so there is no noise ceiling: normalised scores are left out"
        ]
    notes = []
    extrapolated = ceiling.attrs.get("n_extrapolated", 0)
    if extrapolated:
        notes.append(
            f"the ceilings of {extrapolated} of {ceiling.sizes['neuroid']} neuroids are "
            "extrapolated from halves to the scored means by the general Spearman-Brown formula, "
            "since repetitions are odd or unequal, or stimuli shown once: right as far as the "
            "repeated stimuli are like the others"
        )
    half = ceiling["half_correlation"].values
    single = np.isnan(half).all(axis=0)
    negative = (half <= 0).any(axis=0)
    ids = ceiling["neuroid"].values
    if single.any():
        notes.append(
            f"{_count(single, ids)} without repetitions of enough stimuli, or constant: no "
            "ceiling, and not in the normalised score"
        )
    if negative.any():
        by_variance = ceiling.attrs["method"] in ("signal-power", "nsd")
        what = "no signal above the noise" if by_variance else "halves that do not correlate"
        notes.append(
            f"{_count(negative, ids)} with {what} in some time bin: no "
            "ceiling of their own there (NaN); they rank lowest in the median"
        )
    return notes


# Over 10 held-out stimuli a perfect prediction normalises to 1.02-1.04, over 20 to 1.01.
_FEW_HELD_OUT = 12


def describe_comparison(comparison: Comparison, plan: Protocol) -> list[str]:
    """Say in how many time bins the ceiling is noise, and which neuroids do not count."""
    notes = []
    if comparison.n_too_few_splits:
        notes.append(
            f"{comparison.n_too_few_splits} neuroids have a correlation in fewer than "
            f"{plan.min_split_share:.0%} of the splits in some time bin: not in the normalised "
            "score there"
        )
    n_noise = int(comparison.noise.sum())
    if not n_noise:
        return notes
    consequence = (
        "the normalised scores of the protocol are noise there"
        if plan.ceiling == "brainscore"
        else "no normalised scores there (NaN)"
    )
    return [
        *notes,
        f"in {n_noise} of {len(comparison.noise)} time bins the halves of the repetitions do not "
        f"correlate beyond chance (median over neuroids, one-sided 5 %): {consequence}",
    ]


def describe_undefined(
    evaluations: Sequence[tuple[Features, Evaluation]], averaged: xr.DataArray
) -> list[str]:
    """Name the neuroids whose responses vary and that still have no correlation somewhere."""
    values = averaged.transpose("stimulus", "time_bin", "neuroid").values
    varies = np.asarray(np.fmin.reduce(values, axis=0) < np.fmax.reduce(values, axis=0))
    fitted = [e.r for _, e in evaluations if not e.constant_features]
    if not fitted:
        return []
    undefined = np.asarray(np.isnan(np.stack(fitted)) & varies)
    nowhere = undefined.all(axis=(0, 1)).any(axis=0)
    somewhere = undefined.any(axis=(0, 1, 2)) & ~nowhere
    ids = averaged["neuroid"].values
    notes = []
    if nowhere.any():
        notes.append(
            f"{_count(nowhere, ids)} with no correlation in any split of a time bin (too few "
            "stimuli, or constant where they are held out): no score there (NaN)"
        )
    if somewhere.any():
        notes.append(
            f"{_count(somewhere, ids)} without a correlation in some splits (responses or "
            "predictions are constant over the held-out stimuli, or too few): left out there"
        )
    return notes


def describe_result(
    evaluations: Sequence[tuple[Features, Evaluation]], plan: Protocol, splits: Sequence[Split]
) -> list[str]:
    """Say when a penalty lies at the edge of its grid, or PLS took fewer components than asked."""
    notes = []
    if plan.method in PENALISED:
        # Of a constant neuroid no penalty is the right one.
        scored = np.stack([~np.isnan(e.r) for _, e in evaluations])
        edge = np.where(scored, np.stack([e.edge for _, e in evaluations]), 0)
        fits = max(int(scored.sum()), 1)
        for side, name, meaning in (
            (-1, "lowest", "those fits are hardly regularised"),
            (1, "highest", "those predict little more than the mean"),
        ):
            share = (edge == side).sum() / fits
            if share > 0.05:
                notes.append(
                    f"the {plan.method} penalty is the {name} of its grid in {share:.0%} of the "
                    f"fits: {meaning} (which ones: alpha_at_edge in the scores)"
                )
    if plan.standardize:
        notes += _describe_constant_units(evaluations)
    for features, evaluation in evaluations:
        notes += describe_faint(features.label, evaluation.faint)
    if plan.method == "pls":
        counts = [e.n_components for _, e in evaluations if e.n_components is not None]
        took = min(counts, default=plan.n_components)
        if took < plan.n_components:
            notes.append(
                f"PLS took {took} components where {plan.n_components} were asked for: "
                f"{len(splits[0][0])} training stimuli, or the features, allow no more"
            )
    held_out = float(np.median([len(test) for _, test in splits]))
    scored_at_all = any(not np.isnan(e.r).all() for _, e in evaluations)
    if scored_at_all and held_out < _FEW_HELD_OUT and not plan.pooled:
        notes.append(
            f"splits hold out {held_out:g} stimuli (median): where r is high, the median over "
            "neuroids of correlations over so few is some hundredths too high, the normalised "
            "score too; compare scores of equal splits only"
        )
    return notes + describe_folds(plan, splits)


def describe_folds(plan: Protocol, splits: Sequence[Split]) -> list[str]:
    """Say where there are fewer folds than were asked for."""
    if plan.splits == "kfold" and len(splits) < plan.n_splits:
        return [f"{len(splits)} folds instead of {plan.n_splits}: there are few stimuli"]
    return []


def _describe_constant_units(evaluations: Sequence[tuple[Features, Evaluation]]) -> list[str]:
    """Say how many units were left out of folds since they could not be standardised."""
    most = {
        features.label: int(e.n_constant_units.max())
        for features, e in evaluations
        if e.n_constant_units is not None and not e.constant_features
    }
    some = [f"{label}: {count:,}" for label, count in most.items() if count]
    if not some:
        return []
    return [
        "units that are constant over the training stimuli of a fold are left out of it "
        f"({listing(some, 4)} at most; all in n_constant_units)"
    ]


def _count(given: npt.ArrayLike, ids: np.ndarray) -> str:
    where = np.asarray(given).reshape(ids.shape)
    return f"{int(where.sum())} of {len(ids)} neuroids ({listing(ids[where], 3)})"
