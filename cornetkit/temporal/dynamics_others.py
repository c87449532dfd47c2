"""The analyses of `dynamics` that look at one side, or at codes over time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import xarray as xr

from ..activations import Activations
from ..behavior.labels_of_stimuli import labels_of
from .decoding import decode
from .decoding_settings import check_counts
from .design import MATCHED, Design
from .fitted import Fitted
from .given import Given, open_given
from .latency import latency
from .mapping_generalisation import first_and_last_of
from .rdm_movies import rdm_movie
from .trajectories import trajectories

# Those that a short or unlabelled recording may not allow: left out with a note by default.
OPTIONAL = ("latency", "rdms", "trajectories")
# RDMs beyond this many values stay out of the result, which holds what is made of them.
MOST_VALUES = 2**23

Groups = dict[str, xr.Dataset]


def check_labels(design: Design, labels: str) -> None:
    """Raise where the stimuli cannot be decoded, before anything is fitted."""
    check_counts(labels_of(design.ids, labels, _coordinates(design), "the recordings"))


def other_makers(
    fitted: Fitted, acts: Activations, labels: str | None
) -> dict[str, Callable[[], Groups]]:
    """Return what makes each analysis: groups by name, ``_model`` and ``_neural``."""
    design = fitted.design
    trials = design.data.trials
    seed = design.plan.seed
    one = _same_stimuli(acts, fitted)
    # Decoders and trajectories of the model share the products of all steps.
    steps: list[Given] = []

    def model_steps() -> Given:
        if not steps:
            steps.append(open_given(_with_labels(one, fitted)))
        return steps[0]

    def decoding() -> Groups:
        together = design.plan.groups
        if together is not None and together not in _coordinates(design):
            together = None
            design.notes.append("decoding does not keep copies of an image together (duplicates)")
        given: dict[str, Any] = {"rng": seed, "groups": together, "progress": False}
        given["cross_validate"] = "stimuli"
        found = {
            "decoding_model": decode(model_steps(), str(labels), **given),
            "decoding_neural": decode(trials, str(labels), **given),
        }
        if MATCHED in fitted.copies:
            given |= {"match_reliability": True, "generalize": False}
            found["decoding_matched"] = decode(trials, str(labels), **given)
        return found

    def movies() -> Groups:
        sides = {
            "rdms_model": rdm_movie(one, progress=False),
            "rdms_neural": rdm_movie(trials, progress=False),
        }
        return {name: _without_large(movie) for name, movie in sides.items()}

    return {
        "generalization": lambda: {"generalization": first_and_last_of(fitted)},
        "decoding": decoding,
        "latency": lambda: {"latency": latency(trials, rng=seed)},
        "rdms": movies,
        "trajectories": lambda: {
            "trajectories_model": trajectories(model_steps(), rng=seed),
            "trajectories_neural": trajectories(trials, rng=seed),
        },
    }


def _same_stimuli(acts: Activations, fitted: Fitted) -> Activations:
    """Return the area of these stimuli."""
    area = acts[fitted.design.area]
    if len(fitted.design.ids) < area.sizes["stimulus"]:
        area = area.sel(stimulus=fitted.design.ids)
    return Activations({fitted.design.area: area}, acts.attrs)


def _coordinates(design: Design) -> dict[str, np.ndarray]:
    """Return what the recordings say of each stimulus of a design."""
    coords = design.data.averaged.coords
    return {
        str(n): c.values for n, c in coords.items() if c.dims == ("stimulus",) and n != "stimulus"
    }


def _with_labels(acts: Activations, fitted: Fitted) -> Activations:
    """Return activations whose stimuli have the coordinates that the recordings give them."""
    area = acts[fitted.design.area].sel(stimulus=fitted.design.ids)
    known = {name: ("stimulus", values) for name, values in _coordinates(fitted.design).items()}
    return Activations({fitted.design.area: area.assign_coords(known)}, acts.attrs)


def _without_large(movie: xr.Dataset) -> xr.Dataset:
    if "rdm" not in movie or movie["rdm"].size <= MOST_VALUES:
        return movie
    said = f"RDMs of {movie['rdm'].size:,} values are not held; ck.rdm_movie returns them"
    notes = movie.attrs.get("notes", [])
    notes = [notes] if isinstance(notes, str) else list(notes)
    return movie.drop_vars("rdm").assign_attrs(notes=[*notes, said])
