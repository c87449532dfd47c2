"""Trials of neuroids that were not recorded together, put side by side as if they had been.

Meyers, Freedman, Kreiman, Miller & Poggio (2008); the neural decoding toolbox, Meyers (2013).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import xarray as xr

from ..behavior.labels_of_stimuli import Labels
from ..errors import InputError, listing, unknown_name


@dataclass(frozen=True)
class Draws:
    """Trials to draw pseudo-populations from.

    Parameters
    ----------
    values
        Shape (presentation, time, neuroid).
    codes
        Label of each trial.
    groups
        Which neuroids were recorded together: their trials stay together.
    valid
        Trials without a missing response, (group, presentation).
    n_splits
        Pseudo-trials of each label: one a fold.
    """

    values: np.ndarray
    codes: np.ndarray
    groups: list[np.ndarray]
    valid: np.ndarray
    n_splits: int

    def draw(self, rng: np.random.Generator, codes: np.ndarray | None = None) -> np.ndarray:
        """Return pseudo-trials (time, n_splits * label, neuroid), fold by fold.

        Parameters
        ----------
        rng
            Source of the draws.
        codes
            Labels of the trials of each group, (group, presentation), in place of their own: for
            permutations.
        """
        n_labels = int(self.codes.max()) + 1
        n_times, n_neuroids = self.values.shape[1:]
        found = np.empty((self.n_splits, n_labels, n_times, n_neuroids))
        for g, members in enumerate(self.groups):
            own = self.codes if codes is None else codes[g]
            for label in range(n_labels):
                pool = np.flatnonzero(self.valid[g] & (own == label))
                rows = rng.permutation(pool)[: self.n_splits]
                found[:, label][:, :, members] = self.values[rows][:, :, members]
        return found.transpose(2, 0, 1, 3).reshape(n_times, -1, n_neuroids)

    def permuted(self, rng: np.random.Generator) -> np.ndarray:
        """Return labels put to the valid trials of each group at random, (group, presentation)."""
        found = np.tile(self.codes, (len(self.groups), 1))
        for g in range(len(self.groups)):
            rows = np.flatnonzero(self.valid[g])
            found[g, rows] = rng.permutation(self.codes[rows])
        return found

    @property
    def sample_codes(self) -> np.ndarray:
        """Labels of the pseudo-trials, shape (n_splits * label,)."""
        return np.tile(np.arange(int(self.codes.max()) + 1), self.n_splits)

    def folds(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield (train, test): one pseudo-trial of each label is held out at a time."""
        fold = np.repeat(np.arange(self.n_splits), int(self.codes.max()) + 1)
        for k in range(self.n_splits):
            yield np.flatnonzero(fold != k), np.flatnonzero(fold == k)


def draws_of(
    trials: xr.DataArray, ids: np.ndarray, labels: Labels, n_splits: int, together: str | None
) -> tuple[Draws, list[str]]:
    """Make trials ready to be drawn from, and say what a reader has to know.

    Parameters
    ----------
    trials
        Trial rows (presentation, time_bin, neuroid).
    ids
        Stimuli that the labels are for, sorted.
    labels
        Of the stimuli.
    n_splits
        Wanted pseudo-trials of each label.
    together
        Which neuroids keep their trials together: a coordinate of theirs, ``"all"`` or None.

    Raises
    ------
    InputError
        A label has fewer than 2 trials of some neuroid.
    """
    values = trials.transpose("presentation", "time_bin", "neuroid").values.astype(np.float64)
    codes = labels.codes[np.searchsorted(ids, trials["stimulus"].values)]
    groups, said = _groups(trials, together)
    valid = np.stack([~np.isnan(values[:, :, g]).any(axis=(1, 2)) for g in groups])
    counts = np.stack([[(v & (codes == c)).sum() for c in range(len(labels.names))] for v in valid])
    enough = counts.min(axis=1) >= 2
    if not enough.all():
        lost = np.concatenate([g for g, fine in zip(groups, enough, strict=True) if not fine])
        names = trials["neuroid"].values[np.sort(lost)]
        if not enough.any():
            short = [labels.names[c] for c in np.flatnonzero(counts.max(axis=0) < 2)]
            raise InputError(
                "decoding over repetitions needs at least 2 repetitions of every label, and "
                f"{listing(short or labels.names, 3)} has fewer; give the single trials (one row a "
                "trial), or more stimuli of each label"
            )
        said.append(
            f"left out {len(lost)} neuroids with fewer than 2 trials of some label "
            f"({listing(names, 3)})"
        )
        kept = np.setdiff1d(np.arange(values.shape[2]), lost)
        place = np.full(values.shape[2], -1)
        place[kept] = np.arange(len(kept))
        values = values[:, :, kept]
        groups = [place[g] for g, fine in zip(groups, enough, strict=True) if fine]
        valid, counts = valid[enough], counts[enough]
    fewest = int(counts.min())
    if fewest < n_splits:
        said.append(
            f"{fewest} folds instead of {n_splits}: a neuroid has {fewest} trials of one label"
        )
        n_splits = fewest
    return Draws(values, codes, groups, valid, n_splits), said


def _groups(trials: xr.DataArray, together: str | None) -> tuple[list[np.ndarray], list[str]]:
    """Return neuroids whose trials stay together, and what to say of it."""
    n = trials.sizes["neuroid"]
    if together == "all":
        return [np.arange(n)], []
    if together is None:
        said = "trials of each neuroid were drawn by themselves: what their noise has in common is "
        said += "lost; together='session' (--together session) keeps it within sessions"
        return [np.array([k]) for k in range(n)], [said] if n > 1 else []
    known = [str(c) for c in trials.coords if trials[c].dims == ("neuroid",) and c != "neuroid"]
    if together not in known:
        raise unknown_name("coordinate of the neuroids", together, [*known, "all"])
    keys = trials[together].values.astype(str)
    return [np.flatnonzero(keys == key) for key in np.unique(keys)], []
