"""one_to_one(): each neuroid against a model unit of its own, chosen on other stimuli."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import xarray as xr
from tqdm import tqdm

from ..errors import CornetkitWarning
from ..kernels.correlation import pearson_columns
from ..kernels.matching import match_units
from ..schema import seed_of
from .inference import Inference
from .matched import (
    HeldOut,
    Task,
    check_matching,
    columns_of,
    notes_of,
    open_task,
)
from .matched_inference import MatchedInference
from .patterns import Pattern


def one_to_one(
    acts: Any,
    recordings: Any,
    *,
    areas: Sequence[str] | None = None,
    window: tuple[float, float] | None = None,
    bins: float | None = None,
    n_splits: int = 5,
    n_halves: int = 20,
    permutations: int | None = None,
    bootstrap: int | None = None,
    resample: str | Sequence[str] | None = None,
    permute_within: str | Mapping[Any, Any] | None = None,
    alpha: float | None = None,
    correction: str | None = None,
    confidence: float | None = None,
    rng: int | np.random.Generator = 0,
    join: str = "exact",
    progress: bool | None = None,
) -> xr.Dataset:
    """Match each neuroid with one model unit, no unit with two, and correlate on other stimuli.

    Where a linear mapping can rebuild any axis of a representation, a matching asks whether
    single units are tuned as single neurons are.

    Parameters
    ----------
    acts
        Activations (a path, Activations, or a DataArray of dims ``stimulus[, time], unit``).
    recordings
        A path or what else `open_recordings` takes; averaged over repetitions.
    areas
        Only these areas.
    window, bins
        Average the recordings over (start, end) ms; rebin them to this width in ms.
    n_splits, rng
        Number of folds of the stimuli, and the seed of all that is random; a Generator gives it.
    n_halves
        Random halves of the repetitions that the ceilings rest on.
    permutations, bootstrap, resample, permute_within, alpha, correction, confidence
        See `rsa`; ``"stimulus"``, ``"neuroid"``, ``"animal"`` (3 or more, with all their neuroids)
        and ``"repetition"`` can be resampled, one or ``"stimulus"`` with one. The held-out stimuli
        are resampled and permuted, within their folds; the pairs stay as they were matched, but
        for drawn repetitions, for which they are matched again (so many times as long).
    join
        ``"exact"`` raises unless both sides hold the same stimuli; ``"inner"`` goes on with those
        in common.
    progress
        Progress bar on stderr; None shows it on terminals only.

    Returns
    -------
    Dataset
        ``r`` (area, time, time_bin, split, neuroid): signed Pearson correlation over the held-out
        stimuli of a fold with the unit that was matched on the others. ``unit``: which, -1 for
        none. ``score`` (area, time, time_bin): median over neuroids, then mean over folds. NaN:
        steps that the image has not reached, neuroids that are constant, have no response to some
        stimuli, or got no unit. ``ceiling_lower``, ``ceiling_upper`` (time_bin): medians over
        neuroids of the correlation between means of halves of the repetitions, and of what a unit
        without noise would reach. With permutations and a bootstrap also what `rsa` adds.

    Raises
    ------
    StimulusMismatchError
        The two sides do not hold the same stimuli.
    InputError
        Too few stimuli, or a wrong argument.

    Warns
    -----
    CornetkitWarning
        What was left out.

    Notes
    -----
    The matching maximises the sum of correlations over neuroids on the training stimuli. Unlike
    the soft matching of Khosla & Williams (2023) it is one-sided: every neuroid gets a unit, but
    not every unit a neuroid, so more units always help; compare models of equal numbers of units.
    """
    seed = seed_of(rng)
    inference = Inference.of(
        permutations,
        bootstrap,
        resample,
        seed,
        within=permute_within,
        alpha=alpha,
        correction=correction,
        confidence=confidence,
    )
    check_matching(acts, "one_to_one", n_splits, n_halves, inference)
    task = open_task(
        acts, recordings, "median", areas=areas, window=window, bins=bins, n_splits=n_splits,
        seed=seed, join=join,
    )  # fmt: skip
    try:
        r = np.full((*task.shape, n_splits, task.responses.sizes["neuroid"]), np.nan)
        unit = np.full(r.shape, -1, dtype=np.int64)
        inferred = MatchedInference(task, inference)
        undriven = []
        hide = None if progress is None else not progress
        items = task.source.patterns.items
        for item in tqdm(items, "match", unit="step", disable=hide, file=sys.stderr):
            if item.driven is False:
                undriven.append(item.label)
                continue
            if inferred.matches_anew:  # read once, not in every resample
                item = replace(item, array=item.array.compute())
            for k in range(task.responses.sizes["time_bin"]):
                place = (*item.place, k)
                folds, unit[place] = _match(item, task, task.responses.values[:, k])
                for split, fold in enumerate(folds):
                    r[place][split, fold.column] = pearson_columns(fold.neuroids, fold.units)
                inferred.fill(place, folds, partial(_pairs, item, task))
    finally:
        task.source.close()
    result = _collect(r, unit, task, n_halves, seed)
    inferred.add_to(result)
    notes = notes_of(task, undriven)
    result.attrs = inferred.attributes(
        "one-to-one", notes, n_splits=n_splits, n_halves=n_halves, seed=seed, join=join,
        window=window, bins=bins,
    )  # fmt: skip
    for note in notes:
        warnings.warn(note, CornetkitWarning, stacklevel=2)
    return result


def _match(item: Pattern, task: Task, responses: np.ndarray) -> tuple[list[HeldOut], np.ndarray]:
    """Return the pairs of one step, and the units of responses (stimulus, neuroid) by split."""
    units = np.full((len(task.folds), responses.shape[1]), -1, dtype=np.int64)
    pairs = [_none(test) for _, test in task.folds]
    usable = np.flatnonzero(~np.isnan(responses).any(axis=0))
    if not usable.size:
        return pairs, units
    found = match_units(item.blocks(task.ids), responses[:, usable], task.folds)
    wanted = np.unique(found.index[found.index >= 0])
    if not wanted.size:
        return pairs, units
    values = columns_of(item, task.ids, wanted)
    for k, (_, test) in enumerate(task.folds):
        has = found.index[k] >= 0
        place = np.searchsorted(wanted, found.index[k][has])
        columns = usable[has]
        theirs, ours = responses[np.ix_(test, columns)], values[test][:, place]
        units[k, columns] = found.index[k][has]
        pairs[k] = HeldOut(test, ours, theirs, columns, np.ones(len(columns)))
    if "unit" in item.array.coords and item.unit == "unit":
        labels = item.array["unit"].values
        if labels.dtype.kind in "iu":
            units[units >= 0] = labels[units[units >= 0]]
    return pairs, units


def _pairs(item: Pattern, task: Task, responses: np.ndarray) -> list[HeldOut]:
    return _match(item, task, responses)[0]


def _none(test: np.ndarray) -> HeldOut:
    empty = np.empty((len(test), 0))
    return HeldOut(test, empty, empty, np.empty(0, dtype=int), np.empty(0))


def _collect(r: np.ndarray, unit: np.ndarray, task: Task, n_halves: int, seed: int) -> xr.Dataset:
    dims = (*task.source.patterns.dims, "time_bin", "split", "neuroid")
    lower, upper = task.ceilings(n_halves, seed)
    return xr.Dataset(
        {
            "r": (dims, r),
            "unit": (dims, unit),
            "score": (dims[:-2], task.summed(r)),
            "ceiling_lower": ("time_bin", lower),
            "ceiling_upper": ("time_bin", upper),
        },
        coords=task.coords(),
    )
