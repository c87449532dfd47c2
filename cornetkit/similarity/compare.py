"""compare_rdms(): how alike RDMs are, matched by stimulus id."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from ..errors import CornetkitWarning, InputError, listing
from ..kernels.rdm_compare import compare_pairs
from ..schema import common_stimuli
from .files import open_rdms
from .forms import Rdms, as_rdms
from .gaps import gaps_of


def compare_rdms(a: Any, b: Any, metric: str = "spearman", *, join: str = "exact") -> xr.DataArray:
    """Compare RDMs over the pairs of stimuli, each pair once.

    Parameters
    ----------
    a, b
        RDMs (square or pairs) or paths of RDM files. Stimuli are matched by id, in whatever
        order. Leading dims that only one side has are crossed; those of the same name have to
        hold the same labels and are matched one to one (rename one to have all against all).
    metric
        ``"spearman"`` (ties at their average rank), ``"pearson"``, ``"kendall"`` (tau-a, for
        models that predict ties; Nili et al. 2014), ``"cosine"``, ``"whitened-cosine"`` or
        ``"whitened-pearson"`` (Diedrichsen et al. 2021, for the same noise in every stimulus).
    join
        ``"exact"`` raises unless both hold the same stimuli; ``"inner"`` goes on with those in
        common.

    Returns
    -------
    DataArray
        ``similarity``: the leading dims of `a`, then those that only `b` has. NaN where fewer
        than 3 pairs of stimuli have a distance on both sides, or an RDM is constant: which, is in
        the attribute ``notes``.

    Raises
    ------
    StimulusMismatchError
        The two sides do not hold the same stimuli.
    InputError
        An array is no RDM, or a leading dim has other labels on the other side.
    UnknownNameError
        There is no such metric.

    Warns
    -----
    CornetkitWarning
        RDMs without any difference between their distances, or pairs without a distance.

    Examples
    --------
    >>> import xarray as xr
    >>> ids = ["a", "b", "c"]
    >>> near = xr.DataArray(
    ...     [[0, 1, 2], [1, 0, 3], [2, 3, 0.0]],
    ...     dims=("stimulus_a", "stimulus_b"), coords={"stimulus_a": ids, "stimulus_b": ids},
    ... )
    >>> round(float(compare_rdms(near, near[::-1, ::-1] ** 2)), 6)
    1.0
    """
    first, second = take_rdms(a, "the first RDMs"), take_rdms(b, "the second RDMs")
    ids = common_stimuli(first.ids, second.ids, names=("the first RDMs", "the second"), join=join)
    first, second = first.select(ids), second.select(ids)
    notes = [
        f"the {which} RDMs: {note}"
        for which, side in (("first", first), ("second", second))
        for note in gaps_of(side)
    ]
    found = compare_all(first, second, metric).assign_attrs(notes=notes)
    for note in notes:
        warnings.warn(note, CornetkitWarning, stacklevel=2)
    return found


def take_rdms(source: Any, what: str, group: str | None = None) -> Rdms:
    """Take a path or RDMs of either form."""
    if isinstance(source, (str, Path)):
        return as_rdms(open_rdms(source, group=group), str(source))
    if group is not None:
        raise InputError("group= is for files of RDMs; an array was given")
    if isinstance(source, xr.Dataset) and "rdm" in source:
        source = source["rdm"].assign_attrs(source.attrs | source["rdm"].attrs)
    return as_rdms(source, what)


def compare_all(first: Rdms, second: Rdms, metric: str) -> xr.DataArray:
    """Compare RDMs of the same stimuli in the same order."""
    shared = [dim for dim in first.dims if dim in second.dims]
    for dim in shared:
        _check_same(first, second, dim)
    own = [dim for dim in first.dims if dim not in shared]
    other = [dim for dim in second.dims if dim not in shared]
    A, shape_a = _grouped(first, shared, own)
    B, shape_b = _grouped(second, shared, other)
    values = np.stack([compare_pairs(x, y, metric) for x, y in zip(A, B, strict=True)])
    sizes = [first.shape[first.dims.index(dim)] for dim in shared]
    found = xr.DataArray(
        values.reshape((*sizes, *shape_a, *shape_b)),
        dims=(*shared, *own, *other),
        coords=joined(first.coords, second.coords),
        name="similarity",
        attrs={"compare": metric, "n_stimuli": len(first.ids)},
    )
    return found.transpose(*first.dims, *other)


def _check_same(first: Rdms, second: Rdms, dim: str) -> None:
    sizes = [side.shape[side.dims.index(dim)] for side in (first, second)]
    labels = [
        side.coords[dim].values.tolist() if dim in side.coords else list(range(size))
        for side, size in zip((first, second), sizes, strict=True)
    ]
    if labels[0] != labels[1]:
        raise InputError(
            f"both RDMs have a dim '{dim}', with other labels ({listing(labels[0], 3)} and "
            f"{listing(labels[1], 3)}); rename one of them to compare all with all: "
            f".rename({dim}='{dim}_b')"
        )


def _grouped(rdms: Rdms, shared: list[str], own: list[str]) -> tuple[np.ndarray, tuple[int, ...]]:
    """Return the distances as (shared, own, pair), each of the first two flat."""
    axes = [rdms.dims.index(dim) for dim in (*shared, *own)]
    values = rdms.values.transpose(*axes, rdms.values.ndim - 1)
    shape = values.shape[len(shared) : -1]
    n_shared = int(np.prod(values.shape[: len(shared)]))
    return values.reshape(n_shared, int(np.prod(shape)), values.shape[-1]), shape


def joined(
    first: Mapping[str, xr.Variable], second: Mapping[str, xr.Variable]
) -> dict[str, xr.Variable]:
    """Put coordinates together; where both sides say something else under a name, none is kept."""
    joined = dict(first)
    for name, variable in second.items():
        if name in joined and not joined[name].identical(variable):
            # Labels of a shared dim were found to be equal.
            if joined[name].dims != (name,):
                del joined[name]
        else:
            joined[name] = variable
    return joined
