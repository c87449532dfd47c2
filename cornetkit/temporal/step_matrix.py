"""Step x bin matrix: how well every recurrent step predicts every moment of the response."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from ..activations.given import opened
from ..errors import CornetkitWarning, InputError
from ..predictivity.summary import median_over_neuroids
from ..unused import refuse
from .baselines_over_time import baseline_fits, other_animal_fits
from .design import METHODS, check_method, make_design
from .fits import Fit
from .fitted import N_DRAWS, Fitted, chosen, chosen_held_out, explained_inside
from .labelled import attributes_of, bin_coords, ceilings_of, check_common, step_coords
from .rsa_matrix import rsa_matrix


def step_matrix(
    acts: Any,
    recordings: Any,
    *,
    area: str = "IT",
    method: str = "ridge",
    baselines: Mapping[str, Any] | None = None,
    n_components: int | None = None,
    alphas: Any = None,
    n_splits: int | None = None,
    groups: str | None = None,
    match_reliability: bool = True,
    other_animal: bool | None = None,
    interval_over: str = "neuroid",
    n_draws: int | None = None,
    rng: int | np.random.Generator = 0,
    window: tuple[float, float] | None = None,
    bins: float | None = None,
    join: str = "exact",
) -> xr.Dataset:
    """Predict every time bin from every driven step, with the best step of each bin nested.

    Parameters
    ----------
    acts
        A path, Activations, or a DataArray of dims ``stimulus, time, unit``.
    recordings
        A path or what else `open_recordings` takes: several time bins, single trials.
    area
        The area whose steps are compared.
    method
        ``"ridge"``, ``"pls"``, ``"ols"``; or ``"rsa"``: RDMs of steps and of bins (correlation
        distances), compared by Spearman.
    baselines
        Other activations by name, such as ``{"Gabor": ck.baselines("stim/", "gabor")}``.
    n_components, alphas, n_splits, groups
        As of `predict`.
    match_reliability
        Score a copy beside it, whose repetitions are thinned until all bins are equally reliable.
    other_animal
        Predict every animal from the others at the same time; None: where there are two or more.
    interval_over
        What intervals are over besides stimuli: ``"neuroid"`` or ``"animal"``.
    n_draws
        Bootstrap draws of the intervals (200).
    rng
        Seed of folds, thinning and draws.
    window, bins, join
        As of `predict`.

    Returns
    -------
    Dataset
        Over ``copy`` (``all``; ``matched``: at equal reliability, NaN where it could not be made),
        ``time`` (driven steps only; the others are in the attribute ``undriven_steps``) and
        ``time_bin``: ``score`` (median over neuroids within a split, mean over splits) with
        ``score_low`` and ``score_high``, ``normalized`` = r / sqrt(ceiling_score) with its limits
        (the uncertainty of the ceiling is not in them); ``r`` (copy, time, time_bin, neuroid),
        mean over splits. ``best_step`` (copy, split, time_bin): chosen inside the training stimuli
        of the split; ``best_score`` (copy, time_bin), ``best_normalized``, with limits:
        scored on the held-out stimuli; ``best_step_main``: chosen by most splits.
        ``baseline_score`` and ``baseline_normalized`` (copy, baseline, time_bin), with limits.
        ``ceiling`` (copy, time_bin, neuroid), in units of r^2, ``ceiling_score``, ``ceiling_low``
        and ``ceiling_high`` (copy, time_bin; over neuroids), ``n_reliable`` (copy, time_bin):
        neuroids whose halves correlate beyond chance. One set of neuroids for all bins.
        Of ``"rsa"``: ``score`` is the similarity of RDMs, ``best_score`` the mean over splits of
        that over the pairs of held-out stimuli of the step most similar over those of training
        ones, ``ceiling_lower`` and ``ceiling_upper`` those of `rdm_ceiling`, ``normalized`` the
        score / ``ceiling_upper``; limits by a jackknife; no ``r``.

    Raises
    ------
    InputError
        No time bins, fewer than 2 repetitions, no driven step, or a wrong argument.
    StimulusMismatchError
        The two sides do not hold the same stimuli.

    Warns
    -----
    CornetkitWarning
        Steps, neuroids and bins that were left out or could not be matched.

    Notes
    -----
    Bins of unequal reliability are not comparable, neither by their scores nor by their best
    steps: at low reliability a simpler, earlier step predicts better with the same code. What is
    said of early and late has to hold in the copy ``matched``.

    Examples
    --------
    >>> import numpy as np, xarray as xr, cornetkit as ck
    >>> values = np.random.default_rng(0).normal(size=(40, 3, 6))
    >>> ids = [f"s{k:02d}" for k in range(40)]
    >>> acts = xr.DataArray(values, dims=("stimulus", "time", "unit"),
    ...                     coords={"stimulus": ids, "time": [0, 1, 2], "area": "IT"})
    >>> it = ck.simulate_recordings(acts, (0, 1, 2), n_neuroids=6, n_dimensions=6, reliability=0.9)
    >>> step_matrix(acts, it, n_draws=20)["best_step_main"].sel(copy="all").values
    array([0, 1, 2])
    """
    check_method(method, (*METHODS, "rsa"))
    by_rdms = method == "rsa"
    if by_rdms:
        why = "is for predictions, and method='rsa' compares RDMs, with a jackknife"
        refuse(
            why,
            n_components=n_components,
            alphas=alphas,
            other_animal=other_animal,
            n_draws=n_draws,
        )
    n_draws = N_DRAWS if n_draws is None else n_draws
    check_common(n_draws)
    if by_rdms and baselines:
        raise InputError(
            "method='rsa' compares the steps of one area; give baselines to ck.rsa by themselves"
        )
    with opened(acts) as activations:
        design = make_design(
            activations, recordings, area, method="ridge" if by_rdms else method,
            n_components=n_components, alphas=alphas,
            n_splits=n_splits, groups=groups, rng=rng, window=window, bins=bins, join=join,
            match_reliability=match_reliability,
        )  # fmt: skip
        fitted = Fitted.of(design, interval_over, n_draws)
        if by_rdms:
            result = rsa_matrix(design, activations, interval_over)
        else:
            result = matrix_of(fitted, baselines or {}, other_animal)
    for note in result.attrs["notes"]:
        warnings.warn(note, CornetkitWarning, stacklevel=2)
    return result


def matrix_of(
    fitted: Fitted, baselines: Mapping[str, Any], other_animal: bool | None
) -> xr.Dataset:
    """Return what `step_matrix` does, from fits that other analyses share."""
    design = fitted.design
    names = list(fitted.copies)
    numbers, splits = design.numbers, design.folds.splits
    n_steps, n_bins = len(numbers), len(design.start)
    shape = (len(names), n_steps, n_bins)
    score, low, high = (np.full(shape, np.nan) for _ in range(3))
    r = np.full((*shape, design.data.averaged.sizes["neuroid"]), np.nan)
    best = np.full((len(names), len(splits), n_bins), -1)
    best_score = np.full((3, len(names), n_bins), np.nan)
    for c, name in enumerate(names):
        fits = fitted.steps(name)
        score[c], low[c], high[c] = np.stack(fitted.intervals(name, fits), axis=1)
        r[c] = [_mean(fit.r) for fit in fits]
        index = explained_inside(fits).argmax(axis=1)
        best[c] = numbers[index]
        held_out = chosen_held_out(fits, index, splits)
        best_score[:, c] = fitted.interval(name, chosen(fits, index, "r"), held_out)
    others = baseline_fits(fitted, baselines)
    wanted = other_animal if other_animal is not None else _animals(fitted) > 1
    if wanted:
        others["other animal"] = other_animal_fits(fitted)
    root = np.stack([copy.root for copy in fitted.copies.values()])
    data = xr.Dataset(
        coords={
            "copy": names,
            "time": numbers,
            "split": np.arange(len(splits)),
            **step_coords(design),
            **bin_coords(design),
        }
    )
    dims = ("copy", "time", "time_bin")
    for suffix, values in (("", score), ("_low", low), ("_high", high)):
        end = suffix or ""
        data[f"score{end}"] = (dims, values)
        data[f"normalized{end}"] = (dims, values / root[:, None])
    data["r"] = (("copy", "time", "time_bin", "neuroid"), r)
    data["best_step"] = (("copy", "split", "time_bin"), best)
    data["best_step_main"] = (("copy", "time_bin"), _most_often(best))
    for suffix, values in zip(("", "_low", "_high"), best_score, strict=True):
        data[f"best_score{suffix}"] = (("copy", "time_bin"), values)
        data[f"best_normalized{suffix}"] = (("copy", "time_bin"), values / root)
    _add_ceilings(data, fitted)
    if others:
        _add_baselines(data, fitted, others, root)
    intervals = {"interval": fitted.draws.describe()}
    for variable in list(data.data_vars):
        if str(variable).endswith(("score_low", "score_high", "normalized_low", "normalized_high")):
            data[variable].attrs = dict(intervals)
    return data.assign_attrs(
        attributes_of(fitted, "step x bin matrix", normalization="r / sqrt(ceiling_score)")
        | {"best_step_chosen_by": "error of training stimuli left out, within each split"}
    )


def _animals(fitted: Fitted) -> int:
    animals = fitted.design.data.averaged.coords.get("animal")
    return 1 if animals is None else len(np.unique(animals.values.astype(str)))


def _mean(r: np.ndarray) -> np.ndarray:
    count = (~np.isnan(r)).sum(axis=0)
    return np.where(count > 0, np.nansum(r, axis=0) / np.maximum(count, 1), np.nan)


def _most_often(best: np.ndarray) -> np.ndarray:
    """Return the step that most splits chose, the earlier of equals; (copy, time_bin)."""
    steps = np.unique(best)
    counts = (best[..., None] == steps).sum(axis=1)
    return steps[counts.argmax(axis=-1)]


def _add_ceilings(data: xr.Dataset, fitted: Fitted) -> None:
    copies = list(fitted.copies.values())
    data["ceiling"] = (
        ("copy", "time_bin", "neuroid"),
        np.stack([copy.ceilings.values for copy in copies]),
        {"units": "r^2"},
    )
    data.update(ceilings_of(fitted))
    limits = np.stack([_ceiling_limits(c.ceilings.values, fitted) for c in copies], axis=1)
    for name, values in zip(("ceiling_low", "ceiling_high"), limits, strict=True):
        data[name] = (("copy", "time_bin"), values, {"interval": "95 %, bootstrap over neuroids"})
    data["n_reliable"] = (
        ("copy", "time_bin"),
        np.stack([copy.reliable.sum(axis=1) for copy in copies]),
        {"of": int(data.sizes["neuroid"]), "meaning": "halves correlate beyond chance (5 %)"},
    )


def _ceiling_limits(ceiling: np.ndarray, fitted: Fitted) -> np.ndarray:
    """Return the 2.5 and 97.5 % limits of the median ceiling over draws of neuroids, (2, bin)."""
    ranked = np.where(np.isnan(ceiling), -np.inf, ceiling)
    draws = np.stack([median_over_neuroids(ranked[:, which]) for which in fitted.draws.neuroids])
    draws = np.where(np.isfinite(draws), draws, 0.0)
    return np.percentile(draws, [2.5, 97.5], axis=0)


def _add_baselines(
    data: xr.Dataset, fitted: Fitted, others: Mapping[str, Mapping[str, Fit]], root: np.ndarray
) -> None:
    found = np.full((3, len(fitted.copies), len(others), data.sizes["time_bin"]), np.nan)
    for b, by_copy in enumerate(others.values()):
        for c, (name, fit) in enumerate(by_copy.items()):
            found[:, c, b] = fitted.interval(name, fit.r, fit.held_out)
    data.coords["baseline"] = list(others)
    dims = ("copy", "baseline", "time_bin")
    for suffix, values in zip(("", "_low", "_high"), found, strict=True):
        data[f"baseline_score{suffix}"] = (dims, values)
        data[f"baseline_normalized{suffix}"] = (dims, values / root[:, None])
