"""Correlations between the means over many random halves of the same repetitions.

With A the mean of both halves and D half their difference, the halves are A + D and A - D, and
their correlation follows from five sums over stimuli: of A, D, A^2, D^2 and A D. Of a stimulus
with an even number of repetitions A is the same in every split, so a split costs one product with
signs and three sums, and no half mean is kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cornetkit.kernels.correlation import pearson_columns

# Elements of the trials that are held at once (64 MiB), and of the half means (1 MiB: a cache).
_TRIAL_ELEMENTS = 2**23
_MEAN_ELEMENTS = 2**17
# Half means whose variance is below this share of their squares lose digits: done once more.
_CANCELLED = 1e-6
# Responses whose range is below this share of their size vary by rounding only.
_ROUNDING = 1e-12


def mean_half_correlation(trials: np.ndarray, has: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Average over splits the Pearson r between half means.

    Parameters
    ----------
    trials : array of shape (repetition, stimulus, target), float64
        All targets have the same repetitions.
    has : bool array of shape (stimulus, repetition)
        Which of them there are: at least two of every stimulus.
    order : int array of shape (split, stimulus, repetition)
        Random orders of the repetitions. The first half of those that there are goes to one side,
        the second to the other; an odd one is left out.

    Returns
    -------
    array of shape (target,)
        Splits where a half is constant do not count; NaN where none does, or where the trials are
        constant.
    """
    n_repetitions, n, q = trials.shape
    signs = _signs(has, order)
    found = np.full(q, np.nan)
    width = max(_TRIAL_ELEMENTS // (n * n_repetitions), 1)
    for begin in range(0, q, width):
        part = trials[:, :, begin : begin + width]
        X, varies = _standardized(part, has)
        sums = _Sums.of(X, has, signs)
        r = sums.correlation(n)
        again = sums.cancelled(n) & varies
        for target in np.flatnonzero(again.any(axis=0)):
            splits = np.flatnonzero(again[:, target])
            r[splits, target] = _from_means(part[:, :, target], has, signs[:, splits])
        defined = ~np.isnan(r)
        mean = np.where(defined, r, 0.0).sum(axis=0) / np.maximum(defined.sum(axis=0), 1)
        found[begin : begin + width] = np.where(varies & defined.any(axis=0), mean, np.nan)
    return found


def _signs(has: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Return 1 for the repetitions of one half, -1 of the other, 0 else: (stimulus, split, rep)."""
    size = has.sum(axis=1)[:, None, None] // 2
    order = order.transpose(1, 0, 2)
    there = np.take_along_axis(np.broadcast_to(has[:, None, :], order.shape), order, axis=2)
    rank = np.cumsum(there, axis=2, dtype=np.int32) - 1
    ranked = np.where(there & (rank < 2 * size), np.where(rank < size, 1.0, -1.0), 0.0)
    signs = np.empty(order.shape)
    np.put_along_axis(signs, order, ranked, axis=2)
    return signs


def _standardized(part: np.ndarray, has: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return trials (stimulus, repetition, target) less their mean, by their range; which vary.

    What is missing becomes 0. Without the mean squares do not cancel; with ranges of 1 the squares
    of very small and of very large responses can be held.
    """
    X = part.transpose(1, 0, 2).copy()
    whole = has.all()
    if not whole:
        X[~has] = np.inf
    low = X.min(axis=(0, 1))
    if not whole:
        X[~has] = -np.inf
    high = X.max(axis=(0, 1))
    varies = high - low > _ROUNDING * np.maximum(np.abs(low), np.abs(high))
    if not whole:
        X[~has] = 0.0
    X -= X.sum(axis=(0, 1)) / has.sum()
    X /= np.where(varies, high - low, 1.0)
    if not whole:
        X[~has] = 0.0
    return X, varies


@dataclass
class _Sums:
    """Sums over stimuli of the A and D of the module, each of shape (split, target)."""

    a: np.ndarray
    d: np.ndarray
    aa: np.ndarray
    dd: np.ndarray
    ad: np.ndarray

    @classmethod
    def of(cls, X: np.ndarray, has: np.ndarray, signs: np.ndarray) -> _Sums:
        """Sum over trials (stimulus, repetition, target)."""
        n_splits, q = signs.shape[1], X.shape[2]
        sums = cls(*(np.zeros((n_splits, q)) for _ in range(5)))
        count = has.sum(axis=1)
        odd = count % 2 == 1
        width = max(_MEAN_ELEMENTS // n_splits, 1)
        for begin in range(0, q, width):
            columns = slice(begin, begin + width)
            some = cls(*(part[:, columns] for part in vars(sums).values()))
            mean = X[:, :, columns].sum(axis=1) / count[:, None]
            for i in np.flatnonzero(~odd):
                D = (signs[i] / count[i]) @ X[i, :, columns]
                some._add(mean[i], D)
            some.a += mean[~odd].sum(axis=0)
            some.aa += (mean[~odd] ** 2).sum(axis=0)
            for i in np.flatnonzero(odd):
                used = signs[i] / (count[i] - 1)
                A = np.abs(used) @ X[i, :, columns]
                some._add(A, used @ X[i, :, columns])
                some.a += A
                A *= A
                some.aa += A
        return sums

    def _add(self, A: np.ndarray, D: np.ndarray) -> None:
        self.d += D
        self.ad += A * D
        D *= D
        self.dd += D

    def _variances(self, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        a, d = self.a / n, self.d / n
        return self.aa / n - a * a, self.dd / n - d * d, self.ad / n - a * d

    def correlation(self, n: int) -> np.ndarray:
        """Return r between the halves (split, target), from `n` stimuli."""
        aa, dd, ad = self._variances(n)
        with np.errstate(invalid="ignore", divide="ignore"):
            return (aa - dd) / np.sqrt((aa + dd + 2 * ad) * (aa + dd - 2 * ad))

    def cancelled(self, n: int) -> np.ndarray:
        """Return where a half is so nearly constant that its variance has lost digits."""
        aa, dd, ad = self._variances(n)
        low = np.minimum(aa + dd + 2 * ad, aa + dd - 2 * ad)
        return ~(low > _CANCELLED * (self.aa + self.dd) / n)


def _from_means(trials: np.ndarray, has: np.ndarray, signs: np.ndarray) -> np.ndarray:
    """Correlate half means of one target's trials (repetition, stimulus), split by split."""
    responses = np.where(has.T, trials, 0.0)
    size = has.sum(axis=1)[:, None] // 2
    first = np.einsum("nhr,rn->nh", signs > 0, responses) / size
    second = np.einsum("nhr,rn->nh", signs < 0, responses) / size
    return pearson_columns(first, second)
