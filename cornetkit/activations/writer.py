"""Writing an activation file bit by bit, so that nothing is lost when the writing is cut short.

The file grows under ``<name>.partial`` and gets its final name when it is complete. Every variable
has a fixed size and a contiguous place: after a kill, HDF5 then finds all that was synced. A
journal beside it says how many stimuli are on disk; it is written after the sync, never before.
"""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import xarray as xr

from ..errors import FileError, InputError
from ..schema import to_attribute
from .journal import Journal
from .layout import AreaLayout
from .unfinished import check_same_settings


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
        self.attrs = {name: to_attribute(value) for name, value in (attrs or {}).items()}
        self.dtype = dtype
        self.done = 0
        self._metadata = dict(metadata or {})
        self._dataset: netCDF4.Dataset | None = None
        if not self.ids or not self.layouts:
            raise InputError(
                f"{len(self.ids)} stimuli and {len(self.layouts)} areas: no activation"
            )
        check_output(self.path, overwrite=overwrite)
        try:
            self._journal = Journal(self.journal, self.path)
            try:
                self._open(overwrite)
            except BaseException:
                self._journal.close()
                raise
        except OSError as error:
            if isinstance(error, FileError):
                raise
            raise FileError(_cannot_write(self.path, error)) from error

    def _open(self, overwrite: bool) -> None:
        check_output(self.path, overwrite=overwrite)  # again, now that nobody else is writing it
        done = self._journal.done() if self.partial.exists() and not overwrite else 0
        if done:
            check_same_settings(
                self.partial, self.layouts, self.ids, self._metadata, self.attrs, self.dtype
            )
            self._dataset = netCDF4.Dataset(self.partial, "a")
            self.done = done
            return
        try:
            self._journal.start()  # before the file: its old lines would count for the new one
            self._create()
            self._dataset = netCDF4.Dataset(self.partial, "a")
        except BaseException:
            self._remove()
            raise

    def _create(self) -> None:
        self.partial.unlink(missing_ok=True)
        xr.Dataset(attrs=self.attrs).to_netcdf(self.partial, mode="w", engine="netcdf4")
        for layout in self.layouts:
            coords = xr.Dataset(coords=layout.coords(self.ids, self._metadata), attrs=self.attrs)
            # Variable-length strings can crash netCDF4 when groups are reopened: characters do not.
            encoding = {
                name: {"dtype": "S1"}
                for name, c in coords.variables.items()
                if c.dtype.kind in "UO"
            }
            with warnings.catch_warnings():
                # A column with a space in its name is no coordinate to netCDF's conventions;
                # open_activations takes every other variable for one.
                warnings.filterwarnings("ignore", message="coordinate .* has a space in its name")
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

        Raises
        ------
        InputError
            An array has another shape.
        FileError
            The disk is full, or gone.
        """
        if self._dataset is None:
            raise InputError(f"{self.path} is closed; make another ActivationWriter")
        count = len(values[self.layouts[0].area])
        for layout in self.layouts:
            shape = (count, len(layout.steps), layout.n_units)
            if values[layout.area].shape != shape or self.done + count > len(self.ids):
                raise InputError(
                    f"{layout.area} has shape {values[layout.area].shape}, expected {shape} and at "
                    f"most {len(self.ids) - self.done} more stimuli"
                )
        try:
            for layout in self.layouts:
                variable = self._dataset[layout.area].variables["activation"]
                variable[self.done : self.done + count] = values[layout.area]
            self._dataset.sync()
            self._journal.note(self.done + count)
        except (OSError, RuntimeError) as error:  # netCDF4 reports HDF5 errors as RuntimeError
            raise FileError(
                f"writing {self.partial} failed after {self.done} of {len(self.ids)} stimuli "
                f"({error}); is the disk full? Free some space and give the same command again: "
                "it goes on from there"
            ) from error
        self.done += count

    def finish(self) -> None:
        """Close the complete file and give it its final name."""
        if self.done != len(self.ids):
            raise InputError(f"{self.done} of {len(self.ids)} stimuli were written; not complete")
        if self._dataset is not None:
            try:
                self._dataset.close()
            except RuntimeError as error:
                raise FileError(
                    f"closing {self.partial} failed ({error}); is the disk full?"
                ) from (error)
            finally:
                self._dataset = None
        # All under the lock: a writer that comes in between must not find half of it done.
        os.replace(self.partial, self.path)
        self._journal.remove()
        self._journal.close()

    def close(self) -> None:
        """Close the file, complete or not; what was written stays for a later resumption.

        Where not one stimulus was written, nothing is left behind.
        """
        if self._journal.closed:
            return
        if self._dataset is not None:
            with contextlib.suppress(RuntimeError):  # a full disk was reported by write already
                self._dataset.close()
            self._dataset = None
        if self.done == 0:
            self._remove()
        self._journal.close()

    def _remove(self) -> None:
        self.partial.unlink(missing_ok=True)
        self._journal.remove()


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
