"""Paths of a population through its state space, latencies, and RDM movies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError
from .courses import NOT_REACHED, Line, axes_of, lines_of
from .time_axis import COLOURS, TimeAxis, tidy
from .whose import says_untrained

if TYPE_CHECKING:
    import xarray as xr


@says_untrained
def plot_trajectories(result: xr.Dataset, *, title: str | None = None) -> np.ndarray:
    """Draw the path on the first two principal axes, how fast and far it goes, and state changes.

    Parameters
    ----------
    result
        From `trajectories`.
    title
        Of the figure.

    Returns
    -------
    array of Axes
        Paths of held-out stimuli (thin) and their mean; then speed, distance to the final state,
        dimensionality and sparseness over time; then, one for each area, the correlation of the
        states of every two times, corrected by reliability where there were repetitions. Steps
        that the image has not reached are grey, or empty.

    Raises
    ------
    InputError
        Something else was given, or a single component.
    """
    lines = lines_of(result, "position", "trajectories")
    if result.sizes["component"] < 2:
        raise InputError("a path on two axes needs n_components=2 or more")
    axes = axes_of(5 + len(lines), width=2.9)
    held = ~result["train"].values.astype(bool)
    names = ("speed", "distance_to_final", "dimensionality", "sparseness")
    for line, at in lines:
        position = result["position"].values[at][:, held, :2]
        for one in np.moveaxis(position, 1, 0)[:40]:
            axes[0].plot(one[:, 0], one[:, 1], color=line.colour, lw=0.4, alpha=0.4)
        middle = position.mean(axis=1)
        axes[0].plot(middle[:, 0], middle[:, 1], "o-", ms=3, color=line.colour, label=line.name)
        for ax, name in zip(axes[1:5], names, strict=True):
            ax.plot(line.x, result[name].values[at], "o-", ms=3, color=line.colour)
            line.shade(ax)
            ax.set_xlabel(line.label, fontsize=7)
            ax.set_ylabel(name.replace("_", " "))
    for ax, name in zip(axes[1:5], names, strict=True):
        if np.isnan(result[name].values).all():
            ax.text(0.5, 0.5, "no values", transform=ax.transAxes, ha="center", color="grey")
            ax.set(xticks=[], yticks=[])
    axes[1].set_ylabel(f"speed ({result.attrs['speed_unit']})")
    share = np.nansum(result["explained"].values[..., :2], axis=-1)
    axes[0].set_xlabel(f"component 1; {result.attrs['n_stimuli']:,} stimuli")
    axes[0].set_ylabel("component 2")
    axes[0].set_title(f"{np.max(share):.0%} of held-out variance", fontsize=8)
    if lines[0][0].name:
        axes[0].legend(fontsize=7, frameon=False)
    for ax, (line, at) in zip(axes[5:], lines, strict=True):
        states = result["state_correlation"].values[at]
        image = line.grid(ax, states, cmap="viridis", vmin=min(0.0, _least(states)), vmax=1)
        ax.set_aspect("equal")
        ax.set_xlabel(line.label, fontsize=7)
        ax.set_title(f"{line.name or ''} state correlation".strip(), fontsize=8)
        ax.figure.colorbar(image, ax=ax, shrink=0.8)
    for ax in axes:
        tidy(ax)
    if title:
        axes[0].figure.suptitle(title, fontsize=10)
    return axes


def _least(values: np.ndarray) -> float:
    return float(np.nanmin(values)) if np.isfinite(values).any() else 0.0


@says_untrained
def plot_latency(result: xr.Dataset, *, title: str | None = None) -> np.ndarray:
    """Draw reliability over time, and the share of neuroids with an onset by then.

    Parameters
    ----------
    result
        From `latency`.
    title
        Of the figure.

    Returns
    -------
    array of Axes
        Correlation of the halves (median over neuroids), and cumulative onsets of each area.

    Raises
    ------
    InputError
        Something else was given.
    """
    if "cumulative_share" not in getattr(result, "data_vars", ()):
        raise InputError("expected the result of latency")
    line = Line(result, None)
    axes = axes_of(2)
    axes[0].plot(line.x, _median(result["half_correlation"].values), "o-", ms=3, color=COLOURS[0])
    axes[0].axhline(0, color="grey", lw=0.5)
    axes[0].set_ylabel(f"r of halves, median of {result.sizes['neuroid']:,} neuroids")
    for k, area in enumerate(result["area"].values):
        label = f"{area}, {int(result['n_neuroids'].values[k]):,} neuroids"
        axes[1].step(line.edges[1:], result["cumulative_share"].values[k], where="post",
                     color=COLOURS[k % len(COLOURS)], label=label)  # fmt: skip
    axes[1].set_ylim(0, 1.02)
    axes[1].set_ylabel("share of neuroids with an onset by then")
    axes[1].legend(fontsize=7, frameon=False)
    for ax in axes:
        ax.set_xlabel(line.label, fontsize=8)
        tidy(ax)
    if title:
        axes[0].figure.suptitle(title, fontsize=10)
    return axes


def _median(values: np.ndarray) -> np.ndarray:
    known = ~np.isnan(values).all(axis=1)
    found = np.full(len(values), np.nan)
    found[known] = np.nanmedian(values[known], axis=1)
    return found


@says_untrained
def plot_rdm_movie(
    result: xr.Dataset, *, area: str | None = None, n_frames: int = 6, title: str | None = None
) -> np.ndarray:
    """Draw RDMs at times evenly spread, and the path of the RDMs.

    Parameters
    ----------
    result
        From `rdm_movie`.
    area
        Which area; the last unless given.
    n_frames
        How many RDMs at most.
    title
        Of the figure.

    Returns
    -------
    array of Axes
        One a frame, with one range of colours; before these a grey one where there are steps that
        the image has not reached. Last the RDMs as points, joined in their order.

    Raises
    ------
    InputError
        Something else was given, or there is no such area.
    """
    lines = lines_of(result, "path", "rdm_movie")
    names = [line.name for line, _ in lines]
    if area is not None and area not in names:
        raise InputError(f"there is no area '{area}'; the movie has {names}")
    line, at = lines[names.index(area) if area is not None else -1]
    rdms, path = result["rdm"].values[at], result["trajectory"].values[at]
    there = np.flatnonzero(~np.isnan(rdms).all(axis=(1, 2)))
    if not there.size:
        raise InputError("no time of the movie has a defined RDM")
    frames = there[np.unique(np.linspace(0, there.size - 1, min(n_frames, there.size)).astype(int))]
    late = np.flatnonzero(line.late)
    every = axes_of(bool(late.size) + len(frames) + 1, width=2.2, height=2.6)
    axes = every[bool(late.size) :]
    if late.size:
        every[0].set(facecolor=NOT_REACHED, xticks=[], yticks=[], gid="undriven")
        every[0].set_box_aspect(1)
        every[0].set_title("step " + ", ".join(f"{line.x[k]:g}" for k in late), fontsize=8)
        every[0].set_xlabel("not reached by the image", fontsize=7)
    top = float(np.nanmax(rdms[frames]))
    unit = "step {:g}" if line.name else "{:g} ms" if TimeAxis(result).in_ms else "bin {:g}"
    for ax, k in zip(axes, frames, strict=False):
        image = ax.imshow(rdms[k], cmap="viridis", vmin=min(0.0, float(np.nanmin(rdms))), vmax=top)
        ax.set_xticks([])
        ax.set_yticks([])
        ax.set_title(unit.format(line.x[k]), fontsize=8)
    n = f"{result.attrs['n_stimuli']:,} stimuli"
    every[0].set_ylabel(f"{line.name or ''} {result.attrs['metric']}, {n}", fontsize=8)
    axes[0].figure.colorbar(image, ax=axes[len(frames) - 1], shrink=0.8)
    ax = axes[-1]
    ax.plot(path[there, 0], path[there, -1], "-", color="grey", lw=0.8)
    points = ax.scatter(path[there, 0], path[there, -1], c=line.x[there], cmap="plasma", s=18)
    ax.figure.colorbar(points, ax=ax, shrink=0.8, label=line.label[:24])
    ax.set_title("RDMs by 1 - similarity", fontsize=8)
    tidy(ax)
    if title:
        axes[0].figure.suptitle(title, fontsize=10)
    return every
