"""One code for NumPy arrays and torch tensors: what the array API standard leaves open.

Kernels work in the namespace of the first array they are given and on its device; other arrays
follow it there. Indices of stimuli stay NumPy arrays, which index tensors as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from array_api_compat import array_namespace, device, is_array_api_obj

# A NumPy array, or a tensor of the same shape.
Array: TypeAlias = Any


def namespace(array: Array) -> Any:
    """Return the functions for an array: NumPy's own for NumPy arrays and for lists."""
    if isinstance(array, np.ndarray) or not is_array_api_obj(array):
        return np
    return array_namespace(array)


def as_float64(array: Any, like: Array | None = None) -> Array:
    """Return a float64 array in the namespace and on the device of `like`, or of itself.

    What is one already is returned as it is.
    """
    like = array if like is None else like
    xp = namespace(like)
    if xp is np:
        return np.asarray(array, dtype=np.float64)
    return xp.asarray(array, dtype=xp.float64, device=device(like))


def empty(shape: int | Sequence[int], like: Array) -> Array:
    """Return float64 memory to be filled, where `like` is."""
    xp = namespace(like)
    return xp.empty(shape, dtype=xp.float64, device=device(like))


def full(shape: int | Sequence[int], value: float, like: Array) -> Array:
    """Return a float64 array of one value, where `like` is."""
    xp = namespace(like)
    return xp.full(shape, value, dtype=xp.float64, device=device(like))


def contiguous(array: Array) -> Array:
    """Return an array whose rows lie one after the other in memory."""
    if isinstance(array, np.ndarray):
        return np.ascontiguousarray(array)
    return array.contiguous() if hasattr(array, "contiguous") else array
