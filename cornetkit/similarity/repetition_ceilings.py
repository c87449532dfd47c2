"""How well one RDM can be explained at all: over halves of the repetitions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import InputError
from ..kernels.half_means import half_means, random_halves
from ..kernels.pairs import condense
from ..kernels.rdm_compare import compare_pairs
from ..kernels.reliability import lengthening, spearman_brown
from .measured import gram_rdm
from .opened import Source
from .patterns import subjects_of
from .settings import Distance
from .trial_distances import TRIAL_METRICS, Population, dense_trials, populations


def over_repetitions(
    source: Source,
    how: Distance,
    metric: str,
    ids: Sequence[Any],
    n_halves: int,
    seed: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the similarity of RDMs from halves of the trials, and the ceiling that follows.

    Parameters
    ----------
    source
        With trials.
    how, metric
        How RDMs are made, and compared.
    ids
        Stimuli.
    n_halves
        Number of random halves.
    seed
        Of the halves.

    Returns
    -------
    half, ceiling : arrays of the shape of the source's leading dims
        `half`, the mean over halves. `ceiling`, what an RDM without noise is expected to reach
        with that of all trials: the square root of the reliability of the latter, which is `half`
        lengthened (Spearman-Brown) from the data of a half to all. NaN where `half` is not above
        0. Kendall's tau is taken to r and back (Greiner's relation, which holds without ties).
    """
    trials = source.trials
    if trials is None:
        raise InputError("a ceiling over repetitions needs recordings with repetitions")
    if n_halves < 1:
        raise InputError(f"{n_halves} halves were asked for; expected at least 1")
    names = trials["stimulus"].values
    dense = dense_trials(trials.isel(presentation=np.isin(names, ids)))
    codes, n_subjects = np.zeros(dense.shape[3], dtype=int), 1
    if source.subjects is not None:
        codes = subjects_of(trials, source.subjects)[1]
        n_subjects = int(codes.max()) + 1
    shape = (n_subjects, dense.shape[2])
    half, k = np.full((2, *shape), np.nan)
    generator = np.random.default_rng(seed)
    # The same halves at every place: bins of one trial stay together.
    seeds = generator.integers(2**63, size=n_halves)
    for place, part in populations(dense, codes, n_subjects):
        found = [_one(part, how, metric, int(of_half)) for of_half in seeds]
        defined = [r for r in found if not np.isnan(r)]
        if defined:
            half[place] = np.mean(defined)
            k[place] = _lengthening(part)
    ceiling = reached(half, k, metric)
    wanted = source.patterns.shape
    return half.reshape(wanted), ceiling.reshape(wanted)


def reached(half: np.ndarray, k: np.ndarray, metric: str) -> np.ndarray:
    """Return what an RDM without noise reaches, from the similarity of halves."""
    r = np.sin(np.pi / 2 * half) if metric == "kendall" else half
    ceiling = np.sqrt(spearman_brown(r, k))
    return 2 / np.pi * np.arcsin(ceiling) if metric == "kendall" else ceiling


def _one(trials: np.ndarray, how: Distance, metric: str, seed: int) -> float:
    if how.metric in TRIAL_METRICS:
        population = Population.of(trials)
        halves = [
            Population.of(part).rdm(how.metric, how.noise)
            for part in _halves_of_trials(population.trials, seed)
        ]
    else:
        halves = [gram_rdm(mean, how) for mean in half_means(trials, seed)]
    first, second = (condense(half)[None] for half in halves)
    return float(compare_pairs(first, second, metric)[0, 0])


def _halves_of_trials(trials: np.ndarray, seed: int) -> list[np.ndarray]:
    """Split whole trials of every stimulus in two equal halves; an odd one is left out."""
    if not trials.shape[2]:
        return [trials, trials]
    chosen = random_halves(~np.isnan(trials[:, :, :1]), seed)
    return [np.where(part, trials, np.nan) for part in chosen]


def _lengthening(trials: np.ndarray) -> float:
    """Return how many times the data of a half all trials are, over neuroids."""
    k = lengthening((~np.isnan(trials)).sum(axis=0))
    return float(np.nanmean(k)) if not np.isnan(k).all() else np.nan
