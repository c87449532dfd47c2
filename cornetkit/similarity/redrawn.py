"""RDMs of recordings with their neuroids, animals or repetitions drawn anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..errors import InputError
from ..kernels.pairs import condense
from .inference import Inference, check_animals
from .measured import gram_rdm
from .opened import Source
from .patterns import subjects_of
from .settings import Distance
from .trial_distances import TRIAL_METRICS, Population, close_gaps, dense_trials

# Noise covariances that copies of a neuroid leave as they are.
_APART = ("identity", "diagonal")


class Redrawn:
    """Makes the RDMs of recordings again, on resampled neuroids, animals or repetitions.

    Parameters
    ----------
    source
        Recordings.
    how
        How their RDMs are made.
    ids
        Stimuli.

    Raises
    ------
    InputError
        There are no trials, nothing is repeated, or the metric cannot be resampled so.
    """

    def __init__(self, source: Source | None, how: Distance, ids: Sequence[Any], factor: str):
        if source is None or source.trials is None:
            raise InputError(
                f"resampling {factor}s needs recordings; RDMs were given, whose {factor}s are not "
                "known: resample 'stimulus' or 'subject'"
            )
        trials = source.trials
        of_trials = how.metric in TRIAL_METRICS
        if of_trials and (factor == "repetition" or how.noise not in _APART):
            why = (
                "copies of a repetition would be taken for repeated measurements"
                if factor == "repetition"
                else f"copies of neuroids spoil noise='{how.noise}'"
            )
            raise InputError(
                f"'{how.metric}' cannot be resampled over {factor}s: {why}; resample 'stimulus', "
                "or use neural_metric='correlation' (--neural-metric correlation)"
            )
        names = trials["stimulus"].values
        dense = dense_trials(trials.isel(presentation=np.isin(names, ids)))
        self.how, self.factor, self.of_trials = how, factor, of_trials
        self.codes = np.zeros(dense.shape[3], dtype=int)
        if source.subjects is not None:
            self.codes = subjects_of(trials, source.subjects)[1]
        self.animals = self.codes
        if factor == "animal":
            self.animals = subjects_of(trials, "animal")[1]
            check_animals(self.size)
        self.shape = source.patterns.shape
        self.trials = close_gaps(dense)
        self.count = (~np.isnan(dense)).sum(axis=0)
        if factor == "repetition" and self.count.max(initial=0) < 2:
            raise InputError(
                "resampling repetitions needs stimuli that were shown at least twice, and each was "
                "shown once; resample 'stimulus'"
            )

    @property
    def size(self) -> int:
        """Number of items: neuroids of the smallest subject, animals, repetitions of a stimulus."""
        if self.factor == "animal":
            return int(self.animals.max()) + 1
        if self.factor == "neuroid":
            return int(np.bincount(self.codes).min())
        return max(2, int(np.median(self.count)))

    def draw(self, inference: Inference) -> Callable[[], np.ndarray]:
        """Return a function that gives the condensed RDMs (*leading, N) of one resample a call."""
        generator = inference.generator(self.factor)

        def once() -> np.ndarray:
            return self._neuroids(generator) if self.factor == "neuroid" else self._again(generator)

        def animals() -> np.ndarray:
            return self._animals(generator)

        return animals if self.factor == "animal" else once

    def _neuroids(self, generator: np.random.Generator) -> np.ndarray:
        """Draw neuroids, each subject's among its own."""
        chosen = []
        for code in range(int(self.codes.max()) + 1):
            members = np.flatnonzero(self.codes == code)
            chosen.append(members[generator.integers(len(members), size=len(members))])
        order = np.concatenate(chosen)
        return self._rdms(self.trials[..., order], self.count[..., order], self.codes[order])

    def _animals(self, generator: np.random.Generator) -> np.ndarray:
        """Draw animals, with all their neuroids, into one population."""
        drawn = generator.integers(self.size, size=self.size)
        order = np.concatenate([np.flatnonzero(self.animals == animal) for animal in drawn])
        return self._rdms(self.trials[..., order], self.count[..., order], self.codes[order])

    def _again(self, generator: np.random.Generator) -> np.ndarray:
        """Draw as many repetitions of each stimulus as it has; neuroids share the draws."""
        n_repetitions, n = self.trials.shape[:2]
        share = generator.random((n_repetitions, n))[:, :, None, None]
        which = np.minimum((share * self.count).astype(np.intp), np.maximum(self.count - 1, 0))
        drawn = np.take_along_axis(self.trials, which, axis=0)
        spare = np.arange(n_repetitions)[:, None, None, None] >= self.count
        return self._rdms(np.where(spare, np.nan, drawn), self.count, self.codes)

    def _rdms(self, trials: np.ndarray, count: np.ndarray, codes: np.ndarray) -> np.ndarray:
        n_subjects, n_bins = int(codes.max()) + 1, trials.shape[2]
        found = []
        means = np.where(np.isnan(trials), 0.0, trials).sum(axis=0)
        means = np.where(count > 0, means / np.maximum(count, 1), np.nan)
        for subject in range(n_subjects):
            own = codes == subject
            for time_bin in range(n_bins):
                if self.of_trials:
                    population = Population.of(trials[:, :, time_bin][:, :, own])
                    square = population.rdm(self.how.metric, self.how.noise)
                else:
                    square = gram_rdm(means[:, time_bin][:, own], self.how)
                found.append(condense(square))
        return np.stack(found).reshape(*self.shape, -1)
