"""Object solution times: how many images are solved by when, and against another side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .courses import axes_of, lines_of
from .time_axis import tidy
from .whose import says_untrained

if TYPE_CHECKING:
    import xarray as xr


@says_untrained
def plot_ost(result: xr.Dataset, *, title: str | None = None) -> np.ndarray:
    """Draw the share of images solved by each time, and the times against those compared with.

    Parameters
    ----------
    result
        From `ost`.
    title
        Of the figure.

    Returns
    -------
    array of Axes
        The share of images with a threshold that are solved by then, with the share of images
        that reach it before onset, by chance, where that is known; images solved at the first time
        are the height at which a line begins. Then, where there are times to compare with, a
        point for each image that both sides solve, open where it is solved at the first time.

    Raises
    ------
    InputError
        Something else was given.
    """
    lines = lines_of(result, "ost", "ost")
    reference = result["reference_ost"].values
    compared = not np.isnan(reference).all()
    axes = axes_of(1 + compared)
    known = int((~np.isnan(result["threshold"].values)).sum())
    for line, at in lines:
        times = result["ost"].values[at]
        solved = np.sort(times[~np.isnan(times)])
        rho = float(result["spearman"].values[at])
        name = line.name or "recordings"
        if solved.size:
            share = np.arange(1, solved.size + 1) / known
            end = max(float(line.x[-1]), float(solved[-1]))
            early = float(result["pre_onset_rate"].values[at])
            said = f"{name}: {share[-1]:.0%} solved"
            said += "" if np.isnan(early) else f", {early:.0%} before onset"
            axes[0].step(np.append(solved, end), np.append(share, share[-1]), where="post",
                         color=line.colour, label=said)  # fmt: skip
        line.shade(axes[0])
        if compared:
            first = result["status"].values[at] == 1
            for which, face in ((~first, line.colour), (first, "none")):
                label = f"{name}: rho {rho:.2f}" if face != "none" else None
                style = {"ms": 4, "mfc": face, "mec": line.colour, "label": label}
                axes[1].plot(reference[which], times[which], "o", **style)
    unit = lines[0][0].label
    axes[0].set_xlabel(f"solution time ({unit})")
    axes[0].set_ylabel(f"share of {known:,} images solved")
    axes[0].set_ylim(0, 1.02)
    if compared:
        axes[1].set_xlabel(f"solution time ({result.attrs['compared_with']})")
        axes[1].set_ylabel(f"solution time ({unit})")
        axes[1].set_title("images that both solve; open: at the first time", fontsize=8)
    for ax in axes:
        handles, _ = ax.get_legend_handles_labels()
        if handles:
            ax.legend(fontsize=7, frameon=False)
        tidy(ax)
    if title:
        axes[0].figure.suptitle(title, fontsize=10)
    return axes
