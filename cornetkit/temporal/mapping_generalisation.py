"""generalize_mapping(): a mapping fitted at one time, tested at the others: does the code turn?"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from .. import __version__
from ..errors import CornetkitWarning, InputError, listing
from ..kernels.correlation import pearson_columns
from ..kernels.threads import each_side_by_side
from ..predictivity.evaluate import varying
from ..predictivity.features import Features
from ..predictivity.splits import Split
from ..predictivity.summary import error_over_splits, mean_over_splits, median_over_neuroids
from ..schema import SCHEMA_VERSION, check_whole, to_attribute
from .design import ALL, Design, make_design
from .fits import Fit, describe_search, fit_gram
from .fitted import Fitted
from .given import storable


def generalize_mapping(
    acts: Any,
    recordings: Any,
    *,
    area: str = "IT",
    steps: Sequence[int] | int | None = None,
    method: str = "ridge",
    n_components: int | None = None,
    alphas: Any = None,
    n_splits: int | None = None,
    groups: str | None = None,
    rng: int | np.random.Generator = 0,
    window: tuple[float, float] | None = None,
    bins: float | None = None,
    join: str = "exact",
) -> xr.Dataset:
    """Fit model-to-neuron mappings at each time bin and test them at all others.

    Where the same features drive the same code, only stronger or weaker, a mapping fitted at one
    time predicts at another as well as the reliability there allows. Where the code turns, it does
    not.

    Parameters
    ----------
    acts
        A path, Activations, or a DataArray of dims ``stimulus[, time], unit``.
    recordings
        A path or what else `open_recordings` takes: several time bins, single trials.
    area
        Whose steps are mapped.
    steps
        Only these steps; all that the image has reached unless given.
    method, n_components, alphas, n_splits, groups, rng, window, bins, join
        As of `predict`. The splits are the same for all pairs of times.

    Returns
    -------
    Dataset
        ``score`` (time, time_bin, time_bin_test): Pearson r over held-out stimuli between the
        prediction of a mapping fitted at ``time_bin`` and responses at ``time_bin_test``; median
        over neuroids, mean over splits. Its diagonal is the score of `predict`. ``relative`` is
        the root of the product of both directions over that of both diagonal entries, in which
        reliability, gain and quality of fit cancel: 1 where the code is the same. NaN where a
        diagonal entry is not above twice its standard error over splits: of nothing it cannot be
        said that it turns.

    Raises
    ------
    InputError
        No time bins, fewer than 2 repetitions, no such step, or a wrong argument.
    StimulusMismatchError
        The two sides do not hold the same stimuli.

    Warns
    -----
    CornetkitWarning
        What was left out.

    Examples
    --------
    >>> result = generalize_mapping("rt.nc", "it.nc")  # doctest: +SKIP
    """
    design = make_design(
        acts, recordings, area, method=method, n_components=n_components, alphas=alphas,
        n_splits=n_splits, groups=groups, rng=rng, window=window, bins=bins, join=join,
        match_reliability=False,
    )  # fmt: skip
    chosen = design.steps
    if steps is not None:
        wanted = steps_asked(steps)
        if missing := sorted(set(wanted) - {f.step for f in chosen}):
            raise InputError(
                f"steps {listing(missing)} of {area} are not there, or the image has not reached "
                f"them; the driven steps are {listing((f.step for f in chosen), 12)}"
            )
        chosen = [f for f in chosen if f.step in wanted]
    responses, folds = design.copies[ALL].responses, design.folds
    design.notes.extend(describe_search([responses], design.plan, folds.groups))
    fits = each_side_by_side(
        lambda gram: fit_gram(gram, [responses], folds.splits, design.plan, folds.groups)[0],
        design.grams(chosen),
    )
    return _collect(design, chosen, fits)


def steps_asked(steps: Sequence[int] | int) -> list[int]:
    """Return the numbers of the steps asked for: one, or several.

    Raises
    ------
    InputError
        There is none, or something is no whole number.
    """
    wanted: list[Any] = list(np.atleast_1d(np.asarray(steps, dtype=object)))
    for step in wanted:
        check_whole(step, "each of steps")
    if not wanted:
        raise InputError("steps= names none; expected some of the steps, such as [1, 4]")
    return [int(step) for step in wanted]


def first_and_last_of(fitted: Fitted) -> xr.Dataset:
    """Return what `generalize_mapping` does of the first and the last step, from shared fits."""
    design = fitted.design
    fits = fitted.steps(ALL)
    ends = range(0, len(fits), max(len(fits) - 1, 1))
    return _collect(design, [design.steps[k] for k in ends], [fits[k] for k in ends])


def pairs(held_out: np.ndarray, responses: np.ndarray, splits: Sequence[Split]) -> np.ndarray:
    """Return r of predictions of each time with responses at each, (split, time, time, neuroid).

    Parameters
    ----------
    held_out, responses
        Shape (n, time_bin, neuroid).
    splits
        Row indices of train and test.
    """
    n_bins, n_neuroids = responses.shape[1:]
    found = np.full((len(splits), n_bins, n_bins, n_neuroids), np.nan)
    for k, (_, test) in enumerate(splits):
        Y = _units(responses[test])
        predicted = varying(held_out[test].astype(np.float64), responses)
        P = _units(predicted)
        if np.isnan(Y).any() or np.isnan(held_out[test]).any():
            for t in range(n_bins):
                tiled = np.tile(predicted[:, t], (1, n_bins))
                flat = responses[test].reshape(len(test), -1)
                found[k, t] = pearson_columns(flat, tiled).reshape(n_bins, n_neuroids)
        else:
            found[k] = (P.transpose(2, 1, 0) @ Y.transpose(2, 0, 1)).transpose(1, 2, 0)
    return found


def _units(values: np.ndarray) -> np.ndarray:
    """Return columns less their mean, of length 1; NaN where they hold NaN or do not vary."""
    low, high = values.min(axis=0), values.max(axis=0)
    scaled = (values - values.mean(axis=0)) / np.where(high > low, high - low, np.nan)
    return np.asarray(scaled / np.sqrt(np.einsum("n...,n...->...", scaled, scaled)))


def relative_to_diagonal(score: np.ndarray, error: np.ndarray) -> np.ndarray:
    """Return sqrt(r(t, t') r(t', t) / (r(t, t) r(t', t'))) for scores (..., time, time).

    r(t, t') is the quality of the fit at t times the reliability at t' times how alike the codes
    are. Both directions together leave the last alone. Its sign is that of their sum.
    """
    own = np.diagonal(score, axis1=-2, axis2=-1)
    noise = np.diagonal(error, axis1=-2, axis2=-1)
    own = np.where(own > 2 * noise, own, np.nan)
    other = np.swapaxes(score, -1, -2)
    both = np.sign(score + other) * np.sqrt(np.abs(score * other))
    return both / np.sqrt(own[..., :, None] * own[..., None, :])


def _collect(design: Design, chosen: Sequence[Features], fits: Sequence[Fit]) -> xr.Dataset:
    responses, splits = design.copies[ALL].responses, design.folds.splits
    by_split = np.stack(
        each_side_by_side(
            lambda fit: median_over_neuroids(pairs(fit.held_out, responses, splits)), fits
        )
    )
    score = mean_over_splits(by_split, axis=1)
    error = error_over_splits(by_split, axis=1)
    dims = ("time", "time_bin", "time_bin_test")
    limits = np.array([f.time_ms for f in chosen], dtype=float)
    coords = {
        "time": [f.step for f in chosen],
        "time_start_ms": ("time", limits[:, 0]),
        "time_end_ms": ("time", limits[:, 1]),
        "area": design.area,
    }
    for tail in ("", "_test"):
        coords[f"time_bin_start{tail}"] = (f"time_bin{tail}", design.start)
        coords[f"time_bin_end{tail}"] = (f"time_bin{tail}", design.end)
    notes = list(dict.fromkeys(design.notes))
    if not design.in_ms:
        notes.append("the time bins have no limits, so results are by their number")
    result = xr.Dataset(
        {
            "score": (dims, score, {"long_name": "Pearson r, median over neuroids"}),
            "score_error": (dims, error, {"long_name": "standard error over splits"}),
            "relative": (dims, relative_to_diagonal(score, error)),
        },
        coords=coords,
        attrs={
            "schema_version": SCHEMA_VERSION,
            "cornetkit_version": __version__,
            "analysis": "generalisation of a mapping",
            **{k: to_attribute(v) for k, v in design.plan.describe().items()},
            "n_splits": len(design.folds.splits),
            "n_stimuli": len(design.ids),
            "n_neuroids": design.data.averaged.sizes["neuroid"],
            "relative": "sqrt(r(t, t') r(t', t) / (r(t, t) r(t', t')))",
            **storable(design.data.acts_attrs, "acts"),
            "notes": notes,
        },
    )
    for note in notes:
        warnings.warn(note, CornetkitWarning, stacklevel=3)
    return result
