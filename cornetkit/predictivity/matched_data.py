"""Both sides of a prediction, with the recordings thinned to equal reliability."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import xarray as xr

from ..errors import InputError
from ..neural import average
from .align import Aligned
from .match_reliability import match


def match_data(data: Aligned, over: str | Sequence[str] | None, seed: int) -> Aligned:
    """Thin the repetitions as `match_reliability` does, and say so in the notes.

    Parameters
    ----------
    data
        Both sides, in the wanted time bins.
    over
        As in `match_reliability`; None leaves them as they are.
    seed
        Of what is left out.
    """
    if over is None:
        return data
    trials, notes = match(data.trials, over, None, seed)
    averaged = average(trials)
    return replace(
        data, trials=trials, averaged=averaged, notes=[*data.notes, _describe(trials), *notes]
    )


def check_held_out(over: str | Sequence[str] | None, n_held_out: int, n_stimuli: int) -> None:
    """Raise where reliability was matched over stimuli that are only trained on.

    They can have other repetitions than the held-out ones, of which scores and ceilings are, so
    that matching over all of them leaves those unequal.

    Parameters
    ----------
    over
        What reliability was matched over, None for nothing.
    n_held_out, n_stimuli
        Stimuli that some split holds out, and all of them.
    """
    if over is not None and n_held_out < n_stimuli:
        raise InputError(
            f"match_reliability goes by all {n_stimuli} stimuli, and the stored splits hold out "
            f"{n_held_out} of them, which would stay unequal; leave match_reliability "
            "(--match-reliability) out, or take splits='kfold' (--splits kfold)"
        )


def _describe(trials: xr.DataArray) -> str:
    record = json.loads(trials.attrs["match_reliability"])
    matched = [group for group in record["groups"] if group["matched"]]

    def span(name: str, digits: int) -> str:
        values = [group[name] for group in matched]
        low, high = (f"{value:.{digits}f}" for value in (min(values), max(values)))
        return low if low == high else f"{low} to {high}"

    return (
        f"repetitions were thinned to equal reliability over {record['over']} (median over "
        f"neuroids {span('before', 2)} before, {span('after', 2)} after; "
        f"{span('repetitions_after', 1)} repetitions left)"
    )
