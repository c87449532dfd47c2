"""What of the patterns entered RDMs, and what was left out."""

from __future__ import annotations

import numpy as np
import xarray as xr

from ..errors import listing
from .measured import Measured
from .trial_distances import Population

# Places that a note names.
_MOST = 6


class LeftOut:
    """Counts over all places (areas, steps, time bins, subjects), and the notes on them.

    Parameters
    ----------
    shape
        Sizes of the leading dims.
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.n_units = np.zeros(shape, dtype=np.int64)
        self.n_constant = np.zeros(shape, dtype=np.int64)
        self._undriven: list[str] = []
        self._constant: list[str] = []
        self._empty: list[str] = []
        self._patternless: dict[str, int] = {}
        self._missing: dict[str, int] = {}
        self._silent: dict[str, int] = {}
        self._lost: dict[str, int] = {}
        self._own_noise: list[str] = []

    def undriven(self, label: str) -> None:
        """Note a step that the image has not reached."""
        self._undriven.append(label)

    def of_units(
        self, place: tuple[int, ...], label: str, found: Measured, undefined: np.ndarray
    ) -> None:
        """Note what a pattern that was read had to leave out."""
        self.n_units[place] = found.gram.n_units
        self.n_constant[place] = found.n_constant
        _count(self._missing, label, found.n_missing)
        if not found.gram.n_units and not found.n_constant:
            self._empty.append(label)
        elif found.constant:
            self._constant.append(label)
        else:
            _count(self._patternless, label, int(undefined.sum()))

    def of_trials(
        self, place: tuple[int, ...], label: str, population: Population, rdm: np.ndarray
    ) -> None:
        """Note what trials had to leave out."""
        self.n_units[place] = population.n_units
        _count(self._silent, label, population.n_silent)
        _count(self._lost, label, population.n_lost)
        if population.own_noise:
            self._own_noise.append(label)
        if not population.n_units:
            self._empty.append(label)
        else:
            _count(self._patternless, label, int(np.isnan(rdm.diagonal()).sum()))

    def coords(self, dims: tuple[str, ...]) -> dict[str, xr.Variable]:
        """Return the numbers of units as coordinates of the leading dims."""
        return {
            "n_units": xr.Variable(dims, self.n_units),
            "n_constant_units": xr.Variable(dims, self.n_constant),
        }

    def notes(self, constant_units: str) -> list[str]:
        """Say, in a line each, what a reader of the RDMs has to know."""
        notes = []
        if self._undriven:
            notes.append(
                f"left out steps that the image has not reached: {listing(self._undriven, 12)}"
            )
        if self._constant:
            notes.append(
                "no unit varies over the stimuli, so there is no RDM (NaN): "
                f"{listing(self._constant, _MOST)}"
            )
        if self._empty:
            notes.append(
                f"no unit has what an RDM needs, so there is none (NaN): "
                f"{listing(self._empty, _MOST)}"
            )
        if self._own_noise:
            notes.append(
                "too few repetitions to estimate the noise without the one that is measured in it "
                "(3 are needed), so that distances are biased upwards; noise='identity' (--noise "
                f"identity) has no bias: {listing(self._own_noise, _MOST)}"
            )
        some = (self.n_constant > 0) & (self.n_constant < self.n_units + self.n_constant)
        if some.any() and constant_units == "drop":
            notes.append(f"left out up to {self.n_constant[some].max():,} units that are constant")
        elif (some & (self.n_constant < self.n_units)).any():
            share = np.where(some & (self.n_constant < self.n_units), self.n_constant, 0)
            at = np.unravel_index(int((share / np.maximum(self.n_units, 1)).argmax()), share.shape)
            notes.append(
                f"up to {share[at]:,} of {self.n_units[at]:,} units are constant over the stimuli; "
                "they are part of the patterns; constant_units='drop' (--constant-units drop) "
                "leaves them out"
            )
        for counts, words in (
            (self._missing, "units with no response to some stimuli were left out"),
            (self._silent, "neuroids without any response, or without noise, were left out"),
            (self._lost, "trials in which only some neuroids have a response were left out"),
            (self._patternless, "stimuli have no distances (NaN): too few trials, or no pattern"),
        ):
            if counts:
                where = listing(
                    [f"{n:,} ({label})" if label else f"{n:,}" for label, n in counts.items()],
                    _MOST,
                )
                notes.append(f"{words}: {where}")
        return notes


def _count(counts: dict[str, int], label: str, n: int) -> None:
    if n:
        counts[label] = n
