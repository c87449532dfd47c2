"""Writing an activation file bit by bit, so that nothing is lost when the writing is cut short.

The file grows under ``<name>.partial`` and gets its final name when it is complete. Every variable
has a fixed size and a contiguous place: after a kill, HDF5 then finds all that was synced. A
journal beside it says how many stimuli are on disk; it is written after the sync, never before.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import netCDF4
import numpy as np
import xarray as xr

from ..errors import FileError, InputError, listing
from .layout import AreaLayout

# These may differ between the two halves of a recording without changing a single value.
_FREE_TO_DIFFER = frozenset({"cornetkit_version"})


class ActivationWriter:
    """Write activations of many stimuli in order, batch by batch.

    Parameters
    ----------
    path
        The final name.
    layouts
        The areas and their labels.
    ids
        Stimulus ids, in the order of writing.
    metadata
        Further coordinates along ``stimulus``.
    attrs
        Provenance; has to be the same when an unfinished file is taken up again.
    dtype
        Of the stored values.
    overwrite
        Replace a complete or an unfinished file.

    Attributes
    ----------
    done : int
        Stimuli that are on disk already; more than 0 when an unfinished file was taken up.

    Raises
    ------
    FileError
        The file is there already, cannot be written, or another process is writing it.
    InputError
        An unfinished file is there that was made with other settings; the message names them.
    """

    def __init__(
        self,
        path: str | Path,
        layouts: Sequence[AreaLayout],
        ids: Sequence[Any],
        *,
        metadata: Mapping[str, np.ndarray] | None = None,
        attrs: Mapping[str, Any] | None = None,
        dtype: str = "float32",
        overwrite: bool = False,
    ) -> None:
        self.path = Path(path)
        self.partial = self.path.with_name(self.path.name + ".partial")
        self.journal = self.path.with_name(self.path.name + ".partial.journal")
        self.layouts = list(layouts)
        self.ids = list(ids)
        self.attrs = dict(attrs or {})
        self.dtype = dtype
        self.done = 0
        self._metadata = dict(metadata or {})
        self._dataset: netCDF4.Dataset | None = None
        check_output(self.path, overwrite=overwrite)
        try:
            self._lock = self._acquire()
            if overwrite:
                self.partial.unlink(missing_ok=True)
            if self.partial.exists() and (done := self._journalled()):
                self._check_same_settings()
                self.done = done
            else:
                self._create()
            self._dataset = netCDF4.Dataset(self.partial, "a")
        except OSError as error:
            if isinstance(error, FileError):
                raise
            raise FileError(_cannot_write(self.path, error)) from error

    def _acquire(self) -> IO[str]:
        lock = self.journal.open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise FileError(
                f"another process is writing {self.path}; wait for it, or give another --out"
            ) from None
        return lock

    def _journalled(self) -> int:
        text = self.journal.read_text().strip()
        return int(text) if text.isdigit() else 0

    def _check_same_settings(self) -> None:
        with netCDF4.Dataset(self.partial) as file:
            stored = {name: file.getncattr(name) for name in file.ncattrs()}
        differing = [
            f"{name} was {_short(stored.get(name))}, is {_short(value)}"
            for name, value in self.attrs.items()
            if name not in _FREE_TO_DIFFER and not np.array_equal(stored.get(name), value)
        ]
        if differing:
            raise InputError(
                f"{self.partial} was begun with other settings: {listing(differing, 8)}; give those "
                "settings again to go on, or --overwrite to start anew"
            )

    def _create(self) -> None:
        self.partial.unlink(missing_ok=True)
        xr.Dataset(attrs=self.attrs).to_netcdf(self.partial, mode="w", engine="netcdf4")
        for layout in self.layouts:
            coords = xr.Dataset(
                coords=layout.coords(self.ids, self._metadata),
                attrs={**self.attrs, "area": layout.area},
            )
            # Variable-length strings can crash netCDF4 when groups are reopened: characters do not.
            encoding = {
                name: {"dtype": "S1"}
                for name, c in coords.variables.items()
                if c.dtype.kind in "UO"
            }
            coords.to_netcdf(
                self.partial, mode="a", group=layout.area, engine="netcdf4", encoding=encoding
            )
        with netCDF4.Dataset(self.partial, "a") as file:
            file.set_fill_off()  # every value is written once; filling first would double the work
            for layout in self.layouts:
                variable = file[layout.area].createVariable(
                    "activation", self.dtype, ("stimulus", "time", "unit"), contiguous=True
                )
                variable.setncattr("long_name", f"activation of {layout.area}")
                # The last value fixes the variable's place in the file before any batch is written.
                variable[-1, -1, -1] = 0

    def write(self, values: Mapping[str, np.ndarray]) -> None:
        """Append the activations of the next stimuli.

        Parameters
        ----------
        values
            For each area an array of shape (stimuli, steps, units).
        """
        assert self._dataset is not None
        count = len(next(iter(values.values())))
        try:
            for layout in self.layouts:
                variable = self._dataset[layout.area].variables["activation"]
                variable[self.done : self.done + count] = values[layout.area]
            self._dataset.sync()
            self._note(self.done + count)
        except (OSError, RuntimeError) as error:  # netCDF4 reports HDF5 errors as RuntimeError
            raise FileError(
                f"writing {self.partial} failed after {self.done} of {len(self.ids)} stimuli "
                f"({error}); is the disk full? Free some space and give the same command again: "
                "it goes on from there"
            ) from error
        self.done += count

    def _note(self, done: int) -> None:
        self._lock.seek(0)
        self._lock.truncate()
        self._lock.write(f"{done}\n")
        self._lock.flush()
        os.fsync(self._lock.fileno())

    def finish(self) -> None:
        """Close the complete file and give it its final name."""
        if self.done != len(self.ids):
            raise InputError(f"{self.done} of {len(self.ids)} stimuli were written; not complete")
        self.close()
        os.replace(self.partial, self.path)
        self.journal.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the file, complete or not; what was written stays for a later resumption."""
        if self._dataset is not None:
            with contextlib.suppress(RuntimeError):  # a full disk was reported by write already
                self._dataset.close()
            self._dataset = None
        self._lock.close()
        if self.done == 0:
            self.partial.unlink(missing_ok=True)
            self.journal.unlink(missing_ok=True)


def check_output(path: Path, *, overwrite: bool) -> None:
    """Raise `FileError` when a result cannot be put at `path`, before any work is done."""
    if path.is_dir():
        raise FileError(f"{path} is a folder; give a file name, such as {path / 'acts.nc'}")
    if not path.parent.is_dir():
        raise FileError(
            f"the folder {path.parent} of the output {path.name} does not exist; make it"
        )
    if path.exists() and not overwrite:
        raise FileError(f"{path} is there already; give --overwrite to replace it, or another name")
    if not os.access(path.parent, os.W_OK):
        raise FileError(f"no permission to write into {path.parent}; give another --out")


def _cannot_write(path: Path, error: OSError) -> str:
    return f"cannot write {path}: {error.strerror or error}; give another --out"


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
