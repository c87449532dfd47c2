"""The inverse of a centred Gram matrix and a penalty: what every fold of ridge is made from."""

from __future__ import annotations

import numpy as np
from scipy.linalg.blas import dsyrk
from scipy.linalg.lapack import dpotrf, dpotri

from cornetkit.kernels.arrays import Array, namespace
from cornetkit.kernels.centring import double_centre
from cornetkit.kernels.gram_sums import mirror_lower
from cornetkit.kernels.spectrum import Spectrum, centred_spectrum

# A factor loses digits in proportion to the norm of the matrix over the penalty, an inverse made
# from it more so than one made from eigenvectors: below this share they are taken.
_LEAST_SHARE = 1e-7
# OpenBLAS's factor ends the process beyond some 13,000 rows on two threads.
_MOST_ROWS = 8192


class RidgeInverse:
    """G = (K_c + alpha I)^-1 on what is orthogonal to the mean, for one penalty after another.

    By a Cholesky factor for each penalty, n^3 multiplications, where that is precise; otherwise
    from eigenvectors, which take some nine times as many once and as many again for each.

    Parameters
    ----------
    K : array of shape (n, n)
        Gram matrix; it is centred here.

    Examples
    --------
    >>> K = np.diag([1.0, 2.0, 4.0])
    >>> G = RidgeInverse(K).at(0.5)
    >>> centred = K - K.mean(axis=0) - K.mean(axis=1)[:, None] + K.mean()
    >>> away = np.eye(3) - 1 / 3  # what is orthogonal to the mean
    >>> bool(np.allclose(G @ (centred + 0.5 * np.eye(3)), away))
    True
    """

    def __init__(self, K: Array) -> None:
        self._K = K
        self._spectrum: Spectrum | None = None
        self._least = np.inf
        if namespace(K) is np and len(K) <= _MOST_ROWS:
            self._centred = double_centre(K)
            # The norm of Frobenius bounds the largest eigenvalue.
            self._least = _LEAST_SHARE * float(np.linalg.norm(self._centred))
            self._mean_eigenvalue = float(self._centred.trace()) / (len(K) - 1)
            if self._mean_eigenvalue <= 0:
                self._mean_eigenvalue = 1.0

    def at(self, alpha: float) -> Array:
        """Return G, array of shape (n, n), in memory of its own."""
        # Once there are eigenvectors, an inverse from them takes no longer than a factor.
        if self._spectrum is None and alpha > self._least:
            found = self._by_factor(float(alpha))
            if found is not None:
                return found
        if self._spectrum is None:
            self._spectrum = centred_spectrum(self._K)
        U, s = self._spectrum.vectors, self._spectrum.values
        return _square_of(U / namespace(U).sqrt(s + alpha))

    def _by_factor(self, alpha: float) -> np.ndarray | None:
        n = len(self._centred)
        # The mean has eigenvalue 0; it is given one like the others, and taken out again.
        G = self._centred + self._mean_eigenvalue / n
        G[np.diag_indices(n)] += alpha
        # The transpose is in the order that LAPACK wants, so that all is done in place.
        _, failed = dpotrf(G.T, lower=0, clean=0, overwrite_a=1)
        if failed:
            return None
        dpotri(G.T, lower=0, overwrite_c=1)
        mirror_lower(G)
        G -= 1 / (n * (self._mean_eigenvalue + alpha))
        return G


def _square_of(half: Array) -> Array:
    """Return ``half @ half.T``; of NumPy arrays one triangle is multiplied, and copied."""
    if namespace(half) is not np:
        return half @ half.T
    square = np.empty((half.shape[0], half.shape[0]))
    # The transposes are in the order that BLAS wants, so that nothing is copied.
    dsyrk(1.0, half.T, trans=1, c=square.T, overwrite_c=1)
    mirror_lower(square)
    return square
