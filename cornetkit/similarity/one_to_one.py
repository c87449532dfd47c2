"""one_to_one(): each neuroid against a model unit of its own, chosen on other stimuli."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from tqdm import tqdm

from .. import __version__
from ..errors import CornetkitWarning, InputError, listing
from ..kernels.correlation import pearson_columns
from ..kernels.matching import match_units
from ..neural import average, open_recordings, rebin
from ..schema import SCHEMA_VERSION, check_whole, common_stimuli, seed_of
from .ceilings import mean_over
from .inherited import inherited
from .opened import open_source
from .patterns import Pattern
from .sources import kind_of

# Held-out stimuli that a correlation needs.
_MIN_TEST = 3


def one_to_one(
    acts: Any,
    recordings: Any,
    *,
    areas: Sequence[str] | None = None,
    window: tuple[float, float] | None = None,
    bins: float | None = None,
    n_splits: int = 5,
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
        Number and seed of the folds of stimuli; a Generator gives the seed.
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
        stimuli, or got no unit.

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
    if kind_of(acts) not in ("activations", "array"):
        raise InputError("one_to_one matches units of activations; expected activations first")
    seed = seed_of(rng)
    check_whole(n_splits, "n_splits")
    if n_splits < 2:
        raise InputError(f"{n_splits} folds were asked for; expected at least 2")
    trials = open_recordings(recordings)
    if window is not None or bins is not None:
        trials = rebin(trials, window=window, width=bins)
    source = open_source(acts, areas=areas)
    try:
        averaged = average(trials)
        ids = common_stimuli(source.ids, averaged["stimulus"].values.tolist(), join=join)
        if len(ids) < n_splits * _MIN_TEST:
            raise InputError(
                f"{len(ids)} stimuli are too few for {n_splits} folds; each needs {_MIN_TEST} "
                "held-out stimuli for a correlation: give fewer folds with n_splits="
            )
        responses = averaged.sel(stimulus=ids).transpose("stimulus", "time_bin", "neuroid")
        folds = _folds(len(ids), n_splits, seed)
        patterns = source.patterns
        shape = (*patterns.shape, responses.sizes["time_bin"], n_splits)
        r = np.full((*shape, responses.sizes["neuroid"]), np.nan)
        unit = np.full(r.shape, -1, dtype=np.int64)
        undriven = []
        hide = None if progress is None else not progress
        for item in tqdm(patterns.items, "match", unit="step", disable=hide, file=sys.stderr):
            if item.driven is False:
                undriven.append(item.label)
                continue
            for k in range(responses.sizes["time_bin"]):
                found = _match(item, ids, responses.values[:, k], folds)
                r[(*item.place, k)], unit[(*item.place, k)] = found
    finally:
        source.close()
    result = _collect(r, unit, patterns, responses)
    notes = []
    if undriven:
        notes.append(f"left out steps that the image has not reached: {listing(undriven, 12)}")
    partly = np.isnan(responses.values).any(axis=(0, 1))
    if partly.any():
        names = responses["neuroid"].values[partly]
        notes.append(
            f"{int(partly.sum())} neuroids with no response to some stimuli are not matched "
            f"({listing(names, 3)})"
        )
    result.attrs = {
        "schema_version": SCHEMA_VERSION,
        "cornetkit_version": __version__,
        "method": "one-to-one",
        "n_splits": n_splits,
        "seed": seed,
        "n_stimuli": len(ids),
        "join": join,
        "engine": "units",
        "window": "none" if window is None else [float(t) for t in window],
        "bins": "none" if bins is None else float(bins),
        **inherited("acts", patterns.attrs),
        **inherited("neural", trials.attrs),
        "notes": notes,
    }
    for note in notes:
        warnings.warn(note, CornetkitWarning, stacklevel=2)
    return result


def _folds(n: int, n_splits: int, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    parts = np.array_split(np.random.default_rng(seed).permutation(n), n_splits)
    rows = np.arange(n)
    return [(np.setdiff1d(rows, test), np.sort(test)) for test in parts]


def _match(
    item: Pattern,
    ids: Sequence[Any],
    responses: np.ndarray,
    folds: list[tuple[np.ndarray, np.ndarray]],
) -> tuple[np.ndarray, np.ndarray]:
    """Return r and the units of one step and time bin, both (split, neuroid)."""
    r = np.full((len(folds), responses.shape[1]), np.nan)
    units = np.full(r.shape, -1, dtype=np.int64)
    usable = np.flatnonzero(~np.isnan(responses).any(axis=0))
    if not usable.size:
        return r, units
    found = match_units(item.blocks(ids), responses[:, usable], folds)
    wanted = np.unique(found.index[found.index >= 0])
    if not wanted.size:
        return r, units
    values = _columns(item, ids, wanted)
    for k, (_, test) in enumerate(folds):
        has = found.index[k] >= 0
        place = np.searchsorted(wanted, found.index[k][has])
        columns = usable[has]
        r[k, columns] = pearson_columns(responses[np.ix_(test, columns)], values[test][:, place])
        units[k, columns] = found.index[k][has]
    if "unit" in item.array.coords and item.unit == "unit":
        labels = item.array["unit"].values
        if labels.dtype.kind in "iu":
            units[units >= 0] = labels[units[units >= 0]]
    return r, units


def _columns(item: Pattern, ids: Sequence[Any], wanted: np.ndarray) -> np.ndarray:
    """Read single units, in the blocks that hold them."""
    found, begin = [], 0
    for block in item.blocks(ids):
        end = begin + block.shape[1]
        inside = wanted[(wanted >= begin) & (wanted < end)] - begin
        found.append(block[:, inside].astype(np.float64))
        begin = end
    return np.concatenate(found, axis=1)


def _collect(r: np.ndarray, unit: np.ndarray, patterns: Any, responses: xr.DataArray) -> xr.Dataset:
    dims = (*patterns.dims, "time_bin", "split", "neuroid")
    coords = dict(patterns.coords)
    coords |= {
        str(name): c.variable
        for name, c in responses.coords.items()
        if c.dims in (("time_bin",), ("neuroid",)) and name not in coords
    }
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "All-NaN slice")
        medians = np.nanmedian(r, axis=-1)
    return xr.Dataset(
        {
            "r": (dims, r),
            "unit": (dims, unit),
            "score": (dims[:-2], mean_over(medians, axis=-1)),
        },
        coords=coords,
    )
