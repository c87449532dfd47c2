"""soft_matching(): units and neuroids shared out among each other, tested on other stimuli."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import xarray as xr
from tqdm import tqdm

from ..errors import CornetkitWarning, InputError
from ..kernels.held_out import resampled_columns
from ..kernels.soft_matching import soft_match
from ..schema import seed_of
from .inference import Inference
from .matched import (
    HeldOut,
    Task,
    check_matching,
    notes_of,
    open_task,
)
from .matched_inference import MatchedInference
from .patterns import Pattern

# A programme of more units takes minutes a fold.
_MOST_UNITS = 4096


def soft_matching(
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
    """Match units and neuroids softly, all of both, and correlate on other stimuli.

    The optimal transport between the two populations (Khosla & Williams 2023): every unit gives
    the same mass and every neuroid takes the same, so that units which nothing in the brain is
    tuned like cost the model, as they do not in `one_to_one`. With equal numbers it is a
    permutation.

    Parameters
    ----------
    acts
        Activations (a path, Activations, or a DataArray of dims ``stimulus[, time], unit``), of at
        most 4,096 units an area: ``record --pool mean`` or ``--units``.
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
        are resampled and permuted, within their folds; the transport stays as it was found, but
        for drawn repetitions, for which it is found again (so many times as long).
    join
        ``"exact"`` raises unless both sides hold the same stimuli; ``"inner"`` goes on with those
        in common.
    progress
        Progress bar on stderr; None shows it on terminals only.

    Returns
    -------
    Dataset
        ``r`` (area, time, time_bin, split, neuroid): mean signed Pearson correlation over the
        held-out stimuli of a fold with the units that share in the neuroid, by the mass found on
        the others. ``n_units_used`` (area, time, time_bin, split). ``score`` (area, time,
        time_bin): mean over neuroids, which is the summed similarity of the transport, and over
        folds. ``ceiling_lower``, ``ceiling_upper`` (time_bin): means over neuroids of the
        correlation between means of halves of the repetitions, and of what a unit without noise
        would reach. NaN: steps that the image has not reached, neuroids that are constant or have
        no response to some stimuli. With permutations and a bootstrap also what `rsa` adds.

    Raises
    ------
    StimulusMismatchError
        The two sides do not hold the same stimuli.
    InputError
        Too few stimuli, too many units, or a wrong argument.

    Warns
    -----
    CornetkitWarning
        What was left out.

    Notes
    -----
    Units and neuroids that are constant over the training stimuli of a fold are left out of its
    transport, pairs of which one is constant over the held-out ones of its score.

    Examples
    --------
    >>> result = soft_matching("acts.nc", "it.nc")  # doctest: +SKIP
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
    check_matching(acts, "soft_matching", n_splits, n_halves, inference)
    task = open_task(
        acts, recordings, "mean", areas=areas, window=window, bins=bins, n_splits=n_splits,
        seed=seed, join=join,
    )  # fmt: skip
    try:
        r = np.full((*task.shape, n_splits, task.responses.sizes["neuroid"]), np.nan)
        used = np.zeros(r.shape[:-1], dtype=np.int64)
        inferred = MatchedInference(task, inference)
        undriven = []
        hide = None if progress is None else not progress
        items = task.source.patterns.items
        for item in items:
            _check_units(item)
        for item in tqdm(items, "match", unit="step", disable=hide, file=sys.stderr):
            if item.driven is False:
                undriven.append(item.label)
                continue
            X = np.concatenate(list(item.blocks(task.ids)), axis=1).astype(np.float64)
            X = X[:, ~np.isnan(X).any(axis=0)]
            for k in range(task.responses.sizes["time_bin"]):
                place = (*item.place, k)
                folds, used[place] = _transport(X, task, task.responses.values[:, k])
                for split, fold in enumerate(folds):
                    r[(*place, split)] = _correlate(fold, r.shape[-1])
                inferred.fill(place, folds, partial(_pairs, X, task))
    finally:
        task.source.close()
    result = _collect(r, used, task, n_halves, seed)
    inferred.add_to(result)
    notes = notes_of(task, undriven)
    result.attrs = inferred.attributes(
        "soft", notes, n_splits=n_splits, n_halves=n_halves, seed=seed, join=join,
        window=window, bins=bins,
    )  # fmt: skip
    for note in notes:
        warnings.warn(note, CornetkitWarning, stacklevel=2)
    return result


def _check_units(item: Pattern) -> None:
    if item.n_units > _MOST_UNITS:
        raise InputError(
            f"{item.label or 'the array'} has {item.n_units:,} units; a soft matching takes at "
            f"most {_MOST_UNITS:,}: record with --pool mean (a value for each channel) or "
            f"--units {_MOST_UNITS}"
        )


def _transport(X: np.ndarray, task: Task, Y: np.ndarray) -> tuple[list[HeldOut], np.ndarray]:
    """Return the held-out pairs of every fold, and how many units each transport has."""
    there = ~np.isnan(Y).any(axis=0)
    folds, used = [], np.zeros(len(task.folds), dtype=np.int64)
    for k, (train, test) in enumerate(task.folds):
        units = np.flatnonzero(np.ptp(X[train], axis=0) > 0)
        neuroids = np.flatnonzero(there)
        neuroids = neuroids[np.ptp(Y[np.ix_(train, neuroids)], axis=0) > 0]
        rows, columns, mass = np.empty((3, 0), dtype=int)
        if units.size and neuroids.size:
            similarity = _unit_length(X[np.ix_(train, units)]).T @ _unit_length(
                Y[np.ix_(train, neuroids)]
            )
            rows, columns, mass = soft_match(similarity)
            rows, columns = units[rows], neuroids[columns]
        folds.append(HeldOut(test, X[np.ix_(test, rows)], Y[np.ix_(test, columns)], columns, mass))
        used[k] = units.size
    return folds, used


def _pairs(X: np.ndarray, task: Task, Y: np.ndarray) -> list[HeldOut]:
    return _transport(X, task, Y)[0]


def _correlate(fold: HeldOut, q: int) -> np.ndarray:
    """Return r of each neuroid over the held-out stimuli."""
    once = np.ones((1, len(fold.test)))
    return fold.of_neuroids(resampled_columns(fold.units, fold.neuroids, once), q)[0]


def _unit_length(X: np.ndarray) -> np.ndarray:
    Z = X - X.mean(axis=0)
    return np.asarray(Z / np.sqrt(np.einsum("nk,nk->k", Z, Z)))


def _collect(r: np.ndarray, used: np.ndarray, task: Task, n_halves: int, seed: int) -> xr.Dataset:
    dims = (*task.source.patterns.dims, "time_bin", "split", "neuroid")
    lower, upper = task.ceilings(n_halves, seed)
    return xr.Dataset(
        {
            "r": (dims, r),
            "n_units_used": (dims[:-1], used),
            "score": (dims[:-2], task.summed(r)),
            "ceiling_lower": ("time_bin", lower),
            "ceiling_upper": ("time_bin", upper),
        },
        coords=task.coords(),
    )
