"""Eigenvalues and eigenvectors of a centred Gram matrix, without the direction of the mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cornetkit.kernels.arrays import Array, namespace
from cornetkit.kernels.centring import double_centre


@dataclass(frozen=True)
class Spectrum:
    """Eigenvalues (n - 1,), ascending and >= 0, and eigenvectors (n, n - 1) orthogonal to 1."""

    values: Array
    vectors: Array


def centred_spectrum(K: Array) -> Spectrum:
    """Decompose the doubly centred `K` (n, n) and drop the null direction of the mean.

    Centring makes the vector of ones an eigenvector of value 0. Where the features have fewer
    dimensions than there are stimuli, other zeros would mix with it; so it is moved to a value
    of its own, below all others, and then left out. What remains is orthogonal to ones, and
    the intercept of a fit is the mean.

    Eigenvalues up to n times the precision of float64 of the largest are rounding, and are 0:
    beside a penalty as small as they are, they would pass for signal.
    """
    n = K.shape[0]
    centred = double_centre(K)
    shift = float(centred.trace()) / (n - 1)
    if shift <= 0:
        shift = 1.0
    centred -= shift / n
    values, vectors = namespace(K).linalg.eigh(centred)
    values = values[1:]
    rounding = n * float(np.finfo(np.float64).eps) * max(float(values[-1]), 0.0)
    values[values <= rounding] = 0.0
    return Spectrum(values, vectors[:, 1:])
