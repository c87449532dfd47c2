"""rdm(): the distances between stimuli, for every area, step and time bin at once."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import xarray as xr

from ..errors import CornetkitWarning
from .forms import check_form
from .opened import open_source
from .settings import Distance
from .unused import check_distances


def rdm(
    x: Any,
    metric: str = "correlation",
    *,
    areas: Sequence[str] | None = None,
    subjects: str | None = None,
    window: tuple[float, float] | None = None,
    bins: float | None = None,
    noise: str | None = None,
    constant_units: str | None = None,
    form: str = "square",
    dtype: str | None = None,
    progress: bool | None = None,
) -> xr.DataArray:
    """Compute representational dissimilarity matrices.

    Parameters
    ----------
    x
        Activations (a path, Activations, or a DataArray of dims ``stimulus, unit`` and any
        others), or recordings (a path or what else `open_recordings` takes).
    metric
        ``"correlation"``: 1 - Pearson r over units. ``"euclidean"``: squared, per unit.
        ``"cosine"``: 1 - cosine. Of recordings also ``"mahalanobis"``: squared, per neuroid, in
        units of the noise; and ``"crossnobis"``, the same cross-validated over repetitions. Noise
        makes all but the last larger, the more the weaker the responses: to compare distances
        over time or areas, take crossnobis.
    areas
        Only these areas.
    subjects
        A coordinate of the neuroids, such as ``animal``: one RDM for each of its values.
    window, bins
        Average the recordings over (start, end) ms; rebin them to this width in ms.
    noise
        Covariance of the noise, estimated from trials less the mean of their stimulus, in each
        time bin: ``"shrinkage"`` (towards the diagonal; Schaefer & Strimmer 2005),
        ``"ledoit-wolf"``, ``"diagonal"``, ``"full"`` or ``"identity"``.
    constant_units
        ``"keep"``: a unit with the same value for every stimulus is part of the patterns, and
        counts (in the correlation, the cosine, and as one of the units); so the distance of two
        stimuli does not depend on the others. ``"drop"`` leaves such units out.
    form
        ``"square"`` or ``"pair"`` (condensed, with both ids).
    dtype
        Of the products in the Gram matrix: ``"float64"``, or ``"float32"`` (sums in float64).
    progress
        Progress bar on stderr; None shows it on terminals only.

    Returns
    -------
    DataArray
        ``rdm`` of dims (area, time, stimulus_a, stimulus_b) for activations, (time_bin, ...) for
        recordings, with ``subject`` before it where asked for. NaN: steps that the image has not
        reached, steps or bins where no unit varies over stimuli, and stimuli without a pattern.
        Coordinates ``n_units`` (used) and ``n_constant_units`` of the leading dims.

    Raises
    ------
    InputError
        A wrong argument, or a metric that needs repetitions for data without.

    Warns
    -----
    CornetkitWarning
        What was left out, or has no distance; also in the attribute ``notes``.

    Notes
    -----
    Activations are read once, in blocks of units: memory is that of the RDMs and a Gram matrix,
    whatever the size of the file. Kriegeskorte, Mur & Bandettini (2008); crossnobis: Walther et
    al. (2016).

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> x = xr.DataArray(
    ...     [[1.0, 2.0, 3.0], [3.0, 1.0, 2.0]],
    ...     dims=("stimulus", "unit"), coords={"stimulus": ["a", "b"]},
    ... )
    >>> round(float(rdm(x).sel(stimulus_a="a", stimulus_b="b")), 6)
    1.5
    """
    how = Distance.of(metric, noise, constant_units, dtype)
    how.check()
    check_distances([metric], noise=noise, constant_units=constant_units, dtype=dtype)
    check_form(form)
    source = open_source(x, areas=areas, subjects=subjects, window=window, bins=bins)
    try:
        found, notes = source.rdms(how, source.ids, progress)
    finally:
        source.close()
    for note in notes:
        warnings.warn(note, CornetkitWarning, stacklevel=2)
    return found.to_array(form)
