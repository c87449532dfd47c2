"""How well a model's signatures agree with those of subjects, up to what repeats in these."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from ..errors import InputError, unknown_name
from ..kernels.resampling import interval, multiplicities
from ..schema import check_whole, seed_of
from .choices import check_probabilities, matched, shared
from .signatures import SIGNATURES, Cells, codes_of, false_alarms, rates, signatures_of
from .trials import open_trials

VARIANTS = ("cornetkit", "brainscore")
NO_CEILING = "the halves of the trials do not correlate above 0"
TOO_FEW = "fewer than 3 defined cells in common"
CONSTANT = "one side does not vary"
UNDRIVEN = "no choice probabilities"
_FEW = 3


def check_scoring(
    ids: np.ndarray, trials: pd.DataFrame, variant: str = "cornetkit", join: str = "exact"
) -> None:
    """Raise before anything is decoded where trials cannot be compared with a model's stimuli.

    Parameters
    ----------
    ids
        Stimuli that the model has seen.
    trials, variant, join
        As of `behavior_scores`.

    Raises
    ------
    InputError
        There is no such variant or join.
    StimulusMismatchError
        Stimuli of the trials are not among `ids`.
    """
    _check_variant(variant)
    shared(ids.astype(str), trials, join)


def _check_variant(variant: str) -> None:
    if variant not in VARIANTS:
        raise unknown_name("variant", str(variant), VARIANTS)


def behavior_scores(
    source: Any,
    trials: Any,
    *,
    variant: str = "cornetkit",
    n_halves: int = 50,
    n_resamples: int = 500,
    join: str = "exact",
    rng: int | np.random.Generator = 0,
) -> xr.Dataset:
    """Compare signatures of a model, or of other subjects, with those of subjects' trials.

    The trials are split into random halves; a signature (I1, I1n, I2, I2n) of each half is
    correlated (Pearson, over the cells defined on both sides) with that of the source, and with
    the other half's. consistency = mean r with a half / sqrt(mean r between halves): both are
    relative to half of the trials, so that no Spearman-Brown correction belongs there.

    Parameters
    ----------
    source
        Choice probabilities (..., stimulus, choice) with ``truth``, or trials of other subjects.
    trials
        A CSV or DataFrame, see `open_trials`. Only its stimuli are compared, and only they enter
        the source's signature.
    variant
        ``"cornetkit"``: the trials of each stimulus and distractor are halved, and the source is
        compared with both halves. ``"brainscore"``: all trials are halved whatever they are of,
        and the source is compared with the first half.
    n_halves
        Random halves.
    n_resamples
        Bootstrap resamples of the stimuli, for the interval. The means that signatures are made
        of (object false alarms, those of the normalised forms) are not computed again for each.
    join
        ``"exact"``: every stimulus of the trials has to be in the source. ``"inner"``: those in
        common.
    rng
        Seed of halves and resamples.

    Returns
    -------
    Dataset
        Over ``signature`` and the leading dims of the source: ``score`` (raw r), ``consistency``
        with ``consistency_low`` and ``consistency_high`` (95 %), ``n_cells``, ``reason`` (why
        there is no consistency, else empty); over ``signature``: ``ceiling`` (r between halves)
        and its ``ceiling_error`` (standard deviation over halves).

    Raises
    ------
    StimulusMismatchError
        Stimuli of the trials are not in the source.
    InputError
        Fewer than 2 trials a cell anywhere, objects that cannot be chosen, wrong arguments.

    References
    ----------
    Rajalingham et al. 2018, see `behavioral_signatures`.
    """
    seed = seed_of(rng)
    for name, number, least in (("n_halves", n_halves, 1), ("n_resamples", n_resamples, 0)):
        check_whole(number, name)
        if number < least:
            raise InputError(f"{name}={number} was given; expected {least} or more")
    _check_variant(variant)
    table = open_trials(trials)
    lead: tuple[str, ...] = ()
    coords: dict[Any, Any] = {}
    if isinstance(source, xr.DataArray):
        P, table = matched(check_probabilities(source), table, join)
        stimuli, choices = P["stimulus"].values.astype(str), P["choice"].values.astype(str)
        codes = codes_of(P["truth"].values.astype(str), choices)
        fa = false_alarms(P.values, codes)
        lead = tuple(str(dim) for dim in P.dims[:-2])
        coords = {n: c for n, c in P.coords.items() if not set(c.dims) & {"stimulus", "choice"}}
    else:
        others = open_trials(source)
        stimuli, table, others = _common(table, others, join)
        choices = np.unique(
            np.concatenate(
                [t[["sample", "distractor"]].to_numpy().ravel() for t in (table, others)]
            )
        ).astype(str)
        cells = Cells.of(others, stimuli, choices)
        codes = codes_of(cells.truth, choices)
        fa = rates(*cells.count(np.ones(len(others), dtype=bool)))
    own = signatures_of(fa, codes)
    cells = Cells.of(table, stimuli, choices)
    if np.bincount(cells.cell).max() < 2:
        raise InputError(
            "no stimulus was shown twice with the same distractor, so the trials cannot be halved; "
            "give at least two such trials"
        )
    draw = np.random.default_rng(seed)
    halves = _halves(cells, variant, n_halves, draw)
    theirs = signatures_of(halves, codes)  # (draw, half, ...)
    counts = multiplicities(len(stimuli), n_resamples, draw) if n_resamples else None
    parts = {name: _compare(own[name], theirs[name], variant, counts) for name in SIGNATURES}
    dims = ("signature", *lead)
    of_lead = ("score", "consistency", "consistency_low", "consistency_high", "n_cells", "reason")
    values: dict[str, Any] = {
        name: (dims, np.stack([parts[s][name] for s in SIGNATURES])) for name in of_lead
    }
    values |= {
        name: (("signature",), np.array([parts[s][name] for s in SIGNATURES]))
        for name in ("ceiling", "ceiling_error")
    }
    attrs = {
        "variant": variant, "n_halves": n_halves, "n_resamples": n_resamples, "seed": seed,
        "n_stimuli": len(stimuli), "n_trials": len(table), "join": join,
        "consistency": "mean r / sqrt(mean r between halves)", "interval": "over stimuli",
    }  # fmt: skip
    if isinstance(source, xr.DataArray):
        attrs |= {str(k): v for k, v in source.attrs.items() if k != "notes"}
    attrs["notes"] = list(getattr(source, "attrs", {}).get("notes", []))
    return xr.Dataset(values, coords={"signature": list(SIGNATURES), **coords}, attrs=attrs)


def _common(table: Any, others: Any, join: str) -> tuple[np.ndarray, Any, Any]:
    from ..schema import common_stimuli

    ids = common_stimuli(
        table["stimulus"].unique().tolist(),
        others["stimulus"].unique().tolist(),
        names=("the trials", "the other trials"),
        join=join,
    )
    table, others = (t[t["stimulus"].isin(ids)].reset_index(drop=True) for t in (table, others))
    samples = [t.groupby("stimulus")["sample"].first() for t in (table, others)]
    if not samples[0].equals(samples[1]):
        raise InputError(
            "a stimulus shows another object in the one table of trials than in the other; "
            "expected the same sample"
        )
    return np.array(ids, dtype=str), table, others


def _halves(cells: Cells, variant: str, n_halves: int, draw: np.random.Generator) -> np.ndarray:
    """Return false alarms of random halves of the trials, (draw, half, stimulus, choice)."""
    n = cells.cell.size
    found = np.empty((n_halves, 2, len(cells.stimuli), len(cells.choices)))
    for k in range(n_halves):
        if variant == "brainscore":
            first = np.zeros(n, dtype=bool)
            first[draw.permutation(n)[: n // 2]] = True
        else:
            # Every other trial of each cell in a random order, begun by either half.
            order = np.lexsort((draw.random(n), cells.cell))
            sorted_cells = cells.cell[order]
            starts = np.flatnonzero(np.r_[True, sorted_cells[1:] != sorted_cells[:-1]])
            sizes = np.diff(np.r_[starts, n])
            rank = np.arange(n) - np.repeat(starts, sizes)
            begin = np.repeat(draw.integers(2, size=starts.size), sizes)
            first = np.empty(n, dtype=bool)
            first[order] = (rank + begin) % 2 == 0
        for half, which in enumerate((first, ~first)):
            found[k, half] = rates(*cells.count(which))
    return found


def _compare(
    own: np.ndarray, theirs: np.ndarray, variant: str, counts: np.ndarray | None
) -> dict[str, np.ndarray]:
    """Correlate one signature, own (..., n[, c]), with halves (draw, half, n[, c])."""
    if theirs.ndim == 3:  # one cell a stimulus
        own, theirs = own[..., None], theirs[..., None]
    lead = own.shape[:-2]
    between = _moments(theirs[:, 0], theirs[:, 1])  # (draw, stimulus, 6)
    r_between = _pearson(between.sum(axis=1))
    ceiling = _mean(r_between)
    compared = theirs[:, :1] if variant == "brainscore" else theirs
    names = ("score", "consistency", "consistency_low", "consistency_high", "n_cells")
    found = {name: np.full(lead, np.nan) for name in names}
    found["reason"] = np.full(lead, "", dtype="<U60")
    found["n_cells"] = np.zeros(lead, dtype=np.int64)
    found["ceiling"] = np.asarray(ceiling)
    found["ceiling_error"] = np.asarray(
        np.nanstd(r_between) if not np.isnan(r_between).all() else np.nan
    )
    resampled = None
    if counts is not None:
        weights = counts.astype(float)
        resampled = _mean(_pearson(np.moveaxis(weights @ between, 0, 1)), axis=-1)  # (resample,)
    for place in np.ndindex(lead):
        with_halves = _moments(own[place][None, None], compared)
        with_halves = with_halves.reshape(-1, *with_halves.shape[-2:])
        r = _mean(_pearson(with_halves.sum(axis=1)))
        found["score"][place] = r
        # Defined with the trials of all halves together.
        defined = ~np.isnan(own[place]) & ~np.isnan(theirs).all(axis=(0, 1))
        found["n_cells"][place] = defined.sum()
        found["reason"][place] = _reason(own[place], defined, r, ceiling)
        if found["reason"][place]:
            continue
        found["consistency"][place] = r / np.sqrt(ceiling)
        if counts is not None and resampled is not None:
            each = _mean(_pearson(np.moveaxis(counts.astype(float) @ with_halves, 0, 1)), axis=-1)
            with np.errstate(invalid="ignore", divide="ignore"):
                ratio = np.where(resampled > 0, each / np.sqrt(resampled), np.nan)
            low, high = interval(ratio)
            found["consistency_low"][place], found["consistency_high"][place] = low, high
    return found


def _reason(own: np.ndarray, defined: np.ndarray, r: float, ceiling: float) -> str:
    if np.isnan(own).all():
        return UNDRIVEN
    if defined.sum() < _FEW:
        return TOO_FEW
    if np.isnan(r):
        return CONSTANT
    return "" if ceiling > 0 else NO_CEILING


def _moments(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Sums over the cells of each stimulus, (..., n, 6): n, x, y, xx, yy, xy."""
    x, y = np.broadcast_arrays(x, y)
    there = ~(np.isnan(x) | np.isnan(y))
    x, y = np.where(there, x, 0.0), np.where(there, y, 0.0)
    return np.stack([v.sum(axis=-1) for v in (there, x, y, x * x, y * y, x * y)], axis=-1)


def _pearson(sums: np.ndarray) -> np.ndarray:
    """Pearson r from sums (..., 6); NaN below three cells or where a side does not vary."""
    n, x, y, xx, yy, xy = np.moveaxis(sums.astype(float), -1, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        vx, vy = xx - x * x / n, yy - y * y / n
        r = (xy - x * y / n) / np.sqrt(vx * vy)
        # d' are of order 1 and at most 5: below this, a variance is rounding.
        fine = (n >= _FEW) & (vx > 1e-10 * n) & (vy > 1e-10 * n)
    return np.where(fine, r, np.nan)


def _mean(values: np.ndarray, axis: int | None = None) -> Any:
    there = ~np.isnan(values)
    n = there.sum(axis=axis)
    total = np.where(there, values, 0.0).sum(axis=axis)
    return np.where(n > 0, total / np.maximum(n, 1), np.nan)[()]
