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

from ..errors import CornetkitError, FileError, InputError
from ..outputs import check_output, journal_of, partial_of, what_failed
from ..schema import text_encoding, to_attribute
from ..uninterrupted import uninterrupted
from .half import BITS, stored_type, to_stored
from .journal import Journal
from .layout import AreaLayout
from .unfinished import COMPLETE, check_same_settings


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
        Of the values; ``"float16"`` is stored as its bits, since netCDF has no such type.
    overwrite
        Replace a complete or an unfinished file. An unfinished one that was itself begun with
        `overwrite`, and with the same settings, is taken up: the same call again goes on.

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
        self.partial = partial_of(self.path)
        self.journal = journal_of(self.path)
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
        except (OSError, RuntimeError) as error:  # netCDF4 reports HDF5 errors as RuntimeError
            if isinstance(error, FileError):
                raise
            raise FileError(
                f"cannot write {self.path}: {what_failed(error)}; give another place (--out)"
            ) from error

    def _open(self, overwrite: bool) -> None:
        check_output(self.path, overwrite=overwrite)  # again, now that nobody else is writing it
        done = self._on_disk(overwrite)
        if done:
            self._dataset = netCDF4.Dataset(self.partial, "a")
            self.done = done
            return
        try:
            self._journal.start(
                overwriting=overwrite
            )  # before the file: its old lines would count for the new one
            uninterrupted(self._create)
            self._dataset = netCDF4.Dataset(self.partial, "a")
        except BaseException:
            self._remove()
            raise

    def _on_disk(self, overwrite: bool) -> int:
        """Return how many stimuli an unfinished file holds that is to be taken up."""
        if not self.partial.exists() or (overwrite and not self._journal.overwriting):
            return 0
        if done := self._journal.done():
            try:
                uninterrupted(
                    check_same_settings,
                    *(self.partial, self.layouts, self.ids, self._metadata, self.attrs, self.dtype),
                )
            except CornetkitError:
                if not overwrite:
                    raise
                return 0
        return done

    def _create(self) -> None:
        self.partial.unlink(missing_ok=True)
        attrs = {**self.attrs, COMPLETE: np.int32(0)}
        xr.Dataset(attrs=attrs).to_netcdf(self.partial, mode="w", engine="netcdf4")
        for layout in self.layouts:
            coords = xr.Dataset(coords=layout.coords(self.ids, self._metadata), attrs=self.attrs)
            encoding = text_encoding(coords)
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
                    "activation",
                    stored_type(self.dtype),
                    ("stimulus", "time", "unit"),
                    contiguous=True,
                )
                variable.setncattr("long_name", f"activation of {layout.area}")
                if self.dtype == BITS:
                    variable.setncattr("bits", BITS)
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
                variable[self.done : self.done + count] = to_stored(values[layout.area])
            self._dataset.sync()
            self.partial.stat()  # where it has gone, going on would be for nothing
            self._journal.note(self.done + count)
        except (OSError, RuntimeError) as error:
            raise self._failed(error) from error
        self.done += count

    def finish(self) -> None:
        """Close the complete file and give it its final name."""
        if self.done != len(self.ids):
            raise InputError(f"{self.done} of {len(self.ids)} stimuli were written; not complete")
        try:
            if self._dataset is not None:
                # Whatever name it is given, nobody may take an unfinished file for a whole one.
                if self._dataset.getncattr(COMPLETE) != 1:
                    self._dataset.setncattr(COMPLETE, np.int32(1))
                self._dataset.close()
            # All under the lock: a writer that comes in between must not find half of it done.
            os.replace(self.partial, self.path)
            self._journal.remove()
        except (OSError, RuntimeError) as error:
            raise self._failed(error) from error
        finally:
            self._dataset = None
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
        try:
            # Asked of the journal: an interruption may come after its line and before `done`.
            if self._journal.done() == 0:
                self._remove()
        finally:
            self._journal.close()

    def _remove(self) -> None:
        self.partial.unlink(missing_ok=True)
        self._journal.remove()

    def _failed(self, error: OSError | RuntimeError) -> FileError:
        progress = f"{self.done:,} of {len(self.ids):,} stimuli"
        if not self.partial.exists():
            return FileError(
                f"{self.partial} has gone while it was being written, after {progress}; give the "
                "same command again where it may stay: it starts anew"
            )
        onwards = ": it goes on from there" if self.done else ""
        return FileError(
            f"writing {self.partial} failed after {progress}: {what_failed(error)}; mend that and "
            f"give the same command again{onwards}"
        )
