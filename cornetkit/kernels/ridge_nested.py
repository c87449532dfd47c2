"""Ridge over folds with the error of leaving out each training stimulus, for nested choices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_solve, cholesky

from cornetkit.kernels.checks import centre_targets, check_folds, check_kernel, check_targets
from cornetkit.kernels.nested_penalty import Penalty
from cornetkit.kernels.ridge import check_alphas, edges
from cornetkit.kernels.spectrum import Spectrum, centred_spectrum

# Distance of the penalties that are looked at first, in steps of the grid, and the number of
# multiplications a penalty below which all are looked at, in double precision.
_STRIDE = 4
_FEW = 1e9
# Numbers of what is as long as the stimuli that are held at once: some targets at a time.
_CHUNK_ELEMENTS = 2**22


@dataclass(frozen=True)
class NestedRidge:
    """Held-out predictions of ridge over folds, and how well it did inside each fold's training.

    Attributes
    ----------
    predictions : list of arrays of shape (n_test, q)
        One a fold, in the order of its test rows.
    alpha : array of shape (n_folds, q)
        The penalty chosen on each fold's training stimuli.
    at_edge : array of shape (n_folds, q), bool
        Whether it is the least or the greatest offered.
    loo_mse : array of shape (n_folds, q)
        Mean squared error of leaving out one training stimulus at a time, under that penalty.
    left_out : list of arrays of shape (n_train, n_kept)
        Predictions of the training stimuli, each left out in turn, for the columns `keep`.
    """

    predictions: list[np.ndarray]
    alpha: np.ndarray
    at_edge: np.ndarray
    loo_mse: np.ndarray
    left_out: list[np.ndarray]


def ridge_nested(
    K: np.ndarray,
    Y: np.ndarray,
    folds: Sequence[tuple[np.ndarray, np.ndarray]],
    alphas: Sequence[float] | np.ndarray,
    *,
    keep: Sequence[int] | np.ndarray = (),
) -> NestedRidge:
    """Fit and predict every fold, one penalty a target, chosen by leave-one-out in its training.

    Parameters
    ----------
    K : array of shape (n, n)
        Gram matrix of all stimuli.
    Y : array of shape (n, q)
    folds : sequence of pairs (train, test)
        Indices or masks.
    alphas : sequence of floats above 0
    keep : sequence of ints
        Columns of `Y` whose left-out predictions are returned.

    Returns
    -------
    NestedRidge

    Notes
    -----
    The algebra is that of `ridge_folds`, and so is the result up to some 1e9 products of n^2 q.
    Beyond, penalties are looked for from coarse to fine, since the error falls and rises once
    along them as a rule: a target takes some 11 of 25. Where it does not, as for a target that is
    hardly predicted, the penalty can be another. There `loo_mse`, by which penalties are chosen,
    and `left_out` are made of products in single precision, right to some 1e-5 of their size; so a
    penalty can be another where two have the same error within that. Predictions are made in
    double precision always.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((30, 5))
    >>> found = ridge_nested(X @ X.T, X[:, :2], [(np.arange(20), np.arange(20, 30))], [1e-6, 1.0])
    >>> bool(np.abs(found.predictions[0] - X[20:, :2]).max() < 1e-4)
    True
    """
    K = check_kernel(K)
    n = K.shape[0]
    Y = check_targets(Y, n)
    q = Y.shape[1]
    penalties = np.sort(check_alphas(alphas))
    centred, y_mean = centre_targets(Y)
    pairs = check_folds(folds, n)
    kept = np.asarray(keep, dtype=np.intp)
    many = searched_coarsely(n, q)
    fits = _Folds(centred_spectrum(K), centred, pairs, np.float32 if many else np.float64)
    search = _Search(len(penalties), len(pairs), q, coarse=many)
    weights = np.empty((len(penalties), len(pairs), n))
    while (i := search.next_penalty()) is not None:
        penalty = fits.penalty(float(penalties[i]))
        weights[i] = penalty.weights
        for columns in fits.chunks(search.columns(i)):
            search.note(i, columns, fits.errors(penalty, columns))
    predictions, left_out = [], []
    for f, (train, test) in enumerate(pairs):
        held, inner = fits.residuals(f, penalties, search.chosen[f], weights[:, f], kept)
        predictions.append(centred[test] - held[np.searchsorted(fits.outs[f], test)] + y_mean)
        left_out.append(centred[np.ix_(train, kept)] - inner + y_mean[kept])
    alpha_of = penalties[search.chosen]
    return NestedRidge(predictions, alpha_of, edges(alpha_of, penalties), search.best, left_out)


def searched_coarsely(n: int, q: int) -> bool:
    """Whether penalties are looked for from coarse to fine, in single precision."""
    return n * n * q > _FEW


class _Folds:
    """Targets in the basis of the eigenvectors, and what the folds make of them."""

    def __init__(
        self,
        spectrum: Spectrum,
        centred: np.ndarray,
        pairs: list[tuple[np.ndarray, np.ndarray]],
        dtype: type,
    ) -> None:
        self.spectrum, self.pairs, self.dtype = spectrum, pairs, dtype
        n = len(centred)
        self.outs = [np.setdiff1d(np.arange(n), train) for train, _ in pairs]
        self.projected = spectrum.vectors.T @ centred
        self._vectors = spectrum.vectors.astype(dtype, copy=False)
        self._projected = self.projected.astype(dtype, copy=False)
        rows = n + sum(out.size for out in self.outs)
        self._width = max(_CHUNK_ELEMENTS // rows, 64)

    def penalty(self, alpha: float) -> Penalty:
        return Penalty.of(self.spectrum, alpha, self.pairs, self.outs, self.dtype)

    def chunks(self, columns: np.ndarray) -> Iterator[np.ndarray]:
        """Yield some columns at a time."""
        for begin in range(0, len(columns), self._width):
            yield columns[begin : begin + self._width]

    def errors(self, penalty: Penalty, columns: np.ndarray) -> np.ndarray:
        """Return the mean squared error of leaving out each training row, (n_folds, columns)."""
        part = np.take(self._projected, columns, axis=1)
        part /= penalty.spread[:, None].astype(self.dtype)
        error, cancelled = penalty.errors(self._vectors @ part)
        for f in np.flatnonzero(cancelled.any(axis=1)):
            at = np.flatnonzero(cancelled[f])
            train, out = self.pairs[f][0], self.outs[f]
            held = self._held(out, penalty.alpha, columns[at])
            rest = self._rest(train, out, penalty.spread, columns[at], held, self.spectrum.vectors)
            error[f, at] = penalty.weights[f, train] @ (rest * rest)
        return error / np.array([len(train) for train, _ in self.pairs])[:, None]

    def residuals(
        self,
        f: int,
        penalties: np.ndarray,
        chosen: np.ndarray,
        weights: np.ndarray,
        kept: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return residuals of a fold's left-out rows (n_out, q), and (n_train, n_kept) of others.

        The latter of training rows, each left out in turn.
        """
        train, out = self.pairs[f][0], self.outs[f]
        held = np.empty((out.size, len(chosen)))
        inner = np.empty((train.size, kept.size))
        vectors = self._vectors[train] if kept.size else self._vectors
        for i in np.unique(chosen):
            columns = np.flatnonzero(chosen == i)
            held[:, columns] = self._held(out, penalties[i], columns)
            at = np.flatnonzero(chosen[kept] == i)
            if at.size:
                spread = self.spectrum.values + penalties[i]
                there = kept[at]
                rest = self._rest(slice(None), out, spread, there, held[:, there], vectors)
                inner[:, at] = rest * np.sqrt(weights[i, train])[:, None]
        return held, inner

    def _held(self, out: np.ndarray, alpha: float, columns: np.ndarray) -> np.ndarray:
        """Return ``inv(G_oo) (G Y)_o``, (n_out, columns)."""
        half = self.spectrum.vectors[out] / np.sqrt(self.spectrum.values + alpha)
        scaled = half / np.sqrt(self.spectrum.values + alpha)
        factor = cholesky(half @ half.T, lower=True, overwrite_a=True, check_finite=False)
        product = scaled @ np.take(self.projected, columns, axis=1)
        return np.asarray(cho_solve((factor, True), product, check_finite=False))

    def _rest(
        self,
        rows: np.ndarray | slice,
        out: np.ndarray,
        spread: np.ndarray,
        columns: np.ndarray,
        held: np.ndarray,
        vectors: np.ndarray,
    ) -> np.ndarray:
        """Return what training rows have of ``G_f Y``, G_f that of the training rows alone."""
        rest = np.take(self.projected, columns, axis=1)
        rest -= self.spectrum.vectors[out].T @ held
        rest /= spread[:, None]
        return np.asarray(vectors[rows] @ rest.astype(vectors.dtype, copy=False))


class _Search:
    """Which penalties which targets of which folds still have to look at, and the best so far."""

    def __init__(self, n_penalties: int, n_folds: int, q: int, coarse: bool) -> None:
        self.best = np.full((n_folds, q), np.inf)
        self.chosen = np.zeros((n_folds, q), dtype=np.intp)
        self._stride = _STRIDE if coarse and n_penalties > _STRIDE + 1 else 1
        self._todo = np.zeros((n_penalties, q), bool)
        self._todo[:: self._stride] = True
        self._todo[-1] = True
        self._done = np.zeros_like(self._todo)

    def next_penalty(self) -> int | None:
        """Return the index of a penalty that is still to be looked at, None at the end."""
        while True:
            waiting = np.flatnonzero(self._todo.any(axis=1))
            if waiting.size:
                return int(waiting[0])
            if self._stride == 1:
                return None
            self._stride //= 2
            for step in (-self._stride, self._stride):
                near = np.clip(self.chosen + step, 0, len(self._todo) - 1)
                np.put_along_axis(self._todo, near, True, axis=0)
            self._todo &= ~self._done

    def columns(self, i: int) -> np.ndarray:
        """Return the targets that look at a penalty in some fold, and note that they do."""
        wanted = np.flatnonzero(self._todo[i])
        self._done[i, wanted] = True
        self._todo[i] = False
        return wanted

    def note(self, i: int, columns: np.ndarray, error: np.ndarray) -> None:
        """Keep the penalty where its error (n_folds, columns) is the least so far.

        Of equal errors the lesser penalty is kept, in whatever order they are looked at.
        """
        best, chosen = self.best[:, columns], self.chosen[:, columns]
        better = (error < best) | ((error == best) & (i < chosen))
        self.best[:, columns] = np.where(better, error, best)
        self.chosen[:, columns] = np.where(better, i, chosen)
