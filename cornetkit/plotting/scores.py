"""Scores as a figure: over steps for one time bin, over time for several."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError
from .whose import says_untrained

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

_STYLES: tuple[Any, ...] = (":", "-.", (0, (1, 3)), (0, (6, 1, 1, 1, 1, 1)), (0, (4, 2)))
_NOT_REACHED = "#dddddd"
_COLOURS = ("#4c72b0", "#dd8452", "#55a868", "#c44e52", "#8172b3", "#937860")


@says_untrained
def plot_scores(
    scores: xr.Dataset,
    *,
    baseline: xr.Dataset | Mapping[str, xr.Dataset] | None = None,
    title: str | None = None,
) -> np.ndarray:
    """Draw scores with their ceiling.

    Parameters
    ----------
    scores
        From `predict`.
    baseline
        Scores of a baseline (such as pixels), drawn as a grey line named after its area; or
        several, by the names that their lines get. Of each the best area and step is drawn.
    title
        Of the figure.

    Returns
    -------
    array of Axes
        One for all areas when there is one time bin (score against recurrent step), otherwise
        one for each area (score against time, one line a step). Steps that the image has not
        reached are grey, or named in grey, and have no score. Their figure is not pyplot's: save
        it with ``axes[0].figure.savefig(...)``.

    Raises
    ------
    InputError
        The scores lack a variable, or the baseline has other time bins.

    Examples
    --------
    >>> import numpy as np, xarray as xr, cornetkit as ck
    >>> values = np.random.default_rng(0).normal(size=(40, 3, 6))
    >>> ids = [f"s{k:02d}" for k in range(40)]
    >>> acts = xr.DataArray(values, dims=("stimulus", "time", "unit"),
    ...                     coords={"stimulus": ids, "time": [0, 1, 2], "area": "IT"})
    >>> it = ck.simulate_recordings(acts, (0, 1, 2), n_neuroids=6, n_dimensions=6, reliability=0.9)
    >>> axes = plot_scores(ck.predict(acts, it, progress=False))
    >>> axes[0].figure.savefig("scores.png")  # doctest: +SKIP
    """
    from matplotlib.figure import Figure

    _check(scores, "the scores")
    baselines = _by_name(baseline)
    for name, one in baselines.items():
        what = "the baseline" if len(baselines) == 1 else f"the baseline {name}"
        _check(one, what)
        if one.sizes["time_bin"] != scores.sizes["time_bin"]:
            raise InputError(
                f"{what} has {one.sizes['time_bin']} time bins, the scores have "
                f"{scores.sizes['time_bin']}; predict both from the same recordings"
            )
    draw = _over_steps if scores.sizes["time_bin"] == 1 else _over_time
    n_panels = 1 if draw is _over_steps else scores.sizes["area"]
    figure = Figure(figsize=(max(6.0, 3.2 * n_panels) + 1.5, 4.0), layout="constrained")
    axes = np.atleast_1d(figure.subplots(1, n_panels, sharey=True))
    draw(axes, scores, baselines)
    _legend(axes)
    axes[0].set_ylabel(_y_label(scores))
    if title:
        # Some 10 letters an inch: a longer title would leave the figure.
        width = int(10 * figure.get_figwidth())
        lines = [part for line in title.splitlines() for part in wrap(line, width)]
        figure.suptitle("\n".join(lines), fontsize=10)
    return axes


def _check(scores: xr.Dataset, what: str) -> None:
    needed = ("score", "score_error", "ceiling_score", "driven")
    if missing := [name for name in needed if name not in scores]:
        raise InputError(f"{what} lack {', '.join(missing)}; expected the result of predict")


def _y_label(scores: xr.Dataset) -> str:
    return f"Pearson r, median of {scores.sizes['neuroid']} neuroids"


def _over_steps(axes: np.ndarray, scores: xr.Dataset, baselines: Mapping[str, xr.Dataset]) -> None:
    ax: Axes = axes[0]
    ticks: list[str] = []
    for i, area in enumerate(scores["area"].values):
        late, driven = _late(scores, i), np.flatnonzero(scores["driven"].values[i])
        for j in late:
            here = len(ticks)
            ax.axvspan(here - 0.5, here + 0.5, color=_NOT_REACHED, lw=0, zorder=0, gid="undriven")
            ticks.append(_step(scores, i, int(j)))
        at = np.arange(len(ticks), len(ticks) + len(driven))
        values = scores["score"].values[i, driven, 0]
        errors = scores["score_error"].values[i, driven, 0]
        ax.errorbar(
            at, values, errors, marker="o", capsize=2, color=_COLOURS[i % 6], label=str(area)
        )
        ticks += [_step(scores, i, int(j)) for j in driven]
        own = len(late) + len(driven)
        if own:  # once for all its steps: under each of them names would run together
            ticks[-own + (own - 1) // 2] += f"\n{area}"
    ax.set_xticks(range(len(ticks)), ticks, fontsize=8)
    grey = any(len(_late(scores, i)) for i in range(scores.sizes["area"]))
    ax.set_xlabel(
        "recurrent step of each area" + (" (grey: not reached by the image)" if grey else "")
    )
    _ceiling(ax, np.array([-0.5, len(ticks) - 0.5]), np.repeat(scores["ceiling_score"].values, 2))
    _baselines(ax, np.array([-0.5, len(ticks) - 0.5]), baselines)
    _finish(ax)


def _over_time(axes: np.ndarray, scores: xr.Dataset, baselines: Mapping[str, xr.Dataset]) -> None:
    from matplotlib import colormaps

    middle = (scores["time_bin_start"].values + scores["time_bin_end"].values) / 2
    known = not np.isnan(middle).any()
    x = middle if known else np.arange(scores.sizes["time_bin"], dtype=float)
    for i, area in enumerate(scores["area"].values):
        ax: Axes = axes[i]
        driven = np.flatnonzero(scores["driven"].values[i])
        for j in driven:
            # One colour a step in every panel, so that steps can be followed over areas.
            colour = colormaps["viridis"](0.9 * j / max(scores.sizes["time"] - 1, 1))
            values = scores["score"].values[i, j]
            ax.plot(x, values, "o-", ms=3, color=colour, label=f"step {_step(scores, i, int(j))}")
        _ceiling(ax, x, scores["ceiling_score"].values)
        _baselines(ax, x, baselines)
        ax.set_title(str(area), fontsize=10)
        if len(late := _late(scores, i)):
            steps = ", ".join(_step(scores, i, int(j)) for j in late)
            ax.text(
                0.99, 0.01, f"not reached by the image: step {steps}", fontsize=6, color="grey",
                ha="right", transform=ax.transAxes,
            )  # fmt: skip
        ax.set_xlabel("ms after stimulus onset" if known else "time bin (limits not known)")
        _finish(ax)


def _late(scores: xr.Dataset, area: int) -> np.ndarray:
    """Return the steps before the first one that the image has reached.

    Those after it are steps that the area does not have.
    """
    driven = scores["driven"].values[area]
    return np.arange(driven.argmax() if driven.any() else 0)


def _step(scores: xr.Dataset, area: int, time: int) -> str:
    """Name a step, or the several ones that an entry stands for."""
    several = "steps" in scores.coords
    return str(scores["steps"].values[area, time] if several else scores["time"].values[time])


def _best(scores: xr.Dataset) -> np.ndarray:
    """Return the best score of any area and step in each bin, NaN where there is none."""
    values = scores["score"].transpose(..., "time_bin").values
    return np.fmax.reduce(values.reshape(-1, scores.sizes["time_bin"]), axis=0)


def _by_name(
    baseline: xr.Dataset | Mapping[str, xr.Dataset] | None,
) -> Mapping[str, xr.Dataset]:
    import xarray as xr

    if baseline is None:
        return {}
    if not isinstance(baseline, xr.Dataset):
        return baseline
    if "area" not in baseline.coords:
        raise InputError("the baseline has no areas; expected the result of predict")
    return {", ".join(str(area) for area in baseline["area"].values): baseline}


def _ceiling(ax: Axes, x: np.ndarray, ceiling: np.ndarray) -> None:
    # A reliability estimated below 0 bounds nothing.
    bound = np.sqrt(np.where(ceiling >= 0, ceiling, np.nan))
    if np.isnan(bound).all():
        return
    ax.plot(x, bound, "--", color="black", lw=1, label="ceiling, sqrt(reliability)")


def _baselines(ax: Axes, x: np.ndarray, baselines: Mapping[str, xr.Dataset]) -> None:
    for k, (name, scores) in enumerate(baselines.items()):
        best = _best(scores)
        # With one time bin a line across the panel.
        values = best if len(best) == len(x) else np.repeat(best, len(x))
        ax.plot(x, values, ls=_STYLES[k % len(_STYLES)], color="grey", lw=1.5, label=name)


def _finish(ax: Axes) -> None:
    ax.axhline(0, color="grey", lw=0.5)
    ax.spines[["top", "right"]].set_visible(False)


def _legend(axes: np.ndarray) -> None:
    """Put one legend beside the panels: inside them it would cover lines, above it the title."""
    entries: dict[str, Any] = {}
    for ax in axes:
        for handle, label in zip(*ax.get_legend_handles_labels(), strict=True):
            entries.setdefault(label, handle)
    named = sorted(entries, key=lambda label: not label.startswith("step"))
    axes[0].figure.legend(
        [entries[label] for label in named],
        named,
        loc="outside right center",
        fontsize=7,
        frameon=False,
    )
