"""RDMs as a figure, stimuli in order, with a bar of their categories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError, listing, unknown_name
from .whose import says_untrained

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

_COLOURS = ("#4c72b0", "#dd8452", "#55a868", "#c44e52", "#8172b3", "#937860", "#da8bc3", "#8c8c8c")
_IDS = ("stimulus_a", "stimulus_b")
# More than these cannot be told apart on a page.
_MOST_PANELS = 60
_MOST_NAMES = 16


@says_untrained
def plot_rdm(
    rdms: xr.DataArray,
    *,
    order: Sequence[Any] | None = None,
    category: str | Mapping[Any, Any] | None = None,
    ranks: bool = False,
    columns: int = 5,
    title: str | None = None,
) -> np.ndarray:
    """Draw RDMs, one panel for each place of the leading dims.

    Parameters
    ----------
    rdms
        From `rdm` or `open_rdms`, square or pairs.
    order
        Stimulus ids from top to bottom; all of them, or a choice. By default the RDMs' order,
        or that of the categories where these are given.
    category
        What colours the bars: a coordinate along ``stimulus_a``, or a label for each id.
    ranks
        Show the percentile of each distance within its RDM instead of the distance.
    columns
        Panels in a row, at most.
    title
        Of the figure.

    Returns
    -------
    array of Axes
        One for each RDM that holds a distance, in order. Their figure is not pyplot's: save it
        with ``axes[0].figure.savefig(...)``.

    Raises
    ------
    InputError
        There is nothing to draw, too much of it, or `order` names stimuli that are not there.
    UnknownNameError
        There is no such coordinate.

    Examples
    --------
    >>> import numpy as np, xarray as xr, cornetkit as ck
    >>> values = np.random.default_rng(0).normal(size=(40, 3, 6))
    >>> ids = [f"s{k:02d}" for k in range(40)]
    >>> acts = xr.DataArray(values, dims=("stimulus", "time", "unit"),
    ...                     coords={"stimulus": ids, "time": [0, 1, 2], "area": "IT"})
    >>> axes = plot_rdm(ck.rdm(acts))
    >>> axes[0].figure.savefig("rdms.png")  # doctest: +SKIP
    """
    from matplotlib.figure import Figure

    square, ids = _square(rdms)
    labels = _categories(rdms, ids, category)
    chosen = _ordered(ids, order, labels)
    names, panels = _panels(rdms, square[..., chosen[:, None], chosen[None, :]])
    n_columns = min(max(columns, 1), len(panels))
    n_rows = -(-len(panels) // n_columns)
    size = 3.1 if len(panels) < 5 else 2.3
    figure = Figure(
        figsize=(size * n_columns + 1.2, size * n_rows + (0.4 if title else 0.1)),
        layout="constrained",
    )
    grid = figure.subplots(n_rows, n_columns, squeeze=False).reshape(-1)
    for ax in grid[len(panels) :]:
        ax.remove()
    axes = grid[: len(panels)]
    for i, (ax, name, values) in enumerate(zip(axes, names, panels, strict=True)):
        image = _draw(ax, _percentiles(values) if ranks else values)
        ax.set_title(name, fontsize=8, pad=6 if labels is None else 10)
        if labels is not None:
            _bars(ax, [labels[k] for k in chosen], named=i % n_columns == 0)
        bar = figure.colorbar(image, ax=ax, shrink=0.7, pad=0.02)
        bar.ax.tick_params(labelsize=6)
    if title:
        figure.suptitle(title, fontsize=10)
    figure.supxlabel(_legend(rdms, ranks, len(chosen)), fontsize=8)
    return axes


def _legend(rdms: xr.DataArray, ranks: bool, n: int) -> str:
    metric = rdms.attrs.get("metric")
    what = f"{metric} distance" if metric else "dissimilarity"
    return f"{what}{', percentile' if ranks else ''}; {n} stimuli"


def _square(rdms: xr.DataArray) -> tuple[np.ndarray, list[Any]]:
    """Return (..., n, n) and the ids of both sides."""
    if missing := [name for name in _IDS if name not in rdms.coords]:
        raise InputError(f"the RDMs lack {listing(missing)}; expected the result of rdm")
    first, second = (rdms[name].values.tolist() for name in _IDS)
    if "pair" not in rdms.dims:
        values = rdms.transpose(..., *_IDS).values
        place = {name: i for i, name in enumerate(second)}
        if set(first) != set(second):
            raise InputError("the RDMs have other stimuli in rows than in columns")
        return values[..., [place[name] for name in first]], first
    ids = list(dict.fromkeys([*first[:1], *second, *first]))
    place = {name: i for i, name in enumerate(ids)}
    a, b = ([place[name] for name in side] for side in (first, second))
    values = rdms.transpose(..., "pair").values
    square = np.full((*values.shape[:-1], len(ids), len(ids)), np.nan)
    square[..., a, b] = square[..., b, a] = values
    here = np.arange(len(ids))
    square[..., here, here] = 0
    return square, ids


def _categories(
    rdms: xr.DataArray, ids: list[Any], category: str | Mapping[Any, Any] | None
) -> list[Any] | None:
    if category is None:
        return None
    if isinstance(category, Mapping):
        if missing := [name for name in ids if name not in category]:
            raise InputError(
                f"category= has no label for {len(missing)} stimuli ({listing(missing, 3)})"
            )
        return [category[name] for name in ids]
    known = [str(n) for n, c in rdms.coords.items() if c.dims == ("stimulus_a",) and n not in _IDS]
    if category not in known:
        raise unknown_name("coordinate of the stimuli", category, known)
    return rdms[category].values.tolist()


def _ordered(ids: list[Any], order: Sequence[Any] | None, labels: list[Any] | None) -> np.ndarray:
    """Return the places of the stimuli from top to bottom."""
    if order is not None:
        if missing := [name for name in order if name not in set(ids)]:
            raise InputError(
                f"order= names {len(missing)} stimuli that the RDMs do not hold "
                f"({listing(missing, 3)})"
            )
        place = {name: i for i, name in enumerate(ids)}
        return np.asarray([place[name] for name in order])
    if labels is None:
        return np.arange(len(ids))
    rank = {label: i for i, label in enumerate(dict.fromkeys(labels))}
    return np.argsort([rank[label] for label in labels], kind="stable")


def _panels(rdms: xr.DataArray, square: np.ndarray) -> tuple[list[str], list[np.ndarray]]:
    """Return a title and the distances of each RDM that holds any."""
    dims = [str(dim) for dim in rdms.dims if dim not in (*_IDS, "pair")]
    names, panels = [], []
    off = ~np.eye(square.shape[-1], dtype=bool)
    for place in np.ndindex(*square.shape[:-2]):
        if np.isnan(square[place][off]).all():
            continue
        names.append(", ".join(_label(rdms, d, k) for d, k in zip(dims, place, strict=True)))
        panels.append(square[place])
    if not panels:
        raise InputError("no RDM holds a distance (all are NaN): nothing to draw")
    if len(panels) > _MOST_PANELS:
        raise InputError(
            f"{len(panels)} RDMs were given, at most {_MOST_PANELS} are drawn in one figure; "
            "choose some with .sel(...) or average them with .mean('subject')"
        )
    return names, panels


def _label(rdms: xr.DataArray, dim: str, k: int) -> str:
    if dim == "time_bin" and "time_bin_start" in rdms.coords:
        start, end = (float(rdms[f"time_bin_{side}"].values[k]) for side in ("start", "end"))
        if not np.isnan(start + end):
            return f"{start:g}-{end:g} ms"
    value = rdms[dim].values[k] if dim in rdms.coords else k
    return f"step {value}" if dim == "time" else str(value)


def _draw(ax: Axes, values: np.ndarray) -> Any:
    off = values[~np.eye(len(values), dtype=bool)]
    # The diagonal is 0 by definition; it would take half of the colours.
    shown = values.copy()
    np.fill_diagonal(shown, np.nan)
    low, high = np.nanmin(off), np.nanmax(off)
    image = ax.imshow(shown, cmap="viridis", vmin=low, vmax=high, interpolation="nearest")
    ax.set_facecolor("0.85")
    ax.set_xticks([])
    ax.set_yticks([])
    return image


def _percentiles(values: np.ndarray) -> np.ndarray:
    off = ~np.eye(len(values), dtype=bool) & ~np.isnan(values)
    _, which, counts = np.unique(values[off], return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2
    result = np.full(values.shape, np.nan)
    result[off] = 100 * ranks[which.reshape(-1)] / counts.sum()
    return result


def _bars(ax: Axes, labels: list[Any], *, named: bool) -> None:
    """Colour the categories beside and above the matrix, and name them on the left."""
    from matplotlib.colors import ListedColormap

    kinds = list(dict.fromkeys(labels))
    codes = np.asarray([kinds.index(label) % len(_COLOURS) for label in labels])
    colours = ListedColormap(_COLOURS)
    left, above = ax.inset_axes((-0.06, 0, 0.04, 1)), ax.inset_axes((0, 1.02, 1, 0.04))
    for bar, values in ((left, codes[:, None]), (above, codes[None, :])):
        bar.imshow(
            values, cmap=colours, vmin=0, vmax=len(_COLOURS) - 1, aspect="auto",
            interpolation="nearest",
        )  # fmt: skip
        bar.set_xticks([])
        bar.set_yticks([])
        bar.set_frame_on(False)
    if named and len(kinds) <= _MOST_NAMES:
        middles = [float(np.mean([i for i, k in enumerate(labels) if k == kind])) for kind in kinds]
        left.set_yticks(middles, [str(kind) for kind in kinds], fontsize=6)
        left.tick_params(length=0)
