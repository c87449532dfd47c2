"""Figures of the single analyses over time: matrix, alignment, mappings, recurrence gain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError, listing
from .time_axis import (
    COLOURS,
    GREY,
    TimeAxis,
    band,
    counts,
    group_of,
    new_axes,
    subset,
    tidy,
    undriven_steps,
)
from .whose import says_untrained

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes


@says_untrained
def plot_step_matrix(
    tree: xr.DataTree | xr.Dataset,
    *,
    group: str = "matrix",
    copy: str = "all",
    title: str | None = None,
) -> Axes:
    """Draw every step against every time bin, r / sqrt(reliability) as colour.

    Parameters
    ----------
    tree
        From `dynamics` or `step_matrix`.
    group
        Of `dynamics`: ``"matrix"``, or ``"rsa"``, whose colour is the similarity of RDMs / ceiling.
    copy
        ``"all"``, or ``"matched"`` for that at equal reliability.
    title
        Of the figure.

    Returns
    -------
    Axes
        A white dot marks the step that most splits chose; steps that the image had not reached
        are grey, and bins without signal empty.

    Raises
    ------
    InputError
        There is no step x bin matrix, or no such copy, in it.
    """
    from matplotlib.ticker import MaxNLocator

    data = group_of(tree, group, "best_normalized", "step_matrix")
    one = _copy_of(data, copy)
    axis = TimeAxis(data)
    ax = new_axes(height=3.8)[0]
    steps = one["time"].values
    shown = np.full((int(steps.max()) + 1, one.sizes["time_bin"]), np.nan)
    shown[steps] = one["normalized"].values
    edges, columns = axis.grid(shown)
    mesh = ax.pcolormesh(
        edges, np.arange(len(shown) + 1) - 0.5, np.ma.masked_invalid(columns), cmap="viridis"
    )
    _shade(ax, one)
    signal = ~one["noise"].values.astype(bool)
    ax.plot(axis.middle[signal], one["best_step_main"].values[signal], "wo", ms=4, mec="black")
    first = min([*undriven_steps(one), int(steps.min())])
    ax.set_ylim(first - 0.5, len(shown) - 0.5)
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    by_rdms = data.attrs.get("method") == "rsa"
    label = "similarity of RDMs / ceiling" if by_rdms else "r / sqrt(reliability)"
    ax.figure.colorbar(mesh, ax=ax, label=label)
    ax.set_ylabel("recurrent step (grey: not reached)")
    ax.set_xlabel(f"{axis.label}\ndot: best step, chosen inside training; {counts(data)}")
    ax.set_title(title or f"{data['area'].item()}, copy '{copy}'", fontsize=10)
    return ax


@says_untrained
def plot_alignment(
    tree: xr.DataTree | xr.Dataset, *, copy: str = "all", title: str | None = None
) -> Axes:
    """Draw which step each family gives to each time bin, with its score on held-out stimuli.

    Parameters
    ----------
    tree
        From `dynamics` or `align`.
    copy, title
        As of `plot_step_matrix`.

    Returns
    -------
    Axes
        One line a family, with its r on held-out stimuli beside the ceiling; of families that
        weigh several steps, their weighted mean. Steps that the image had not reached are grey.
    """
    data = group_of(tree, "alignment", "aligned_step", "align")
    one = _copy_of(data, copy)
    axis = TimeAxis(data)
    ax = new_axes(height=3.8)[0]
    for k, family in enumerate(one["family"].values.astype(str)):
        rule = one.sel(family=family)
        weight = rule["weight"].transpose("time_bin", "time").values
        total = weight.sum(axis=1)
        mean = np.divide(
            weight @ rule["time"].values, total, out=np.full(len(total), np.nan), where=total > 0
        )
        label = f"{family}: mean r {float(rule['score_mean']):.3f}"
        onset, step = float(rule["onset_ms"]), float(rule["step_ms"])
        if np.isfinite(onset):
            label += f"\n  onset {onset:.0f}{_ends(rule, 'onset')}, "
            label += f"step {step:.0f}{_ends(rule, 'step')} ms"
        # Families often agree: later lines are thinner, so that those beneath are seen.
        wide = 1.5 + 1.5 * (len(one["family"]) - 1 - k)
        ax.plot(axis.middle, mean, "o-", ms=wide + 2, lw=wide, color=COLOURS[k % len(COLOURS)],
                label=label)  # fmt: skip
    late = undriven_steps(one)
    _shade(ax, one)
    if late:
        ax.set_ylim(min(late) - 0.5, max([*late, *one["time"].values.tolist()]) + 0.5)
    ax.set_ylabel("recurrent step" + (" (grey: not reached)" if late else ""))
    ax.set_xlabel(f"{axis.label}\nrules fitted inside training stimuli; {counts(data)}")
    said = str(data.attrs["identifiable"])
    if said != "true":
        ax.text(0.02, 0.98, "lag not identifiable", transform=ax.transAxes, va="top", color=GREY)
    ax.set_title(title or f"{data['area'].item()}, copy '{copy}'", fontsize=10)
    _legend(ax)
    if np.isfinite(root := _root(one)).any():
        # Over all bins, as the mean r is: of a bin without signal it is 0.
        mean = float(np.nan_to_num(root).mean())
        ax.get_legend().set_title(f"ceiling of the mean r: {mean:.3f}", {"size": 8})
    return ax


@says_untrained
def plot_mappings(
    tree: xr.DataTree | xr.Dataset, *, copy: str = "all", title: str | None = None
) -> Axes:
    """Draw one mapping for all time bins beside one for each.

    Parameters
    ----------
    tree
        From `dynamics` or `shared_or_per_bin`.
    copy, title
        As of `plot_step_matrix`.

    Returns
    -------
    Axes
        r of the mappings with their intervals, and the ceiling, sqrt(reliability).
    """
    data = group_of(tree, "mapping", "difference_mean", "shared_or_per_bin")
    one = _copy_of(data, copy)
    axis = TimeAxis(data)
    ax = new_axes(height=3.6)[0]
    meaning = {"shared": "one for all bins", "per-bin": "one a bin", "static": "one, first step"}
    for k, name in enumerate(one["mapping"].values.astype(str)):
        part = one.sel(mapping=name)
        ax.plot(
            axis.middle, part["score"].values, "o-", ms=3, color=COLOURS[k],
            label=f"{name} ({meaning.get(name, '')})",
        )  # fmt: skip
        band(ax, axis.middle, part["score_low"].values, part["score_high"].values, COLOURS[k])
    _ceiling(ax, axis, _root(one), "ceiling, sqrt(reliability)")
    ax.axhline(0, color=GREY, lw=0.5)
    ax.set_ylabel("r, median over neuroids")
    ax.set_xlabel(f"{axis.label}\nalignment: {data.attrs['alignment']}; {counts(data)}")
    ax.set_title(title or f"{data['area'].item()}, copy '{copy}'", fontsize=10)
    _legend(ax)
    return ax


@says_untrained
def plot_gain(
    tree: xr.DataTree | xr.Dataset, *, copy: str | None = None, title: str | None = None
) -> Axes:
    """Draw what all steps gain over each control, bin by bin.

    Parameters
    ----------
    tree
        From `dynamics` or `recurrence_gain`.
    copy
        As of `plot_step_matrix`; default the one that is claimed on.
    title
        Of the figure.

    Returns
    -------
    Axes
        One line a control with its interval; filled dots where p < .05, corrected for all bins;
        a bar above where all controls are beaten, grey unless the gain grows over time; dotted:
        the most that there was to gain over the first control, sqrt(reliability) - its r.
    """
    data = group_of(tree, "gain", "gain_slope", "recurrence_gain")
    copy = str(data.attrs["claimed_on"]) if copy is None else copy
    one = _copy_of(data, copy)
    axis = TimeAxis(data)
    ax = new_axes(height=3.8)[0]
    for k, name in enumerate(one["control"].values.astype(str)):
        part, colour = one.sel(control=name), COLOURS[k % len(COLOURS)]
        ax.plot(axis.middle, part["gain"].values, "-", color=colour, label=f"over {name}")
        band(ax, axis.middle, part["gain_low"].values, part["gain_high"].values, colour)
        sure = part["p"].values < 0.05
        ax.plot(axis.middle[sure], part["gain"].values[sure], "o", ms=5, color=colour)
    if "score_control" in one:
        first = one["control"].values.astype(str)[0]
        room = _root(one) - one["score_control"].isel(control=0).values
        if np.isfinite(room).any():  # of that control alone, so in its colour
            ax.plot(axis.middle, room, ":", color=COLOURS[0], lw=1,
                    label=f"most to gain over {first}:\nsqrt(reliability) - its r")  # fmt: skip
    better = data["better"].values.astype(bool)
    # A gain that does not grow is one of features: no claim of recurrence.
    bar = "black" if bool(data["grows"]) else GREY
    top = ax.get_ylim()[1]
    for start, end in zip(axis.start[better], axis.end[better], strict=True):
        ax.plot([start, end], [top, top], color=bar, lw=3)
    ax.axhline(0, color=GREY, lw=0.5)
    ax.set_ylabel("gain in r of all steps")
    ax.set_xlabel(
        f"{axis.label}\ndots: cluster-corrected p < .05; bar: over every control"
        f"{'' if bool(data['grows']) else ' (grey: it does not grow over time)'}\n{counts(data)}"
    )
    ax.set_title(title or f"{data['area'].item()}, copy '{copy}'", fontsize=10)
    _legend(ax)
    return ax


def _root(one: xr.Dataset) -> np.ndarray:
    """Return the root of the ceiling of each bin, NaN where it cannot be told from noise."""
    if "ceiling_score" not in one:
        return np.full(one.sizes["time_bin"], np.nan)
    values = one["ceiling_score"].values
    known = (values > 0) & ~one["noise"].values.astype(bool)
    return np.sqrt(np.where(known, values, np.nan))


def _ceiling(ax: Axes, axis: TimeAxis, values: np.ndarray, label: str) -> None:
    if np.isfinite(values).any():
        ax.plot(axis.middle, values, "--", color="black", lw=1, label=label)


def _shade(ax: Axes, data: xr.Dataset) -> None:
    """Grey out steps that the image had not reached, on an axis of steps."""
    for step in undriven_steps(data):
        ax.axhspan(step - 0.5, step + 0.5, color="0.85", lw=0, zorder=0, gid="undriven")


def _copy_of(data: xr.Dataset, copy: str) -> xr.Dataset:
    one = subset(data, copy)
    if one is None:
        known = listing(data["copy"].values.astype(str))
        raise InputError(f"copy='{copy}' was given; there is {known}")
    return one


def _ends(rule: xr.Dataset, name: str) -> str:
    low, high = float(rule[f"{name}_low"]), float(rule[f"{name}_high"])
    return f" ({low:.0f} to {high:.0f})" if np.isfinite([low, high]).all() else ""


def _legend(ax: Axes) -> None:
    tidy(ax)
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=8, frameon=False)
