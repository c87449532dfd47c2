"""Recurrence gain: what all steps predict beyond the first one, and beyond controls of its size."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from ..activations.given import opened
from ..errors import CornetkitWarning, InputError
from ..kernels.clusters import cluster_correction
from ..kernels.threads import each_side_by_side
from ..predictivity.summary import mean_over_splits, median_over_neuroids
from ..schema import check_whole
from .design import ALL, MATCHED, make_design
from .fits import Fit
from .fitted import N_DRAWS, Fitted
from .gain_controls import rectified, shuffled, stacked
from .labelled import attributes_of, bin_coords, ceilings_of, check_common
from .resample import Scores, interval_of
from .sources import area_features, check_ids
from .unique_steps import add_unique

FIRST, SHUFFLED, DIMENSION, FEEDFORWARD = "first step", "shuffled", "dimension", "feed-forward"
MEANINGS = {
    FIRST: "the first driven step alone",
    SHUFFLED: "the first step beside the later steps of other stimuli (stimuli permuted, one "
    "order for all later steps)",
    DIMENSION: "the first step beside as many random rectified mixtures of it as there are units "
    "at later steps",
    FEEDFORWARD: "the feed-forward variant that was given",
}
# Sign flips of the cluster test.
_FLIPS = 999
_ALPHA = 0.05
OF_S = (
    "IT step 0 of CORnet-S is no feed-forward baseline: V2 and V4 have already run all their "
    "steps, so the gain over it is that of IT's own recurrence only; a 1/1/1 model has to be "
    "trained by itself (feedforward=), otherwise it is a lesion"
)

NOT_GROWING = (
    "later steps add to the first one, but their gain does not grow over time beyond doubt: it may "
    "be one of features that are there at all times, and recurrence is not claimed (growth is that "
    "of a straight line: of a gain that comes and goes, ask about the rise by window=)"
)


def recurrence_gain(
    acts: Any,
    recordings: Any,
    *,
    area: str = "IT",
    feedforward: Any = None,
    method: str = "ridge",
    n_components: int | None = None,
    alphas: Any = None,
    n_splits: int | None = None,
    groups: str | None = None,
    match_reliability: bool = True,
    unique: bool = False,
    n_shuffles: int = 2,
    interval_over: str = "neuroid",
    n_draws: int = N_DRAWS,
    rng: int | np.random.Generator = 0,
    window: tuple[float, float] | None = None,
    bins: float | None = None,
    join: str = "exact",
) -> xr.Dataset:
    """Say whether later steps explain what the first does not, bin by bin.

    Parameters
    ----------
    acts, recordings, area, method, n_components, alphas, n_splits, groups, match_reliability
        As of `step_matrix`.
    feedforward
        Activations of a separately trained feed-forward variant for the same images: its steps of
        the same area (or of its only one), side by side.
    unique
        Add the unique variance of each later step beside the first (`partition_variance`, banded
        ridge; it takes some minutes at 1,000 stimuli, and the extra ``banded``).
    n_shuffles
        Orders of the stimuli that the control ``shuffled`` is averaged over.
    interval_over, n_draws, rng, window, bins, join
        As of `step_matrix`.

    Returns
    -------
    Dataset
        ``score_all`` (copy, time_bin): all driven steps side by side; ``score_control`` (copy,
        control, time_bin). ``gain`` (copy, control, time_bin): r of all steps less that of the
        control, median over neuroids within a split, mean over splits, with ``gain_low`` and
        ``gain_high``; ``gain_normalized``: divided by sqrt(``ceiling_score``), which is (copy,
        time_bin). ``p`` (copy, control, time_bin): of the cluster of bins that a bin is in, for a
        smaller squared error than the control's, corrected for all bins (1 outside of clusters).
        ``gain_slope`` (copy, control), per 100 ms (or per bin where these have no limits), with
        limits: whether a gain grows over time, as a straight line over the bins with signal. At
        matched reliability (by the attribute ``claimed_on``): ``better`` (time_bin), p below .05
        against every control; ``grows``, whether the slope over every control is above 0 with its
        whole interval; ``claimed`` (time_bin): both. ``unique`` (later_step, time_bin),
        ``unique_neuroids`` (later_step, time_bin, neuroid), where asked for, in shares of variance.
        ``control_meaning`` (control) says what each control is.

    Raises
    ------
    InputError
        Only one driven step, a feed-forward variant of other stimuli, or as `step_matrix`.
    MissingExtraError
        ``unique=True`` without himalaya.

    Notes
    -----
    The test flips the sign of each stimulus's difference in squared error on held-out stimuli
    (all bins of a stimulus, and all stimuli of a group, at once), relative to the variance of
    each neuroid and averaged over neuroids, and corrects for bins by the mass of clusters
    (Maris and Oostenveld 2007). It is of these neuroids and these fits. A gain over
    ``shuffled`` alone says that later steps are not noise; one over ``dimension`` alone that they
    are not any enlargement of the first. A gain over all that is there at all times alike is one
    of features: any static code of a later step has it. Recurrence explains a late response only
    where the gain grows, so ``claimed`` asks for that too. Growth is that of a straight line: a
    gain that comes and goes within the recordings may have no slope, and is then ``better`` and
    not ``claimed``. Ask about its rise by a `window` that was chosen beforehand.

    Examples
    --------
    >>> import numpy as np, xarray as xr, cornetkit as ck
    >>> values = np.random.default_rng(0).normal(size=(40, 3, 6))
    >>> ids = [f"s{k:02d}" for k in range(40)]
    >>> acts = xr.DataArray(values, dims=("stimulus", "time", "unit"),
    ...                     coords={"stimulus": ids, "time": [0, 1, 2], "area": "IT"})
    >>> it = ck.simulate_recordings(acts, (0, 1, 2), n_neuroids=6, n_dimensions=6, reliability=0.9)
    >>> recurrence_gain(acts, it, n_draws=20)["claimed"].values
    array([False,  True,  True])
    """
    check_common(n_draws)
    check_whole(n_shuffles, "n_shuffles")
    if n_shuffles < 1:
        raise InputError(f"n_shuffles={n_shuffles} was given; expected 1 or more")
    with opened(acts) as activations:
        design = make_design(
            activations, recordings, area, method=method, n_components=n_components, alphas=alphas,
            n_splits=n_splits, groups=groups, rng=rng, window=window, bins=bins, join=join,
            match_reliability=match_reliability,
        )  # fmt: skip
        fitted = Fitted.of(design, interval_over, n_draws)
        result = gain_of(fitted, feedforward, n_shuffles)
        if unique:
            result = add_unique(result, activations, fitted)
    for note in result.attrs["notes"]:
        warnings.warn(note, CornetkitWarning, stacklevel=2)
    return result


def gain_of(fitted: Fitted, feedforward: Any, n_shuffles: int) -> xr.Dataset:
    """Return what `recurrence_gain` does, from fits that other analyses share."""
    design = fitted.design
    if len(design.steps) < 2:
        raise InputError(
            f"{design.area} has one driven step ({design.steps[0].step}), so there is no "
            "recurrence to gain from; record more steps (times=8)"
        )
    if str(design.data.acts_attrs.get("model", "")) == "S" and design.area == "IT":
        design.notes.append(OF_S)
    grams = fitted.grams
    rng = np.random.default_rng([design.plan.seed, 2])
    n_later = sum(f.n_units for f in design.steps[1:])
    made = [stacked(grams), *(shuffled(grams, rng) for _ in range(n_shuffles))]
    fits_of = fitted.several([*made, rectified(grams, n_later, rng)])
    everything = {name: fits[:1] for name, fits in fits_of.items()}
    controls: dict[str, dict[str, list[Fit]]] = {
        FIRST: {name: fitted.steps(name)[:1] for name in fitted.copies},
        SHUFFLED: {name: fits[1:-1] for name, fits in fits_of.items()},
        DIMENSION: {name: fits[-1:] for name, fits in fits_of.items()},
    }
    attrs = {}
    if feedforward is not None:
        features, provenance = area_features(feedforward, design.area)
        check_ids(features, design.ids, "the activations of the feed-forward variant")
        controls[FEEDFORWARD] = fitted.several([stacked(design.grams(features))])
        attrs = {f"feedforward_{key}": value for key, value in provenance.items()}
    names = list(fitted.copies)
    n_bins = len(design.start)
    shape = (len(names), len(controls))
    score_all, score = np.full((3, len(names), n_bins), np.nan), np.full((*shape, n_bins), np.nan)
    gain, slope = np.full((3, *shape, n_bins), np.nan), np.full((3, *shape), np.nan)
    p = np.full((*shape, n_bins), np.nan)

    def fill(c: int) -> None:
        name = names[c]
        copy, whole = fitted.copies[name], everything[name][0]
        again = fitted.resampled(name, whole.held_out)
        score_all[:, c] = interval_of(whole.r, again, fitted.draws)
        usable = ~np.isnan(copy.root)
        trend = _Slope(design.start if design.in_ms else np.arange(n_bins) * 100.0, usable)
        for k, by_copy in enumerate(controls.values()):
            fits = by_copy[name]
            r = np.mean([fit.r for fit in fits], axis=0)
            theirs = np.mean([fitted.resampled(name, fit.held_out) for fit in fits], axis=0)
            score[c, k] = mean_over_splits(median_over_neuroids(r), axis=0)
            scores = Scores.of(whole.r - r, again - theirs, fitted.draws)
            gain[:, c, k] = scores.interval(fitted.draws)
            if usable.sum() > 1:
                slope[:, c, k] = [x.item() for x in scores.interval(fitted.draws, trend)]
            difference = loss_difference(whole, fits, copy.responses)
            p[c, k] = cluster_p(difference, fitted)

    each_side_by_side(fill, range(len(names)))
    data = _label(fitted, list(controls), score_all, score, gain, slope, p)
    root = np.stack([copy.root for copy in fitted.copies.values()])
    data["gain_normalized"] = (("copy", "control", "time_bin"), gain[0] / root[:, None])
    on = MATCHED if MATCHED in names else ALL
    better = (p[names.index(on)] < _ALPHA).all(axis=0)
    # NaN, where there is no slope, is no growth.
    grows = bool((slope[1, names.index(on)] > 0).all())
    data["better"] = ("time_bin", better)
    data["better"].attrs["meaning"] = f"p < {_ALPHA} against every control, copy '{on}'"
    data["grows"] = ((), grows)
    data["claimed"] = ("time_bin", better & grows)
    data["claimed"].attrs["meaning"] = "better, and the gain over every control grows over time"
    if better.any() and not grows:
        design.notes.append(NOT_GROWING)
    more = attributes_of(
        fitted, "recurrence gain", claimed_on=on, n_flips=_FLIPS, n_shuffles=n_shuffles,
        first_step=int(design.numbers[0]), **attrs,
    )  # fmt: skip
    return data.assign_attrs(more)


def loss_difference(whole: Fit, controls: Sequence[Fit], responses: np.ndarray) -> np.ndarray:
    """Return how much smaller the squared error of all steps is, (n, time_bin).

    Relative to each neuroid's variance, mean over neuroids; above 0 where all steps are better.
    """
    variance = np.nanvar(responses, axis=0)
    variance = np.where(variance > 0, variance, np.nan)
    ours = (whole.held_out - responses) ** 2
    theirs = np.mean([(fit.held_out - responses) ** 2 for fit in controls], axis=0)
    difference = (theirs - ours) / variance
    count = np.maximum((~np.isnan(difference)).sum(axis=-1), 1)
    return np.asarray(np.nansum(difference, axis=-1) / count)


def cluster_p(difference: np.ndarray, fitted: Fitted) -> np.ndarray:
    """Return p of each bin by flipping the signs of stimuli, corrected by clusters of bins."""
    design = fitted.design
    groups = design.folds.groups
    labels = np.arange(len(difference)) if groups is None else groups
    _, which = np.unique(labels, return_inverse=True)
    totals = np.zeros((which.max() + 1, difference.shape[1]))
    np.add.at(totals, which, difference)
    rng = np.random.default_rng([design.plan.seed, 3])
    signs = rng.choice([-1.0, 1.0], size=(_FLIPS, len(totals)))
    null = signs @ totals
    return cluster_correction(totals.sum(axis=0), null, axes=(-1,)).p_map


class _Slope:
    """Slope of gains over time, per 100 ms, by least squares over the bins with signal."""

    def __init__(self, time: np.ndarray, usable: np.ndarray) -> None:
        t = np.where(usable, time, np.nan)
        t = (t - np.nanmean(t)) / 100 if usable.any() else t
        square = np.nansum(t**2)
        self.weights = np.where(usable, t, 0.0) / (square if square > 0 else np.nan)

    def __call__(self, scores: np.ndarray) -> np.ndarray:
        return np.asarray(np.nan_to_num(scores) @ self.weights)


def _label(
    fitted: Fitted,
    controls: list[str],
    score_all: np.ndarray,
    score: np.ndarray,
    gain: np.ndarray,
    slope: np.ndarray,
    p: np.ndarray,
) -> xr.Dataset:
    design = fitted.design
    data = xr.Dataset(
        coords={
            "copy": list(fitted.copies),
            "control": controls,
            "control_meaning": ("control", [MEANINGS[name] for name in controls]),
            "area": design.area,
            **bin_coords(design),
        }
    )
    dims = ("copy", "control", "time_bin")
    per = {"units": "r per 100 ms" if design.in_ms else "r per bin"}
    data["score_control"] = (dims, score)
    for k, suffix in enumerate(("", "_low", "_high")):
        data[f"score_all{suffix}"] = (("copy", "time_bin"), score_all[k])
        data[f"gain{suffix}"] = (dims, gain[k])
        data[f"gain_slope{suffix}"] = (dims[:2], slope[k], per)
    data["p"] = (dims, p)
    data.update(ceilings_of(fitted))
    return data
