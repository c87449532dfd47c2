"""What a protocol says of one fit: which penalties, and which method through the Gram matrix."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..kernels.alphas import BRAINSCORE_ALPHAS
from ..kernels.dual import DualFit
from ..kernels.ols import ols_dual
from ..kernels.pls import pls_dual
from ..kernels.pls_separate import pls_separate_dual
from .protocols import Protocol


def penalty_grid(plan: Protocol, relative: Callable[[], np.ndarray]) -> np.ndarray:
    """Return the penalties to choose from; `relative` makes those in units of the features."""
    if plan.alphas == "relative":
        return relative()
    if plan.alphas == "brainscore":
        return np.asarray(BRAINSCORE_ALPHAS)
    return np.asarray(plan.alphas, dtype=float)


def side_of_grid(alpha: np.ndarray, at_edge: np.ndarray, alphas: np.ndarray) -> np.ndarray:
    """Return -1 for penalties at the lower edge of the grid, 1 at the higher, and 0 inside."""
    return np.where(alpha == alphas.min(), -1, 1) * at_edge


def fit_dual(
    K_train: np.ndarray, Y_train: np.ndarray, plan: Protocol
) -> tuple[DualFit, int | None]:
    """Fit least squares or PLS on a Gram matrix of training stimuli.

    Parameters
    ----------
    K_train
        Shape (n_train, n_train).
    Y_train
        Responses, shape (n_train, n_targets).
    plan
        Says which, and whether PLS takes the targets together.

    Returns
    -------
    DualFit, int or None
        The fit, and the fewest components of PLS that a target could take.
    """
    if plan.method == "ols":
        return ols_dual(K_train, Y_train), None
    if plan.targets == "joint":
        joint = pls_dual(K_train, Y_train, plan.n_components)
        return joint, joint.n_components
    separate = pls_separate_dual(K_train, Y_train, plan.n_components)
    return separate, int(np.min(separate.n_components))
