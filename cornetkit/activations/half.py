"""float16 in netCDF files, which know no such type: its bits are stored as uint16.

The variable says so in its attribute ``bits``. Whoever reads the file without cornetkit gets the
values with ``.values.view("float16")``; `open_activations` does so lazily.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from xarray.backends import BackendArray
from xarray.core import indexing

BITS = "float16"


def stored_type(dtype: str) -> str:
    """Return the netCDF type that values of a type are stored as."""
    return "uint16" if dtype == "float16" else dtype


def to_stored(values: np.ndarray) -> np.ndarray:
    """Return values as they are written: float16 as its bits, all else as it is."""
    return values.view(np.uint16) if values.dtype == np.float16 else values


def value_type(variable: Any) -> str:
    """Return the type of the values behind a netCDF variable."""
    return BITS if getattr(variable, "bits", None) == BITS else str(variable.dtype)


def with_values(variable: xr.Variable) -> xr.Variable:
    """Return a variable of a file with float16 values where their bits are stored, still lazy."""
    if variable.attrs.get("bits") != BITS:
        return variable
    attrs = {name: value for name, value in variable.attrs.items() if name != "bits"}
    return xr.Variable(variable.dims, indexing.LazilyIndexedArray(_Half(variable)), attrs)


class _Half(BackendArray):
    """float16 values of a variable that holds their bits, read when they are asked for."""

    def __init__(self, bits: xr.Variable) -> None:
        self.bits = bits
        self.shape = bits.shape
        self.dtype = np.dtype(np.float16)

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        return indexing.explicit_indexing_adapter(
            key, self.shape, indexing.IndexingSupport.OUTER, self._read
        )

    def _read(self, key: tuple[Any, ...]) -> np.ndarray:
        return np.ascontiguousarray(self.bits[key].values).view(np.float16)
