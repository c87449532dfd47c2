"""The course over time in one figure: which step explains which moment, beside its baselines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

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

_BASELINES: tuple[Any, ...] = ("-.", ":", (0, (6, 1, 1, 1)), (0, (4, 2)), (0, (1, 3)))
_ALIGNMENT = "step of each bin: the best one, chosen inside training stimuli"


@says_untrained
def plot_dynamics(tree: xr.DataTree | xr.Dataset, *, title: str | None = None) -> np.ndarray:
    """Draw r / sqrt(reliability) against time, with the step that was chosen below.

    Parameters
    ----------
    tree
        From `dynamics` or `step_matrix`.
    title
        Of the figure.

    Returns
    -------
    array of 2 Axes
        Above: the nested best step and the first step with 95 % intervals, baselines and the
        other animal where they were scored, the copy at matched reliability dotted, and the
        ceiling with its band; nothing where the responses cannot be told from noise. Below: the
        step that was chosen (a dot a split, the larger the more splits), steps that the image had
        not reached in grey, and the number of reliable neuroids. Their figure is not pyplot's:
        save it with ``axes[0].figure.savefig(...)``.

    Raises
    ------
    InputError
        There is no step x bin matrix in it.
    """
    data = group_of(tree, "matrix", "best_normalized", "step_matrix")
    axes = new_axes(2, (3, 1.3), height=5.4)
    above, below = axes
    axis = TimeAxis(data)
    whole, matched = subset(data, "all"), subset(data, "matched")
    assert whole is not None  # step_matrix always makes it
    _ceiling(above, axis, whole)
    first = whole.isel(time=0)
    _line(above, axis, whole, "best_normalized", COLOURS[0], "best step (nested)")
    _line(above, axis, first, "normalized", COLOURS[1], f"first step ({int(first['time'])})")
    if matched is not None:
        dotted = {"ls": ":", "marker": "", "lw": 1.6}
        for part, name, colour in (
            (matched, "best_normalized", COLOURS[0]),
            (matched.isel(time=0), "normalized", COLOURS[1]),
        ):
            above.plot(axis.middle, part[name].values, color=colour, **dotted)
        above.plot([], [], color=GREY, label="the same at matched reliability", **dotted)
    names = data["baseline"].values.astype(str).tolist() if "baseline" in data.coords else []
    for k, name in enumerate(names):
        one = whole.sel(baseline=name)
        style = _BASELINES[k % len(_BASELINES)]
        colour = COLOURS[4] if name == "other animal" else GREY
        above.plot(
            axis.middle, one["baseline_normalized"].values, color=colour, ls=style, lw=1.3,
            label=name,
        )  # fmt: skip
        low, high = (one[f"baseline_normalized_{end}"].values for end in ("low", "high"))
        band(above, axis.middle, low, high, colour)
    above.axhline(0, color=GREY, lw=0.5)
    above.set_ylabel("r / sqrt(reliability)")
    above.set_title(title or f"{data['area'].item()}: {counts(data)}", fontsize=10)
    _strip(below, axis, whole)
    below.set_xlabel(f"{axis.label}\n{_ALIGNMENT}; {counts(data)}", fontsize=9)
    tidy(above)
    above.legend(
        loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=8, frameon=False,
        title=_interval(data), title_fontsize=7,
    )  # fmt: skip
    return axes


def _interval(data: xr.Dataset) -> str:
    return "bands: " + str(data.attrs.get("interval", "95 %")).split(":")[0]


def _ceiling(ax: Axes, axis: TimeAxis, whole: xr.Dataset) -> None:
    """Draw 1 with the relative uncertainty of the root of the ceiling, where there is one."""
    known = ~whole["noise"].values.astype(bool)
    centre = np.where(known, whole["ceiling_score"].values, np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        low = np.sqrt(np.clip(whole["ceiling_low"].values, 0, None) / centre)
        high = np.sqrt(whole["ceiling_high"].values / centre)
    ax.plot(
        axis.middle, np.where(known, 1.0, np.nan), color="black", ls="--", lw=1, label="ceiling"
    )
    band(ax, axis.middle, low, high, "black")


def _line(ax: Axes, axis: TimeAxis, data: xr.Dataset, name: str, colour: str, label: str) -> None:
    ax.plot(axis.middle, data[name].values, "o-", ms=3, color=colour, label=label)
    band(ax, axis.middle, data[f"{name}_low"].values, data[f"{name}_high"].values, colour)


def _strip(ax: Axes, axis: TimeAxis, whole: xr.Dataset) -> None:
    from matplotlib.ticker import MaxNLocator

    chosen = whole["best_step"].transpose("time_bin", "split").values
    noise = whole["noise"].values.astype(bool)
    for k, steps in enumerate(chosen):
        values, times = np.unique(steps, return_counts=True)
        ax.scatter(
            np.full(len(values), axis.middle[k]), values, s=28 * times / len(steps),
            color=GREY if noise[k] else COLOURS[0],
        )  # fmt: skip
    undriven = undriven_steps(whole)
    for step in undriven:
        ax.axhspan(step - 0.5, step + 0.5, color="0.9", lw=0)
    if undriven:
        ax.text(
            0.01, max(undriven), "not reached by the image", fontsize=7, color=GREY,
            va="center", transform=ax.get_yaxis_transform(),
        )  # fmt: skip
    steps = [*undriven, *whole["time"].values.tolist()]
    ax.set_ylim(min(steps) - 0.7, max(steps) + 0.7)
    ax.set_ylabel("step")
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    right = ax.twinx()
    right.step(axis.middle, whole["n_reliable"].values, where="mid", color=COLOURS[2], lw=1)
    right.set_ylabel("reliable\nneuroids", color=COLOURS[2], fontsize=8)
    right.set_ylim(0, whole.attrs["n_neuroids"] * 1.08)
    ax.spines["top"].set_visible(False)
    right.spines["top"].set_visible(False)
