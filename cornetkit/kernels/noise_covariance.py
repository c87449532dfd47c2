"""Covariance of the noise over units, estimated from residuals and shrunk."""

from __future__ import annotations

import numpy as np

from cornetkit.errors import InputError, unknown_name

NOISE_METHODS = ("shrinkage", "ledoit-wolf", "diagonal", "full", "identity")


def noise_covariance(
    residuals: np.ndarray, degrees_of_freedom: float, method: str = "shrinkage"
) -> np.ndarray:
    """Estimate the covariance of noise.

    Parameters
    ----------
    residuals : array of shape (n, p)
        Trials less the mean of their stimulus; every unit has mean 0.
    degrees_of_freedom : float
        Of the residuals: trials less stimuli.
    method : {"shrinkage", "ledoit-wolf", "diagonal", "full", "identity"}
        ``shrinkage`` towards the diagonal (Schaefer & Strimmer 2005), ``ledoit-wolf`` towards a
        multiple of the identity (Ledoit & Wolf 2004), no covariances at all, no shrinkage, or
        noise of variance 1 everywhere.

    Returns
    -------
    array of shape (p, p)

    Raises
    ------
    InputError
        No degrees of freedom are left.
    UnknownNameError
        There is no such method.
    """
    if method not in NOISE_METHODS:
        raise unknown_name("noise covariance", method, NOISE_METHODS)
    R = np.asarray(residuals, dtype=np.float64)
    n, p = R.shape
    if method == "identity":
        return np.eye(p)
    if degrees_of_freedom <= 0:
        raise InputError(
            f"the noise of {p} units was to be estimated from {n} trials without repetitions; "
            "expected at least two of some stimulus"
        )
    covariance = R.T @ R / degrees_of_freedom
    if method == "full":
        return covariance
    if method == "diagonal":
        return np.diag(covariance.diagonal())
    squares = (R * R).T @ (R * R)  # sums over trials of squared products of two units
    if method == "ledoit-wolf":
        return _towards_identity(covariance * degrees_of_freedom / n, squares / n, n) * (
            n / degrees_of_freedom
        )
    return _towards_diagonal(covariance, squares, n, degrees_of_freedom)


def _towards_identity(S: np.ndarray, mean_squares: np.ndarray, n: int) -> np.ndarray:
    p = len(S)
    target = S.trace() / p * np.eye(p)
    distance = ((S - target) ** 2).sum()
    if distance == 0:
        return S
    error = min((mean_squares - S**2).sum() / n, distance)
    return (error * target + (distance - error) * S) / distance


def _towards_diagonal(S: np.ndarray, squares: np.ndarray, n: int, dof: float) -> np.ndarray:
    variance = S.diagonal()
    scale = np.sqrt(np.outer(variance, variance))
    # The mean product of standardised residuals, and how much it varies from trial to trial.
    r = S * dof / scale / (n - 1)
    error = n / dof**2 * (squares / scale**2 / (n - 1) - r**2)
    off = ~np.eye(len(S), dtype=bool)
    total = (r[off] ** 2).sum()
    shrinkage = 1.0 if total == 0 else float(np.clip(error[off].sum() / total, 0, 1))
    return np.where(off, (1 - shrinkage) * S, S)


def whiten(patterns: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """Return patterns (..., p) in units in which the noise has the identity as covariance.

    Those with a NaN become NaN.

    Raises
    ------
    InputError
        The covariance has no inverse.
    """
    from scipy.linalg import solve_triangular

    try:
        factor = np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        raise InputError(
            f"the noise covariance of {len(covariance)} units has no inverse; expected fewer units "
            "than trials less stimuli, or shrinkage: noise='shrinkage' or 'diagonal'"
        ) from None
    flat = np.reshape(patterns, (-1, len(factor)))
    there = ~np.isnan(flat).any(axis=1)
    whitened = np.full(flat.shape, np.nan)
    whitened[there] = solve_triangular(factor, flat[there].T, lower=True).T
    return whitened.reshape(np.shape(patterns))
