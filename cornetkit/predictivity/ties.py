"""What keeps stimuli, or neuroids, together in a fit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Ties:
    """Groups of stimuli and parts of the neuroids.

    Parameters
    ----------
    groups
        A number for each stimulus, shape (n,): the choice of a penalty leaves out all stimuli that
        share it at once. None: single stimuli.
    parts
        A label for each neuroid, shape (neuroid,): fits that tie neuroids together are made
        within each. None: over all.
    """

    groups: np.ndarray | None = None
    parts: np.ndarray | None = None

    def of(self, rows: np.ndarray) -> np.ndarray | None:
        """Return the groups of some stimuli."""
        return None if self.groups is None else self.groups[rows]


UNTIED = Ties()
