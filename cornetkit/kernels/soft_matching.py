"""Soft matching of two sets of units by optimal transport (Khosla & Williams 2023)."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment, linprog
from scipy.sparse import csr_array

from cornetkit.errors import InputError

# Pairs of each unit that the first round looks at, and pairs that are added a round.
_FIRST = 8
_MORE = 4
# A pair whose reduced cost is above minus this would not better the sum.
_TOLERANCE = 1e-9
_MOST_ROUNDS = 200


def soft_match(similarity: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the transport between two sets of units whose summed similarity is highest.

    Every unit of the one side gives the same mass, 1/p, and every unit of the other takes the
    same, 1/q; where p = q a best transport is a permutation, and the one-to-one matching. Unlike a
    one-to-one matching it is two-sided for any p and q: no unit is left out.

    Parameters
    ----------
    similarity : array of shape (p, q)
        Of unit i with unit j, such as a correlation over stimuli; finite.

    Returns
    -------
    rows, columns : int arrays of shape (k,)
        The pairs with any mass, at most p + q - 1.
    mass : array of shape (k,)
        Sums to 1 / p in each row and to 1 / q in each column.

    Raises
    ------
    InputError
        The similarities are not finite, or there are none.

    Notes
    -----
    An exact linear programme. It is solved over a few pairs, those of the highest similarity of
    every unit; the dual prices then say which other pairs would better it, these are added, and
    so on until there is none.

    Examples
    --------
    >>> rows, columns, mass = soft_match(np.array([[1.0, 0.0], [0.0, 1.0]]))
    >>> columns, mass
    (array([0, 1]), array([0.5, 0.5]))
    """
    S = np.asarray(similarity, dtype=np.float64)
    if S.ndim != 2 or not S.size or not np.isfinite(S).all():
        raise InputError(
            f"similarities of shape {S.shape} were given; expected a finite one for every pair of "
            "units"
        )
    p, q = S.shape
    if p == q:
        rows, columns = linear_sum_assignment(S, maximize=True)
        return rows, columns, np.full(p, 1 / p)
    chosen = _first(S)
    for _ in range(_MOST_ROUNDS):
        rows, columns = np.divmod(chosen, q)
        mass, price_p, price_q = _solve(S[rows, columns], rows, columns, p, q)
        reduced = price_p[:, None] + price_q[None, :] - S
        better = np.flatnonzero(reduced.reshape(-1) < -_TOLERANCE)
        better = np.setdiff1d(better, chosen, assume_unique=True)
        if not better.size:
            used = mass > 0
            return rows[used], columns[used], mass[used] / (p * q)
        most = _MORE * (p + q)
        if better.size > most:
            worst = reduced.reshape(-1)[better]
            better = better[np.argpartition(worst, most)[:most]]
        chosen = np.union1d(chosen, better)
    raise InputError(f"no transport between {p} and {q} units was found")  # pragma: no cover


def _first(S: np.ndarray) -> np.ndarray:
    """Return pairs (flat) among which there is a transport, and good ones."""
    p, q = S.shape
    few_p, few_q = min(_FIRST, p), min(_FIRST, q)
    best_of_rows = np.argpartition(-S, few_q - 1, axis=1)[:, :few_q]
    best_of_columns = np.argpartition(-S, few_p - 1, axis=0)[:few_p]
    # In the order of the units, as much as fits from each into the next: always possible.
    edges = np.union1d(np.arange(p) * q, np.arange(q) * p)
    corner = (edges // q) * q + edges // p
    return np.unique(
        np.concatenate(
            [
                (np.arange(p)[:, None] * q + best_of_rows).reshape(-1),
                (best_of_columns * q + np.arange(q)).reshape(-1),
                corner,
            ]
        )
    )


def _solve(
    similarity: np.ndarray, rows: np.ndarray, columns: np.ndarray, p: int, q: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Solve the programme over some pairs; masses times p q, so that they are whole numbers."""
    k = np.arange(len(rows))
    constraints = csr_array(
        (np.ones(2 * len(k)), (np.concatenate([rows, p + columns]), np.concatenate([k, k]))),
        shape=(p + q, len(k)),
    )
    supply = np.concatenate([np.full(p, float(q)), np.full(q, float(p))])
    # scipy's stubs do not know that the matrix may be sparse.
    found = linprog(-similarity, A_eq=constraints, b_eq=supply, method="highs-ds")  # type: ignore[call-overload]
    if not found.success:  # pragma: no cover
        raise InputError(f"the transport of {p} and {q} units was not solved: {found.message}")
    prices = -found.eqlin.marginals
    return np.rint(found.x), prices[:p], prices[p:]
