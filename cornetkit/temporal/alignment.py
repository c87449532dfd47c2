"""Which recurrent step stands for which moment: rules that are given, and rules that are fitted."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from ..activations.given import opened
from ..errors import CornetkitWarning, InputError, unknown_name
from ..kernels.resampling import interval
from ..kernels.threads import each_side_by_side
from ..predictivity.alignment_table import Table, read_table
from ..predictivity.splits import Split
from ..predictivity.summary import mean_over_splits
from ..schema import names_of
from .alignment_families import Grid, Rule
from .alignment_rules import FITTED, GIVEN, Losses, fit_inside, fit_whole, given_rule
from .design import ALL, MATCHED, Design, make_design
from .fits import Fit, correlate
from .fitted import N_DRAWS, Fitted, explained_inside
from .labelled import attributes_of, bin_coords, ceilings_of, check_common, step_coords
from .lag_identifiable import by_data, by_design

FAMILIES = (*GIVEN, "table", *FITTED)
_INTERVAL = "95 %, bootstrap over stimuli of held-out predictions, and what bins cannot tell apart"


def align(
    acts: Any,
    recordings: Any,
    *,
    family: str | Sequence[str] = FITTED,
    table: Any = None,
    area: str = "IT",
    method: str = "ridge",
    n_components: int | None = None,
    alphas: Any = None,
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
    """Align recurrent steps to time bins and score each rule on stimuli it was not fitted on.

    Parameters
    ----------
    acts, recordings, area, method, n_components, alphas, n_splits, groups, match_reliability
        As of `step_matrix`.
    family
        One or several of: ``"committed"`` (the step whose committed time holds the centre of the
        bin; none elsewhere), ``"nearest-start"``, ``"overlap"``, ``"center"`` (see `predict`; by
        the times of the activations), ``"table"`` (see `table`); and, fitted: ``"affine"`` (the
        onset of the first driven step and the length of a step), ``"monotone"`` (never back to
        an earlier step), ``"kernel"`` (every bin a causal, exponentially fading weighted sum of
        steps: onset, length, time constant), ``"free"`` (any step for any bin).
    table
        Of ``"table"``: as `alignment` of `predict`.
    interval_over, n_draws, rng, window, bins, join
        As of `step_matrix`.

    Returns
    -------
    Dataset
        ``score`` (copy, family, time_bin) on held-out stimuli, with limits, and its mean over
        bins, ``score_mean`` (copy, family); ``weight`` (copy, family, time_bin, time): shares of
        the steps, of the rule fitted to all stimuli; ``aligned_step`` (copy, family, time_bin):
        the step of most weight, -1 for none. ``onset_ms``, ``step_ms``, ``constant_ms`` (copy,
        family) with ``onset_low``, ``onset_high``, ``step_low``, ``step_high`` (of affine; 95 %,
        bootstrap over stimuli, with all values that give the same steps: never narrower than the
        bins allow). ``change`` (copy), with limits: r of affine less that of the best
        single step for all bins, mean over bins with signal. ``ceiling_score`` (copy, time_bin), in
        units of r^2. The attribute ``identifiable`` is ``"true"``, or says why not: fewer than 3
        steps, or, at matched reliability where there is such a copy, no change beyond doubt; then
        onset and length are NaN.

    Raises
    ------
    InputError
        An unknown family, times that are not known, or as `step_matrix`.

    Notes
    -----
    Every step has its own mapping for every bin, and sums of steps are sums of their predictions;
    for one mapping over all bins see `shared_or_per_bin`. Rules are fitted, within each split,
    to the errors of training stimuli that were left out, and scored on the held-out ones. The
    rule that is shown, and its onset and length, is fitted to the held-out predictions of all.

    Examples
    --------
    >>> import numpy as np, xarray as xr, cornetkit as ck
    >>> values = np.random.default_rng(0).normal(size=(40, 3, 6))
    >>> ids = [f"s{k:02d}" for k in range(40)]
    >>> acts = xr.DataArray(values, dims=("stimulus", "time", "unit"),
    ...                     coords={"stimulus": ids, "time": [0, 1, 2], "area": "IT"})
    >>> it = ck.simulate_recordings(acts, (0, 1, 2), n_neuroids=6, n_dimensions=6, reliability=0.9)
    >>> align(acts, it, family="affine", n_draws=20)["aligned_step"].sel(copy="all").values
    array([[0, 1, 2]])
    """
    check_common(n_draws)
    families = _families(family, table)
    with opened(acts) as activations:
        design = make_design(
            activations, recordings, area, method=method, n_components=n_components, alphas=alphas,
            n_splits=n_splits, groups=groups, rng=rng, window=window, bins=bins, join=join,
            match_reliability=match_reliability,
        )  # fmt: skip
        fitted = Fitted.of(design, interval_over, n_draws)
        result = alignment_of(fitted, families, None if table is None else read_table(table))
    for note in result.attrs["notes"]:
        warnings.warn(note, CornetkitWarning, stacklevel=2)
    return result


def _families(family: str | Sequence[str], table: Any) -> list[str]:
    families = names_of(family, "family")
    for name in families:
        if name not in FAMILIES:
            raise unknown_name("family of alignments", str(name), FAMILIES)
    if not families:
        raise InputError(f"family= names none; expected some of {', '.join(FAMILIES)}")
    if (table is None) == ("table" in families):
        raise InputError(
            "family='table' and table= go together: {time_bin_start: step}, or a CSV file with the "
            "columns time_bin_start,step"
        )
    return list(dict.fromkeys(families))


def alignment_of(fitted: Fitted, families: Sequence[str], table: Table | None) -> xr.Dataset:
    """Return what `align` does, from fits that other analyses share."""
    design = fitted.design
    _check_ms(design, families)
    names, splits = list(fitted.copies), design.folds.splits
    n_steps, n_bins = len(design.steps), len(design.start)
    grid = Grid.over(design.start, design.end, n_steps) if design.in_ms else None
    shape = (len(names), len(families))
    scores = np.full((3, *shape, n_bins), np.nan)
    weight = np.zeros((*shape, n_bins, n_steps))
    numbers = {name: np.full(shape, np.nan) for name in _NUMBERS}
    fitted.steps(ALL, weigh="kernel" in families)
    said, change = _identifiable(fitted, families, grid)
    on = MATCHED if MATCHED in names else ALL

    def fill(c: int) -> None:
        name = names[c]
        fits = fitted.steps(name, weigh="kernel" in families)
        responses, explained = fitted.copies[name].responses, explained_inside(fits)
        whole = Losses.of(fits, responses)
        for i, family in enumerate(families):
            if family in (*GIVEN, "table"):
                rule = given_rule(design, family, table)
                rules = [rule] * len(splits)
            else:
                rules = [
                    fit_inside(family, explained[k], fits, responses, splits[k], k, grid, design)
                    for k in range(len(splits))
                ]
                rule = fit_whole(family, whole, grid, design)
            weight[c, i] = rule.weights
            held_out = _mixed(fits, rules, splits)
            r = correlate(held_out, responses, splits)
            scores[:, c, i] = fitted.interval(name, r, held_out)
            if grid is not None and "true" == said[on] == said[name]:
                found = _in_ms(family, rule, whole, grid, fitted)
                for key, value in found.items():
                    numbers[key][c, i] = value

    each_side_by_side(fill, range(len(names)))
    if said[on] != "true" and design.in_ms:
        design.notes.append(said[on])
    data = _label(fitted, families, scores, weight, numbers, said[on])
    data.update(ceilings_of(fitted))
    for k, suffix in enumerate(("", "_low", "_high")):
        data[f"change{suffix}"] = ("copy", [change[name][k] for name in names])
    data["change"].attrs["meaning"] = "r of affine less that of one step for all bins, held out"
    return data


def rules_of(fitted: Fitted, copy: str, family: str, table: Table | None) -> list[np.ndarray]:
    """Return the shares of steps (time_bin, step) that a family gives in each split."""
    design = fitted.design
    _check_ms(design, [family])
    splits = design.folds.splits
    if family in (*GIVEN, "table"):
        return [given_rule(design, family, table).weights] * len(splits)
    fits = fitted.steps(copy, weigh=family == "kernel")
    grid = Grid.over(design.start, design.end, len(design.steps)) if design.in_ms else None
    explained = explained_inside(fits)
    responses = fitted.copies[copy].responses
    return [
        fit_inside(family, explained[k], fits, responses, split, k, grid, design).weights
        for k, split in enumerate(splits)
    ]


def _identifiable(
    fitted: Fitted, families: Sequence[str], grid: Grid | None
) -> tuple[dict[str, str], dict[str, tuple[float, float, float]]]:
    """Return by copy ``"true"``, or why there is no lag, and what a change of steps adds."""
    said = dict.fromkeys(fitted.copies, by_design(fitted.design))
    change = dict.fromkeys(fitted.copies, (np.nan, np.nan, np.nan))
    if grid is not None and {"affine", "kernel"} & set(families):
        for name, reason in said.items():
            if reason == "true":
                said[name], change[name] = by_data(fitted, name, grid)
    return said, change


_NUMBERS = (
    "onset_ms", "step_ms", "constant_ms", "onset_low", "onset_high", "step_low", "step_high",
)  # fmt: skip


def _in_ms(family: str, rule: Rule, losses: Losses, grid: Grid, fitted: Fitted) -> dict[str, float]:
    found = {"onset_ms": rule.onset_ms, "step_ms": rule.step_ms, "constant_ms": rule.constant_ms}
    if family != "affine":
        return found
    # The ends of what cannot be told apart in a draw, so that the width of bins is in them.
    explained = losses.explained(fitted.draws.stimuli)
    ends = np.stack([grid.ends(grid.best(one)) for one in explained])
    for name, k in (("onset", 0), ("step", 2)):
        found[f"{name}_low"] = float(interval(ends[:, k])[0])
        found[f"{name}_high"] = float(interval(ends[:, k + 1])[1])
    return found


def _mixed(fits: Sequence[Fit], rules: Sequence[Rule], splits: Sequence[Split]) -> np.ndarray:
    """Return held-out predictions (n, time_bin, neuroid): each split's own rule for its steps."""
    result = np.full_like(fits[0].held_out, np.nan)
    for (_, test), rule in zip(splits, rules, strict=True):
        for b, shares in enumerate(rule.weights):
            used = np.flatnonzero(shares)
            if used.size:
                parts = [shares[s] * fits[int(s)].held_out[test, b] for s in used]
                result[test, b] = np.sum(parts, axis=0)
    return result


def _check_ms(design: Design, families: Sequence[str]) -> None:
    timed = [f for f in families if f not in ("monotone", "free")]
    if timed and not design.in_ms:
        raise InputError(
            f"family='{timed[0]}' is in ms, and the time bins of the recordings have no limits; "
            "give them once (save_recordings(open_recordings(..., time_bins=[(start, end), ...]), "
            "'ms.nc')), or take family='monotone' or 'free'"
        )


def _label(
    fitted: Fitted,
    families: Sequence[str],
    scores: np.ndarray,
    weight: np.ndarray,
    numbers: dict[str, np.ndarray],
    identifiable: str,
) -> xr.Dataset:
    design = fitted.design
    dims = ("copy", "family", "time_bin")
    data = xr.Dataset(
        coords={
            "copy": list(fitted.copies),
            "family": list(families),
            "time": design.numbers,
            **step_coords(design),
            **{k: c for k, c in bin_coords(design).items() if k != "neuroid"},
        }
    )
    data = data.drop_vars([n for n, c in data.coords.items() if "neuroid" in c.dims])
    for suffix, values in zip(("", "_low", "_high"), scores, strict=True):
        data[f"score{suffix}"] = (dims, values)
    data["score_mean"] = (("copy", "family"), mean_over_splits(scores[0], axis=-1))
    data["weight"] = ((*dims, "time"), weight)
    steps = np.where(weight.any(axis=-1), design.numbers[weight.argmax(axis=-1)], -1)
    data["aligned_step"] = (dims, steps)
    for name, values in numbers.items():
        data[name] = (("copy", "family"), values, {"units": "ms"})
    for name in ("onset_low", "onset_high", "step_low", "step_high"):
        data[name].attrs["interval"] = _INTERVAL
    attrs = attributes_of(fitted, "alignment", identifiable=identifiable)
    return data.assign_attrs(attrs | {"copies": ALL if len(fitted.copies) < 2 else "all, matched"})
