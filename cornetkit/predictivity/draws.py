"""What a bootstrap draws: stimuli (or their groups), repetitions, neuroids or animals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import xarray as xr

from ..errors import InputError, listing
from ..kernels.resampling import multiplicities
from .align import Aligned
from .coordinates import neuroid_parts
from .folds import Folds
from .influence import Influence
from .protocols import Protocol

# Of a seed, so that stimuli drawn are the same whether or not neuroids are.
_ROW_STREAM, _COLUMN_STREAM = 1, 2
_FEWEST = 3


@dataclass(frozen=True)
class RowDraws:
    """How often each stimulus, or each trial, counts in each resample.

    Parameters
    ----------
    extra
        Counts less 1, shape (n_resamples, n_items).
    item
        The item of each stimulus, shape (n,): itself or its group; -1 where it is never held out.
    dof
        Degrees of freedom of a spread over the items.
    widening
        The spread of so few items is too small by this factor.
    whole
        Whether items are groups of stimuli.
    trials, of_trial
        Of repetitions, instead: each item is a trial; what it adds to the mean of its stimulus
        where it counts once more, shape (n_items, time_bin * neuroid), and the row of that
        stimulus, shape (n_items,).
    """

    extra: np.ndarray
    item: np.ndarray
    dof: int
    widening: float = 1.0
    whole: bool = False
    trials: np.ndarray | None = None
    of_trial: np.ndarray = field(default_factory=lambda: np.empty(0, int))

    def groups(self, test: np.ndarray) -> np.ndarray | None:
        """Return which stimuli of a split are drawn together; None where each is by itself."""
        return self.item[test] if self.whole else None

    def moves(self, influence: Influence, test: np.ndarray, block: slice) -> np.ndarray:
        """Return how far each resample moves the r of each target, (n_block, n_targets)."""
        if self.trials is None:
            return self.extra[block][:, self.item[test]] @ influence.of_stimuli * self.widening
        place = np.full(len(self.item), -1)
        place[test] = np.arange(len(test))
        where = place[self.of_trial]
        which = np.flatnonzero(where >= 0)
        return self.extra[block][:, which] @ (
            influence.of_responses[where[which]] * self.trials[which]
        )


@dataclass(frozen=True)
class ColumnDraws:
    """Which neuroids are in each resample.

    Parameters
    ----------
    neuroids
        Indices, one array a resample; all of one length where neuroids are drawn one by one.
    n_items
        Neuroids or animals there are.
    item
        The item of each neuroid, shape (neuroid,).
    widening
        By which the spread over draws differs from that over new items.
    """

    neuroids: Sequence[np.ndarray]
    n_items: int
    item: np.ndarray
    widening: float = 1.0

    @property
    def as_array(self) -> np.ndarray | None:
        """All of them, (n_resamples, n_neuroids); None where resamples differ in number."""
        sizes = {len(one) for one in self.neuroids}
        return np.stack(list(self.neuroids)) if len(sizes) == 1 else None


def draw_rows(
    kind: str, data: Aligned, plan: Protocol, folds: Folds, n_resamples: int, seed: int
) -> RowDraws:
    """Draw stimuli or repetitions.

    Raises
    ------
    InputError
        There are fewer than 3 of them to draw from.
    """
    rng = np.random.default_rng([seed, _ROW_STREAM])
    n = len(data.ids)
    held_out = np.unique(np.concatenate([test for _, test in folds.splits]))
    if kind == "repetition":
        return _draw_repetitions(data, held_out, n_resamples, rng)
    item = np.full(n, -1)
    if folds.groups is None:
        item[held_out] = np.arange(len(held_out))
        return RowDraws(multiplicities(len(held_out), n_resamples, rng) - 1.0, item,
                        dof=len(held_out) - 1)  # fmt: skip
    # What is never split is no independent sample of the world either: groups are drawn whole.
    item[held_out] = np.unique(folds.groups[held_out], return_inverse=True)[1].reshape(-1)
    n_groups = int(item.max()) + 1
    if n_groups < _FEWEST:
        raise InputError(
            f"groups='{plan.groups}' has {n_groups} held-out groups, and a bootstrap over stimuli "
            f"draws whole groups: {_FEWEST} or more are needed; take resample='neuroid' "
            "(--resample neuroid)"
        )
    return RowDraws(
        multiplicities(n_groups, n_resamples, rng) - 1.0,
        item,
        dof=n_groups - 1,
        whole=True,
        widening=(n_groups / (n_groups - 1)) ** 0.5,
    )


def _draw_repetitions(
    data: Aligned, held_out: np.ndarray, n_resamples: int, rng: np.random.Generator
) -> RowDraws:
    names = np.asarray(data.ids)[held_out]
    trials = data.trials.isel(presentation=np.isin(data.trials["stimulus"].values, names))
    values = trials.transpose("presentation", "time_bin", "neuroid").values.astype(np.float64)
    values = values.reshape(len(values), -1)
    place = {name: k for k, name in enumerate(data.ids)}
    of = np.array([place[name] for name in trials["stimulus"].values.tolist()])
    valid = ~np.isnan(values)
    count = np.zeros((len(data.ids), values.shape[1]))
    total = np.zeros_like(count)
    np.add.at(count, of, valid)
    np.add.at(total, of, np.where(valid, values, 0.0))
    once = held_out[(count[held_out] == 1).any(axis=1)]
    if once.size:
        raise InputError(
            f"resample='repetition' draws the trials of each stimulus, and {once.size} of "
            f"{len(held_out)} held-out stimuli have one trial for some neuroid "
            f"({listing([data.ids[k] for k in once], 3)}); take resample='stimulus' "
            "(--resample stimulus), whose differences hold the noise of the trials too"
        )
    counts, sums = count[of], total[of]
    deviation = np.where(valid, values - sums / np.maximum(counts, 1), 0.0)
    # Means of R trials drawn with replacement vary by (R - 1) / R of what means of new ones do.
    share = 1 / np.sqrt(np.maximum(counts, 1) * np.maximum(counts - 1, 1))
    extra = np.empty((n_resamples, len(of)))
    for stimulus in held_out:
        mine = np.flatnonzero(of == stimulus)
        extra[:, mine] = multiplicities(len(mine), n_resamples, rng) - 1.0
    return RowDraws(
        extra,
        np.arange(len(data.ids)),
        dof=len(of) - len(held_out),
        trials=deviation * share,
        of_trial=of,
    )


def draw_columns(kind: str, averaged: xr.DataArray, n_resamples: int, seed: int) -> ColumnDraws:
    """Draw neuroids, or animals with all their neuroids.

    Raises
    ------
    InputError
        There are fewer than 3 of them: their spread says nothing about others.
    """
    rng = np.random.default_rng([seed, _COLUMN_STREAM])
    n = averaged.sizes["neuroid"]
    if kind == "neuroid":
        if n < _FEWEST:
            raise InputError(
                f"{n} neuroid{'s' if n > 1 else ''} cannot be resampled: {_FEWEST} or more are "
                "needed to say anything about others; take resample='stimulus' (--resample "
                "stimulus)"
            )
        drawn = [*rng.integers(n, size=(n_resamples, n))]
        # No n / (n - 1): bootstraps of medians spread somewhat too far already.
        return ColumnDraws(drawn, n, np.arange(n))
    if "animal" not in averaged.coords or averaged["animal"].dims != ("neuroid",):
        raise InputError(
            "resample='animal', but the neuroids have no coordinate animal; add it with "
            ".assign_coords(animal=('neuroid', [...])), or take resample='neuroid' "
            "(--resample neuroid)"
        )
    labels = np.asarray(averaged["animal"].values)
    names = np.unique(labels)
    if len(names) < _FEWEST:
        raise InputError(
            f"{len(names)} animal{'s' if len(names) > 1 else ''} ({listing(names)}) cannot be "
            f"resampled: {_FEWEST} or more are needed to say anything about others; take "
            "resample='stimulus,neuroid' (--resample stimulus,neuroid), which says it of these "
            "animals, and by='animal' (--by animal) for each of them"
        )
    neuroid_parts(averaged, "animal", True)  # raises where some neuroids have none
    counts = multiplicities(len(names), n_resamples, rng)
    members = [np.flatnonzero(labels == name) for name in names]
    drawn = [
        np.concatenate([np.tile(m, c) for m, c in zip(members, row, strict=True)]) for row in counts
    ]
    item = np.unique(labels, return_inverse=True)[1].reshape(-1)
    return ColumnDraws(drawn, len(names), item, (len(names) / (len(names) - 1)) ** 0.5)
