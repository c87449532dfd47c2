"""Reverse predictivity: how much of a model neurons predict, beside the usual direction."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from ..activations.given import opened
from ..errors import CornetkitWarning, InputError, unknown_name
from ..neural import open_recordings
from ..schema import check_whole, seed_of
from .align import Aligned, align
from .asked import Asked
from .duplicates import Duplicates
from .features import Features
from .folds import make_folds
from .notes import describe_steps
from .notes_groups import describe_groups
from .plan import penalties_of
from .protocols import check_settings, find_protocol
from .provenance import attributes
from .reverse_both import both_directions
from .reverse_directions import Fit
from .reverse_responses import halved_responses
from .reverse_sample import matched_count, sample_units, varying_units
from .reverse_scores import FORMULA, collect_directions

METHODS = ("ridge", "ols")


def reverse_predict(
    acts: Any,
    recordings: Any,
    *,
    areas: Sequence[str] | None = None,
    method: str = "ridge",
    alphas: float | Sequence[float] | None = None,
    n_units: int = 300,
    n_predictors: int | None = None,
    n_draws: int = 5,
    n_halves: int = 5,
    n_splits: int = 10,
    groups: str | None = None,
    rng: int | np.random.Generator = 0,
    window: tuple[float, float] | None = None,
    bins: float | None = None,
    join: str = "exact",
    progress: bool | None = None,
) -> xr.Dataset:
    """Predict a model's units from neuroids, beside neuroids from units, both noise-corrected.

    Parameters
    ----------
    acts
        A path, Activations, or a DataArray of dims ``stimulus[, time], unit``.
    recordings
        A path or what else `open_recordings` takes, with 2 repetitions of a stimulus or more.
        Neuroids that have fewer for some stimulus are left out.
    areas
        Only these areas.
    method
        ``"ridge"`` (one penalty a target, chosen inside the training stimuli) or ``"ols"``.
    alphas
        Penalties of ridge to choose from; default: 25 that are scaled to the predictors.
    n_units
        So many units of each area are predicted, drawn at random among those that vary.
    n_predictors
        So many units predict a neuroid, and so many neuroids a unit. Default: as many as there
        are neuroids, or units of the smallest area where these are fewer.
    n_draws
        Draws of the predictors that results are averaged over, where there are more to draw from.
    n_halves
        Times the repetitions are halved.
    n_splits
        Folds, over stimuli.
    groups
        A coordinate of the recordings whose values are never split, such as a movie, or
        ``"duplicates"``, as in `predict`: neither by folds nor by the choice of a penalty.
    rng
        Seed of units, predictors, halves and folds; a Generator gives the seed.
    window, bins, join, progress
        As in `predict`.

    Returns
    -------
    Dataset
        ``score`` (direction, area, time, time_bin), where ``direction`` is ``"forward"`` (units
        predict neuroids) or ``"reverse"``: raw r, median over targets within a split, then mean
        over splits, with ``score_error``; ``normalized``, the same of r corrected for noise (see
        Notes; the formula is in its attributes), with ``normalized_error``: this is what
        directions are compared by. By target: ``neuroid_r``, ``neuroid_normalized``,
        ``neuroid_consistency`` (area, time, time_bin, neuroid), ``neuroid_reliability``
        (time_bin, neuroid), ``unit_r``, ``unit_normalized``, ``unit_consistency`` (area, time,
        time_bin, sample); ``unit`` (area, sample) says which unit, -1 where an area has fewer.
        Steps that the image has not reached are NaN.

    Raises
    ------
    StimulusMismatchError
        The two sides do not hold the same stimuli.
    InputError
        Too few repetitions or stimuli, more predictors than there are, or a wrong argument.

    Warns
    -----
    CornetkitWarning
        Neuroids that are left out, targets whose predictions do not repeat, stimuli on both sides
        of a fold that are copies or belong together.

    Notes
    -----
    The normalised score is r / sqrt(reliability of the target * consistency of the prediction).
    The reliability is that of the averaged responses, by halves of the repetitions (with `groups`
    within the held-out stimuli of each fold, as r is), and 1 for a unit. The consistency is the
    correlation of two predictions that were each fitted to, and made from, one half of the
    repetitions, averaged over folds and halves and then corrected to all repetitions
    (Spearman-Brown). It takes noise in the predictors, which lowers r of the reverse direction,
    and noise in the training targets of the forward one out.
    100 * normalized^2 is the %EV of Muzellec and Kar (2025), who correlate over all folds at once.

    What it does not take out: a fit that has few and noisy predictors weighs them otherwise than
    one without noise would. Where the neuroids hardly outnumber the dimensions of the model, a
    normalised reverse score stays below 1 for a model of the very same code: with 30 dimensions,
    60 neuroids of reliability .67 and 300 stimuli, at about .93. A difference between directions
    is best read beside that of another animal, or of a model known to be right.

    References
    ----------
    Muzellec and Kar 2025, Reverse Predictivity: Going Beyond One-Way Mapping to Compare Artificial
    Neural Network Models and Brains.

    Examples
    --------
    >>> import numpy as np, xarray as xr, cornetkit as ck
    >>> values = np.random.default_rng(0).normal(size=(40, 3, 6))
    >>> ids = [f"s{k:02d}" for k in range(40)]
    >>> acts = xr.DataArray(values, dims=("stimulus", "time", "unit"),
    ...                     coords={"stimulus": ids, "time": [0, 1, 2], "area": "IT"})
    >>> it = ck.simulate_recordings(acts, (0, 1, 2), n_neuroids=6, n_dimensions=6, reliability=0.9)
    >>> both = reverse_predict(acts, it, n_halves=2, n_draws=1, progress=False)
    >>> both["unit_r"].dims
    ('area', 'time', 'time_bin', 'sample')
    """
    fitted = _check(method, alphas)
    for name, count in (("n_units", n_units), ("n_draws", n_draws), ("n_halves", n_halves)):
        check_whole(count, name)
        if count < 1:
            raise InputError(f"{name} must be at least 1, not {count}")
    seed = seed_of(rng)
    plan = find_protocol("cornetkit").but(n_splits=n_splits, seed=seed, groups=groups)
    check_settings(plan)
    with opened(acts) as activations:
        data = align(activations, open_recordings(recordings), areas, window, bins, join)
        steps, undriven = _steps(data)
        used = [features for found in steps.values() for features in found]
        made = make_folds(plan, Asked(groups=groups), data, used, join, "float64")[1]
        within = None if groups is None else [test for _, test in made.splits]
        responses = halved_responses(data, n_halves, seed, within)
        duplicates = Duplicates(data.ids)
        varying = {area: varying_units(f, data.ids, duplicates) for area, f in steps.items()}
        count = matched_count(n_predictors, responses.means.shape[2], varying)
        samples = {
            area: sample_units(area, units, n_units, count, n_draws, seed)
            for area, units in varying.items()
        }
        fit = Fit(method, fitted, made.splits, made.groups)
        found = both_directions(
            data, steps, samples, responses, fit, (count, n_draws, seed), progress
        )
    result = collect_directions(found, samples, responses, data)
    notes = [*data.notes, *responses.notes, *describe_steps(undriven)]
    notes += describe_groups(plan, data.labelled, made.splits)
    if data.acts_attrs.get("model") != "labels":  # there, stimuli of a category have to be alike
        notes += duplicates.describe(made.splits)
    notes += _undefined(result)
    for note in notes:
        warnings.warn(note, CornetkitWarning, stacklevel=2)
    settings = {
        "analysis": "reverse predictivity",
        "method": method,
        "alphas": "none" if method == "ols" else "relative" if fitted is None else fitted,
        "n_predictors": count,
        "n_draws": n_draws,
        "n_halves": n_halves,
        "n_units": n_units,
        "seed": seed,
        "splits": plan.splits,
        "groups": groups,
        "n_splits": len(made.splits),
        **made.attrs,
        "n_stimuli": len(data.ids),
        "n_neuroids": responses.means.shape[2],
        "n_varying_units": [sample.n_varying for sample in samples.values()],
        "window": window,
        "bins": bins,
        "join": join,
        "formula": FORMULA,
    }
    result.attrs = attributes(settings, data, notes)
    return result


def _check(method: str, alphas: float | Sequence[float] | None) -> tuple[float, ...] | None:
    if method not in METHODS:
        raise unknown_name("method", method, METHODS)
    if alphas is None:
        return None
    given = penalties_of(alphas)
    if not given or not all(0 < a < np.inf for a in given):
        raise InputError(f"alphas must be one or more positive numbers, not {alphas}")
    return given


def _steps(data: Aligned) -> tuple[dict[str, list[Features]], list[Features]]:
    """Return the driven steps of each area, and those that the image has not reached."""
    undriven = [f for f in data.features if f.driven is False]
    steps: dict[str, list[Features]] = {}
    for features in data.features:
        if features.driven is not False:
            steps.setdefault(features.area, []).append(features)
    if not steps:
        raise InputError(
            f"the image reaches none of the {len(undriven)} steps of {', '.join(data.areas)}; "
            "record more steps with times=8 (--times 8), or give other areas= (--areas)"
        )
    return steps, undriven


def _undefined(result: xr.Dataset) -> list[str]:
    """Say how many targets have a correlation but no normalised score."""
    notes = []
    for kind in ("neuroid", "unit"):
        r, corrected = result[f"{kind}_r"].values, result[f"{kind}_normalized"].values
        lost = int((~np.isnan(r) & np.isnan(corrected)).sum())
        if lost:
            notes.append(
                f"{lost} of {int((~np.isnan(r)).sum())} normalised scores of {kind}s are undefined "
                "(NaN), since halves of the repetitions give predictions or responses that do not "
                "correlate; normalized is the median of the others, score that of all"
            )
    return notes
