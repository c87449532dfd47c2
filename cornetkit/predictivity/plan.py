"""From the arguments of predict to a protocol with every setting filled in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from ..errors import InputError
from ..neural import rebin
from ..schema import seed_of
from .asked import Asked
from .protocols import PENALISED, Protocol, check_settings, find_protocol


def make_plan(
    protocol: str,
    asked: Asked,
    *,
    method: str | None = None,
    targets: str | None = None,
    alphas: str | float | Sequence[float] | None = None,
    rng: int | np.random.Generator | None = None,
    **settings: Any,
) -> Protocol:
    """Return the named protocol with what was asked for in place of its own settings.

    Parameters
    ----------
    protocol
        Its name.
    asked
        The arguments about splits.
    method, targets, alphas, rng
        As in `predict`; None leaves what the protocol has.
    **settings
        Other fields of `Protocol`; None leaves what the protocol has.

    Raises
    ------
    InputError
        A setting is outside its range, or for another method.
    """
    base = find_protocol(protocol)
    if alphas is not None and not isinstance(alphas, str):
        alphas = penalties_of(alphas)
    if targets is None:
        targets = "joint" if (method or base.method) == "pls" else "separate"
    plan = base.but(
        method=method,
        targets=targets,
        alphas=alphas,
        seed=None if rng is None else seed_of(rng),
        splits=asked.kind(base),
        n_splits=asked.n_splits,
        groups=asked.groups,
        held_out=asked.held_out,
        stratify=asked.stratify if isinstance(asked.stratify, str) else None,
        **settings,
    )
    check_settings(plan)
    _check_used(plan, {"alphas": alphas, **settings})
    return plan


def penalties_of(alphas: Any) -> tuple[float, ...]:
    """Return penalties as numbers.

    Raises
    ------
    InputError
        They are something else.
    """
    try:
        return tuple(float(a) for a in np.atleast_1d(alphas))
    except (TypeError, ValueError):
        raise InputError(
            f"alphas={alphas!r} was given; expected numbers above 0, such as [1, 10, 100]"
        ) from None


def _check_used(plan: Protocol, given: dict[str, Any]) -> None:
    """Raise `InputError` for an argument that the method has no use for."""
    takes = {"n_components": ("pls",), "alphas": PENALISED, "alpha_per": PENALISED}
    for name, methods in takes.items():
        if given.get(name) is not None and plan.method not in methods:
            raise InputError(
                f"{name}={given[name]!r} was given, and {plan.method} has no use for it; leave it "
                f"out, or take method='{methods[0]}'"
            )


def time_bins(
    plan: Protocol,
    trials: xr.DataArray,
    window: tuple[float, float] | None,
    bins: float | None,
) -> tuple[tuple[float, float] | None, float | None, list[str]]:
    """Return the window and width of bins to use, in ms, and what to say about them.

    What was asked for wins. Otherwise the protocol's are used where the recordings allow them:
    some have no known time bins, or coarser ones.
    """
    if window is not None or bins is not None:
        return window, bins, []
    if plan.window is None and plan.bin_width is None:
        return None, None, []
    try:
        rebin(trials.isel(presentation=slice(1)), window=plan.window, width=plan.bin_width)
    except InputError as error:
        wanted = (
            f"bins of {plan.bin_width:g} ms"
            if plan.window is None
            else f"the mean of {plan.window[0]:g}-{plan.window[1]:g} ms"
        )
        note = (
            f"protocol {plan.name} takes {wanted}, which these recordings do not allow ({error}): "
            "their own time bins are used"
        )
        return None, None, [note]
    return plan.window, plan.bin_width, []
