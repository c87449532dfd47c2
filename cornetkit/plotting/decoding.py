"""Decoding over time, and generalisation from one time to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError
from .courses import Line, axes_of, lines_of
from .time_axis import band, counts, tidy
from .whose import says_untrained

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes


@says_untrained
def plot_decoding(result: xr.Dataset, *, title: str | None = None) -> np.ndarray:
    """Draw accuracy over time, and the matrix of times of fit and of test.

    Parameters
    ----------
    result
        From `decode`.
    title
        Of the figure.

    Returns
    -------
    array of Axes
        The course of each decoder at its own time, with interval, chance, and onset where there
        are permutations; then a matrix for each area (or one), where decoders were generalised.
        Steps that the image has not reached are grey. Save with ``axes[0].figure.savefig(...)``.

    Raises
    ------
    InputError
        Something else was given.
    """
    lines = lines_of(result, "accuracy", "decode")
    whole = any(str(dim).endswith("_test") for dim in result["accuracy"].dims)
    axes = axes_of(1 + whole * len(lines))
    chance = float(result.attrs["chance"])
    named = False
    for line, at in lines:
        named |= _course(axes[0], result, line, at, whole, named)
        if whole:
            _matrix(axes[1 + (at[0] if at else 0)], line, result["accuracy"].values[at], chance)
    ax = axes[0]
    ax.axhline(chance, color="black", lw=0.8, ls=":", label=f"chance {chance:.3g}")
    ax.set_xlabel(lines[0][0].label)
    a = result.attrs
    ax.set_ylabel(f"accuracy, {len(a['label_names'])} labels, {a['n_stimuli']:,} stimuli")
    ax.legend(fontsize=7, frameon=False)
    tidy(ax)
    if title:
        ax.figure.suptitle(title, fontsize=10)
    return axes


def _course(
    ax: Axes, result: xr.Dataset, line: Line, at: tuple[int, ...], whole: bool, named: bool
) -> bool:
    """Draw one course; return whether the times in a cluster are in the legend by now."""

    def own(name: str) -> np.ndarray:
        values = result[name].values[at]
        return np.diagonal(values) if whole else values

    ax.plot(line.x, own("accuracy"), "o-", ms=3, color=line.colour, label=line.name or "accuracy")
    if "accuracy_low" in result:
        band(ax, line.x, own("accuracy_low"), own("accuracy_high"), line.colour)
    if "p_cluster" in result:
        there = result["p_cluster"].values[at] <= float(result.attrs["alpha"])
        if there.any():
            # Areas lie above each other.
            height = np.full(there.sum(), 0.01 + 0.02 * (at[0] if at else 0))
            ax.plot(
                line.x[there], height, "s", ms=3, color=line.colour,
                transform=ax.get_xaxis_transform(), label=None if named else "in a cluster",
            )  # fmt: skip
            named = True
    line.shade(ax)
    return named


def _matrix(ax: Axes, line: Line, values: np.ndarray, chance: float) -> None:
    line.shade(ax, both=True)
    image = line.grid(ax, values, cmap="viridis", vmin=chance, vmax=max(1.0, chance))
    ax.plot(line.edges[[0, -1]], line.edges[[0, -1]], color="white", lw=0.5)
    ax.set_aspect("equal")
    ax.set_xlabel(f"tested at: {line.label}", fontsize=8)
    ax.set_ylabel("fitted at", fontsize=8)
    ax.set_title(line.name or "", fontsize=9)
    ax.figure.colorbar(image, ax=ax, label="accuracy", shrink=0.8)


@says_untrained
def plot_generalization(
    result: xr.Dataset, *, step: int | None = None, title: str | None = None
) -> np.ndarray:
    """Draw how a mapping fitted at one time bin predicts the others.

    Parameters
    ----------
    result
        From `generalize_mapping`.
    step
        Which step's features; the last unless given.
    title
        Of the figure.

    Returns
    -------
    array of Axes
        Pearson r, and r relative to the diagonal (1: the same code).

    Raises
    ------
    InputError
        Something else was given, or there is no such step.
    """
    lines_of(result, "relative", "generalize_mapping")
    steps = result["time"].values.tolist()
    if step is not None and step not in steps:
        raise InputError(f"there is no step {step}; the result has {steps}")
    k = len(steps) - 1 if step is None else steps.index(step)
    line = Line(result, None)
    axes = axes_of(2)
    words = ("r", "relative to the diagonal (1: same code)")
    for ax, name, what, top in zip(axes, ("score", "relative"), words, (None, 1.0), strict=True):
        values = result[name].values[k]
        image = line.grid(ax, values, cmap="viridis", vmin=0.0, vmax=top)
        ax.set_aspect("equal")
        ax.set_xlabel(f"tested at: {line.label}\n{counts(result)}", fontsize=8)
        ax.set_ylabel("fitted at", fontsize=8)
        ax.figure.colorbar(image, ax=ax, label=what, shrink=0.8)
    axes[0].set_title(f"{result['area'].item()} step {steps[k]}", fontsize=9)
    if title:
        axes[0].figure.suptitle(title, fontsize=10)
    return axes
