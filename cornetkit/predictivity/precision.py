"""Whether products in single precision are precise enough for a method."""

from __future__ import annotations

import numpy as np

from ..errors import InputError
from ..kernels.alphas import BRAINSCORE_ALPHAS
from .protocols import Protocol


def check_precision(gram: np.ndarray, plan: Protocol, what: str) -> None:
    """Raise `InputError` where a Gram matrix of float32 products would decide a score by rounding.

    PLS and least squares divide by small eigenvalues. Where the features have fewer dimensions
    than there are stimuli these are rounding, which looks like signal; a penalty that is smaller
    than the rounding does not help.

    Parameters
    ----------
    gram
        Centred Gram matrix of float32 products, shape (n, n).
    plan
        The method and its penalties.
    what
        Area and step, for the message.
    """
    n = len(gram)
    rounding = n * float(np.finfo(np.float32).eps) * float(gram.diagonal().max())
    if plan.method == "ridge" and (plan.alphas == "relative" or min(_numbers(plan)) > rounding):
        return
    if not spans_all(gram, rounding):
        raise InputError(
            f"{what}: dtype='float32' is not precise enough for {plan.method}, since the features "
            "have fewer dimensions than there are stimuli; use dtype='float64'"
        )


def spans_all(gram: np.ndarray, least: float) -> bool:
    """Whether every eigenvalue of a centred Gram matrix but that of the mean is above `least`."""
    n = len(gram)
    # So it is exactly when this is positive definite, the mean's 0 being lifted; a Cholesky factor
    # costs a fraction of the eigenvalues.
    shifted = gram + gram.trace() / n
    shifted[np.diag_indices(n)] -= least
    try:
        np.linalg.cholesky(shifted)
    except np.linalg.LinAlgError:
        return False
    return True


def _numbers(plan: Protocol) -> tuple[float, ...]:
    return BRAINSCORE_ALPHAS if isinstance(plan.alphas, str) else plan.alphas
