"""The leading eigenvectors of several symmetric matrices that change by little at a time."""

from __future__ import annotations

import numpy as np
from scipy.linalg import eigh

from cornetkit.kernels.arrays import Array, as_float64, namespace

# Up to these sizes a vector by itself is found as fast as by iteration: on one device all of them
# at once, on the other LAPACK's search for one (measured; 2.5 times as fast as for all).
_SMALL, _SMALL_IN_NUMPY = 32, 256
# Vectors iterated side by side: the more of them, the fewer turns.
_BLOCK = 16
# Finding the vector by itself costs about as much as so many turns.
_MOST_TURNS = 30
# Turns after which the rate tells how many are still to come.
_FIRST_TURNS = 5
# An eigenvector is known to its residual over the gap to the next eigenvalue; what rounding makes
# of the residual is as good as any method gets.
_PRECISION = 1e-13
_ROUNDING = 16 * float(np.finfo(np.float64).eps)


class Leading:
    """Find leading eigenvectors by subspace iteration from where the last call ended.

    PLS takes a component out of its matrix and asks again: what led next is nearly known by then.
    Small matrices are solved by themselves; so are those where the iteration would not settle soon
    (a small gap), from then on always: a spectrum gets no steeper without its first components.
    """

    def __init__(self) -> None:
        self._basis: Array | None = None
        self._directly = False

    def of(self, S: Array, wanted: Array) -> Array:
        """Return the eigenvector of the largest eigenvalue of each matrix.

        Parameters
        ----------
        S : array of shape (matrices, q, q)
            Symmetric, with no eigenvalue as far below zero as the largest is above.
        wanted : bool array of shape (matrices,)
            Of the others, anything may be returned.

        Returns
        -------
        array of shape (matrices, q)
        """
        xp = namespace(S)
        q = S.shape[-1]
        if self._directly or q <= (_SMALL_IN_NUMPY if xp is np else _SMALL):
            return _directly(S)
        if self._basis is None:
            start = np.random.default_rng(0).standard_normal((q, _BLOCK))
            self._basis = S @ as_float64(start, like=S)
        basis = self._basis
        before: Array | None = None
        for turn in range(1, _MOST_TURNS + 1):
            basis = xp.linalg.qr(basis)[0]
            image = S @ basis
            small = xp.matrix_transpose(basis) @ image
            values, rotation = xp.linalg.eigh(0.5 * (small + xp.matrix_transpose(small)))
            basis, image = basis @ rotation, image @ rotation
            first, second = values[..., -1], values[..., -2]
            off = image[..., -1] - first[:, None] * basis[..., -1]
            enough = xp.maximum(_PRECISION * (first - second), _ROUNDING * first)
            # How far off, in units of what is near enough; 1 for what is not asked for.
            excess = xp.sqrt(xp.sum(off * off, axis=-1)) / xp.where(
                enough > 0, enough, 1 + 0 * enough
            )
            excess = xp.where(wanted, excess, xp.ones_like(excess))
            self._basis, found = image, basis[..., -1]
            if bool(xp.all(excess <= 1)):
                return found
            if before is not None and turn >= _FIRST_TURNS:
                # Each turn takes away the same share.
                shrinks = xp.log(before / excess)
                if bool(xp.any(xp.log(excess) > (_MOST_TURNS - turn) * shrinks)):
                    break
            before = xp.maximum(excess, xp.ones_like(excess))
            basis = image
        self._directly = True
        return _directly(S)


def _directly(S: Array) -> Array:
    xp = namespace(S)
    q = S.shape[-1]
    if xp is not np or q <= _SMALL:
        return xp.linalg.eigh(S)[1][..., -1]
    only = [q - 1, q - 1]
    return np.stack([eigh(s, subset_by_index=only, driver="evr")[1][:, 0] for s in S])
