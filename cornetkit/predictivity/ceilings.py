"""Noise ceilings: how much of a response repeats."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from ..errors import CornetkitWarning, InputError, listing, unknown_name
from ..neural import open_recordings, rebin
from ..schema import check_whole, names_of, seed_of
from .between_animals import between_animals
from .ceiling_estimate import CeilingEstimate
from .ceiling_halves import halves_of_repetition_ids, halves_of_repetitions
from .ceiling_reasons import count_repetitions, find_reasons, is_constant, sum_up_reasons
from .ceiling_variance import from_noise_variance, from_signal_power
from .summary import mean_over_splits, median_over_neuroids

# Of the repetitions of each neuroid: what scores can be normalised by.
REPETITION_METHODS = ("split-half", "brainscore", "signal-power", "nsd")
METHODS = (*REPETITION_METHODS, "between-animals")
_N_HALVES = {"split-half": 100, "between-animals": 10}


def ceiling(
    recordings: Any,
    *,
    method: str = "split-half",
    n_halves: int | None = None,
    rng: int | np.random.Generator = 0,
    stimuli: Sequence[Any] | None = None,
    window: tuple[float, float] | None = None,
    bins: float | None = None,
) -> xr.DataArray:
    """Return each neuroid's reliability over repetitions, in units of r^2.

    Parameters
    ----------
    recordings
        What `open_recordings` takes.
    method
        ``split-half``: the repetitions of every stimulus are split into random equal halves; the
        correlation r of the half means over stimuli is averaged over many splits and then
        corrected once (Spearman-Brown, see Notes). ``brainscore``: 10 random halves of the
        repetition ids (seed 1), each corrected by itself. ``signal-power``: the share of signal
        power in the variance of the means (Schoppe et al. 2016). ``nsd``: the noise ceiling of
        the Natural Scenes Dataset (Allen et al. 2022). ``between-animals``: see Notes.
    n_halves
        Number of random halves: of ``split-half`` (default 100) and ``between-animals`` (10).
    rng
        Seed of the halves (``split-half``, ``between-animals``); a Generator gives the seed.
    stimuli
        Take only these stimulus ids; the recordings have to hold all of them.
    window, bins
        Average the recordings over (start, end) ms; rebin them to this width in ms.

    Returns
    -------
    DataArray
        ``ceiling`` of dims (time_bin, neuroid), NaN where it is undefined. Coordinates of dims
        (time_bin, neuroid): ``reason``, why it is so, as text that is empty elsewhere (fewer than
        2 repetitions; fewer than 3 stimuli with 2 repetitions; constant; no response; not
        positive: no signal above the noise); ``half_correlation``, between the halves, before the
        correction (of methods without halves, what it would be: c / (2 - c)); ``half_stimuli``,
        the stimuli with two repetitions or more that it rests on; ``repetitions``, the mean number
        of valid ones; ``lengthening``, k of the Notes (``split-half``); ``signal_power`` and
        ``noise_power``, of a trial (``signal-power``); ``ncsnr`` (``nsd``);
        ``cross_correlation`` and ``prediction_correlation`` (``between-animals``). Of dims
        (time_bin): ``ceiling_score`` and ``ceiling_error``, the median over neuroids and its
        standard error over the splits of the ``brainscore`` method (NaN otherwise). In the median
        a neuroid that is not positive ranks below all others instead of being left out, which
        would flatter the rest; under ``brainscore`` it enters with what the correction makes of
        it, as the protocol has it.

    Raises
    ------
    InputError
        The recordings are not valid, or do not hold all of `stimuli`; ``between-animals``: no
        coordinate ``animal``, one animal only, or nothing that two share.
    UnknownNameError
        There is no such method.

    Warns
    -----
    CornetkitWarning
        ``between-animals``: stimuli that belong together, such as frames of a movie, are on both
        sides of its folds. It knows copies of an image only by such a coordinate.

    Notes
    -----
    A perfect prediction reaches r = sqrt(ceiling) on average, and r^2 = ceiling, if it was not
    fitted on these responses. One that was falls short, the more so the lower the reliability:
    noise in the responses spoils the fit as well, which no ceiling makes good. Contrasts between
    windows, areas or animals are made at equal reliability (`match_reliability`).

    Repetitions may differ in number from stimulus to stimulus and be missing (NaN) from neuroid
    to neuroid: each neuroid is estimated from those it has.

    ``split-half`` corrects to the means over all repetitions of all stimuli, which are what is
    scored. These rest on k times the data of a half: k is the mean over repeated stimuli of 1/m
    (m = n // 2 repetitions a half) over the mean over all stimuli of 1/n. With even and equal
    repetitions k = 2. From 1.8 to 2.2 the correction is the usual 2r / (1 + r); elsewhere (few
    and odd repetitions, unequal ones, stimuli shown once) it is the general k r / (1 + (k - 1) r)
    of Spearman (1910) and Brown (1910), which takes the repeated stimuli to be like the others.
    The attribute ``n_extrapolated`` counts the neuroids whose ceiling rests on the latter.

    ``between-animals`` asks what animals share, not what repeats. Each animal's neuroids are
    predicted from those of all others (of the same ``region``, where the recordings say it) by
    ridge, cross-validated over stimuli: once from one half of the repetitions, once from the
    other. With predictions p and responses y of halves 1 and 2 over held-out stimuli it is
    r(p1, y2)^2 / (r(p1, p2) r(y1, y2)), averaged over halves and folds before the ratio is taken:
    the share of the repeatable response that the others' repeatable responses predict, 1 where
    they share all, about 0 (of either sign) where they share nothing. In between it is a lower
    bound, since what is not shared spoils the fit: half of the variance shared reads .46 to .49
    (mean over neuroids) with 300 stimuli and 50 predictors of reliability .9, and less with fewer
    stimuli or noisier predictors. NaN where predictions from the two halves do not agree. Every
    animal is predicted from as many neuroids, drawn anew for each halving; predictors are those
    with 2 repetitions of all stimuli that the animals share. A model is not held against it by
    `predict`, whose scores are of noisy responses: multiply it by a neuroid's reliability for that.

    Neuroids that were selected by their reliability on these very repetitions have ceilings that
    are too high (the winner's curse): select on other repetitions or sessions, which no
    function here does.

    Examples
    --------
    >>> import numpy as np, xarray as xr, cornetkit as ck
    >>> values = np.random.default_rng(0).normal(size=(40, 3, 6))
    >>> ids = [f"s{k:02d}" for k in range(40)]
    >>> acts = xr.DataArray(values, dims=("stimulus", "time", "unit"),
    ...                     coords={"stimulus": ids, "time": [0, 1, 2], "area": "IT"})
    >>> it = ck.simulate_recordings(acts, (0, 1, 2), n_neuroids=6, n_dimensions=6, reliability=0.9)
    >>> ceilings = ceiling(it)
    >>> ceilings.dims, round(float(ceilings.median()), 1)
    (('time_bin', 'neuroid'), 0.9)
    """
    if method not in METHODS:
        raise unknown_name("ceiling method", method, METHODS)
    seed = seed_of(rng)
    trials = open_recordings(recordings)
    if stimuli is not None:
        trials = _choose(trials, stimuli)
    if window is not None or bins is not None:
        trials = rebin(trials, window=window, width=bins)
    ceilings = measure(trials, method, n_halves, seed)[0]
    for note in ceilings.attrs.get("notes", []):
        warnings.warn(note, CornetkitWarning, stacklevel=2)
    return ceilings.assign_attrs(
        window="none" if window is None else [float(t) for t in window],
        bins="none" if bins is None else float(bins),
    )


def check_ceiling(method: str) -> None:
    """Raise unless scores can be normalised by such a ceiling."""
    if method == "between-animals":
        raise InputError(
            "scores are normalised by what repeats, and between-animals is what animals share; "
            f"take one of {listing(REPETITION_METHODS)}, and ck.ceiling(..., "
            "method='between-animals') beside the scores"
        )
    if method not in REPETITION_METHODS:
        raise unknown_name("ceiling method", method, REPETITION_METHODS)


def measure(
    trials: xr.DataArray,
    method: str,
    n_halves: int | None = None,
    seed: int = 0,
) -> tuple[xr.DataArray, np.ndarray]:
    """Return what `ceiling` returns, and what `score_over` sums up to one number a time bin."""
    if n_halves is not None:
        check_whole(n_halves, "n_halves")
    if n_halves is not None and n_halves < 1:
        raise InputError(f"{n_halves} halves were asked for; expected at least 1")
    if n_halves is not None and method not in _N_HALVES:
        raise InputError(
            f"n_halves={n_halves} was given, and {method} draws no halves; leave it out "
            f"(--halves), or take method= {listing(_N_HALVES)}"
        )
    found = _estimate(trials, method, n_halves or _N_HALVES.get(method, 0), seed)
    constant = is_constant(trials)
    values, half = (np.where(constant, np.nan, part) for part in (found.values, found.half))
    ranked = np.where(constant, np.nan, found.ranked)
    count = count_repetitions(trials)
    reasons = find_reasons(values, half, count, constant)
    if found.reasons is not None:
        reasons = np.where(found.reasons != "", found.reasons, reasons)
    details = {
        "reason": reasons,
        "half_correlation": half,
        "half_stimuli": found.n_stimuli,
        "repetitions": count.sum(axis=0) / np.maximum((count > 0).sum(axis=0), 1),
        **found.details,
    }
    labels = {n: c for n, c in trials.coords.items() if c.dims in (("time_bin",), ("neuroid",))}
    ceilings = xr.DataArray(
        values,
        dims=("time_bin", "neuroid"),
        coords={
            **labels,
            **{name: (("time_bin", "neuroid"), part) for name, part in details.items()},
            "ceiling_score": ("time_bin", score_over(ranked)),
            "ceiling_error": ("time_bin", found.error),
        },
        name="ceiling",
        attrs={
            "method": method,
            "units": "r^2",
            "n_stimuli": len(np.unique(trials["stimulus"].values)),
            **found.attrs,
            "n_undefined": int(np.isnan(values).sum()),
            "reasons": sum_up_reasons(reasons),
        },
    )
    if found.notes:
        ceilings.attrs["notes"] = found.notes
    return ceilings, ranked


def _estimate(trials: xr.DataArray, method: str, n_halves: int, seed: int) -> CeilingEstimate:
    if method == "split-half":
        return halves_of_repetitions(trials, n_halves, seed)
    if method == "brainscore":
        return halves_of_repetition_ids(trials)
    if method == "signal-power":
        return from_signal_power(trials)
    if method == "nsd":
        return from_noise_variance(trials)
    return between_animals(trials, n_halves, seed)


def score_over(ranked: np.ndarray, among: np.ndarray | bool = True) -> np.ndarray:
    """Return the median over neuroids and then the mean over splits, shape (time_bin,).

    Parameters
    ----------
    ranked
        From `measure`, shape (split, time_bin, neuroid); -inf ranks below all others.
    among
        Which neuroids to take, shape (time_bin, neuroid).
    """
    medians = median_over_neuroids(np.where(among, ranked, np.nan))
    score = mean_over_splits(medians, axis=0)
    return np.where(np.isfinite(score), score, np.nan)


def _choose(trials: xr.DataArray, stimuli: Sequence[Any]) -> xr.DataArray:
    wanted = names_of(stimuli, "stimuli")
    known = set(trials["stimulus"].values.tolist())
    unknown = [name for name in wanted if name not in known]
    if unknown or not wanted:
        raise InputError(
            f"the recordings do not hold {len(unknown)} of the {len(wanted)} stimuli that were "
            f"asked for ({listing(unknown, 3) or 'there were none'}); the ids have to be the same"
        )
    return trials.isel(presentation=np.isin(trials["stimulus"].values, wanted))
