"""Ridge over folds of very many stimuli: a Cholesky factor for each penalty, in place."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from cornetkit.errors import InputError
from cornetkit.kernels.checks import centre_targets, check_folds, check_kernel, check_targets
from cornetkit.kernels.cholesky_tiles import factor_upper, solve_factored
from cornetkit.kernels.gram_sums import mirror_lower
from cornetkit.kernels.ridge import check_alphas, edges
from cornetkit.kernels.ridge_folds import RidgeFolds

# Targets whose responses are held in float64 at once, three times (270 MB at 22,000 stimuli).
_TARGETS = 500
# Rows that are centred at once.
_ROWS = 512


def ridge_folds_factored(
    K: np.ndarray,
    Y: np.ndarray,
    folds: Sequence[tuple[np.ndarray, np.ndarray]],
    alphas: Sequence[float] | np.ndarray,
    *,
    per_target: bool = True,
    n_left_out: int = 1000,
    rng: int | np.random.Generator = 0,
    overwrite: bool = False,
) -> RidgeFolds:
    """Fit and predict every fold as `ridge_folds` does, without eigenvectors.

    Parameters
    ----------
    K : array of shape (n, n), float64
        Gram matrix of all stimuli.
    Y : array of shape (n, q)
        Any real dtype; made float64 a few targets at a time.
    folds : sequence of pairs (train, test)
        Indices or masks.
    alphas : sequence of floats above 0
    per_target : bool
        One penalty for each target, or one for all.
    n_left_out : int
        Training stimuli that are left out, one at a time, to choose the penalty: a random sample
        of them. Where a fold has no more than these, the penalty is that of `ridge_folds`.
    rng : int or numpy.random.Generator
        Draws that sample.
    overwrite : bool
        Work inside of `K`, which is given back as it was up to rounding; otherwise a copy is
        made, and twice the memory taken.

    Returns
    -------
    RidgeFolds

    Raises
    ------
    InputError
        Wrong shapes, values that are not finite, or penalties below what rounding leaves.

    Notes
    -----
    At n stimuli an eigendecomposition takes about 9 n^3 multiplications, half of them bound by
    memory, and the leave-one-out errors of q targets n^2 q for each penalty. Here a penalty takes
    n^3 / 6 for the factor, and n (n + q) for each stimulus that is left out or tested: one
    triangle of the matrix holds the factor, the other what the next factor is made from. Penalties
    are looked for from coarse to fine, since the error falls and rises once along them.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((30, 5))
    >>> Y = X @ rng.standard_normal((5, 2))
    >>> found = ridge_folds_factored(X @ X.T, Y, [(np.arange(20), np.arange(20, 30))], [1e-6, 1.0])
    >>> bool(np.abs(found.predictions[0] - Y[20:]).max() < 1e-4)
    True
    """
    K = check_kernel(K)
    n = K.shape[0]
    if Y.ndim != 2 or Y.shape[0] != n:
        check_targets(Y, n)  # says what is wrong with it
    K = K if overwrite and K.flags.c_contiguous else K.copy()
    penalties = np.sort(check_alphas(alphas))
    generator = np.random.default_rng(rng)
    predictions, alpha_of = [], []
    for train, test in check_folds(folds, n):
        sample = np.sort(generator.permutation(train)[:n_left_out])
        fold = _Fold(K, Y, train, test, sample)
        chosen = coarse_to_fine(fold.errors, penalties, Y.shape[1], per_target, fold.keep)
        fold.give_back()
        predictions.append(fold.predictions)
        alpha_of.append(penalties[chosen])
    stacked = np.stack(alpha_of)
    return RidgeFolds(predictions, stacked, edges(stacked, penalties))


class _Fold:
    """One fold, in the memory of the Gram matrix.

    The rows and columns of stimuli that are not trained on are set to 0 for its time, which leaves
    the factor of the others as it would be alone.
    """

    def __init__(
        self, K: np.ndarray, Y: np.ndarray, train: np.ndarray, test: np.ndarray, sample: np.ndarray
    ) -> None:
        self.K, self.Y, self.train, self.sample = K, Y, train, sample
        n = len(K)
        share = np.zeros(n)
        share[train] = 1 / train.size
        self._mean = K @ share
        self._grand = float(share @ self._mean)
        self._out = np.setdiff1d(np.arange(n), train)
        self._kept = K[self._out].copy()
        _shift(K, -(self._mean - self._grand / 2))
        # What the solutions are asked for: a stimulus left out, less the mean; a tested one.
        self._asked = np.zeros((n, sample.size + test.size), order="F")
        self._asked[train, : sample.size] = -1 / train.size
        self._asked[sample, np.arange(sample.size)] += 1
        self._asked[train, sample.size :] = K[np.ix_(test, train)].T
        K[self._out] = 0
        K[:, self._out] = 0
        self._diagonal = K.diagonal().copy()
        self.predictions = np.zeros((test.size, Y.shape[1]))
        self._last = self.predictions

    def errors(self, alpha: float) -> np.ndarray:
        """Return the leave-one-out error of every target, (q,); keep its predictions."""
        solved = self._solve(alpha)
        m = self.sample.size
        diagonal = solved[self.sample, np.arange(m)]
        weights = np.ascontiguousarray(solved[self.train].T)
        error = np.empty(self.Y.shape[1])
        self._last = np.empty_like(self.predictions)
        for begin in range(0, len(error), _TARGETS):
            here = slice(begin, begin + _TARGETS)
            y, mean = centre_targets(check_targets(self.Y[self.train, here], self.train.size))
            found = weights @ y
            residual = found[:m] / diagonal[:, None]
            error[here] = np.einsum("nq,nq->q", residual, residual) / m
            self._last[:, here] = found[m:] + mean
        return error

    def keep(self, better: np.ndarray) -> None:
        """Take the predictions of the last penalty for the targets (mask) that it suits best."""
        self.predictions[:, better] = self._last[:, better]

    def _solve(self, alpha: float) -> np.ndarray:
        """Return (K_c + alpha I)^-1 times what is asked for."""
        K = self.K
        mirror_lower(K)
        K[np.diag_indices(len(K))] = self._diagonal + alpha
        if not factor_upper(K):
            raise InputError(
                f"a penalty of {alpha:.3g} is below the rounding of the Gram matrix, whose "
                f"diagonal goes up to {self._diagonal.max():.3g}; give larger ones"
            )
        return solve_factored(K, self._asked)

    def give_back(self) -> None:
        """Restore the Gram matrix."""
        K = self.K
        K[np.diag_indices(len(K))] = self._diagonal
        mirror_lower(K)
        _shift(K, self._mean - self._grand / 2)
        K[self._out] = self._kept
        K[:, self._out] = self._kept.T


def _shift(K: np.ndarray, by: np.ndarray) -> None:
    """Add ``by_i + by_j`` in place."""
    for begin in range(0, len(K), _ROWS):
        rows = slice(begin, begin + _ROWS)
        K[rows] += by[rows, None] + by


def coarse_to_fine(
    errors: Callable[[float], np.ndarray],
    penalties: np.ndarray,
    n_targets: int,
    per_target: bool,
    keep: Callable[[np.ndarray], None],
) -> np.ndarray:
    """Return the index of the best penalty of each target (q,), asking for few of them.

    Parameters
    ----------
    errors
        Returns the error of every target for a penalty.
    penalties
        Ascending.
    n_targets, per_target
        Targets, and whether each has a penalty of its own.
    keep
        Told after each penalty which targets (mask) it suits best so far.
    """
    best = np.full(n_targets, np.inf)
    chosen = np.zeros(n_targets, dtype=np.intp)
    done: set[int] = set()
    stride = 1 << max(0, int(np.log2(len(penalties) / 4)))
    todo = {*range(0, len(penalties), stride), len(penalties) - 1}
    while True:
        for i in sorted(todo - done):
            score = errors(float(penalties[i]))
            if not per_target:
                score = np.full(n_targets, score.mean())
            better = score < best
            best[better], chosen[better] = score[better], i
            keep(better)
            done.add(i)
        if stride == 1:
            return chosen
        stride //= 2
        near = {int(i) + step for i in np.unique(chosen) for step in (-stride, stride)}
        todo = {i for i in near if 0 <= i < len(penalties)}
