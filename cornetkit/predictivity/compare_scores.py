"""compare_scores(): the difference of two scores on the same resamples."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import xarray as xr
from scipy.special import stdtr

from .. import __version__
from ..errors import CornetkitWarning, InputError, listing
from ..kernels.clusters import max_t_correction
from ..kernels.resampling import interval
from ..schema import SCHEMA_VERSION, names_of, whose
from .bootstrap import variance_of
from .places import BEST, Place, describe, notes_on, places_of, read_place
from .resampled_file import Resampled, check_same, open_resampled


def compare_scores(
    a: Any,
    b: Any = None,
    *,
    between: Sequence[Any] | None = None,
    areas: Sequence[str] | str | None = None,
    times: Sequence[int] | int | None = None,
    confidence: float = 0.95,
) -> xr.Dataset:
    """Compare scores that were resampled together: models, areas or steps.

    Parameters
    ----------
    a, b
        Results of `predict` with ``bootstrap=``, or paths of them, with the same stimuli,
        recordings, splits and draws. Without `b`, `a` is compared with itself, and `between` says
        what.
    between
        Two places, ``("IT@0", "IT@3")``: the first of `a`, the second of `b`. An area without a
        step, ``"IT"``, or ``"best"`` (any area) stands for its best step: in each split the one
        that is best over the other splits, so that it is not chosen on what it is scored on.
    areas, times
        Only these areas and steps, which both sides have. Without these and `between`, all that
        both have are compared, one by one, and their best ones.
    confidence
        Of the intervals.

    Returns
    -------
    Dataset
        Over (pair, time_bin): ``score_a``, ``score_b``, ``difference`` (a - b), its limits
        ``difference_low`` and ``difference_high``, ``difference_sd``, ``p`` (two-sided, t) and
        ``p_corrected`` (largest of all pairs and time bins). On ``pair`` lie ``place_a`` and
        ``place_b``.

    Raises
    ------
    InputError
        The two were not resampled, or not together (it says what differs), or a place is not
        there.

    Warns
    -----
    CornetkitWarning
        Two steps of one area are compared, which may differ by their features only.

    Notes
    -----
    The variance is that of the differences of paired resamples, so that what both models share,
    hard stimuli and noisy neuroids, cancels. Splits are not taken as independent samples: their
    training sets overlap. The best step is fixed while stimuli are resampled: where the choice is
    a close call, the interval does not hold that.

    Examples
    --------
    >>> import warnings
    >>> import cornetkit as ck
    >>> warnings.simplefilter("ignore", ck.CornetkitWarning)
    >>> values = np.random.default_rng(0).standard_normal((40, 2, 12))
    >>> acts = xr.DataArray(values, dims=("stimulus", "time", "unit"))
    >>> ids = [f"s{k:02d}" for k in range(40)]
    >>> acts = acts.assign_coords(stimulus=ids, time=[0, 1], area="IT")
    >>> recordings = ck.simulate_recordings(acts, (1,), n_neuroids=6, n_dimensions=4)
    >>> scores = ck.predict(acts, recordings, bootstrap=100, n_splits=5, progress=False)
    >>> found = compare_scores(scores, between=("IT@1", "IT@0"))
    >>> bool(found["difference_low"].item() > 0)
    True
    """
    first = open_resampled(a)
    second = first if b is None else open_resampled(b)
    if b is None and between is None:
        raise InputError(
            "one result was given; expected two, or between=('IT@0', 'IT@3') (--between IT@0 "
            "IT@3), two places in it"
        )
    if between is not None and (areas is not None or times is not None):
        raise InputError("between says which areas and steps; leave areas and times out")
    if b is not None:
        check_same(first, second)
    pairs = _pairs(first, second, between, areas, times)
    notes = notes_on(pairs)
    for note in notes:
        warnings.warn(note, CornetkitWarning, stacklevel=2)
    values = [(first.at(one), second.at(other)) for one, other in pairs]
    scores = np.array([(x.score, y.score) for x, y in values])  # (pair, side, time_bin)
    difference = scores[:, 0] - scores[:, 1]
    moved = {
        name: np.stack([x.resampled[name] - y.resampled[name] for x, y in values], axis=1)
        for name in values[0][0].resampled
    }
    variance, dof = variance_of(moved, first.n_rows, first.n_columns)
    low, high = interval(
        estimate=difference, variance=variance, dof=cast(float, dof), confidence=confidence
    )
    spread = np.sqrt(variance)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.where(variance > 0, difference / spread, np.where(difference == 0, 0.0, np.nan))
    p = np.where(np.isnan(t), np.nan, 2 * stdtr(dof, -np.abs(t)))
    # Where both sides are the same, there is no spread and nothing to tell.
    p = np.where((variance == 0) & (difference == 0), 1.0, p)
    dims = ("pair", "time_bin")
    labels = {n: c for n, c in first.dataset.coords.items() if c.dims == ("time_bin",)}
    return xr.Dataset(
        {
            "score_a": (dims, scores[:, 0]),
            "score_b": (dims, scores[:, 1]),
            "difference": (dims, difference),
            "difference_low": (dims, low),
            "difference_high": (dims, high),
            "difference_sd": (dims, spread),
            "p": (dims, p, {"test": "t with the variance of paired resamples, two-sided"}),
            "p_corrected": (
                dims,
                max_t_correction(t, moved.get("both", next(iter(moved.values()))), p),
                {"correction": "largest |t| over all pairs and time bins, by the same resamples"},
            ),
        },
        coords={
            "pair": np.arange(len(pairs)),
            "place_a": ("pair", [describe(one) for one, _ in pairs]),
            "place_b": ("pair", [describe(other) for _, other in pairs]),
            **labels,
        },
        attrs={
            "schema_version": SCHEMA_VERSION,
            "cornetkit_version": __version__,
            "a": first.name,
            "b": second.name,
            "a_identity": whose(first.dataset.attrs) or "unknown",
            "b_identity": whose(second.dataset.attrs) or "unknown",
            "confidence": confidence,
            **first.draws,
            **({"notes": notes} if notes else {}),
        },
    )


def _pairs(
    first: Resampled,
    second: Resampled,
    between: Sequence[Any] | None,
    areas: Sequence[str] | str | None,
    times: Sequence[int] | int | None,
) -> list[tuple[Place, Place]]:
    if between is not None:
        if isinstance(between, str) or not isinstance(between, Sequence) or len(between) != 2:
            raise InputError(
                f"between={between!r} was given; expected two places, such as ('IT@0', 'IT@3')"
            )
        one = read_place(between[0], first.dataset)
        return [(one, read_place(between[1], second.dataset))]
    both = [place for place in places_of(first.dataset) if place in places_of(second.dataset)]
    chosen = [
        place
        for place in both
        if (areas is None or place.area in _listed(areas))
        and (times is None or place.time in _listed(times))
    ]
    for name, asked, known in (
        ("area", areas, [place.area for place in both]),
        ("step", times, [place.time for place in both]),
    ):
        if asked is not None and (missing := [x for x in _listed(asked) if x not in known]):
            raise InputError(
                f"{name} {listing(missing)} is not scored on both sides; in both are "
                f"{listing(dict.fromkeys(known)) or 'none'}"
            )
    if areas is None and times is None and first.has_splits and second.has_splits:
        chosen.append(BEST)
    if not chosen:
        raise InputError(
            f"{first.name} and {second.name} have no area and step in common; give two places, "
            "between=('IT@3', 'layer4@0') (--between IT@3 layer4@0)"
        )
    return [(place, place) for place in chosen]


def _listed(given: Any) -> list[Any]:
    return [given] if isinstance(given, (int, np.integer)) else names_of(given, "areas= or times")
