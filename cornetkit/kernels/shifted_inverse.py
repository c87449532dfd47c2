"""The inverse of a centred Gram matrix and a penalty, for one penalty after the other."""

from __future__ import annotations

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotri

from cornetkit.kernels.arrays import Array, namespace
from cornetkit.kernels.centring import double_centre
from cornetkit.kernels.gram_sums import mirror_lower
from cornetkit.kernels.spectrum import Spectrum, centred_spectrum

# Penalties below this share of the trace are left to the eigenvalues, whose zeros are exact.
_SMALLEST = 1e-12


class ShiftedInverse:
    """G = (K_c + alpha I)^-1 on what is orthogonal to the mean.

    A Cholesky factor and its inverse take n^3 multiplications and additions, as many as it takes
    to form G from eigenvectors; but no eigenvectors have to be found, which takes several times as
    long.

    Parameters
    ----------
    K : array of shape (n, n)
        Gram matrix; it is centred here.
    """

    def __init__(self, K: Array) -> None:
        self._K = K
        self._spectrum: Spectrum | None = None
        self._centred: np.ndarray | None = None
        self._inverse: np.ndarray | None = None

    def at(self, alpha: float) -> Array:
        """Return G, (n, n); the next call may take its memory."""
        if namespace(self._K) is np:
            found = self._from_factor(alpha)
            if found is not None:
                return found
        if self._spectrum is None:
            self._spectrum = centred_spectrum(self._K)
        half = self._spectrum.vectors / namespace(self._K).sqrt(self._spectrum.values + alpha)
        return half @ half.T

    def _from_factor(self, alpha: float) -> np.ndarray | None:
        n = self._K.shape[0]
        if self._centred is None:
            self._centred = double_centre(self._K)
            self._inverse = np.empty_like(self._centred)
        trace = float(self._centred.trace())
        if self._inverse is None or alpha <= _SMALLEST * trace:
            return None
        # The mean is the only direction of value 0 for certain; among the others it is no burden.
        shift = trace / (n - 1)
        np.add(self._centred, shift / n, out=self._inverse)
        self._inverse[np.diag_indices(n)] += alpha
        # Transposed, so in the order of LAPACK, which then works in place.
        turned = self._inverse.T
        _, failed = dpotrf(turned, lower=0, clean=0, overwrite_a=1)
        if failed:
            return None
        dpotri(turned, lower=0, overwrite_c=1)
        mirror_lower(self._inverse)
        self._inverse -= 1.0 / (n * (alpha + shift))
        return self._inverse
