"""What a time course is held against: other features, and the other animals at the same moment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..errors import InputError
from ..kernels.threads import each_side_by_side
from ..predictivity.evaluate import varying
from ..predictivity.per_fold import penalties, primal_fold
from .fits import Fit, correlate
from .fitted import Fitted, chosen, chosen_held_out, explained_inside
from .sources import area_features, check_ids


def baseline_fits(fitted: Fitted, baselines: Mapping[str, Any]) -> dict[str, dict[str, Fit]]:
    """Return the fit of each baseline to each copy; of several steps the nested best one.

    Raises
    ------
    InputError
        A baseline lacks stimuli, or has the name of another line of the figure.
    """
    if not isinstance(baselines, Mapping):
        raise InputError(
            f"baselines of type {type(baselines).__name__} were given; expected activations by "
            "name: {'pixels': ck.baselines('stim/', 'pixels')}"
        )
    splits = fitted.design.folds.splits
    found: dict[str, dict[str, Fit]] = {}
    for name, source in baselines.items():
        features, _ = area_features(source, fitted.design.area)
        check_ids(features, fitted.design.ids, f"the activations of the baseline {name}")
        by_copy = fitted.several(fitted.design.grams(features))
        found[str(name)] = {}
        for copy, fits in by_copy.items():
            index = explained_inside(fits).argmax(axis=1)
            found[str(name)][copy] = Fit(
                chosen_held_out(fits, index, splits),
                chosen(fits, index, "r"),
                chosen(fits, index, "inner"),
                [],
            )
    return found


def other_animal_fits(fitted: Fitted) -> dict[str, Fit]:
    """Predict every animal's neuroids from those of the others in the same bin, for each copy.

    Noise in the others' responses is not corrected for. Through the units, since there are fewer
    neuroids than stimuli as a rule.

    Raises
    ------
    InputError
        There are no animals, or only one.
    """
    averaged = fitted.design.data.averaged
    if "animal" not in averaged.coords or len(np.unique(averaged["animal"].values)) < 2:
        raise InputError(
            "other_animal=True needs a coordinate 'animal' on neuroid with 2 animals or more; add "
            "it with .assign_coords(animal=('neuroid', [...])), or leave it out"
        )
    animals = averaged["animal"].values.astype(str)
    return {
        name: _from_others(fitted, copy.responses, animals) for name, copy in fitted.copies.items()
    }


def _from_others(fitted: Fitted, responses: np.ndarray, animals: np.ndarray) -> Fit:
    design = fitted.design
    held_out = np.full(responses.shape, np.nan)
    plan = design.plan.but(method="ridge")
    complete = ~np.isnan(responses).any(axis=0)

    def fill(job: tuple[str, int]) -> None:
        animal, b = job
        features = responses[:, b, complete[b] & (animals != animal)]
        targets = np.flatnonzero(complete[b] & (animals == animal))
        if not features.size or not targets.size:
            return
        Y = responses[:, b, targets]
        square = float(((features - features.mean(axis=0)) ** 2).sum())
        alphas = penalties(plan, square, len(features))
        for train, test in design.folds.splits:
            found = primal_fold(features, Y, (train, test), plan, alphas, None)
            held_out[np.ix_(test, np.array([b]), targets)] = varying(found.held_out, Y)[:, None]

    names = np.unique(animals).tolist()
    each_side_by_side(fill, [(name, b) for name in names for b in range(responses.shape[1])])
    r = correlate(held_out, responses, design.folds.splits)
    return Fit(held_out.astype(np.float32), r, np.full(r.shape, np.nan), [])
