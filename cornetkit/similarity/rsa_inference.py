"""Permutations and bootstraps of the similarity of RDMs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import InputError
from ..kernels.rdm_compare import compare_pairs
from ..kernels.rdm_resampled import compare_permuted, compare_resampled
from .ceilings import mean_over
from .forms import Rdms
from .inference import MIN_SUBJECTS, Inference
from .redrawn import Redrawn
from .sides import Side
from .spread import Resampled


class Resamples:
    """Scores of two sets of RDMs under permutations and in bootstrap resamples.

    Parameters
    ----------
    ours, theirs
        RDMs of the model and of the brain, of the same stimuli in the same order.
    neural
        Where those of the brain are from.
    compare
        How RDMs are compared.
    how
        What is resampled.
    average
        Whether subjects are averaged.

    Raises
    ------
    InputError
        What is to be resampled is not there, or too few of it.
    """

    def __init__(
        self, ours: Rdms, theirs: Rdms, neural: Side, compare: str, how: Inference, average: bool
    ) -> None:
        self.ours, self.theirs, self.neural = ours, theirs, neural
        self.compare, self.how = compare, how
        self.axis = theirs.dims.index("subject") if average and "subject" in theirs.dims else None
        self.sizes = {"stimulus": len(ours.ids)}
        if how.bootstrap and "subject" in how.resample:
            self.sizes["subject"] = self._subjects()
        self.redrawn: Redrawn | None = None
        self.other = next(
            (f for f in how.resample if f in ("neuroid", "repetition", "animal")), None
        )
        if how.bootstrap and self.other is not None:
            self.redrawn = Redrawn(neural.source, neural.how, ours.ids, self.other)
            self.sizes[self.other] = self.redrawn.size
            if self.other == "neuroid" and self.redrawn.size < 2:
                raise InputError("one neuroid is too few to resample neuroids; expected at least 2")

    def _subjects(self) -> int:
        if self.axis is None:
            raise InputError(
                "there are no subjects to resample; expected RDMs with a dim 'subject', or "
                "subjects= (--subjects) with a coordinate of the neuroids such as 'animal'"
            )
        n = self.theirs.shape[self.axis]
        if n < MIN_SUBJECTS:
            raise InputError(
                f"{n} subject{'s are' if n > 1 else ' is'} too few to resample subjects "
                f"({MIN_SUBJECTS} are needed): nothing could be said about others; resample "
                "'stimulus', which speaks about these subjects only, or score each by itself with "
                "by="
            )
        return n

    def null(self, labels: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return the scores of all permutations, shape (P, *score)."""
        orders = self.how.orders(self.ours.ids, labels)
        found = compare_permuted(self.ours.rows(), self.theirs.rows(), self.compare, orders)
        return self._scores(found)

    def resampled(self) -> Resampled:
        """Return the scores of all resamples."""
        how, sizes = self.how, self.how.chosen(self.sizes)
        A, B = self.ours.rows(), self.theirs.rows()
        counts = how.draws("stimulus", len(self.ours.ids))
        found = Resampled(sizes)
        r = without = None
        if "stimulus" in sizes:
            r = compare_resampled(A, B, self.compare, counts)
            found.parts["stimulus"] = self._scores(r)
            all_but_one = 1 - np.eye(len(self.ours.ids), dtype=int)
            without = compare_resampled(A, B, self.compare, all_but_one)
            found.left_out = self._scores(without)
        if "subject" in sizes:
            drawn = how.draws("subject", sizes["subject"])
            once = compare_pairs(A, B, self.compare)
            always = np.broadcast_to(once, (how.bootstrap, *once.shape))
            found.parts["subject"] = self._scores(always, drawn)
            if r is not None and without is not None:
                found.parts["both"] = self._scores(r, drawn)
                found.of_subjects = self._of_subjects(r)
                found.left_out_of_subjects = self._of_subjects(without)
        if self.redrawn is not None and self.other is not None:
            draw = self.redrawn.draw(how)
            alone = np.empty((how.bootstrap, len(A), len(B)))
            both = np.empty_like(alone)
            for k in range(how.bootstrap):
                again = draw().reshape(len(B), -1)
                alone[k] = compare_pairs(A, again, self.compare)
                if r is not None:
                    both[k] = compare_resampled(A, again, self.compare, counts[k : k + 1])[0]
            found.parts[self.other] = self._scores(alone)
            if r is not None:
                found.parts["both"] = self._scores(both)
        return found

    def _of_subjects(self, r: np.ndarray) -> np.ndarray:
        """Return the similarities of every subject, which come last."""
        values = r.reshape(len(r), *self.ours.shape, *self.theirs.shape)
        return np.moveaxis(values, 1 + len(self.ours.shape) + (self.axis or 0), -1)

    def _scores(self, r: np.ndarray, subjects: np.ndarray | None = None) -> np.ndarray:
        """Return scores (R, *ours, *theirs) from similarities (R, m_a, m_b).

        `subjects` says how often each counts, (R, subject).
        """
        shape = (len(r), *self.ours.shape, *self.theirs.shape)
        values = r.reshape(shape)
        if self.axis is None:
            return values
        axis = 1 + len(self.ours.shape) + self.axis
        if subjects is None:
            return mean_over(values, axis)
        moved = np.moveaxis(values, axis, -1)
        weights = subjects.reshape(len(r), *(1,) * (moved.ndim - 2), -1)
        there = ~np.isnan(moved) & (weights > 0)
        total = np.where(there, moved * weights, 0.0).sum(axis=-1)
        count = np.where(there, weights, 0).sum(axis=-1)
        return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)


def labels_of(sides: Sequence[Rdms]) -> dict[str, Any]:
    """Return the labels of the stimuli, from whichever side has them."""
    found: dict[str, Any] = {}
    for side in sides:
        found = {**side.stimuli, **found}
    return found
