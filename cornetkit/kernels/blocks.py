"""Blocks of features on their way from disk: what is asked of them, and how they are cut."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from cornetkit.errors import InputError
from cornetkit.kernels.arrays import Array, namespace


def parts(blocks: Iterable[Array], n: int, most_elements: int) -> Iterator[tuple[int, Array]]:
    """Yield (first unit, part): blocks of features, checked and cut to a bounded size.

    Parameters
    ----------
    blocks : iterable of arrays of shape (n, b)
        Features, stimulus by unit, of any real dtype; `b` may differ.
    n : int
        Number of stimuli.
    most_elements : int
        Values in one part; but never fewer than 64 units at once.

    Raises
    ------
    InputError
        If a block has another shape, is not real, or holds values that are not finite.
    """
    width = max(most_elements // n, 64)
    first = 0
    for block in blocks:
        block = check_block(block, n)
        for start in range(0, block.shape[1], width):
            part = block[:, start : start + width]
            check_finite(part, first)
            yield first, part
            first += part.shape[1]


def check_block(block: Array, n: int) -> Array:
    """Return a block of real features of shape (n, units), or raise InputError."""
    xp = namespace(block)
    if xp is np:
        block = np.asarray(block)
    if block.ndim != 2 or block.shape[0] != n:
        raise InputError(
            f"a block of features of shape {tuple(block.shape)} was given; expected ({n}, units)"
        )
    if not xp.isdtype(block.dtype, ("bool", "integral", "real floating")):
        raise InputError(f"features of dtype {block.dtype} were given; expected real numbers")
    return block


def check_finite(part: Array, first_unit: int) -> None:
    """Raise InputError where features are NaN or infinite, saying which."""
    xp = namespace(part)
    with np.errstate(invalid="ignore"):  # a NaN is reported below, in words
        # A sum is finite when its terms are (features do not come near the largest float64).
        if xp.isfinite(xp.sum(part, dtype=xp.float64)):
            return
    bad = ~xp.isfinite(part)
    if xp.any(bad):
        raise InputError(
            f"features are not finite for {int(xp.sum(xp.any(bad, axis=1)))} of {part.shape[0]} "
            f"stimuli in {int(xp.sum(xp.any(bad, axis=0)))} of the units {first_unit} to "
            f"{first_unit + part.shape[1] - 1}; leave those stimuli or units out"
        )


def gather(blocks: Iterable[np.ndarray], n: int, n_units: int) -> np.ndarray:
    """Return the features as one float64 array of shape (n, n_units)."""
    X = np.empty((n, n_units))
    for first, part in parts(blocks, n, n * n_units):
        X[:, first : first + part.shape[1]] = part
    return X
