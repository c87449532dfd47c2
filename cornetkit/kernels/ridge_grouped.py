"""Ridge over folds where several rows belong to one stimulus and are left out together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cornetkit.errors import InputError
from cornetkit.kernels.checks import check_folds, check_kernel, check_targets
from cornetkit.kernels.offset import Offset
from cornetkit.kernels.ridge import check_alphas, choose, edges
from cornetkit.kernels.ridge_folds import RidgeFolds
from cornetkit.kernels.spectrum import centred_spectrum


def ridge_folds_grouped(
    K: np.ndarray,
    Y: np.ndarray,
    folds: Sequence[tuple[np.ndarray, np.ndarray]],
    groups: np.ndarray,
    alphas: Sequence[float] | np.ndarray,
    *,
    factors: np.ndarray | None = None,
    per_target: bool = True,
) -> RidgeFolds:
    """Fit and predict every fold; the penalty is chosen by leaving out one group at a time.

    Parameters
    ----------
    K : array of shape (n, n)
        Gram matrix of all rows.
    Y : array of shape (n, q)
    folds : sequence of pairs (train, test)
        Indices or masks of rows; no group on both sides.
    groups : array of shape (n,)
        What each row belongs to, such as its stimulus.
    alphas : sequence of floats above 0
    factors : array of shape (n,), optional
        What a row carries of the (unpenalised) intercept; default 1 each.
    per_target : bool
        One penalty for each target, or one for all.

    Returns
    -------
    RidgeFolds
        With groups of one row and factors of 1, that of `ridge_folds`.

    Notes
    -----
    As in `ridge_folds`, with the direction of the factors in place of that of the mean, and the
    blocks of a group in place of the diagonal: the residual of a left-out group g is
    inv(S_gg) (S Y)_g, with S the Schur complement of what the fold leaves out.
    """
    K = check_kernel(K)
    n = K.shape[0]
    Y = check_targets(Y, n)
    alphas = check_alphas(alphas)
    groups = np.asarray(groups)
    offset = Offset(np.ones(n) if factors is None else factors)
    if groups.shape != (n,) or offset.factors.shape != (n,):
        raise InputError(
            f"groups of shape {groups.shape} and factors of shape {offset.factors.shape} were "
            f"given; expected ({n},) each"
        )
    pairs = check_folds(folds, n)
    for number, (train, test) in enumerate(pairs):
        if np.isin(groups[test], groups[train]).any():
            raise InputError(f"fold {number} has rows of one group on both sides; split by group")
    outs = [np.setdiff1d(np.arange(n), train) for train, _ in pairs]
    blocks = [_blocks(groups[train]) for train, _ in pairs]
    spectrum = centred_spectrum(offset.turn_gram(K))
    U, s = offset.turn(spectrum.vectors), spectrum.values
    projected = U.T @ Y

    error = np.empty((len(pairs), alphas.size, Y.shape[1]))
    best = [np.full(Y.shape[1], np.inf) for _ in pairs]
    residuals = [np.zeros((out.size, Y.shape[1])) for out in outs]
    for i, alpha in enumerate(alphas):
        half = U / np.sqrt(s + alpha)
        G = half @ half.T
        GY = U @ (projected / (s + alpha)[:, None])
        for f, ((train, _), out) in enumerate(zip(pairs, outs, strict=True)):
            held, error[f, i] = _one_fold(G, GY, train, out, blocks[f])
            score = error[f, i] if per_target else np.full_like(best[f], error[f, i].mean())
            better = score < best[f]
            best[f][better] = score[better]
            residuals[f][:, better] = held[:, better]

    predictions = [
        Y[test] - residual[np.searchsorted(out, test)]
        for (_, test), out, residual in zip(pairs, outs, residuals, strict=True)
    ]
    alpha_of = np.stack([alphas[choose(e, per_target=per_target)] for e in error])
    return RidgeFolds(predictions, alpha_of, edges(alpha_of, alphas))


def _blocks(groups: np.ndarray) -> list[np.ndarray]:
    """Return the positions of the rows of each group, (groups, size): one array a size."""
    order = np.argsort(groups, kind="stable")
    _, counts = np.unique(groups, return_counts=True)
    members = np.split(order, np.cumsum(counts)[:-1])
    return [np.stack([rows for rows in members if rows.size == size]) for size in np.unique(counts)]


def _one_fold(
    G: np.ndarray, GY: np.ndarray, train: np.ndarray, out: np.ndarray, blocks: Sequence[np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Return residuals of left-out rows (n_out, q) and the squared error of the groups (q,)."""
    cross = G[np.ix_(out, train)]
    solved = np.linalg.solve(G[np.ix_(out, out)], np.concatenate([cross, GY[out]], axis=1))
    held = solved[:, train.size :]
    rest = GY[train] - cross.T @ held
    total = np.zeros(GY.shape[1])
    for rows in blocks:
        here = train[rows]
        schur = G[here[:, :, None], here[:, None, :]]
        schur -= np.einsum("ogi,ogj->gij", cross[:, rows], solved[:, rows], optimize=True)
        left = np.linalg.solve(schur, rest[rows])
        total += np.einsum("giq,giq->q", left, left)
    return held, total / train.size
