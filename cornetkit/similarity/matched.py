"""What the matchings have in common: stimuli in folds, held-out pairs, ceilings and inference."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from ..errors import InputError, listing
from ..kernels.held_out import counted_mean, counted_median
from ..kernels.reliability import spearman_brown, split_half
from ..neural import average, open_recordings, rebin
from ..schema import check_whole, common_stimuli
from .ceilings import mean_over
from .inference import Inference
from .opened import Source, open_source
from .patterns import Pattern
from .sources import kind_of
from .trial_distances import dense_trials

# Held-out stimuli that a correlation needs.
_MIN_TEST = 3
FACTORS = ("stimulus", "neuroid", "animal", "repetition")
_OVER_NEUROIDS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "median": counted_median,
    "mean": counted_mean,
}


@dataclass(frozen=True)
class HeldOut:
    """Pairs of a unit and a neuroid in one fold, over its held-out stimuli.

    Parameters
    ----------
    test
        Rows of the held-out stimuli.
    units, neuroids
        Values of each pair, shape (test stimulus, pair).
    column
        The neuroid of each pair.
    mass
        How much of the neuroid each pair is.
    """

    test: np.ndarray
    units: np.ndarray
    neuroids: np.ndarray
    column: np.ndarray
    mass: np.ndarray

    def of_neuroids(self, r: np.ndarray, q: int) -> np.ndarray:
        """Return r of `q` neuroids (..., q) from that of pairs (..., k): means by their mass.

        Pairs without a correlation are left out of the mean.
        """
        flat = r.reshape(int(np.prod(r.shape[:-1])), r.shape[-1])
        there = ~np.isnan(flat)
        total, mass = np.zeros((2, len(flat), q))
        rows = np.arange(len(flat))[:, None]
        np.add.at(total, (rows, self.column[None]), np.where(there, flat * self.mass, 0.0))
        np.add.at(mass, (rows, self.column[None]), np.where(there, self.mass, 0.0))
        found = np.divide(total, mass, out=np.full(total.shape, np.nan), where=mass > 0)
        return found.reshape(*r.shape[:-1], q)


@dataclass
class Task:
    """Activations and recordings, aligned, with folds of the stimuli.

    Parameters
    ----------
    source
        Activations.
    trials
        Recordings, as rows of trials.
    responses
        Averaged, dims (stimulus, time_bin, neuroid), in the order of `ids`.
    ids
        Stimuli.
    folds
        Pairs (train, test) of rows.
    summary
        How neuroids are summed up: ``"median"`` or ``"mean"``.
    """

    source: Source
    trials: xr.DataArray
    responses: xr.DataArray
    ids: list[Any]
    folds: list[tuple[np.ndarray, np.ndarray]]
    summary: str

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes of the leading dims and of the time bins."""
        return (*self.source.patterns.shape, self.responses.sizes["time_bin"])

    def summed(self, r: np.ndarray, counts: np.ndarray | None = None) -> np.ndarray:
        """Return scores from r (..., split, neuroid): over neuroids, then the mean over folds."""
        if counts is None:
            counts = np.ones(r.shape[-1], dtype=int)
        return mean_over(_OVER_NEUROIDS[self.summary](r, counts), axis=-1)

    def ceilings(self, n_halves: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Return what the neuroids reach with themselves, and can be reached, by time bin.

        The lower ceiling is the correlation of the means of two halves of the repetitions; the
        upper one what a unit without noise would reach with the mean of all, the root of their
        reliability. Both are summed up over neuroids as scores are.
        """
        names = self.trials["stimulus"].values
        trials = self.trials.isel(presentation=np.isin(names, self.ids))
        halves = split_half(dense_trials(trials), n_halves, seed)
        whole = np.sqrt(spearman_brown(halves.r_half, halves.k))
        ones = np.ones(halves.r_half.shape[-1], dtype=int)
        over = _OVER_NEUROIDS[self.summary]
        return over(halves.r_half, ones), over(whole, ones)

    def coords(self) -> dict[str, Any]:
        """Return the coordinates of steps, time bins and neuroids."""
        coords = dict(self.source.patterns.coords)
        return coords | {
            str(name): c.variable
            for name, c in self.responses.coords.items()
            if c.dims in (("time_bin",), ("neuroid",)) and name not in coords
        }

    def labels(self) -> dict[str, np.ndarray]:
        """Return the labels of the stimuli."""
        place = {name: i for i, name in enumerate(self.source.ids)}
        order = [place[name] for name in self.ids]
        found = {name: v[order] for name, v in self.source.patterns.stimuli.items()}
        for name, coord in self.responses.coords.items():
            if coord.dims == ("stimulus",) and name != "stimulus":
                found.setdefault(str(name), coord.values)
        return found


def check_matching(
    acts: Any, what: str, n_splits: int, n_halves: int, inference: Inference
) -> None:
    """Raise where the arguments of a matching make no sense."""
    if kind_of(acts) not in ("activations", "array"):
        raise InputError(f"{what} matches units of activations; expected activations first")
    check_whole(n_splits, "n_splits")
    if n_splits < 2:
        raise InputError(f"{n_splits} folds were asked for; expected at least 2")
    check_whole(n_halves, "n_halves")
    if n_halves < 1:
        raise InputError(f"n_halves={n_halves} was given; expected 1 or more")
    inference.check(FACTORS)


def open_task(
    acts: Any,
    recordings: Any,
    summary: str,
    *,
    areas: Sequence[str] | None,
    window: tuple[float, float] | None,
    bins: float | None,
    n_splits: int,
    seed: int,
    join: str,
) -> Task:
    """Open both sides and cut the stimuli in folds; the source is to be closed."""
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
    except BaseException:
        source.close()
        raise
    return Task(source, trials, responses, ids, folds, summary)


def _folds(n: int, n_splits: int, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    parts = np.array_split(np.random.default_rng(seed).permutation(n), n_splits)
    rows = np.arange(n)
    return [(np.setdiff1d(rows, test), np.sort(test)) for test in parts]


def notes_of(task: Task, undriven: list[str]) -> list[str]:
    """Say what was left out."""
    notes = []
    if undriven:
        notes.append(f"left out steps that the image has not reached: {listing(undriven, 12)}")
    partly = np.isnan(task.responses.values).any(axis=(0, 1))
    if partly.any():
        names = task.responses["neuroid"].values[partly]
        notes.append(
            f"{int(partly.sum())} neuroids with no response to some stimuli are not matched "
            f"({listing(names, 3)})"
        )
    return notes


def columns_of(item: Pattern, ids: Sequence[Any], wanted: np.ndarray) -> np.ndarray:
    """Read single units, in the blocks that hold them."""
    found, begin = [], 0
    for block in item.blocks(ids):
        end = begin + block.shape[1]
        inside = wanted[(wanted >= begin) & (wanted < end)] - begin
        found.append(block[:, inside].astype(np.float64))
        begin = end
    return np.concatenate(found, axis=1)
