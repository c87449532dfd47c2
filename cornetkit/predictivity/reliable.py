"""The neuroids that a protocol keeps, by their reliability."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..errors import InputError
from .align import Aligned
from .ceilings import measure
from .protocols import Protocol

# Where the recordings bring the reliability that their authors selected by.
_COORDINATE = "reliability"


def keep_reliable(plan: Protocol, data: Aligned, scored: Sequence[Any]) -> Aligned:
    """Leave out neuroids whose reliability does not exceed that of the protocol.

    Parameters
    ----------
    plan
        Says the least reliability; None keeps all.
    data
        Both sides. A coordinate ``reliability`` of the neuroids is taken as it is; otherwise it is
        measured, for the mean over the time bins: one set of neuroids for all.
    scored
        The stimuli it is measured on.

    Raises
    ------
    InputError
        No neuroid is reliable enough.
    """
    if plan.min_reliability is None:
        return data
    given = data.averaged.coords.get(_COORDINATE)
    if given is not None and given.dims == ("neuroid",):
        reliability, source = np.asarray(given.values, dtype=float), "their coordinate reliability"
    else:
        trials = data.trials.isel(presentation=np.isin(data.trials["stimulus"].values, scored))
        whole = trials.mean("time_bin", skipna=False).expand_dims("time_bin")
        whole = whole.transpose("presentation", "time_bin", "neuroid")
        reliability, source = measure(whole, "split-half")[0].values[0], "split halves"
    kept = reliability > plan.min_reliability
    if not kept.any():
        raise InputError(
            f"none of {len(kept)} neuroids has a reliability above {plan.min_reliability:g}, which "
            f"protocol {plan.name} asks for ({source}); use another protocol"
        )
    if kept.all():
        return data
    note = (
        f"protocol {plan.name} keeps {int(kept.sum())} of {len(kept)} neuroids, of reliability "
        f"above {plan.min_reliability:g} ({source}); selected on the responses that scores are "
        "normalised by, their ceilings are a little too high"
    )
    return replace(
        data,
        trials=data.trials.isel(neuroid=kept),
        averaged=data.averaged.isel(neuroid=kept),
        notes=[*data.notes, note],
    )
