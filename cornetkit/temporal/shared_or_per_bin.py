"""One mapping for all moments, or one for each: does the model carry the course, or the fit?"""

from __future__ import annotations

import warnings
from functools import partial
from typing import Any

import numpy as np
import xarray as xr

from ..activations.given import opened
from ..errors import CornetkitWarning, InputError, unknown_name
from ..kernels.threads import each_side_by_side
from ..predictivity.alignment_table import read_table
from .alignment import FAMILIES, rules_of
from .alignment_rules import GIVEN
from .design import make_design
from .fits import correlate
from .fitted import N_DRAWS, Fitted
from .labelled import attributes_of, bin_coords, ceilings_of, check_common
from .lag_identifiable import mean_over
from .mapping_fits import fit_mapping
from .projected import MOST_DIMENSIONS, project
from .resample import Scores, interval_of

# Folds inside training that a penalty is chosen by.
_N_INNER = 3


def shared_or_per_bin(
    acts: Any,
    recordings: Any,
    *,
    area: str = "IT",
    alignment: str | None = None,
    table: Any = None,
    n_splits: int | None = None,
    groups: str | None = None,
    match_reliability: bool = True,
    interval_over: str = "neuroid",
    n_draws: int = N_DRAWS,
    rng: int | np.random.Generator = 0,
    window: tuple[float, float] | None = None,
    bins: float | None = None,
    join: str = "exact",
) -> xr.Dataset:
    """Compare one ridge mapping for all time bins with one for each, on the same steps.

    Where one mapping does as well, the time course of the responses is that of the model's steps.
    Where only mappings of their own predict the bins, it is the fit that carries it.

    Parameters
    ----------
    acts, recordings, area, n_splits, groups, match_reliability, interval_over, n_draws, rng
        As of `step_matrix`.
    alignment
        A family of `align` that says which step stands for which bin, fitted inside the training
        stimuli of each split; default ``"affine"``, or ``"monotone"`` where bins have no limits.
    table
        Of ``alignment="table"``.
    window, bins, join
        As of `step_matrix`.

    Returns
    -------
    Dataset
        ``score`` (copy, mapping, time_bin) of the mappings ``shared``, ``per-bin`` and ``static``
        (one mapping for all bins from the first driven step alone, so that nothing in the model
        changes), with limits; ``difference`` (copy, time_bin): shared less per-bin, r of the same
        neuroids and splits, with limits, and ``dynamics`` (copy, time_bin): shared less static.
        ``difference_mean`` and ``dynamics_mean`` (copy): over the bins with signal, with limits.
        ``ceiling_score`` (copy, time_bin), in units of r^2.

    Raises
    ------
    InputError
        An unknown family, or as `step_matrix`.

    Notes
    -----
    ``dynamics`` above 0 says that later steps help, not that they help in turn: a population that
    follows step 3 throughout shows it too. What steps in turn add to the best single one is
    ``change`` of `align`.

    All fit the same features with an intercept a bin, and penalties a neuroid (and bin) chosen
    by 3 folds inside training. Above 300 units the features are one random projection of the units
    to 300 dimensions, the same for all steps, so that scores are lower than those of
    `step_matrix`; all mappings are affected alike.

    Examples
    --------
    >>> import numpy as np, xarray as xr, cornetkit as ck
    >>> values = np.random.default_rng(0).normal(size=(40, 3, 6))
    >>> ids = [f"s{k:02d}" for k in range(40)]
    >>> acts = xr.DataArray(values, dims=("stimulus", "time", "unit"),
    ...                     coords={"stimulus": ids, "time": [0, 1, 2], "area": "IT"})
    >>> it = ck.simulate_recordings(acts, (0, 1, 2), n_neuroids=6, n_dimensions=6, reliability=0.9)
    >>> both = shared_or_per_bin(acts, it, n_draws=20)
    >>> bool(both["dynamics_mean"].sel(copy="all") > 0.3)  # more than the first step alone
    True
    """
    check_common(n_draws)
    if alignment is not None and alignment not in FAMILIES:
        raise unknown_name("family of alignments", alignment, FAMILIES)
    if (table is None) == (alignment == "table"):
        raise InputError("alignment='table' and table= go together; give both or none")
    with opened(acts) as activations:
        design = make_design(
            activations, recordings, area, n_splits=n_splits, groups=groups, rng=rng,
            window=window, bins=bins, join=join, match_reliability=match_reliability,
        )  # fmt: skip
        fitted = Fitted.of(design, interval_over, n_draws)
        result = shared_of(fitted, alignment, None if table is None else read_table(table))
    for note in result.attrs["notes"]:
        warnings.warn(note, CornetkitWarning, stacklevel=2)
    return result


def shared_of(fitted: Fitted, alignment: str | None, table: Any = None) -> xr.Dataset:
    """Return what `shared_or_per_bin` does, from fits that other analyses share."""
    design = fitted.design
    alignment = alignment or ("affine" if design.in_ms else "monotone")
    X = project(design.steps, design.ids, design.plan.seed)
    splits, names = design.folds.splits, list(fitted.copies)
    n_bins = len(design.start)
    mappings = ("shared", "per-bin", "static")
    scores = np.full((3, len(names), len(mappings), n_bins), np.nan)
    contrasts = {"difference": 1, "dynamics": 2}
    found = {name: np.full((3, len(names), n_bins), np.nan) for name in contrasts}
    means = {name: np.full((3, len(names)), np.nan) for name in contrasts}
    first = np.eye(len(X))[np.zeros(n_bins, int)]
    rules = {name: rules_of(fitted, name, alignment, table) for name in names}
    predicted = _predict_all(X, rules, fitted, first)

    def fill(c: int) -> None:
        name = names[c]
        responses, held_out = fitted.copies[name].responses, predicted[name]
        r = [correlate(h, responses, splits) for h in held_out]
        again = [fitted.resampled(name, h) for h in held_out]
        usable = ~np.isnan(fitted.copies[name].root)
        for m in range(len(mappings)):
            scores[:, c, m] = interval_of(r[m], again[m], fitted.draws)
        for key, other in contrasts.items():
            pair = Scores.of(r[0] - r[other], again[0] - again[other], fitted.draws)
            found[key][:, c] = pair.interval(fitted.draws)
            if usable.any():
                mean = pair.interval(fitted.draws, partial(mean_over, usable=usable))
                means[key][:, c] = [x.item() for x in mean]

    each_side_by_side(fill, range(len(names)))
    data = xr.Dataset(
        coords={
            "copy": names, "mapping": list(mappings), "area": design.area,
            **{k: v for k, v in bin_coords(design).items() if k.startswith("time_bin")},
        }
    )  # fmt: skip
    data.update(ceilings_of(fitted))
    for k, suffix in enumerate(("", "_low", "_high")):
        data[f"score{suffix}"] = (("copy", "mapping", "time_bin"), scores[k])
        for key in contrasts:
            data[f"{key}{suffix}"] = (("copy", "time_bin"), found[key][k])
            data[f"{key}_mean{suffix}"] = ("copy", means[key][k])
    more = {
        "alignment": alignment,
        "n_dimensions": X.shape[2],
        "projected": design.steps[0].n_units > MOST_DIMENSIONS,
        "rule_fitted_on": "nothing" if alignment in (*GIVEN, "table") else "training stimuli",
    }
    return data.assign_attrs(attributes_of(fitted, "shared or per-bin mapping", **more))


def _inner(
    train: np.ndarray, seed: int, groups: np.ndarray | None
) -> list[tuple[np.ndarray, np.ndarray]]:
    labels = train if groups is None else groups[train]
    values = np.random.default_rng([seed, 5]).permutation(np.unique(labels))
    parts = [np.isin(labels, part) for part in np.array_split(values, min(_N_INNER, len(values)))]
    return [(train[~out], train[out]) for out in parts if out.any() and not out.all()]


def _predict_all(
    X: np.ndarray, rules: dict[str, list[np.ndarray]], fitted: Fitted, first: np.ndarray
) -> dict[str, np.ndarray]:
    """Return held-out predictions (mapping, n, time_bin, neuroid) of each copy.

    Copies whose splits came to the same rule are fitted side by side, as further neuroids.
    """
    design = fitted.design
    shape = next(iter(fitted.copies.values())).responses.shape

    def of_split(k: int) -> dict[str, np.ndarray]:
        train, test = design.folds.splits[k]
        inner = _inner(train, design.plan.seed, design.folds.groups)
        parts: dict[str, np.ndarray] = {}
        for names in _alike({name: of[k] for name, of in rules.items()}):
            Y = np.concatenate([fitted.copies[name].responses for name in names], axis=2)
            weights = rules[names[0]][k]
            predicted = [
                fit_mapping(X, shares, Y, train, test, inner, together)
                for shares, together in ((weights, True), (weights, False), (first, True))
            ]
            parts |= dict(
                zip(names, np.split(np.stack(predicted), len(names), axis=3), strict=True)
            )
        return parts

    splits = design.folds.splits
    found = {name: np.full((3, *shape), np.nan) for name in rules}
    for (_, test), parts in zip(
        splits, each_side_by_side(of_split, range(len(splits))), strict=True
    ):
        for name, part in parts.items():
            found[name][:, test] = part
    return found


def _alike(rules: dict[str, np.ndarray]) -> list[list[str]]:
    groups: list[list[str]] = []
    for name, weights in rules.items():
        same = next((g for g in groups if np.array_equal(rules[g[0]], weights)), None)
        if same is None:
            groups.append([name])
        else:
            same.append(name)
    return groups
