"""Rules of alignment: given by times or a table, or fitted to errors of left-out stimuli."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..errors import InputError
from ..predictivity.alignment_table import Table
from ..predictivity.splits import Split
from ..predictivity.step_alignment import align_steps, check_times
from ..predictivity.summary import median_over_neuroids
from .alignment_families import (
    Grid,
    Rule,
    fit_affine,
    fit_free,
    fit_kernel,
    fit_monotone,
    one_step_each,
)
from .design import Design
from .fits import Fit, weighed_neuroids

GIVEN = ("committed", "nearest-start", "overlap", "center")
FITTED = ("affine", "monotone", "kernel", "free")


class Losses:
    """Squared errors of held-out predictions, to fit a rule to all stimuli and to draws of them."""

    def __init__(self, errors: np.ndarray, predicted: np.ndarray, responses: np.ndarray) -> None:
        self.errors, self.predicted, self.responses = errors, predicted, responses

    @classmethod
    def of(cls, fits: Sequence[Fit], responses: np.ndarray) -> Losses:
        variance = np.nanvar(responses, axis=0)
        errors = np.empty((len(fits), *responses.shape), np.float32)
        for own, fit in zip(errors, fits, strict=True):
            own[:] = (fit.held_out - responses) ** 2 / variance
        some = weighed_neuroids(responses.shape[2])
        root = np.sqrt(variance[:, some])
        centred = (responses[:, :, some] - np.nanmean(responses[:, :, some], axis=0)) / root
        mean = np.nanmean(responses[:, :, some], axis=0)
        predicted = np.stack([(fit.held_out[:, :, some] - mean) / root for fit in fits])
        return cls(errors, predicted, centred)

    def explained(self, weights: np.ndarray | None = None) -> np.ndarray:
        """Return 1 - error, median over neuroids, (step, time_bin).

        Of stimuli with `weights` (draw, n): (draw, step, time_bin).
        """
        n_steps, n, n_bins, n_neuroids = self.errors.shape
        known = ~np.isnan(self.errors[0]).reshape(n, -1)
        w = np.ones((1, n), np.float32) if weights is None else weights.astype(np.float32)
        total = np.maximum(w @ known.astype(np.float32), 1e-9)
        found = np.empty((len(w), n_steps, n_bins))
        for step, errors in enumerate(self.errors):
            mean = w @ np.where(known, errors.reshape(n, -1), np.float32(0)) / total
            found[:, step] = 1 - median_over_neuroids(mean.reshape(-1, n_bins, n_neuroids))
        return found[0] if weights is None else found


def products_of(predicted: np.ndarray, responses: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean products of predictions, and of predictions with responses.

    Parameters
    ----------
    predicted
        Shape (step, n, time_bin, neuroid); rows with NaN are left out.
    responses
        Shape (n, time_bin, neuroid).
    """
    known = ~(np.isnan(predicted).any(axis=0) | np.isnan(responses))
    predicted, responses = np.where(known, predicted, 0.0), np.where(known, responses, 0.0)
    count = np.maximum(known.sum(axis=(0, 2)), 1)
    products = np.einsum("snbq,tnbq->bst", predicted, predicted, optimize=True)
    cross = np.einsum("snbq,nbq->bs", predicted, responses, optimize=True)
    return products / count[:, None, None], cross / count[:, None]


def fit_inside(
    family: str,
    explained: np.ndarray,
    fits: Sequence[Fit],
    responses: np.ndarray,
    split: Split,
    number: int,
    grid: Grid | None,
    design: Design,
) -> Rule:
    """Fit a rule inside the training stimuli of one split."""
    if family == "monotone":
        return fit_monotone(explained)
    if family == "free":
        return fit_free(explained)
    if grid is None:
        raise InputError("the time bins have no limits in ms")
    if family == "affine":
        return fit_affine(explained, grid)
    train = split[0]
    some = weighed_neuroids(responses.shape[2])
    Y = responses[train][:, :, some]
    mean, root = np.nanmean(Y, axis=0), np.sqrt(np.nanvar(Y, axis=0))
    root = np.where(root > 0, root, 1.0)
    predicted = np.stack([(fit.weighed[number][train] - mean) / root for fit in fits])
    products, cross = products_of(predicted, (Y - mean) / root)
    return fit_kernel(products, cross, grid, (design.start + design.end) / 2)


def fit_whole(family: str, losses: Losses, grid: Grid | None, design: Design) -> Rule:
    """Fit a rule to the held-out predictions of all stimuli: what is shown, not what is scored."""
    if family == "kernel" and grid is not None:
        products, cross = products_of(losses.predicted, losses.responses)
        return fit_kernel(products, cross, grid, (design.start + design.end) / 2)
    explained = losses.explained()
    if family == "affine" and grid is not None:
        return fit_affine(explained, grid)
    return fit_monotone(explained) if family == "monotone" else fit_free(explained)


def given_rule(design: Design, family: str, table: Table | None) -> Rule:
    n_steps = len(design.steps)
    windows = np.array([f.time_ms for f in design.steps], dtype=float)
    if family == "committed":
        centre = (design.start + design.end) / 2
        if not np.isfinite(windows).all():
            check_times({design.area: design.steps}, design.start, design.end, "center")
            raise InputError(f"not all steps of {design.area} have committed times")
        inside = (centre[:, None] >= windows[:, 0]) & (centre[:, None] < windows[:, 1])
        weights = one_step_each(inside.argmax(axis=1), n_steps) * inside.any(axis=1)[:, None]
        if not weights.any():
            raise InputError(
                f"no time bin lies in a committed time of {design.area} "
                f"({windows[0, 0]:g} to {windows[-1, 1]:g} ms); take family='nearest-start'"
            )
        return Rule(weights)
    how: str | Table = family if table is None or family != "table" else table
    check_times({design.area: design.steps}, design.start, design.end, how)
    found = align_steps([*design.steps, *design.undriven], design.start, design.end, how)
    weights = np.zeros((len(design.start), n_steps))
    place = [int(np.flatnonzero(design.numbers == f.step)[0]) for f in found.features]
    weights[:, place] = found.weights
    return Rule(weights)


def possible_families(design: Design) -> list[str]:
    """Return the families that need nothing that is not known, and that fit these bins and steps.

    Where times of steps are known, what is left out is said in the notes of the design.
    """
    if not design.in_ms:
        return ["monotone", "free"]
    if not np.isfinite(np.array([f.time_ms for f in design.steps], dtype=float)).all():
        return list(FITTED)
    found = []
    for family in GIVEN:
        try:
            given_rule(design, family, None)
        except InputError as error:
            design.notes.append(f"alignment '{family}' was left out: {error}")
        else:
            found.append(family)
    return [*found, *FITTED]
