"""Whether two deciders err on the same images, beyond what their accuracies explain."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from ..errors import InputError, StimulusMismatchError, listing
from ..kernels.resampling import interval, multiplicities
from ..schema import check_rng, check_unique, check_whole
from .choices import check_probabilities, decisions, matched
from .signatures import codes_of, false_alarms
from .trials import open_trials

UNDEFINED = "both are always right, or both always wrong"


def error_consistency(
    first: Any,
    second: Any,
    *,
    join: str = "exact",
    n_resamples: int = 1000,
    rng: int | np.random.Generator = 0,
) -> xr.Dataset:
    """Return Cohen's kappa of two deciders being right or wrong on the same trials.

    kappa = (observed - expected) / (1 - expected), where observed is how often both are right or
    both wrong, and expected how often they would be if they erred independently, at their
    accuracies p and q: p q + (1 - p) (1 - q).

    Parameters
    ----------
    first, second
        Each of: choice probabilities (..., stimulus, choice) with ``truth``, decided by the most
        probable choice; an array (..., stimulus) of right (1) and wrong (0); or trials, see
        `open_trials`. Beside trials, probabilities answer each trial as it was asked, by the more
        probable one of sample and distractor. Two tables of trials are matched by stimulus and
        distractor, of which each may hold one trial: one subject a table.
    join
        ``"exact"`` or ``"inner"``: only the stimuli in common.
    n_resamples
        Bootstrap resamples of the stimuli, for the interval.
    rng
        Seed of these.

    Returns
    -------
    Dataset
        ``kappa``, ``kappa_low``, ``kappa_high`` (95 %, over stimuli), ``observed``, ``expected``,
        ``accuracy_first``, ``accuracy_second``, ``n_trials``, over the leading dims of the inputs
        (such as area and time). NaN where nothing is left to agree on beyond chance (expected =
        1), with the reason in the attributes of ``kappa``.

    Raises
    ------
    StimulusMismatchError
        The two do not hold the same stimuli.
    InputError
        Anything else that is not of these kinds.

    References
    ----------
    Geirhos, Meding, Wichmann 2020, Beyond accuracy: quantifying trial-by-trial behaviour of CNNs
    and humans by measuring error consistency.

    Examples
    --------
    >>> import xarray as xr
    >>> ids = {"stimulus": ["a", "b", "c", "d"]}
    >>> one = xr.DataArray([1, 1, 0, 0], dims="stimulus", coords=ids)
    >>> two = xr.DataArray([1, 1, 0, 1], dims="stimulus", coords=ids)
    >>> float(error_consistency(one, two)["kappa"])
    0.5
    """
    check_rng(rng)
    check_whole(n_resamples, "n_resamples")
    if join not in ("exact", "inner"):
        raise InputError(f"join must be 'exact' or 'inner', not {join!r}")
    a, b = _opened(first), _opened(second)
    if isinstance(a, pd.DataFrame) and isinstance(b, pd.DataFrame):
        left, right = _two_tables(a, b, join)
    elif isinstance(a, pd.DataFrame):
        right, left = _beside_trials(b, a, join)
    elif isinstance(b, pd.DataFrame):
        left, right = _beside_trials(a, b, join)
    else:
        left, right = _by_stimulus(a, b, join)
    return _kappa(left, right, n_resamples, rng)


def _opened(source: Any) -> xr.DataArray | pd.DataFrame:
    if isinstance(source, (pd.DataFrame, str, Path)):
        return open_trials(source)
    if not isinstance(source, xr.DataArray):
        raise InputError(
            f"a decider of type {type(source).__name__} was given; expected choice probabilities, "
            "an array of right and wrong by stimulus, or trials"
        )
    if "choice" in source.dims:
        return check_probabilities(source)
    if "stimulus" not in source.dims or "stimulus" not in source.coords:
        raise InputError(
            f"an array of dims ({', '.join(map(str, source.dims))}) was given; expected right (1) "
            "and wrong (0) over 'stimulus', with its ids"
        )
    check_unique(source["stimulus"].values, "stimulus ids of the decisions")
    values = np.asarray(source.values, dtype=float)
    if not np.isin(values[~np.isnan(values)], (0, 1)).all():
        raise InputError(
            "decisions are right (1) or wrong (0), but other values were given; compare choices "
            "with the true objects first"
        )
    return source.astype(float).transpose(..., "stimulus")


def _two_tables(a: pd.DataFrame, b: pd.DataFrame, join: str) -> tuple[xr.DataArray, xr.DataArray]:
    sides = []
    for table in (a, b):
        cells = pd.MultiIndex.from_frame(table[["stimulus", "distractor"]])
        if not cells.is_unique:
            raise InputError(
                f"{int(cells.duplicated().sum())} trials repeat a stimulus and distractor, such as "
                f"{listing(cells[cells.duplicated()][0])}; give one subject a table, one trial each"
            )
        right = (table["choice"] == table["sample"]).to_numpy(dtype=float)
        sides.append(pd.Series(right, index=cells))
    both = sides[0].index.intersection(sides[1].index)
    if not len(both) or (join == "exact" and not len(both) == len(sides[0]) == len(sides[1])):
        raise StimulusMismatchError(
            f"the two tables share {len(both)} of {len(sides[0])} and {len(sides[1])} trials "
            "(stimulus and distractor); give the same trials, or join='inner' (--join inner)"
        )
    both = both.sort_values()
    ids = both.get_level_values("stimulus").to_numpy()
    first, second = (_array(side.reindex(both).to_numpy(), ids) for side in sides)
    return first, second


def _beside_trials(model: Any, table: pd.DataFrame, join: str) -> tuple[xr.DataArray, xr.DataArray]:
    """Return the decisions on every trial, each (..., trial)."""
    if "choice" not in model.dims:
        raise InputError(
            "decisions by stimulus cannot answer trials with a distractor; give choice "
            "probabilities, or right and wrong on both sides"
        )
    P, table = matched(model, table, join)
    choices = P["choice"].values.astype(str)
    fa = false_alarms(P.values, codes_of(P["truth"].values.astype(str), choices))
    ids = table["stimulus"].to_numpy().astype(str)
    rows = pd.Index(P["stimulus"].values.astype(str)).get_indexer(ids)
    columns = pd.Index(choices).get_indexer(table["distractor"].to_numpy().astype(str))
    asked = fa[..., rows, columns]
    # Exactly undecided counts as half right: as often as a coin would.
    answer = np.where(np.isnan(asked), np.nan, (asked < 0.5) + 0.5 * (asked == 0.5))
    coords = {n: c for n, c in P.coords.items() if not set(c.dims) & {"stimulus", "choice"}}
    given = (table["choice"] == table["sample"]).to_numpy(dtype=float)
    lead = tuple(str(dim) for dim in P.dims[:-2])
    return _array(answer, ids, lead, coords), _array(given, ids)


def _by_stimulus(a: Any, b: Any, join: str) -> tuple[xr.DataArray, xr.DataArray]:
    from ..schema import common_stimuli

    sides = [decisions(side) if "choice" in side.dims else side for side in (a, b)]
    ids = common_stimuli(
        sides[0]["stimulus"].values.tolist(),
        sides[1]["stimulus"].values.tolist(),
        names=("the first", "the second"),
        join=join,
    )
    found = []
    for side in sides:
        side = side.sel(stimulus=ids)
        coords = {n: c for n, c in side.coords.items() if "stimulus" not in c.dims}
        lead = tuple(str(dim) for dim in side.dims[:-1])
        found.append(_array(side.values, np.asarray(ids).astype(str), lead, coords))
    return found[0], found[1]


def _array(
    values: np.ndarray, ids: np.ndarray, lead: tuple[str, ...] = (), coords: Any = None
) -> xr.DataArray:
    return xr.DataArray(
        values, dims=(*lead, "trial"), coords={"stimulus": ("trial", ids), **(coords or {})}
    )


def _kappa(a: xr.DataArray, b: xr.DataArray, n_resamples: int, rng: Any) -> xr.Dataset:
    ids, codes = np.unique(a["stimulus"].values, return_inverse=True)
    a, b = xr.broadcast(a.drop_vars("stimulus"), b.drop_vars("stimulus"))
    a, b = a.transpose(..., "trial"), b.transpose(..., "trial")
    x, y = np.asarray(a.values, dtype=float), np.asarray(b.values, dtype=float)
    there = ~(np.isnan(x) | np.isnan(y))
    x, y = np.where(there, x, 0), np.where(there, y, 0)
    # Sums over the trials of each stimulus: a resample of stimuli then is a product.
    agree = np.where(there, x * y + (1 - x) * (1 - y), 0)
    per_trial = np.stack([there.astype(float), x, y, agree], axis=-2)
    onto = np.zeros((codes.size, ids.size))
    onto[np.arange(codes.size), codes] = 1
    sums = per_trial @ onto  # (..., 4, stimulus)
    n, p, q, observed, expected, kappa = _of_sums(sums.sum(axis=-1))
    counts = multiplicities(ids.size, n_resamples, np.random.default_rng(rng)) if n_resamples else 0
    low = high = np.full(kappa.shape, np.nan)
    if n_resamples:
        resampled = _of_sums(np.moveaxis(sums @ np.asarray(counts, dtype=float).T, -1, 0))[-1]
        low, high = interval(resampled)
    low, high = (np.where(np.isnan(kappa), np.nan, end) for end in (low, high))
    lead = tuple(str(dim) for dim in a.dims[:-1])
    values = {
        "kappa": kappa, "kappa_low": low, "kappa_high": high, "observed": observed,
        "expected": expected, "accuracy_first": p, "accuracy_second": q,
    }  # fmt: skip
    result = xr.Dataset(
        {name: (lead, value) for name, value in values.items()}
        | {"n_trials": (lead, n.astype(np.int64))},
        coords={name: c for name, c in a.coords.items() if "trial" not in c.dims},
        attrs={"n_stimuli": ids.size, "n_resamples": n_resamples, "definition": "Geirhos 2020"},
    )
    result["kappa"].attrs["undefined"] = UNDEFINED
    return result


def _of_sums(sums: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return n, both accuracies, observed, expected and kappa from sums (..., 4)."""
    n, x, y, agree = np.moveaxis(sums, -1, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        p, q, observed = x / n, y / n, agree / n
        expected = p * q + (1 - p) * (1 - q)
        # By counts, which are exact: 1 - expected = p + q - 2 p q.
        beyond = x * n + y * n - 2 * x * y
        above = agree * n - x * y - (n - x) * (n - y)
        kappa = np.where(beyond > 0, above / beyond, np.nan)
    return n, p, q, observed, expected, kappa
