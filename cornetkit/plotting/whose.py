"""Every figure of a model says so where its weights are untrained."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import numpy as np

from ..schema import whose

P = ParamSpec("P")
R = TypeVar("R")


def says_untrained(draw: Callable[P, R]) -> Callable[P, R]:
    """Have a function that draws a result name an untrained model in a corner of the figure.

    Its first argument is the result (or the tree of results); it returns Axes.
    """

    @wraps(draw)
    def drawn(*args: P.args, **settings: P.kwargs) -> R:
        axes = draw(*args, **settings)
        result = args[0] if args else next(iter(settings.values()))
        if told := _untrained(result):
            ax: Any = np.ravel(np.asarray(axes, dtype=object))[0]
            if "untrained" not in ax.figure.get_suptitle():
                ax.figure.text(0.003, 0.997, told, ha="left", va="top", fontsize=6, color="grey")
        return axes

    return drawn


def _untrained(result: Any) -> str:
    """Return whose result it is where its weights are untrained, else an empty string."""
    names = [whose(attrs) for attrs in _attributes(result)]
    return next((name for name in names if "untrained" in name), "")


def _attributes(result: Any) -> Iterator[Mapping[Any, Any]]:
    yield getattr(result, "attrs", {})
    for child in getattr(result, "children", {}).values():
        yield child.attrs
