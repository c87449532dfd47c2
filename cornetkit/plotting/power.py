"""What a design could tell, as a matrix of planted against found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import InputError, unknown_name
from .whose import says_untrained

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

_SHOWN = {
    "recovery": "share of recordings in which it scores best",
    "told": "share of recordings in which it is told from the other",
}
_MOST_NUMBERS = 14


@says_untrained
def plot_power(result: xr.Dataset, *, what: str = "recovery", ax: Axes | None = None) -> Axes:
    """Draw the recovery matrix, or who is told from whom.

    Parameters
    ----------
    result
        From `power`.
    what
        ``"recovery"`` or ``"told"``.
    ax
        Where to draw; default: a figure of its own (not pyplot's).

    Returns
    -------
    Axes
        Planted from top to bottom. Pairs that are not identifiable by the design are dotted.

    Raises
    ------
    InputError
        Something else than a result of `power`.
    UnknownNameError
        No such matrix.
    """
    from matplotlib.figure import Figure

    if what not in _SHOWN:
        raise unknown_name("matrix", str(what), list(_SHOWN))
    if not {"recovery", "told", "identifiable"} <= set(getattr(result, "data_vars", ())):
        raise InputError(
            f"a {type(result).__name__} was given to plot_power; expected a result of power"
        )
    names = [str(name) for name in result["candidate"].values]
    size = max(3.5, 0.45 * len(names) + 2)
    if ax is None:
        ax = Figure(figsize=(size + 0.8, size), layout="constrained").subplots()
    values = result[what].values
    image = ax.imshow(values, vmin=0, vmax=1, cmap="viridis")
    assert ax.figure is not None
    ax.figure.colorbar(image, ax=ax, label=_SHOWN[what])
    identifiable = result["identifiable"].values
    for a in range(len(names)):
        for b in range(len(names)):
            if len(names) <= _MOST_NUMBERS and values[a, b] == values[a, b]:
                colour = "black" if values[a, b] > 0.6 else "white"
                ax.text(b, a, f"{values[a, b]:.2f}", ha="center", va="center", color=colour)
            if a != b and not identifiable[a, b]:
                ax.plot(b, a + 0.35, ".", color="tab:red", markersize=4)
    ax.set_xticks(range(len(names)), names, rotation=90)
    ax.set_yticks(range(len(names)), names)
    ax.set_xlabel("candidate")
    ax.set_ylabel("planted")
    of = result.attrs
    ax.set_title(
        f"{of['n_stimuli']:,} stimuli x {of['n_repetitions']}, {of['n_neuroids']:,} neuroids, "
        f"reliability {of['reliability']:.2f}\n{of['n_simulations']} simulations; red: not "
        "identifiable",
        fontsize="small",
    )
    return ax
