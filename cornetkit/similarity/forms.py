"""The two forms of RDMs, square and pairs, and one in between for computing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from ..errors import InputError, StimulusMismatchError, listing, unknown_name
from ..kernels.pairs import condense, expand, pair_rows
from ..schema import check_unique

SQUARE = ("stimulus_a", "stimulus_b")
PAIR = "pair"
FORMS = ("square", "pair")
# Differences between the triangles, as a share of the largest distance, that are rounding.
_ROUNDING = 1e-5


@dataclass(frozen=True)
class Rdms:
    """RDMs as numbers, with what they are called.

    Parameters
    ----------
    values
        Condensed distances, shape (*leading, N): the upper triangle in the order of `ids`.
    ids
        Stimulus ids.
    dims
        Names of the leading dims.
    coords
        Coordinates of the leading dims, and scalar ones.
    stimuli
        Further labels of the stimuli, in the order of `ids`.
    attrs
        Provenance.
    """

    values: np.ndarray
    ids: list[Any]
    dims: tuple[str, ...]
    coords: Mapping[str, xr.Variable]
    stimuli: Mapping[str, np.ndarray]
    attrs: Mapping[str, Any]

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes of the leading dims."""
        return self.values.shape[:-1]

    def rows(self) -> np.ndarray:
        """Return the distances as one matrix, an RDM a row."""
        return self.values.reshape(-1, self.values.shape[-1])

    def select(self, ids: Sequence[Any]) -> Rdms:
        """Return the distances between these stimuli, in this order."""
        if list(ids) == self.ids:
            return self
        place = pd.Index(self.ids).get_indexer(ids)
        first, second = pair_rows(len(place))
        columns = _column(place[first], place[second], len(self.ids))
        stimuli = {name: values[place] for name, values in self.stimuli.items()}
        return replace(self, values=self.values[..., columns], ids=list(ids), stimuli=stimuli)

    def to_array(self, form: str) -> xr.DataArray:
        """Return a DataArray of the form ``"square"`` or ``"pair"``."""
        ids = as_labels(self.ids)
        if form == "square":
            dims, values = (*self.dims, *SQUARE), expand(self.values)
            here = np.arange(len(ids))
            # A stimulus without any distance has none to itself either.
            values[..., here, here] = np.where(np.isnan(values).sum(-1) >= len(ids) - 1, np.nan, 0)
            labels: dict[str, Any] = {SQUARE[0]: ids, SQUARE[1]: ids}
            labels |= {name: (SQUARE[0], v) for name, v in self.stimuli.items()}
        else:
            n = len(ids)
            first = np.repeat(ids[:-1], np.arange(n - 1, 0, -1))
            second = np.concatenate([ids[k:] for k in range(1, n)])
            dims, values = (*self.dims, PAIR), self.values
            labels = {
                name: xr.Variable((PAIR,), of_pair, fastpath=True)
                for name, of_pair in zip(SQUARE, (first, second), strict=True)
            }
        attrs = dict(self.attrs)
        found = xr.DataArray(values, dims=dims, coords=self.coords, name="rdm", attrs=attrs)
        # Given to DataArray, the labels of all pairs would be copied.
        return found.assign_coords(labels)


def check_form(form: str) -> None:
    """Raise `InputError` unless `form` is one that RDMs come in."""
    if form not in FORMS:
        raise unknown_name("form of RDMs", form, FORMS)


def to_form(rdms: xr.DataArray, form: str) -> xr.DataArray:
    """Return RDMs as ``"square"`` (stimulus_a, stimulus_b) or as ``"pair"``s with both ids.

    Parameters
    ----------
    rdms
        Of either form, with any leading dims.
    form
        The wanted one. Labels of the stimuli stand on ``stimulus_a``; pairs do not carry them.

    Raises
    ------
    InputError
        It is no RDM.
    """
    check_form(form)
    taken = as_rdms(rdms)
    return rdms if (PAIR in rdms.dims) == (form == "pair") else taken.to_array(form)


def is_rdm(array: xr.DataArray) -> bool:
    """Whether an array has the dims of RDMs."""
    return PAIR in array.dims or set(SQUARE) <= set(array.dims)


def as_rdms(array: xr.DataArray, what: str = "the RDMs") -> Rdms:
    """Take RDMs of either form, checked.

    Raises
    ------
    InputError
        It is no RDM: other dims, no ids, not symmetric, a diagonal that is not 0, repeated pairs.
    StimulusMismatchError
        Rows and columns hold different stimuli.
    """
    if not isinstance(array, xr.DataArray):
        raise InputError(
            f"{what}: a {type(array).__name__} was given; expected a DataArray of dims "
            f"({', '.join(SQUARE)}) or ({PAIR})"
        )
    if not is_rdm(array):
        raise InputError(
            f"{what}: dims ({', '.join(map(str, array.dims))}) were given; expected "
            f"({', '.join(SQUARE)}) or ({PAIR}), with any others before them; rename them with "
            ".rename(...), or make RDMs with rdm(...)"
        )
    inner = (PAIR,) if PAIR in array.dims else SQUARE
    for name in SQUARE:
        if name not in array.coords:
            raise InputError(
                f"{what}: there are no stimulus ids '{name}'; add them with "
                ".assign_coords(...): RDMs are aligned by id, never by position"
            )
    dims = tuple(str(dim) for dim in array.dims if dim not in inner)
    array = array.transpose(*dims, *inner)
    if array.dtype.kind not in "fiub":
        raise InputError(f"{what}: values of type {array.dtype} were given; expected distances")
    values = array.values if array.dtype.kind == "f" else array.values.astype(np.float64)
    if np.isinf(values).any():
        raise InputError(f"{what}: some distances are infinite; expected NaN where one is missing")
    read = _from_pairs if inner == (PAIR,) else _from_square
    condensed, ids, order = read(array, values, what)
    stimuli = {
        str(name): c.values[order]
        for name, c in array.coords.items()
        if c.dims == (SQUARE[0],) and name not in SQUARE and inner == SQUARE
    }
    coords = {str(name): c.variable for name, c in array.coords.items() if set(c.dims) <= set(dims)}
    return Rdms(condensed, ids, dims, coords, stimuli, array.attrs)


def as_labels(ids: Sequence[Any]) -> np.ndarray:
    """Return ids as an array, text as text."""
    return np.asarray(list(ids))


def _from_square(
    array: xr.DataArray, values: np.ndarray, what: str
) -> tuple[np.ndarray, list[Any], np.ndarray]:
    ids, columns = (array[name].values.tolist() for name in SQUARE)
    check_unique(ids, f"stimulus ids of {what}")
    check_unique(columns, f"stimulus ids of {what}")
    if set(ids) != set(columns):
        only = sorted(set(ids) ^ set(columns), key=str)
        raise StimulusMismatchError(
            f"{what}: stimulus_a and stimulus_b hold different stimuli, {len(only)} are in one of "
            f"them only ({listing(only, 3)}); expected square RDMs"
        )
    if len(ids) < 2:
        raise InputError(f"{what}: an RDM of {len(ids)} stimulus was given; expected at least 2")
    if ids != columns:
        values = values[..., pd.Index(columns).get_indexer(ids)]
    for square in values.reshape(-1, len(ids), len(ids)):
        _check_square(square, ids, what)
    return condense(values), ids, np.arange(len(ids))


def _check_square(square: np.ndarray, ids: list[Any], what: str) -> None:
    there = square[~np.isnan(square)]
    limit = _ROUNDING * np.abs(there).max() if there.size else 0.0
    diagonal = square.diagonal()
    if (np.abs(diagonal[~np.isnan(diagonal)]) > limit).any():
        raise InputError(
            f"{what}: the diagonal holds {np.nanmax(np.abs(diagonal)):.3g} where the distance of a "
            "stimulus to itself is 0; expected dissimilarities (similarities become these by "
            "1 - x)"
        )
    lower = square.T
    differ = (np.abs(square - lower) > limit) | (np.isnan(square) != np.isnan(lower))
    if differ.any():
        row, column = np.argwhere(differ)[0]
        raise InputError(
            f"{what}: not symmetric, {int(differ.sum()) // 2} of {condense(differ).size} pairs "
            f"differ from their mirror image ({ids[row]}-{ids[column]}: {square[row, column]:.4g} "
            f"and {square[column, row]:.4g}); expected one distance a pair, "
            "such as the mean of both triangles"
        )


def _from_pairs(
    array: xr.DataArray, values: np.ndarray, what: str
) -> tuple[np.ndarray, list[Any], np.ndarray]:
    first, second = (array[name].values for name in SQUARE)
    if len(first) == 0:
        raise InputError(f"{what}: there is not one pair of stimuli")
    # In the order that a triangle is read in, where it is one.
    ids = pd.unique(np.concatenate([first[:1], second, first]))
    index = pd.Index(ids)
    a, b = index.get_indexer(first), index.get_indexer(second)
    if (a == b).any():
        raise InputError(
            f"{what}: {int((a == b).sum())} pairs are of a stimulus with itself "
            f"({listing(first[a == b], 3)}); expected pairs of different stimuli"
        )
    columns = _column(a, b, len(ids))
    if len(np.unique(columns)) < len(columns):
        raise InputError(
            f"{what}: {len(columns) - len(np.unique(columns))} pairs are given twice; expected "
            "one distance for each pair"
        )
    n_pairs = len(ids) * (len(ids) - 1) // 2
    if len(columns) == n_pairs and (columns == np.arange(n_pairs)).all():
        return values, ids.tolist(), np.arange(len(ids))
    condensed = np.full((*values.shape[:-1], n_pairs), np.nan, dtype=values.dtype)
    condensed[..., columns] = values
    return condensed, ids.tolist(), np.arange(len(ids))


def _column(a: np.ndarray, b: np.ndarray, n: int) -> np.ndarray:
    """Return the place of pairs of rows in the condensed form."""
    low, high = np.minimum(a, b), np.maximum(a, b)
    return low * n - low * (low + 1) // 2 + high - low - 1
