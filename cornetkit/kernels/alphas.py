"""Grids of ridge penalties."""

from __future__ import annotations

import numpy as np

from cornetkit.errors import InputError
from cornetkit.kernels.checks import check_kernel

# The 99 penalties of Brain-Score's tuned ridge. They are absolute: what they mean depends on
# the scale and the number of features.
BRAINSCORE_ALPHAS: tuple[float, ...] = tuple(
    np.concatenate(
        [
            [0.01, 0.1, 0.5, 1.0],
            np.linspace(1e1, 1e2, 4, endpoint=False),
            *(np.linspace(10.0**d, 10.0 ** (d + 1), 18, endpoint=False) for d in range(2, 6)),
            np.linspace(1e6, 1e7, 19),
        ]
    ).tolist()
)


def alpha_grid(K: np.ndarray, n: int = 25, *, low: float = 1e-4, high: float = 1e4) -> np.ndarray:
    """Return `n` log-spaced penalties relative to the mean eigenvalue of a Gram matrix.

    Parameters
    ----------
    K : array of shape (n_stimuli, n_stimuli)
        Gram matrix of the training features. Its doubly centred form has n_stimuli - 1
        eigenvalues besides the null one of the mean; their mean is the unit of the grid, so
        features multiplied by any number get the same fits.
    n : int
        Number of penalties; one alone is the geometric mean of the limits. The default is three
        a decade: coarser ones lose up to .004 of r on macaque V4.
    low, high : float
        Limits, in units of the mean eigenvalue.

    Returns
    -------
    array of shape (n,), ascending
    """
    K = check_kernel(K)
    # trace of the doubly centred matrix, without forming it
    return relative_grid((np.trace(K) - K.sum() / K.shape[0]) / (K.shape[0] - 1), n, low, high)


def relative_grid(unit: float, n: int = 25, low: float = 1e-4, high: float = 1e4) -> np.ndarray:
    """Return the penalties of `alpha_grid` for a mean eigenvalue that is known.

    That of features X (n_stimuli, units), centred, is ``(X**2).sum() / (n_stimuli - 1)``.
    """
    if n < 1 or not 0 < low <= high < np.inf:
        raise InputError(
            f"a grid of {n} penalties from {low} to {high} was asked for; expected at least one, "
            "and limits above 0 in ascending order"
        )
    if unit <= 0:
        raise InputError("all features are constant over the stimuli; there is nothing to fit")
    if n == 1:
        return np.array([unit * np.sqrt(low * high)])
    return unit * np.geomspace(low, high, n)
