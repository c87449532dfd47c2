"""dynamics(): every analysis over time of one model area and one set of recordings."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from tqdm import tqdm

from .. import __version__
from ..activations.given import opened
from ..errors import CornetkitWarning, InputError, unknown_name
from ..neural import open_recordings
from ..schema import SCHEMA_VERSION
from ..unused import refuse
from .alignment import alignment_of
from .alignment_rules import possible_families
from .design import make_design
from .dynamics_others import OPTIONAL, check_labels, other_makers
from .fitted import N_DRAWS, Fitted
from .labelled import check_common
from .recurrence_gain import gain_of
from .rsa_matrix import rsa_matrix
from .shared_or_per_bin import shared_of
from .sources import area_features, check_ids
from .step_matrix import matrix_of
from .unique_steps import add_unique

ANALYSES = (
    "matrix", "rsa", "alignment", "mapping", "gain", "generalization", "decoding", "latency",
    "rdms", "trajectories",
)  # fmt: skip


def dynamics(
    acts: Any,
    recordings: Any,
    *,
    area: str = "IT",
    analyses: Sequence[str] | None = None,
    baselines: Mapping[str, Any] | None = None,
    feedforward: Any = None,
    labels: str | None = None,
    method: str = "ridge",
    n_components: int | None = None,
    alphas: Any = None,
    n_splits: int | None = None,
    groups: str | None = None,
    match_reliability: bool = True,
    unique: bool = False,
    interval_over: str = "neuroid",
    n_draws: int = N_DRAWS,
    rng: int | np.random.Generator = 0,
    window: tuple[float, float] | None = None,
    bins: float | None = None,
    join: str = "exact",
    progress: bool | None = None,
) -> xr.DataTree:
    """Run the analyses over time on one set of stimuli, neuroids and folds.

    Parameters
    ----------
    acts, recordings
        As `step_matrix` takes them.
    area
        The area whose steps are compared.
    analyses
        Some of ``"matrix"`` (`step_matrix`), ``"rsa"`` (step x bin RSA), ``"alignment"``
        (`align`, all families that need nothing unknown), ``"mapping"`` (`shared_or_per_bin`),
        ``"gain"`` (`recurrence_gain`; it needs 2 driven steps), ``"generalization"``
        (`generalize_mapping`, first and last step), ``"decoding"`` (`decode`, model, neurons and
        these at matched reliability; it needs `labels`), ``"latency"``, ``"rdms"`` (`rdm_movie`)
        and ``"trajectories"``, of both sides; default: all that can be made.
    baselines, feedforward
        Of `step_matrix` and `recurrence_gain`.
    labels
        A coordinate of the recordings to decode, such as ``"object_name"``.
    method, n_components, alphas, n_splits, groups, match_reliability, unique, interval_over
        As of these functions.
    n_draws, rng, window, bins, join, progress
        As of these functions.

    Returns
    -------
    DataTree
        One group an analysis, each as the function returns it. Attributes of the root: what was
        run, with all notes.

    Raises
    ------
    InputError
        An unknown analysis, one that cannot be made, an argument for an analysis that is not
        made, or as the functions.

    Examples
    --------
    >>> import numpy as np, xarray as xr, cornetkit as ck
    >>> values = np.random.default_rng(0).normal(size=(40, 3, 6))
    >>> ids = [f"s{k:02d}" for k in range(40)]
    >>> acts = xr.DataArray(values, dims=("stimulus", "time", "unit"),
    ...                     coords={"stimulus": ids, "time": [0, 1, 2], "area": "IT"})
    >>> it = ck.simulate_recordings(acts, (0, 1, 2), n_neuroids=6, n_dimensions=6, reliability=0.9)
    >>> tree = dynamics(acts, it, analyses=["matrix", "gain"], n_draws=20, progress=False)
    >>> list(tree.children)
    ['matrix', 'gain']
    """
    check_common(n_draws)
    wanted = _wanted(analyses, labels)
    _check_used(wanted, baselines, feedforward, labels, unique)
    with opened(acts) as activations, warnings.catch_warnings():
        warnings.simplefilter("ignore", CornetkitWarning)  # they are in the notes, told below
        trials = open_recordings(recordings)
        design = make_design(
            activations, trials, area, method=method, n_components=n_components, alphas=alphas,
            n_splits=n_splits, groups=groups, rng=rng, window=window, bins=bins, join=join,
            match_reliability=match_reliability,
        )  # fmt: skip
        fitted = Fitted.of(design, interval_over, n_draws)
        fitted.weigh = "alignment" in wanted and design.in_ms
        if analyses is None and len(design.steps) < 2:
            why = f"is for the recurrence gain, and {area} has one driven step"
            refuse(why, feedforward=feedforward, unique=unique or None)
            wanted.remove("gain")
            design.notes.append(f"{area} has one driven step, so there is no recurrence gain")
        for what, source in _others(baselines, feedforward):  # refused before any work
            check_ids(area_features(source, area)[0], design.ids, what)
        if "decoding" in wanted:
            check_labels(design, str(labels))
        makers = _makers(fitted, activations, baselines or {}, feedforward, labels, unique)
        groups_of: dict[str, xr.Dataset] = {}
        hide = None if progress is None else not progress
        bar = tqdm(wanted, "dynamics", unit="analysis", disable=hide, file=sys.stderr)
        notes: list[str] = []
        for name in bar:
            bar.set_postfix_str(name)
            try:
                groups_of |= makers[name]()
            except InputError as error:
                if analyses is not None or name not in OPTIONAL:
                    raise
                notes.append(f"{name} was left out: {error}")
    for dataset in groups_of.values():
        said = dataset.attrs.get("notes", [])
        notes += [said] if isinstance(said, str) else list(said)
    notes = list(dict.fromkeys(notes))
    for note in notes:
        warnings.warn(note, CornetkitWarning, stacklevel=2)
    tree = xr.DataTree.from_dict({f"/{name}": one for name, one in groups_of.items()})
    tree.attrs = {
        "schema_version": SCHEMA_VERSION,
        "cornetkit_version": __version__,
        "analysis": "dynamics",
        "analyses": ", ".join(groups_of),
        "area": area,
        "notes": notes,
    }
    return tree


def _others(baselines: Mapping[str, Any] | None, feedforward: Any) -> list[tuple[str, Any]]:
    found = []
    if isinstance(baselines, Mapping):
        found = [
            (f"the activations of the baseline {n}", source) for n, source in baselines.items()
        ]
    if feedforward is not None:
        found.append(("the activations of the feed-forward variant", feedforward))
    return found


def _wanted(analyses: Sequence[str] | None, labels: str | None) -> list[str]:
    if analyses is None:
        return [name for name in ANALYSES if name != "decoding" or labels is not None]
    names = [analyses] if isinstance(analyses, str) else list(dict.fromkeys(analyses))
    for name in names:
        if name not in ANALYSES:
            raise unknown_name("analysis", str(name), ANALYSES)
    if not names:
        raise InputError(f"analyses= names none; expected some of {', '.join(ANALYSES)}")
    if "decoding" in names and labels is None:
        raise InputError(
            "analyses='decoding' does not say what to decode; add labels= (--labels): a coordinate "
            "of the stimuli, such as object_name"
        )
    return names


def _check_used(
    wanted: Sequence[str], baselines: Any, feedforward: Any, labels: str | None, unique: bool
) -> None:
    """Raise where something is only for an analysis that is not made."""
    chosen = f"and the analyses are {', '.join(wanted)}"
    if "matrix" not in wanted:
        refuse(f"is for the matrix, {chosen}", baselines=baselines or None)
    if "gain" not in wanted:
        why = f"is for the recurrence gain ('gain'), {chosen}"
        refuse(why, feedforward=feedforward, unique=unique or None)
    if "decoding" not in wanted:
        refuse(f"is for decoding, {chosen}", labels=labels)


def _makers(
    fitted: Fitted,
    acts: Any,
    baselines: Mapping[str, Any],
    feedforward: Any,
    labels: str | None,
    unique: bool,
) -> dict[str, Callable[[], dict[str, xr.Dataset]]]:
    """Return what makes each analysis: groups by name."""
    design = fitted.design

    def gain() -> dict[str, xr.Dataset]:
        found = gain_of(fitted, feedforward, n_shuffles=2)
        return {"gain": add_unique(found, acts, fitted) if unique else found}

    def alignment() -> dict[str, xr.Dataset]:
        found = alignment_of(fitted, possible_families(design), None)
        fitted.drop_weighed()
        return {"alignment": found}

    return {
        "matrix": lambda: {"matrix": matrix_of(fitted, baselines, None)},
        "rsa": lambda: {"rsa": rsa_matrix(design, acts, fitted.draws.over)},
        "alignment": alignment,
        "mapping": lambda: {"mapping": shared_of(fitted, None)},
        "gain": gain,
        **other_makers(fitted, acts, labels),
    }
