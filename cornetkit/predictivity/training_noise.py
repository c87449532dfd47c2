"""How much of held-out predictions is the noise of the stimuli that they were trained on.

What a stimulus does to a score is counted twice: as one of the held-out stimuli, and as one of
the training stimuli of the other folds. Resampling held-out predictions sees the first only. Where
predictions are all noise, both are alike (a score is then a sum over pairs of stimuli, in which
every pair stands twice), and the variance of a score is twice what the held-out stimuli show; where
training stimuli hardly matter, it is what they show. In between, the share of noise says how much.

Of splits that never train on what others hold out, such as one fixed split, no pair stands twice.
What is left is that other training stimuli would have given another prediction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from .engine import prepare
from .features import Features
from .protocols import Protocol
from .splits import MIN_TEST, Split
from .summary import median_over_neuroids
from .ties import Ties

# Of a seed: not the streams of draws.
_STREAM = 4


def half_splits(
    splits: Sequence[Split], groups: np.ndarray | None, seed: int
) -> list[Split] | None:
    """Return every split twice, each time with one random half of its training stimuli.

    Groups stay whole. None where a half would be too small to fit anything.
    """
    rng = np.random.default_rng([seed, _STREAM])
    labels = np.arange(1 + max(int(train.max()) for train, _ in splits))
    if groups is not None:
        labels = groups
    found: list[Split] = []
    for train, test in splits:
        names = rng.permutation(np.unique(labels[train]))
        for some in (names[::2], names[1::2]):
            half = train[np.isin(labels[train], some)]
            if len(half) < MIN_TEST or len(some) < 2:
                return None
            found.append((half, test))
    return found


def share_both_ways(splits: Sequence[Split]) -> float:
    """Return how far pairs of a tested and a trained stimulus stand in a score both ways.

    1 for folds, each of which trains on what the others hold out, 0 for one split, between for
    random ones.

    Notes
    -----
    With A_ij how often stimulus i is held out while j is trained on, a variance of
    sum(A_ij x_ij) with x_ij = x_ji is 1 + b times what rows show, b = sum(A_ij A_ji) / sum(A_ij^2).
    What is returned is the root of b, which is what simulations ask for: the correlations of
    small test sets are noisy, and random splits share stimuli. With 2, 4 and 10 random splits
    of 8 of 80 stimuli without signal the variance was 1.23, 1.38 and 1.66 times what rows showed
    (1,200 runs each; 1 + the root: 1.30, 1.46, 1.68), with one split 1.10, and with 10 splits of
    40 stimuli 1.76 (1.84). With 30 of 8 it was 2.4 (1.85): so many are too narrow.
    """
    n = 1 + max(int(max(train.max(), test.max())) for train, test in splits)
    trained, tested = np.zeros((2, len(splits), n), np.float32)  # counts, exact up to 2^24
    for k, (train, test) in enumerate(splits):
        trained[k, train], tested[k, test] = 1, 1
    across = tested @ trained.T
    squares = np.sum((tested @ tested.T) * (trained @ trained.T))
    return float(np.sqrt(np.sum(across * across.T) / squares))


def widening_of(noise: np.ndarray, both_ways: float) -> np.ndarray:
    """Return by how much training stimuli widen the spread over held-out ones.

    Parameters
    ----------
    noise
        From `share_of_noise`, (time_bin,).
    both_ways
        From `share_both_ways`.

    Notes
    -----
    Where all pairs stand both ways the variance is 1 + noise times as large. Where none does,
    noise (1 - noise) is added: predictions that are all noise correlate with nothing, whatever
    they were trained on, and those without noise are the same for all training stimuli.
    """
    return np.asarray(np.sqrt(1 + noise * (both_ways + (1 - both_ways) * (1 - noise))))


def share_of_noise(
    features: Features,
    ids: Sequence[object],
    gram: np.ndarray | None,
    responses: np.ndarray,
    halves: Sequence[Split] | None,
    plan: Protocol,
    ties: Ties,
    dtype: str,
) -> np.ndarray:
    """Return the share of training noise in the variance of held-out predictions.

    Parameters
    ----------
    features, ids, gram
        One area and step; its Gram matrix, where there is one already.
    responses
        Shape (n, time_bin, neuroid).
    halves
        From `half_splits`; None: the share is taken as 1.
    plan, ties, dtype
        As for the scores.

    Returns
    -------
    array of shape (time_bin,)
        1 less the correlation between predictions from two halves of the training stimuli, over
        the held-out stimuli of all splits, brought to all training stimuli (Spearman-Brown);
        median over neuroids; between 0 and 1.
    """
    n_bins, n_neuroids = responses.shape[1:]
    if halves is None:
        return np.ones(n_bins)
    within = replace(plan, pooled=False)
    evaluation = prepare(features, ids, halves, within, ties, dtype, gram=gram).evaluate(
        responses, True
    )
    held_out = evaluation.held_out
    if held_out is None:
        return np.ones(n_bins)
    # Of covariance, and of both variances.
    sums = np.zeros((3, n_bins * n_neuroids))
    for first, second in zip(held_out[::2], held_out[1::2], strict=True):
        both = ~(np.isnan(first) | np.isnan(second))
        count = np.maximum(both.sum(axis=0), 1)
        a, b = (np.where(both, x, 0.0) for x in (first, second))
        a, b = (np.where(both, x - x.sum(axis=0) / count, 0.0) for x in (a, b))
        sums += np.stack([(a * b).sum(axis=0), (a**2).sum(axis=0), (b**2).sum(axis=0)])
    size = np.sqrt(sums[1] * sums[2])
    r = np.divide(sums[0], size, out=np.full(size.shape, np.nan), where=size > 0)
    half = np.clip(np.nan_to_num(median_over_neuroids(r.reshape(n_bins, n_neuroids))), 0.0, 1.0)
    return 1 - 2 * half / (1 + half)
