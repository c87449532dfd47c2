"""The error of kernel ridge regression on average over training sets, mode by mode."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

from cornetkit.errors import InputError

# Eigenvalues below this multiple of the precision, as a share of the largest, are rounding.
_RANK = 16 * float(np.finfo(np.float64).eps)


def mode_errors(
    eigenvalues: np.ndarray, n_train: int, alpha: float = 0.0, *, intercept: bool = True
) -> np.ndarray:
    """Return the share of each mode of a target that is not predicted, E_i.

    Parameters
    ----------
    eigenvalues : array of shape (m,)
        Of the Gram matrix divided by the number of stimuli that it was made from.
    n_train : int
        Number of training stimuli, p.
    alpha : float
        Ridge penalty on the Gram matrix of the training stimuli, 0 for none (the minimum norm).
    intercept : bool
        Whether the fit has an intercept: a mode of infinite eigenvalue. Without one the formulas
        are those of the papers.

    Returns
    -------
    array of shape (m,)
        Infinite where the penalty is 0 and there are as many training stimuli as modes.

    Raises
    ------
    InputError
        No training stimuli besides what the intercept takes, or a number outside its range.

    Notes
    -----
    With lambda_i the eigenvalues and p training stimuli drawn at random,

        E_i = kappa^2 / (1 - gamma) / (p lambda_i + kappa)^2,
        kappa = alpha + kappa sum_i lambda_i / (p lambda_i + kappa),
        gamma = sum_i p lambda_i^2 / (p lambda_i + kappa)^2

    (Bordelon, Canatar and Pehlevan 2020, ICML; Canatar, Bordelon and Pehlevan 2021, Nature
    Communications 12:2914). The theory is exact for many stimuli and Gaussian features. An
    intercept adds 1 / p to gamma and to the sum in kappa.
    """
    values = np.asarray(eigenvalues, dtype=np.float64)
    taken = 1 if intercept else 0
    if values.ndim != 1 or not np.isfinite(values).all() or not (values > 0).any():
        raise InputError(
            f"eigenvalues of shape {values.shape} were given; expected a list of finite ones, not "
            "all 0"
        )
    if n_train <= taken or not 0 <= alpha < np.inf:
        raise InputError(
            f"{n_train} training stimuli and a penalty of {alpha} were given; expected at least "
            f"{taken + 1}, and a finite penalty of 0 or more"
        )
    values = np.where(values > _RANK * len(values) * values.max(), values, 0.0)
    kappa = _kappa(values, n_train, alpha, taken)
    positive = values > 0
    # Without kappa, modes of eigenvalue 0 stay as they are and all others are learned.
    left = np.where(positive, 0.0, 1.0)
    learned = n_train * values[positive] + kappa
    left[positive] = kappa / learned
    gamma = float((n_train * (values[positive] / learned) ** 2).sum()) + taken / n_train
    if gamma >= 1:
        return np.full(values.shape, np.inf)
    return left**2 / (1 - gamma)


def _kappa(values: np.ndarray, p: int, alpha: float, taken: int) -> float:
    positive = values[values > 0]
    if alpha == 0 and len(positive) + taken <= p:
        return 0.0

    def excess(kappa: float) -> float:
        return 1 - alpha / kappa - float((positive / (p * positive + kappa)).sum()) - taken / p

    high = (alpha + positive.sum()) / (1 - taken / p)
    low = alpha if alpha > 0 else high
    while excess(low) > 0:
        low /= 2
    if low == high or excess(high) <= 0:  # all of it rounding of one number
        return float(high)
    return float(brentq(excess, low, high, xtol=low * 1e-15, rtol=1e-14))


def participation_ratio(values: np.ndarray) -> float:
    """Return (sum x)^2 / sum x^2 of values >= 0 (m,): how many of them count."""
    values = np.asarray(values, dtype=np.float64)
    total = float(values @ values)
    return float(values.sum()) ** 2 / total if total > 0 else float("nan")
