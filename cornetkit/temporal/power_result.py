"""From simulated scores to the Dataset of `power`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from ..errors import InputError
from ..schema import check_number
from .identifiability import ENOUGH, STEPS_FOR_LAG, limit, recover_lag, recovery, told_apart
from .power_candidates import Candidate
from .power_design import Design
from .power_simulation import Simulated


def tell(
    candidates: Sequence[Candidate],
    groups: dict[str, list[int]],
    simulated: Simulated,
    level: float,
) -> xr.Dataset:
    """Return what can be told of steps and of a gain, see `power`.

    Parameters
    ----------
    candidates
        What was planted and scored, in this order.
    groups
        Places of the candidates of each model's area, in the order of their steps.
    simulated
        Scores; after the candidates come all steps of each group together.
    level
        Share of false claims.
    """
    count = len(candidates)
    scores = simulated.scores[:, :count, :count]
    told = told_apart(scores, level)
    gain_power, gain, static = (np.full(len(groups), np.nan) for _ in range(3))
    for g, members in enumerate(groups.values()):
        if len(members) < 2:
            continue
        first, last = members[0], members[-1]
        more = simulated.scores[:, :, count + g] - simulated.scores[:, :, first]
        gain_power[g] = (more[:, last] > limit(more[:, first], level)).mean()
        gain[g], static[g] = more[:, last].mean(), more[:, first].mean()
    square = ("planted", "candidate")
    names = [c.name for c in candidates]
    return xr.Dataset(
        {
            "recovery": (square, recovery(scores)),
            "told": (square, told),
            "identifiable": (square, np.minimum(told, told.T) >= ENOUGH),
            "score": (square, scores.mean(axis=0)),
            "gain_power": ("group", gain_power),
            "gain": ("group", gain),
            "gain_static": ("group", static),
            "n_steps": ("group", [len(members) for members in groups.values()]),
        },
        coords={
            "planted": names,
            "candidate": names,
            "model": ("candidate", [c.model for c in candidates]),
            "area": ("candidate", [c.area for c in candidates]),
            "step": ("candidate", [c.step for c in candidates]),
            "group": list(groups),
        },
    )


def lag_asked(
    design: Design, onset_ms: float | None, step_ms: float | None, groups: dict[str, list[int]]
) -> tuple[float, float] | None:
    """Return the onset and step length to plant, or None where there are too few bins."""
    bins = design.bins
    for name, value in (("onset_ms", onset_ms), ("step_ms", step_ms)):
        if value is None:
            continue
        check_number(value, name, "ms")
        if not np.isfinite(value):
            raise InputError(f"{name}={value} was given; expected ms")
    if step_ms is not None and step_ms <= 0:
        raise InputError(f"step_ms={step_ms} was given; expected a length above 0 ms")
    if len(bins) < STEPS_FOR_LAG:
        if onset_ms is not None or step_ms is not None:
            raise InputError(
                f"a lag was given for {len(bins)} time bins; give at least {STEPS_FOR_LAG}: "
                "time_bins= (--bins 50:250:20)"
            )
        return None
    onset = float(bins[1, 0]) if onset_ms is None else float(onset_ms)
    if not bins[0, 0] <= onset < bins[-1, 1]:
        raise InputError(
            f"onset_ms={onset} lies outside the time bins ({bins[0, 0]:g}-{bins[-1, 1]:g} ms)"
        )
    n_steps = max(map(len, groups.values()))
    return onset, (float(bins[-1, 1]) - onset) / n_steps if step_ms is None else float(step_ms)


def lag_found(
    groups: dict[str, list[int]],
    simulated: Simulated,
    centres: np.ndarray,
    lag: tuple[float, float] | None,
    rng: np.random.Generator,
) -> xr.Dataset:
    """Return how well a planted lag is found, see `power`.

    Parameters
    ----------
    groups, simulated
        As in `tell`.
    centres
        Of the time bins in ms.
    lag
        Onset and step length, from `lag_asked`.
    rng
        Puts bins together.
    """
    n_draws = len(simulated.scores)
    found = np.full(len(groups), np.nan)
    errors = np.full((2, len(groups), n_draws), np.nan)
    reasons = []
    for g, members in enumerate(groups.values()):
        reason = ""
        if len(members) < STEPS_FOR_LAG:
            driven = "1 driven step" if len(members) == 1 else f"{len(members)} driven steps"
            reason = f"not identifiable: {driven}, and onset and step length need {STEPS_FOR_LAG}"
        elif lag is None:
            reason = f"no lag asked for: fewer than {STEPS_FOR_LAG} time bins in ms"
        reasons.append(reason)
        if reason or lag is None:
            continue
        rows = np.array([*members, simulated.scores.shape[1] - 1])
        scores = simulated.scores[:, rows][:, :, members]
        both = recover_lag(scores, centres, *lag, rng, n_draws)
        errors[:, g] = [values - true for values, true in zip(both, lag, strict=True)]
        width = float(np.median(np.diff(centres)))
        found[g] = (np.abs(errors[:, g]) <= width + 1e-9).all(axis=0).mean()
    onset, step = lag if lag is not None else (np.nan, np.nan)
    return xr.Dataset(
        {
            "lag_power": ("group", found),
            "onset_error": (("group", "draw"), errors[0]),
            "step_error": (("group", "draw"), errors[1]),
            "lag_reason": ("group", reasons),
            "planted_onset_ms": ((), onset),
            "planted_step_ms": ((), step),
        },
        coords={"group": list(groups)},
    )
