"""Behaviour against recurrent step: accuracy, and agreement with subjects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError
from .courses import Line, axes_of
from .time_axis import COLOURS, band, tidy
from .whose import says_untrained

if TYPE_CHECKING:
    import xarray as xr


@says_untrained
def plot_behavior(result: xr.Dataset, *, title: str | None = None) -> np.ndarray:
    """Draw accuracy, or agreement with subjects, against recurrent step.

    Parameters
    ----------
    result
        From `speed_accuracy`, or from `behavior_scores` of choice probabilities.
    title
        Of the figure.

    Returns
    -------
    array of Axes
        Of `speed_accuracy` one: accuracy of each area with its 95 % interval, and chance. Of
        `behavior_scores` one for each area: the consistency of each signature with its interval,
        and the ceiling, 1. Steps that the image has not reached are grey.

    Raises
    ------
    InputError
        Something else was given, or there are no steps in it.
    """
    names = set(getattr(result, "data_vars", ()))
    if not names & {"accuracy", "consistency"} or not {"area", "time"} <= set(result.dims):
        raise InputError(
            f"a {type(result).__name__} was given to plot_behavior; expected the result of "
            "speed_accuracy, or of behavior_scores of choice probabilities over area and time"
        )
    lines = [Line(_with_driven(result), k) for k in range(result.sizes["area"])]
    axes = _accuracy(result, lines) if "accuracy" in names else _consistency(result, lines)
    for ax in axes:
        ax.set_xlabel("recurrent step")
        ax.legend(fontsize=7, frameon=False)
        tidy(ax)
    if title:
        axes[0].figure.suptitle(title, fontsize=10)
    return axes


def _with_driven(result: xr.Dataset) -> xr.Dataset:
    if "driven" in result.coords:
        return result
    return result.assign_coords(
        driven=(("area", "time"), np.ones([result.sizes[d] for d in ("area", "time")], dtype=bool))
    )


def _accuracy(result: xr.Dataset, lines: list[Line]) -> np.ndarray:
    axes = axes_of(1, width=4.4)
    for k, line in enumerate(lines):
        low, middle, high = (
            result[f"accuracy{end}"].transpose("area", "time").values[k]
            for end in ("_low", "", "_high")
        )
        axes[0].plot(line.x, middle, "o-", ms=3, color=line.colour, label=line.name)
        band(axes[0], line.x, low, high, line.colour)
        _shade(axes[0], line)
    chance = float(result["chance"])
    axes[0].axhline(chance, color="black", lw=0.8, ls=":", label=f"chance {chance:.3g}")
    axes[0].set_ylabel(f"accuracy, {int(result['n_stimuli']):,} stimuli")
    return axes


def _consistency(result: xr.Dataset, lines: list[Line]) -> np.ndarray:
    axes = axes_of(len(lines))
    for k, (ax, line) in enumerate(zip(axes, lines, strict=True)):
        for s, signature in enumerate(result["signature"].values.astype(str)):
            one = result.isel(area=k).sel(signature=signature)
            ceiling = float(one["ceiling"])
            name = f"{signature} (r of halves {ceiling:.2f})"
            ax.plot(line.x, one["consistency"].values, "o-", ms=3, color=COLOURS[s], label=name)
            low, high = one["consistency_low"].values, one["consistency_high"].values
            band(ax, line.x, low, high, COLOURS[s])
        _shade(ax, line)
        ax.axhline(1, color="black", lw=1, ls="--", label="ceiling")
        ax.set_title(line.name or "", fontsize=9)
    a = result.attrs
    axes[0].set_ylabel(f"consistency, {a['n_stimuli']:,} stimuli, {a['n_trials']:,} trials")
    return axes


def _shade(ax: object, line: Line) -> None:
    """Grey out the steps before the first one that the image has reached."""
    reached = np.flatnonzero(~line.late)
    line.late = line.late & (np.arange(len(line.late)) < (reached[0] if reached.size else 0))
    line.shade(ax)  # type: ignore[arg-type]
