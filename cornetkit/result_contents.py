"""What result files hold: each kind by the variables that tell it from the others."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import netCDF4
import xarray as xr

from .errors import InputError
from .inputs import is_file


class Content(NamedTuple):
    words: str  # what a message calls it
    file: str  # and its file
    variables: frozenset[str]  # what tells it from the others


def _content(words: str, file: str, *variables: str) -> Content:
    return Content(words, file, frozenset(variables))


# By the attribute `content` of a file. What holds the variables of another one, too, comes first.
CONTENTS = {
    "scores": _content("scores", "score file", "r", "score", "ceiling_score"),
    "behavior": _content("a result of behavior_scores", "behaviour file", "consistency", "n_cells"),
    "power": _content("a result of power", "power file", "recovery", "told", "gain_power"),
    "ceilings": _content("ceilings", "ceiling file", "ceiling", "reason"),
    "reverse predictivity": _content(
        "a result of reverse_predict", "file of reverse predictivity", "neuroid_r", "unit_r"
    ),
    "partition of variance": _content(
        "a result of partition_variance", "file of a partition of variance", "unique", "shared"
    ),
    "error modes": _content(
        "a result of error_modes", "file of error modes", "eigenvalue", "error_mode"
    ),
    "comparison of scores": _content(
        "a result of compare_scores", "file of a comparison", "difference", "score_a", "score_b"
    ),
    "comparison of similarity": _content(
        "a result of compare_rsa",
        "file of a comparison",
        "difference",
        "difference_low",
        "resampled",
    ),
    "speed and accuracy": _content(
        "a result of speed_accuracy", "file of accuracies", "accuracy", "gain", "log_loss"
    ),
    "one-to-one matching": _content(
        "a result of one_to_one", "file of a matching", "r", "unit", "score"
    ),
    "soft matching": _content(
        "a result of soft_matching", "file of a soft matching", "r", "n_units_used", "score"
    ),
    "evaluation": _content(
        "a result of evaluate", "file of an evaluation", "confusion", "class_top1", "top5"
    ),
    "dynamics": _content("a result of dynamics", "file of dynamics", "dynamics_groups"),
    "decoding": _content("a result of decode", "file of decoding", "accuracy", "chance"),
    "object solution times": _content(
        "a result of ost", "file of solution times", "ost", "status", "threshold"
    ),
    "generalisation of a mapping": _content(
        "a result of generalize_mapping", "file of a generalisation", "relative", "score_error"
    ),
    "rdm movie": _content("a result of rdm_movie", "RDM movie", "rdm", "path", "trajectory"),
    "latency": _content("a result of latency", "file of latencies", "f", "cumulative_share"),
    "trajectories": _content(
        "a result of trajectories", "file of trajectories", "position", "speed", "dimensionality"
    ),
    "rdms": _content("RDMs", "RDM file", "rdm"),
    "rsa": _content("a result of rsa", "RSA result", "score", "ceiling_lower", "ceiling_upper"),
    "rdm ceilings": _content(
        "a result of rdm_ceiling", "file of RDM ceilings", "ceiling_lower", "ceiling_upper"
    ),
}


def content_of(result: Any) -> str | None:
    """Return which result a Dataset is, such as ``"scores"`` or ``"rsa"``; None for no known one.

    The names are those of the attribute ``content`` of result files.
    """
    if not isinstance(result, xr.Dataset):
        return None
    return _by_variables(str(name) for name in result.variables)


def name_of_result(result: Any) -> str:
    """Say what was given where a certain result was expected."""
    content = content_of(result)
    return f"a {type(result).__name__}" if content is None else CONTENTS[content].words


def content_among(result: Any, known: Mapping[str, str], saver: str) -> str:
    """Return which of the `known` results is given to `saver`; raise `InputError` for others.

    Parameters
    ----------
    result
        What was given.
    known
        What is taken, with what computes it.
    saver
        The function that it was given to.
    """
    content = content_of(result)
    if content is None or content not in known:
        *most, last = known.values()
        raise InputError(
            f"{name_of_result(result)} was given to {saver}; expected a result of "
            f"{', '.join(most)} or {last}"
        )
    return content


def kind_of_file(path: str | Path) -> str:
    """Return what a file holds.

    Parameters
    ----------
    path
        A file.

    Returns
    -------
    str
        ``"activations"``; the name of a result in `CONTENTS`, by the attribute ``content``, or by
        its variables where there is none; or else ``"recordings"``: opening it as such says what
        is wrong with anything else.
    """
    if not is_file(Path(path)):  # a pipe would wait for its writer
        return "recordings"
    try:
        with netCDF4.Dataset(path) as file:
            stated = file.getncattr("content") if "content" in file.ncattrs() else None
            groups = list(file.groups.values())
            names = [str(name) for name in file.variables]
            inside = {name for group in groups for name in group.variables}
    except (OSError, RuntimeError, AttributeError, ValueError):
        return "recordings"
    if isinstance(stated, str) and stated in CONTENTS:
        return stated
    if "activation" in inside:
        return "activations"
    if "rdm" in inside:
        return "rdms"
    return _by_variables(names) or "recordings"


def _by_variables(names: Any) -> str | None:
    held = set(names)
    return next((name for name, one in CONTENTS.items() if one.variables <= held), None)
