"""Joint partial least squares (PLS2) through the Gram matrix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cornetkit.errors import InputError
from cornetkit.kernels.arrays import Array, contiguous, namespace
from cornetkit.kernels.checks import centre_targets, check_kernel, check_rows, check_targets
from cornetkit.kernels.dual import DualFit, intercept_of
from cornetkit.kernels.pls_components import Components
from cornetkit.kernels.threads import side_by_side

# What may be taken by fits that are made side by side.
_FIT_BYTES = 256 << 20


@dataclass(frozen=True)
class PLSFit(DualFit):
    """A PLS fit.

    Attributes
    ----------
    coef, intercept
        See `DualFit`; with all components used.
    weights : array of shape (n_train, n_components)
        Dual weights D of the scores, ``T = K_c @ D``.
    loadings : array of shape (q, n_components)
        Loadings Q of the targets on the scores: ``coef = D @ Q.T``, and the first `a` columns
        of both are the fit with `a` components.
    n_components : int
        Components used: fewer than asked for where the features have fewer dimensions, or
        nothing is left to explain.
    """

    weights: Array
    loadings: Array
    n_components: int


def pls_dual(K_train: Array, Y_train: Array, n_components: int) -> PLSFit:
    """Fit PLS2 with features and targets centred and not scaled.

    Parameters
    ----------
    K_train : array of shape (n, n)
        Gram matrix of the training features; it is centred here.
    Y_train : array of shape (n, q)
    n_components : int
        Most components to use.

    Returns
    -------
    PLSFit
        Its predictions equal those of NIPALS iterated to convergence and of improved kernel
        PLS (Dayal and MacGregor 1997, Journal of Chemometrics 11:73). All targets share the
        components: a target's fit depends on which others are there.
    """
    K_train = check_kernel(K_train)
    return pls_folds(K_train, Y_train, [np.arange(K_train.shape[0])], n_components)[0]


def pls_folds(
    K: Array,
    Y: Array,
    trains: Sequence[np.ndarray | Sequence[int]],
    n_components: int,
) -> list[PLSFit]:
    """Fit PLS2 on several training sets at once; each fit equals that of `pls_dual`.

    Parameters
    ----------
    K : array of shape (n, n)
        Gram matrix of all stimuli. Any centring gives the same fits, but features far from
        their mean lose digits: `cornetkit.kernels.gram.gram` has them centred.
    Y : array of shape (n, q)
    trains : sequence of indices, or masks of shape (n,)
        The training stimuli of each fold.
    n_components : int
        Most components to use.

    Returns
    -------
    list of PLSFit
        In the order of `trains`. Predict with ``fit.predict(K[np.ix_(test, train)])``.
    """
    return pls_sets(K, [Y], trains, n_components)[0]


def pls_sets(
    K: Array,
    sets: Sequence[Array],
    trains: Sequence[np.ndarray | Sequence[int]],
    n_components: int,
) -> list[list[PLSFit]]:
    """Fit PLS2 to several sets of targets, say time bins, each on several training sets.

    Parameters
    ----------
    K : array of shape (n, n)
    sets : sequence of arrays of shape (n, q)
        Targets; components are shared within a set. Sets of equal size go side by side, which
        takes less time than one after the other: they share the products with K.
    trains, n_components
        As in `pls_folds`.

    Returns
    -------
    list of lists of PLSFit
        One list a set, in the order of `trains`; each equals that of `pls_folds`.
    """
    K = check_kernel(K)
    n = K.shape[0]
    given = [check_targets(Y, n, like=K) for Y in sets]
    if n_components < 1:
        raise InputError(f"{n_components} components were asked for; expected at least 1")
    rows = [check_rows(train, n, least=2) for train in trains]
    most = min(n_components, max(train.size for train in rows) - 1)
    fits: list[list[PLSFit]] = [[] for _ in given]
    for q in sorted({Y.shape[1] for Y in given}):
        equal = [k for k, Y in enumerate(given) if Y.shape[1] == q]
        # Of each fit: S and what finds its vectors, K M, scores and weights, loadings.
        size = min(q, n)
        of_one = 8 * (3 * size**2 + size * n + 3 * most * n + most * size)
        together = max(1, _FIT_BYTES // of_one)
        folds_at_once = min(together, len(rows))
        sets_at_once = max(1, together // len(rows))
        for begin in range(0, len(equal), sets_at_once):
            here = equal[begin : begin + sets_at_once]
            found = _fit(K, [given[k] for k in here], rows, most, folds_at_once)
            for k, of_set in zip(here, found, strict=True):
                fits[k] = of_set
    return fits


def _fit(
    K: Array, sets: Sequence[Array], trains: Sequence[np.ndarray], most: int, folds_at_once: int
) -> list[list[PLSFit]]:
    """Fit sets of equal size."""
    centred = [centre_targets(Y) for Y in sets]
    fewest = [_fewest_targets(Y) for Y, _ in centred]
    targets = namespace(K).stack([Y for Y, _ in fewest])
    # K Y once for all folds: each subtracts the part of its left-out stimuli.
    KY = K @ targets

    def of_folds(some: Sequence[np.ndarray]) -> list[list[PLSFit]]:
        fits: list[list[PLSFit]] = [[] for _ in sets]
        for begin in range(0, len(some), folds_at_once):
            components = Components(K, KY, targets, some[begin : begin + folds_at_once], most)
            while components.next_component():
                pass
            for k, ((_, y_mean), (_, rotation)) in enumerate(zip(centred, fewest, strict=True)):
                fits[k] += _fits(components, k, y_mean, rotation)
        return fits

    # One fold alone has large products only, which all threads of BLAS share well.
    alone = len(trains) == 1 or namespace(K) is not np
    runs = [of_folds(trains)] if alone else side_by_side(of_folds, trains)
    return [[fit for run in runs for fit in run[k]] for k in range(len(sets))]


def _fewest_targets(Y: Array) -> tuple[Array, Array | None]:
    """Rotate more targets than stimuli, (n, q), to as many as stimuli, (n, n).

    PLS2 turns with the targets, so the components stay and the loadings turn back: with
    ``Y.T = V R``, V orthonormal, the loadings are V times those of the targets ``R.T``.
    """
    if Y.shape[1] <= Y.shape[0]:
        return Y, None
    V, R = namespace(Y).linalg.qr(Y.T)
    return contiguous(R.T), V


def _fits(components: Components, k: int, y_mean: Array, rotation: Array | None) -> list[PLSFit]:
    """Return the fits of a set for the targets as they were given."""
    fits = []
    transpose = components.xp.matrix_transpose
    for f, train in enumerate(components.folds):
        p = k * len(components.folds) + f
        used = int(components.count[p])
        weights = transpose(components.weights[p, :used][:, train])
        loadings, mean = transpose(components.loadings[p, :used]), components.mean[p]
        if rotation is not None:
            loadings, mean = rotation @ loadings, rotation @ mean
        coef = weights @ transpose(loadings)
        intercept = intercept_of(coef, y_mean + mean, components.kernel_means[f][train])
        fits.append(PLSFit(coef, intercept, weights, loadings, used))
    return fits
