"""trajectories(): the path of a population through its state space, and what can be said of it."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from .. import __version__
from ..errors import CornetkitWarning, InputError, listing
from ..schema import SCHEMA_VERSION, check_number, check_whole, seed_of
from ..unused import refuse
from .given import Course, Given, open_given, storable
from .moments import Moments, moments_of
from .principal import Principal, principal_axes

_MIN_TRAIN = 3


def trajectories(
    x: Any,
    *,
    n_components: int = 3,
    train_fraction: float = 0.5,
    window: float | None = None,
    step: float | None = None,
    areas: Sequence[str] | None = None,
    n_halves: int | None = None,
    rng: int | np.random.Generator = 0,
) -> xr.Dataset:
    """Follow a population over time: principal axes, speed, dimensionality, distance, sparseness.

    Parameters
    ----------
    x
        Activations or recordings, as `decode` takes them.
    n_components
        Principal axes.
    train_fraction
        Share of the stimuli, drawn at random, that the axes are fitted to, over all times stacked;
        the variance that they explain is that of the other stimuli.
    window, step
        Of recordings, see `decode`.
    areas
        Only these areas.
    n_halves
        Of recordings: random halves of the repetitions (20).
    rng
        Seed or generator.

    Returns
    -------
    Dataset
        Over (area, time) or (time_bin): ``position`` (..., stimulus, component), with ``train`` on
        stimulus, and ``explained`` (..., component), the share of the held-out stimuli's variance
        over all times. ``speed``: root mean squared change of a unit since the time before, per
        step or per ms. ``distance_to_final``: the same to the last time. ``dimensionality``:
        participation ratio, tr(C)^2 / tr(C^2), of the covariance C over stimuli. ``sparseness``:
        Treves-Rolls over units, mean over stimuli (0: all alike, 1: one is active; Vinje & Gallant
        2000). ``state_correlation`` (..., time_other): correlation over stimuli of the states at
        two times, pooled over units. Of recordings with repetitions all but positions and
        sparseness come of products of halves of the repetitions, so that noise is not taken for
        change; NaN where nothing is left beyond noise.

    Raises
    ------
    InputError
        A single time, too few stimuli, or a wrong argument.

    Warns
    -----
    CornetkitWarning
        What was left out, and what noise may have added to.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> values = np.arange(3.0)[None, :, None] * np.ones((8, 1, 5))  # one state a step, moving
    >>> acts = xr.DataArray(values, dims=("stimulus", "time", "unit"),
    ...                     coords={"stimulus": list("abcdefgh"), "time": [0, 1, 2]})
    >>> trajectories(acts)["distance_to_final"].values.tolist()
    [[2.0, 1.0, 0.0]]
    """
    check_whole(n_components, "n_components")
    halves = 20 if n_halves is None else n_halves
    check_whole(halves, "n_halves")
    check_number(train_fraction, "train_fraction", "a share between 0 and 1")
    if n_components < 1 or halves < 1 or not 0 < train_fraction < 1:
        raise InputError(
            f"n_components={n_components}, n_halves={halves}, train_fraction={train_fraction}; "
            "expected 1 or more of both, and a share between 0 and 1"
        )
    seed = seed_of(rng)
    given = open_given(x, window=window, step=step, areas=areas)
    try:
        if given.windows is None:
            refuse("is for repetitions of recordings; activations have none", n_halves=n_halves)
        n = len(given.ids)
        n_train = round(train_fraction * n)
        if min(n_train, n - n_train) < _MIN_TRAIN:
            raise InputError(
                f"train_fraction={train_fraction:g} of {n} stimuli leaves "
                f"{min(n_train, n - n_train)} on one side; expected {_MIN_TRAIN} or more on both"
            )
        if max(len(course.times) for course in given.courses) < 2:
            what = "step that the image has reached" if given.windows is None else "time bin"
            raise InputError(f"{given.what} have one {what}, and a trajectory needs 2 or more")
        train = np.zeros(n, dtype=bool)
        train[np.random.default_rng([seed, 7]).permutation(n)[:n_train]] = True
        notes = list(given.notes)
        parts = []
        for course in given.courses:
            if not course.times:
                continue
            products = None
            if course.features:  # all pairs of steps, read once
                products = course.rotated(given.ids)[0].products
            moments = moments_of(given, course, products, halves, seed)
            axes = principal_axes(course, products, given.ids, train, n_components)
            parts.append((course, moments, axes))
            notes += _said(given, course, moments, axes)
        result = _collect(given, parts, train, n_components)
    finally:
        given.close()
    result.attrs = {
        "schema_version": SCHEMA_VERSION,
        "cornetkit_version": __version__,
        "analysis": "trajectories",
        "n_stimuli": n,
        "n_train": n_train,
        "speed_unit": _unit(given),
        "noise": "products of halves" if parts[0][1].corrected else "not corrected for",
        "seed": seed,
        **storable(given.attrs, given.kind),
        "notes": list(dict.fromkeys(notes)),
    }
    for note in result.attrs["notes"]:
        warnings.warn(note, CornetkitWarning, stacklevel=2)
    return result


def _unit(given: Given) -> str:
    if given.windows is None:
        return "per step"
    return "per ms" if given.windows.known else "per time bin"


def _said(given: Given, course: Course, moments: Moments, axes: Principal) -> list[str]:
    notes = []
    if given.windows is not None and not moments.corrected:
        notes.append(
            "no stimulus was shown twice: speed, distance and dimensionality hold the noise, which "
            "makes them larger"
        )
    if axes.n_left_out:
        notes.append(f"left out {axes.n_left_out} neuroids without a response to some stimulus")
    if axes.negative:
        notes.append(
            f"{course.name or 'the recordings'}: responses below 0 at "
            f"{listing(given.label(course, t) for t in axes.negative)} have no sparseness"
        )
    return notes


def _collect(
    given: Given,
    parts: Sequence[tuple[Course, Moments, Principal]],
    train: np.ndarray,
    n_components: int,
) -> xr.Dataset:
    shape, dims = given.shape, given.dims
    n = len(given.ids)
    position = np.full((*shape, n, n_components), np.nan)
    explained = np.full((*shape[:-1], n_components), np.nan)
    state = np.full((*shape, shape[-1]), np.nan)
    names = ("speed", "distance_to_final", "dimensionality", "sparseness")
    found = {name: np.full(shape, np.nan) for name in names}
    for course, moments, axes in parts:
        places = list(given.places(course))
        times = np.arange(len(places))
        lag = _lags(given, course)
        speed = np.full(len(times), np.nan)
        speed[1:] = moments.distance(times[1:], times[:-1]) / lag
        final = moments.distance(times, np.full(len(times), len(times) - 1))
        # From the last time to itself it is none, whatever the halves say.
        final[-1] = 0.0
        values = (speed, final, moments.dimensions, axes.sparseness)
        correlation = moments.state_correlation()
        for i, place in enumerate(places):
            for name, course_values in zip(names, values, strict=True):
                found[name][place] = course_values[i]
            position[place] = axes.position[i]
            for j, other in enumerate(places):
                state[(*place, other[-1])] = correlation[i, j]
        explained[places[0][:-1]] = axes.explained
    time = dims[-1]
    coords = {**given.time_coords, "stimulus": np.asarray(given.ids), "train": ("stimulus", train)}
    if given.windows is None:
        coords["time_other"] = ("time_other", given.time_coords["time"][1])
    else:
        coords |= {
            f"time_bin_{side}_other": ("time_bin_other", getattr(given.windows, side))
            for side in ("start", "end")
        }
    variables: dict[str, Any] = {name: (dims, values) for name, values in found.items()}
    variables["speed"] = (dims, found["speed"], {"units": f"response {_unit(given)}"})
    variables["position"] = ((*dims, "stimulus", "component"), position)
    variables["explained"] = ((*dims[:-1], "component"), explained)
    variables["state_correlation"] = ((*dims, f"{time}_other"), state)
    return xr.Dataset(variables, coords=coords)


def _lags(given: Given, course: Course) -> np.ndarray:
    """Return how far apart consecutive times are, in steps, ms or bins."""
    if given.windows is None or not given.windows.known:
        return np.diff(np.asarray(course.times, dtype=float))
    return np.diff((given.windows.start + given.windows.end) / 2)
