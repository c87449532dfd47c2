"""latency(): when a neuroid begins to tell stimuli apart, by their variance and not by its rate."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from .. import __version__
from ..errors import CornetkitWarning, InputError, unknown_name
from ..kernels.resampling import permutations_needed
from ..kernels.threads import side_by_side
from ..neural.trial_order import label_order
from ..predictivity import ceiling
from ..schema import SCHEMA_VERSION, check_number, check_whole, seed_of
from .given import storable
from .stimulus_variance import Deal
from .windows import Windows, make_windows


def latency(
    recordings: Any,
    *,
    window: float | None = None,
    step: float | None = None,
    alpha: float = 0.05,
    n_permutations: int = 200,
    by: str | None = None,
    n_halves: int = 100,
    rng: int | np.random.Generator = 0,
) -> xr.Dataset:
    """Find when each neuroid's responses begin to differ between stimuli.

    The mean rate may hardly move while the pattern over stimuli does. So the variance between
    stimuli is taken over that within them (F), and compared with what it is when trials are dealt
    out to stimuli at random. The largest of all time bins of each random deal is the limit, so
    that the chance of any false onset of a neuroid is `alpha`.

    Parameters
    ----------
    recordings
        What `open_recordings` takes, with 2 or more repetitions and 2 or more time bins.
    window, step
        Average windows of this width in ms, one every `step` ms.
    alpha
        Chance of a false onset, over all bins of a neuroid.
    n_permutations
        Random deals.
    by
        A coordinate of the neuroids, such as ``region``, for the cumulative shares; default:
        ``region`` where there is one.
    n_halves
        Random halves of the repetitions, for the reliability.
    rng
        Seed or generator.

    Returns
    -------
    Dataset
        ``reliability`` (time_bin, neuroid): split halves, Spearman-Brown, NaN where not above 0;
        ``half_correlation`` beside it. ``f`` and ``p`` (time_bin, neuroid), p corrected for all
        bins. ``onset_bin``, ``onset_start_ms``, ``onset_end_ms`` (neuroid): the first bin with p
        <= alpha that ends after stimulus onset; NaN: none. ``cumulative_share`` (area, time_bin):
        the share of an area's neuroids with an onset by then; ``n_neuroids`` (area). In the
        attributes ``pre_onset_rate``: the share of neuroids with p <= alpha before stimulus onset,
        which is to be at most `alpha`, where
        there are bins before it.

    Raises
    ------
    InputError
        Fewer than 2 repetitions, a single time bin, or a wrong argument.

    Warns
    -----
    CornetkitWarning
        Bins without limits, windows that overlap, too few permutations.

    Examples
    --------
    >>> found = latency("it.nc", window=50)  # doctest: +SKIP
    """
    check_whole(n_permutations, "n_permutations")
    check_number(alpha, "alpha", "a number between 0 and 1")
    if n_permutations < 1 or not 0 < alpha < 1:
        raise InputError(
            f"n_permutations={n_permutations}, alpha={alpha}; expected 1 or more, and a number "
            "between 0 and 1"
        )
    seed = seed_of(rng)
    windows = make_windows(recordings, window, step)
    trials = windows.trials
    if trials.sizes["time_bin"] < 2:
        raise InputError(
            "the recordings have no time bins (1 was found), and a latency needs 2 or more; give "
            "recordings with time_bin"
        )
    ids, codes, counts = np.unique(
        trials["stimulus"].values, return_inverse=True, return_counts=True
    )
    if counts.max() < 2:
        raise InputError(
            "every stimulus has fewer than 2 repetitions, so what differs between stimuli cannot "
            "be told from noise; give the single trials (one row a trial)"
        )
    values = trials.transpose("presentation", "time_bin", "neuroid").values.astype(np.float64)
    flat = values.reshape(len(values), -1)
    deal = Deal(flat, len(ids))
    f = deal.f(codes.reshape(-1)).reshape(values.shape[1:])
    generator = np.random.default_rng([seed, 5])
    order = label_order(trials)  # the same trials in another order give the same
    deals = np.empty((n_permutations, order.size), dtype=codes.dtype)
    for row in deals:
        row[order] = generator.permutation(codes.reshape(-1)[order])

    def largest_of(rows: Sequence[np.ndarray]) -> list[np.ndarray]:
        found = (deal.f(row).reshape(values.shape[1:]) for row in rows)
        return [np.fmax.reduce(one, axis=0) for one in found]

    largest = np.concatenate(side_by_side(largest_of, list(deals)))
    with np.errstate(invalid="ignore"):
        reach = (largest[:, None, :] >= f).sum(axis=0)
    p = np.where(np.isnan(f), np.nan, (1 + reach) / (1 + n_permutations))
    notes = windows.notes()
    if permutations_needed(alpha) > n_permutations:
        notes.append(
            f"{n_permutations} permutations cannot reach p = {alpha:g}; give "
            f"n_permutations={permutations_needed(alpha)} or more"
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CornetkitWarning)  # NaN where there is none, said here
        reliability = ceiling(trials, n_halves=n_halves, rng=seed)
    result = _collect(windows, f, p, reliability, alpha, by)
    result.attrs = {
        "schema_version": SCHEMA_VERSION,
        "cornetkit_version": __version__,
        "analysis": "latency",
        "n_stimuli": len(ids),
        "alpha": alpha,
        "n_permutations": n_permutations,
        "seed": seed,
        **storable(trials.attrs, "recordings"),
        **result.attrs,
        "notes": notes,
    }
    for note in notes:
        warnings.warn(note, CornetkitWarning, stacklevel=2)
    return result


def _collect(
    windows: Windows, f: np.ndarray, p: np.ndarray, reliability: xr.DataArray, alpha: float,
    by: str | None,
) -> xr.Dataset:  # fmt: skip
    trials = windows.trials
    with np.errstate(invalid="ignore"):
        reached = p <= alpha
    attrs: dict[str, Any] = {}
    after = np.ones(len(windows.end), dtype=bool)
    if windows.known:
        after = windows.end > 0
        before = windows.end <= 0
        if before.any():
            attrs["pre_onset_rate"] = float(reached[before].any(axis=0).mean())
    hit = reached & after[:, None]
    first = hit.argmax(axis=0)
    found = hit.any(axis=0)
    names, codes = _areas(trials, by)
    by_then = found & (first <= np.arange(len(p))[:, None])
    cumulative = np.stack([by_then[:, codes == a].sum(axis=1) for a in range(len(names))])
    counts = np.bincount(codes, minlength=len(names))
    both = ("time_bin", "neuroid")
    variables: dict[str, Any] = {
        "reliability": (both, reliability.transpose(*both).values, {"units": "r^2"}),
        "half_correlation": (both, reliability["half_correlation"].transpose(*both).values),
        "f": (both, f, {"long_name": "variance between stimuli over that within"}),
        "p": (both, p, {"long_name": "corrected for all time bins of a neuroid"}),
        "onset_bin": ("neuroid", np.where(found, first, np.nan)),
        "cumulative_share": (("area", "time_bin"), cumulative / counts[:, None]),
        "n_neuroids": ("area", counts),
    }
    for side in ("start", "end") if windows.known else ():
        limits = getattr(windows, side)
        variables[f"onset_{side}_ms"] = ("neuroid", np.where(found, limits[first], np.nan))
    coords = {
        **{str(n): c.variable for n, c in trials.coords.items() if c.dims == ("neuroid",)},
        **windows.coords(),
        "area": np.asarray(names),
    }
    return xr.Dataset(variables, coords=coords, attrs=attrs)


def _areas(trials: xr.DataArray, by: str | None) -> tuple[list[str], np.ndarray]:
    known = [str(c) for c in trials.coords if trials[c].dims == ("neuroid",) and c != "neuroid"]
    if by is None and "region" not in known:
        return ["all"], np.zeros(trials.sizes["neuroid"], dtype=int)
    name = by or "region"
    if name not in known:
        raise unknown_name("coordinate of the neuroids", name, known)
    names, codes = np.unique(trials[name].values.astype(str), return_inverse=True)
    return names.tolist(), codes.reshape(-1)
