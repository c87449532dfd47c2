"""To rsatoolbox and back (extra ``rsa``)."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from ..errors import InputError, MissingExtraError, listing, unknown_name
from ..schema import check_unique
from .forms import Rdms, as_labels, as_rdms, check_form


def _rdms_class() -> Any:
    try:
        from rsatoolbox.rdm import RDMs
    except ImportError as error:
        raise MissingExtraError(
            "rsatoolbox is not installed; install it with: pip install 'cornetkit[rsa]'"
        ) from error
    return RDMs


def to_rsatoolbox(rdms: xr.DataArray) -> Any:
    """Turn RDMs into an ``rsatoolbox.rdm.RDMs``.

    Parameters
    ----------
    rdms
        RDMs of either form, with any leading dims.

    Returns
    -------
    rsatoolbox.rdm.RDMs
        One RDM for each place of the leading dims, in C order, with their labels as
        ``rdm_descriptors``; stimulus ids (``stimulus``) and other labels of stimuli as
        ``pattern_descriptors``. rsatoolbox compares RDMs by position: give it sides with the
        stimuli in the same order, as ``.sel(...)`` makes them.

    Raises
    ------
    MissingExtraError
        rsatoolbox is not installed.
    InputError
        It is no RDM.
    """
    kind = _rdms_class()
    taken = as_rdms(rdms)
    grid = [axis.reshape(-1) for axis in np.indices(taken.shape)]
    place = dict(zip(taken.dims, grid, strict=True))
    descriptors: dict[str, list[Any]] = {}
    for name, coord in taken.coords.items():
        if coord.dims:
            descriptors[name] = coord.values[tuple(place[str(d)] for d in coord.dims)].tolist()
    for dim in taken.dims:
        descriptors.setdefault(dim, place[dim].tolist())
    patterns = {"stimulus": list(taken.ids)}
    patterns |= {name: labels.tolist() for name, labels in taken.stimuli.items()}
    scalars = {name: c.values.item() for name, c in taken.coords.items() if not c.dims}
    return kind(
        taken.rows().astype(np.float64),
        dissimilarity_measure=taken.attrs.get("metric"),
        descriptors=scalars,
        rdm_descriptors=descriptors,
        pattern_descriptors=patterns,
    )


def from_rsatoolbox(
    rdms: Any, *, stimulus: str = "stimulus", dim: str = "subject", form: str = "square"
) -> xr.DataArray:
    """Turn an ``rsatoolbox.rdm.RDMs`` into labelled RDMs.

    Parameters
    ----------
    rdms
        From rsatoolbox.
    stimulus
        The pattern descriptor that holds the stimulus ids.
    dim
        What its RDMs are: the name of the leading dim. A descriptor of the RDMs of that name
        gives its labels.
    form
        ``"square"`` or ``"pair"``.

    Returns
    -------
    DataArray
        Dims (`dim`, ``stimulus_a, stimulus_b``), with the other descriptors as coordinates.

    Raises
    ------
    MissingExtraError
        rsatoolbox is not installed.
    InputError
        It is something else, or the ids are repeated.
    UnknownNameError
        There is no such pattern descriptor.
    """
    kind = _rdms_class()
    check_form(form)
    if not isinstance(rdms, kind):
        raise InputError(f"a {type(rdms).__name__} was given; expected an rsatoolbox.rdm.RDMs")
    known = rdms.pattern_descriptors
    if stimulus not in known:
        raise unknown_name("pattern descriptor", stimulus, list(known))
    ids = as_labels(known[stimulus]).tolist()
    check_unique(ids, f"stimulus ids (pattern descriptor '{stimulus}')")
    coords = {
        name: xr.Variable((dim,), np.asarray(values))
        for name, values in rdms.rdm_descriptors.items()
        if name != "index"
    }
    labels = {
        name: np.asarray(values)
        for name, values in known.items()
        if name not in (stimulus, "index", "stimulus_a", "stimulus_b")
    }
    if clash := sorted(set(labels) & {*coords, dim}):
        raise InputError(
            f"descriptors of RDMs and of patterns share a name ({listing(clash)}); rename one"
        )
    attrs = {"metric": str(rdms.dissimilarity_measure)} if rdms.dissimilarity_measure else {}
    values = np.array(rdms.dissimilarities, dtype=np.float64)
    return Rdms(values, ids, (dim,), coords, labels, attrs).to_array(form)
