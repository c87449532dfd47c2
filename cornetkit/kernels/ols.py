"""Minimum-norm least squares through the Gram matrix."""

from __future__ import annotations

import numpy as np

from cornetkit.kernels.arrays import Array
from cornetkit.kernels.checks import centre_targets, check_kernel, check_targets
from cornetkit.kernels.dual import DualFit, intercept_of
from cornetkit.kernels.spectrum import centred_spectrum


def ols_dual(K_train: Array, Y_train: Array, *, rcond: float | None = None) -> DualFit:
    """Fit ordinary least squares with an intercept; of all best fits, the one of least norm.

    Parameters
    ----------
    K_train : array of shape (n, n)
        Gram matrix of the training features; it is centred here.
    Y_train : array of shape (n, q)
    rcond : float, optional
        Directions whose eigenvalue is at most `rcond` times the largest are left out. The
        default, n times the precision of float64, is the least at which rounding of a rank
        deficient Gram matrix stays out; as singular values of the features it is the square
        root of that, about 5e-7 at 1,000 stimuli.

    Returns
    -------
    DualFit
    """
    K_train = check_kernel(K_train)
    Y_train = check_targets(Y_train, K_train.shape[0], like=K_train)
    centred, y_mean = centre_targets(Y_train)
    spectrum = centred_spectrum(K_train)
    if rcond is None:
        rcond = K_train.shape[0] * np.finfo(np.float64).eps
    kept = spectrum.values > rcond * spectrum.values[-1]
    U, s = spectrum.vectors[:, kept], spectrum.values[kept]
    coef = U @ ((U.T @ centred) / s[:, None])
    return DualFit(coef, intercept_of(coef, y_mean, K_train.mean(axis=0)))
