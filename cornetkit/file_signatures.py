"""What a file is, by its first bytes: to say so where it is not what was asked for."""

from __future__ import annotations

from pathlib import Path

import netCDF4

from .errors import FileError
from .inputs import check_input

# What files begin with.
_SIGNATURES = {
    b"\x89HDF\r\n\x1a\n": "an HDF5 file",
    b"CDF": "a netCDF-3 file",
    b"\x93NUMPY": "a .npy array",
    b"\xff\xd8\xff": "a JPEG image",
    b"\x89PNG": "a PNG image",
    b"PK\x03\x04": "a zip archive (.npz, .zarr.zip or a checkpoint)",
    b"MATLAB 5.0": "a MATLAB file",
    b"MATLAB 7.3": "a MATLAB v7.3 file",
    b"\x1f\x8b": "a gzip archive",
    b"\x80": "a pickle",
}


def check_netcdf(path: Path, expected: str) -> None:
    """Raise unless a netCDF file, or a .npy array, can be read at `path`.

    Parameters
    ----------
    path
        What was given.
    expected
        What it may be, for the message: ``"expected activations or recordings"``.

    Raises
    ------
    FileError
        It is missing, or something else.
    """
    check_input(path, "file", expected=expected)
    if is_npy(path):
        return
    try:
        netCDF4.Dataset(path).close()
    # netCDF4 raises the others for a file whose inside is damaged.
    except (OSError, RuntimeError, AttributeError, ValueError) as error:
        raise FileError(
            f"{path} cannot be read as netCDF, it is {found_at(path)}; {expected}"
        ) from error


def is_npy(path: Path) -> bool:
    """Whether a file is a .npy array, by its name or its first bytes."""
    return path.suffix.lower() == ".npy" or head_of(path).startswith(b"\x93NUMPY")


def head_of(path: Path) -> bytes:
    """Return the first bytes of a file."""
    with path.open("rb") as file:
        return file.read(512)


def found_at(path: Path) -> str:
    """Say what a file is: ``"a text file"``."""
    head = head_of(path)
    if not head:
        return "an empty file"
    for signature, name in _SIGNATURES.items():
        if head.startswith(signature):
            damaged = "HDF5" in name or "netCDF" in name or ".npy" in name
            return f"{name} that is damaged or cut short" if damaged else name
    # utf-8 may be cut within a character at the end of what was read.
    printable = head.decode("utf-8", errors="ignore")
    text = len(printable) > len(head) - 4 and "\0" not in printable
    return "a text file" if text else "of no known kind"
