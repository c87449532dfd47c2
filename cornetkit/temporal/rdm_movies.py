"""rdm_movie(): how the geometry of the stimuli changes over steps and time bins."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from .. import __version__
from ..errors import CornetkitWarning, InputError
from ..kernels.pairs import expand
from ..kernels.rdm_compare import compare_pairs
from ..schema import SCHEMA_VERSION, check_whole
from ..similarity import kind_of, rdm, rsa
from ..unused import refuse
from .given import storable
from .windows import check_time_bins


def rdm_movie(
    x: Any,
    other: Any = None,
    *,
    metric: str | None = None,
    compare: str = "spearman",
    n_dimensions: int = 2,
    areas: Sequence[str] | None = None,
    window: tuple[float, float] | None = None,
    bins: float | None = None,
    join: str = "exact",
    progress: bool | None = None,
) -> xr.Dataset:
    """Compute an RDM for every step or time bin, the paths of the stimuli, and how RDMs change.

    Parameters
    ----------
    x
        Activations or recordings.
    other
        The other of the two: then every step is compared with every time bin (`rsa`).
    metric
        See `rdm`. Default: ``"correlation"`` of activations; ``"crossnobis"`` of recordings with
        2 or more repetitions, since noise makes all other distances larger, most so where the
        response is weak, and so makes a course of its own.
    compare
        How RDMs are compared, see `compare_rdms`.
    n_dimensions
        Of the paths.
    areas
        Only these areas.
    window, bins
        Of recordings: average over (start, end) ms; rebin to this width in ms.
    join
        With `other`: ``"inner"`` takes the stimuli in common.
    progress
        Progress bar on stderr; None shows it on terminals only.

    Returns
    -------
    Dataset
        ``rdm`` (area, time, stimulus_a, stimulus_b) or (time_bin, ...). ``path`` (..., stimulus,
        dimension): classical multidimensional scaling of each RDM, turned and reflected, never
        stretched, onto the one before (Procrustes). ``similarity`` (area, time, time_other) or
        (time_bin, time_bin_other): each RDM compared with those at other times. ``trajectory``
        (..., dimension): the RDMs themselves as points, by the scaling of 1 - similarity. With
        `other`, ``rsa`` (area, time, time_bin) and the ceilings of the recordings. NaN at steps
        that the image has not reached.

    Raises
    ------
    InputError
        It is neither, has one time, a metric needs repetitions that are not there, or an argument
        is for the other kind.

    Warns
    -----
    CornetkitWarning
        What was left out or is not defined.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> values = np.random.default_rng(0).normal(size=(6, 3, 20))
    >>> acts = xr.DataArray(values, dims=("stimulus", "time", "unit"),
    ...                     coords={"stimulus": list("abcdef"), "time": [0, 1, 2]})
    >>> rdm_movie(acts)["path"].dims
    ('area', 'time', 'stimulus', 'dimension')
    """
    check_whole(n_dimensions, "n_dimensions")
    if n_dimensions < 1:
        raise InputError(f"n_dimensions must be at least 1, not {n_dimensions}")
    kind = _kind(x)
    if other is None:
        refuse("goes with other=: there is one side", join=None if join == "exact" else join)
        if kind == "activations":
            refuse("is for recordings", window=window, bins=bins)
        else:
            refuse("is for activations; choose neuroids with .isel(...)", areas=areas)
    notes: list[str] = []
    if kind == "recordings":
        check_time_bins(x)
        movie, metric = _of_recordings(x, metric, window, bins, notes)
    else:
        if isinstance(x, xr.DataArray) and "area" not in x.dims:
            x = {str(x.coords["area"].item()) if "area" in x.coords else "features": x}
        metric = metric or "correlation"
        movie = _quietly(rdm, notes, x, metric, areas=areas, form="pair", progress=progress)
    dims = [str(dim) for dim in movie.dims if dim != "pair"]
    time = dims[-1]
    _check_times(movie, kind, time)
    result = _movie(movie, dims, n_dimensions, compare)
    attrs = {
        "schema_version": SCHEMA_VERSION,
        "cornetkit_version": __version__,
        "analysis": "rdm movie",
        "metric": metric,
        "compare": compare,
        "n_stimuli": result.sizes["stimulus"],
        **storable(movie.attrs, kind),
    }
    if other is not None:
        attrs["neural_metric"] = _compare(
            result, x, other, kind, metric, compare, areas, window, bins, join, progress, notes
        )
    result.attrs = attrs | {"notes": list(dict.fromkeys(notes))}
    for note in result.attrs["notes"]:
        warnings.warn(note, CornetkitWarning, stacklevel=2)
    return result


def _check_times(movie: xr.DataArray, kind: str, time: str) -> None:
    """Raise unless some population has RDMs at two times."""
    what = "step" if time == "time" else "time bin"
    there = int((~movie.isnull().all("pair")).sum(time).max())
    n_times = movie.sizes[time]
    if there < 2:
        found = f"one {what}" if n_times == 1 else f"RDMs at {there} of {n_times} {what}s"
        undriven = " (steps that the image has not reached have none)" if time == "time" else ""
        raise InputError(
            f"the {kind} have {found}{'' if n_times == 1 else undriven}, and a movie needs 2 or "
            "more; for one RDM use ck.rdm"
        )


def _kind(x: Any) -> str:
    kind = kind_of(x)
    if kind == "array":
        return "recordings" if "neuroid" in x.dims else "activations"
    if kind == "rdms":
        raise InputError("RDMs were given; expected activations or recordings")
    return kind


def _of_recordings(
    x: Any, metric: str | None, window: Any, bins: Any, notes: list[str]
) -> tuple[xr.DataArray, str]:
    wanted = metric or "crossnobis"
    try:
        movie = _quietly(rdm, notes, x, wanted, window=window, bins=bins, form="pair")
    except InputError as error:
        if metric is not None or "shown once" not in str(error):
            raise
        wanted = "correlation"
        notes.append(
            "every stimulus was shown once: distances are correlations, which noise makes larger "
            "where the response is weak; changes over time may be those of the noise"
        )
        movie = _quietly(rdm, notes, x, wanted, window=window, bins=bins, form="pair")
    if wanted != "crossnobis" and metric is not None:
        notes.append(
            f"'{wanted}' distances are larger where responses are noisier: changes over time may "
            "be those of the noise (metric='crossnobis' is free of it)"
        )
    return movie, wanted


def _movie(movie: xr.DataArray, dims: list[str], n: int, compare: str) -> xr.Dataset:
    time = dims[-1]
    values = movie.transpose(*dims, "pair").values
    outer, n_times = values.shape[:-2], values.shape[-2]
    square = expand(values)
    square[np.isnan(values).all(axis=-1)] = np.nan
    n_stimuli = square.shape[-1]
    ids = np.append(movie["stimulus_a"].values[:1], movie["stimulus_b"].values[: n_stimuli - 1])
    path = np.full((*outer, n_times, n_stimuli, n), np.nan)
    similarity = np.full((*outer, n_times, n_times), np.nan)
    trajectory = np.full((*outer, n_times, n), np.nan)
    for place in np.ndindex(*outer):
        rows = values[place]
        known = np.flatnonzero(~np.isnan(rows).any(axis=1))
        before = None
        for t in known:
            points = classical_scaling(square[place][t], n)
            before = points if before is None else onto(points, before)
            path[(*place, t)] = before
        if known.size:
            similarity[place][np.ix_(known, known)] = compare_pairs(
                rows[known], rows[known], compare
            )
        if known.size > 1:
            distance = np.maximum(1 - similarity[place][np.ix_(known, known)], 0)
            np.fill_diagonal(distance, 0.0)
            trajectory[place][known] = classical_scaling(distance, n)
    coords = {str(name): c.variable for name, c in movie.coords.items() if set(c.dims) <= set(dims)}
    coords |= {"stimulus_a": ids, "stimulus_b": ids, "stimulus": ids}
    if time in coords:
        coords[f"{time}_other"] = xr.Variable(f"{time}_other", coords[time].values)
    return xr.Dataset(
        {
            "rdm": ((*dims, "stimulus_a", "stimulus_b"), square),
            "path": ((*dims, "stimulus", "dimension"), path),
            "similarity": ((*dims, f"{time}_other"), similarity),
            "trajectory": ((*dims, "dimension"), trajectory),
        },
        coords=coords,
    )


def classical_scaling(squared: np.ndarray, n: int) -> np.ndarray:
    """Return points (stimulus, n) whose squared distances are nearest to those given.

    Torgerson's scaling. Crossnobis and squared Euclidean distances are squared ones; so is 1 - r,
    up to a factor, of patterns of length 1. Axes without a positive eigenvalue are 0.
    """
    centre = np.eye(len(squared)) - 1 / len(squared)
    values, vectors = np.linalg.eigh(-0.5 * centre @ squared @ centre)
    values, vectors = values[::-1][:n], vectors[:, ::-1][:, :n]
    points = vectors * np.sqrt(np.maximum(values, 0.0))
    # An eigenvector has no sign of its own.
    signs = np.sign(points[np.abs(points).argmax(axis=0), np.arange(points.shape[1])])
    points = points * np.where(signs == 0, 1.0, signs)
    return np.pad(points, ((0, 0), (0, n - points.shape[1])))


def onto(points: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return points turned and reflected to lie nearest to a target, both centred."""
    left, _, right = np.linalg.svd(points.T @ target)
    return points @ left @ right


def _compare(
    result: xr.Dataset, x: Any, other: Any, kind: str, metric: str, compare: str, areas: Any,
    window: Any, bins: Any, join: str, progress: bool | None, notes: list[str],
) -> str:  # fmt: skip
    if _kind(other) == kind:
        raise InputError(
            f"both sides are {kind}; step x bin comparison needs activations and recordings (for "
            "two of a kind: ck.rdm and ck.compare_rdms)"
        )
    acts, recordings = (x, other) if kind == "activations" else (other, x)
    of_acts, of_neural = ("correlation", metric) if kind == "recordings" else (metric, None)
    if of_neural is None:
        said: list[str] = []
        _, of_neural = _of_recordings(recordings, None, window, bins, said)
        notes += [f"recordings: {note}" for note in said]
    found = _quietly(
        rsa, notes, acts, recordings, metric=of_acts, neural_metric=of_neural, compare=compare,
        areas=areas, window=window, bins=bins, join=join, progress=progress,
        ceiling="auto" if of_neural != "crossnobis" else "none",
    )  # fmt: skip
    lead = {d: f"{d}" for d in found["score"].dims}
    result["rsa"] = found["score"].rename(lead).variable
    missing = {
        name: c.variable
        for name, c in found["score"].coords.items()
        if name not in result.coords and set(c.dims) <= set(found["score"].dims)
    }
    result.update(result.assign_coords(missing))
    for name in ("ceiling_lower", "ceiling_upper"):
        if name in found:
            result[name] = found[name].variable
    return of_neural


def _quietly(function: Any, notes: list[str], *arguments: Any, **settings: Any) -> Any:
    """Call a function and keep its warnings as notes."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = function(*arguments, **settings)
    notes += [str(w.message) for w in caught if issubclass(w.category, CornetkitWarning)]
    return found
