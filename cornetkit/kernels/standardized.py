"""Features brought to mean 0 and standard deviation 1 by the training stimuli of each fold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from cornetkit.errors import InputError
from cornetkit.kernels.blocks import parts
from cornetkit.kernels.checks import check_rows

# Elements of one working block in float64 (64 MiB); about three of that size are held.
_BLOCK_ELEMENTS = 2**23
# Bytes of Gram matrices that are filled in one pass over the features.
GRAM_BYTES = 2**30


@dataclass(frozen=True)
class StandardizedGram:
    """The Gram matrix of one fold's standardised features.

    Attributes
    ----------
    gram : array of shape (n, n), float64
        ``Z @ Z.T`` of all stimuli, Z the features less their mean over the fold's training
        stimuli, divided by their standard deviation (ddof 0) there.
    n_units : int
        Units seen, constant ones among them.
    n_constant : int
        Units with the same value for every training stimulus: they are left out of the fold.
    """

    gram: np.ndarray
    n_units: int
    n_constant: int


def standardize(X: np.ndarray, train: np.ndarray | Sequence[int]) -> tuple[np.ndarray, int]:
    """Standardise features by their training stimuli.

    Parameters
    ----------
    X : array of shape (n, units)
    train : array of indices, or mask of shape (n,)
        The stimuli whose mean and standard deviation (ddof 0) are used for all.

    Returns
    -------
    Z : array of shape (n, units), float64
        Units that are constant over the training stimuli are 0 everywhere: nothing could be
        learnt of them. Constant is decided by range, since the standard deviation of equal
        numbers need not round to 0.
    n_constant : int
        How many these are.
    """
    X = np.asarray(X, dtype=np.float64)
    learnt = X[check_rows(train, X.shape[0])]
    span = np.ptp(learnt, axis=0)
    constant = span == 0
    # Divided by the range first, a unit of any scale has a standard deviation that is above 0.
    unit = np.where(constant, 1.0, span)
    mean = learnt.mean(axis=0)
    learnt -= mean
    learnt /= unit
    # The mean of far-off values is itself rounded.
    left = learnt.mean(axis=0)
    learnt -= left
    sd = np.sqrt(np.einsum("nu,nu->u", learnt, learnt) / learnt.shape[0])
    Z = X - mean
    Z /= unit
    Z -= left
    Z /= np.where(constant, 1.0, sd)
    Z[:, constant] = 0.0
    return Z, int(constant.sum())


def standardized_grams(
    blocks: Callable[[], Iterable[np.ndarray]],
    n: int,
    trains: Sequence[np.ndarray | Sequence[int]],
    *,
    dtype: str = "float64",
    memory: int = GRAM_BYTES,
) -> Iterator[StandardizedGram]:
    """Compute a Gram matrix for each fold of features standardised by its training stimuli.

    Parameters
    ----------
    blocks : function that returns an iterable of arrays of shape (n, b)
        Features, stimulus by unit, of any real dtype. It is called once for each group of folds.
    n : int
        Number of stimuli.
    trains : sequence of indices, or masks of shape (n,)
        The training stimuli of each fold.
    dtype : {"float64", "float32"}
        Precision of the product of one block. Means, deviations and sums are float64 always.
    memory : int
        Bytes of Gram matrices to fill in one pass over the features; more folds than fit take
        more passes. One matrix is held at least.

    Yields
    ------
    StandardizedGram
        In the order of `trains`. Each is yielded before the next group is begun: keep none.

    Raises
    ------
    InputError
        If features are not finite, or a shape does not fit.
    """
    if dtype not in ("float64", "float32"):
        raise InputError(f"dtype '{dtype}' was given; expected 'float64' or 'float32'")
    rows = [check_rows(train, n, least=2) for train in trains]
    together = max(1, memory // (8 * n * n))
    for start in range(0, len(rows), together):
        group = rows[start : start + together]
        grams = [np.zeros((n, n)) for _ in group]
        n_units, n_constant = 0, [0] * len(group)
        for _, part in parts(blocks(), n, _BLOCK_ELEMENTS):
            for f, train in enumerate(group):
                Z, constant = standardize(part, train)
                if dtype == "float32":
                    Z = Z.astype(np.float32)
                grams[f] += Z @ Z.T
                n_constant[f] += constant
            n_units += part.shape[1]
        for constant in n_constant:
            yield StandardizedGram(grams.pop(0), n_units, constant)
