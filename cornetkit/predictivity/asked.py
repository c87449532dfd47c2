"""What was asked of the splits, and whether it goes together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import InputError, unknown_name
from ..inputs import look
from .protocols import Protocol
from .splits_stored import SUFFIXES

# "stratified" and "grouped" are what k-fold or shuffle splits become with a coordinate.
KINDS = ("kfold", "shuffle", "stratified", "grouped", "held-out", "distance", "stored")
_RANDOM = ("kfold", "shuffle")


@dataclass(frozen=True)
class Asked:
    """The arguments of `predict` about splits and parts, as they were given."""

    splits: Any = None
    groups: str | None = None
    held_out: str | None = None
    space: Any = None
    stratify: str | bool | None = None
    n_splits: int | None = None
    by: str | None = None

    def kind(self, base: Protocol) -> str:
        """Return the kind of splits that a `Protocol` takes, or raise where it does not fit.

        Raises
        ------
        InputError
            An unknown kind, or arguments that do not go together.
        """
        kind = self._named(base)
        if kind == "stratified":
            if not isinstance(self.stratify, str) and (base.stratify is None or self._unbalanced):
                raise InputError(
                    "splits='stratified' does not say by what; add stratify='object_name' "
                    "(--stratify), or another coordinate of the stimuli"
                )
            kind = base.splits if base.splits in _RANDOM else "kfold"
        if kind == "grouped":
            if self.groups is None:
                raise InputError(
                    "splits='grouped' does not say by what; add groups= (--groups): a coordinate "
                    "of the stimuli, or 'duplicates' for copies of an image"
                )
            kind = base.splits if base.splits in _RANDOM else "kfold"
        self._check(kind, base)
        return kind

    @property
    def _unbalanced(self) -> bool:
        return self.stratify is False

    @property
    def is_stored(self) -> bool:
        """Whether splits were given as such, or as a file of them."""
        return self.splits is not None and not (
            isinstance(self.splits, str) and self.splits in KINDS
        )

    def _named(self, base: Protocol) -> str:
        if self.splits is None:
            return base.splits if self.held_out is None else "held-out"
        if not isinstance(self.splits, str):
            return "stored"
        if self.splits in KINDS:
            return self.splits
        looks_like_file = Path(self.splits).suffix.lower() in SUFFIXES
        if looks_like_file or look(Path(self.splits)) is not None:
            return "stored"
        raise unknown_name("kind of splits", self.splits, [*KINDS, "a .csv, .json or .nc file"])

    def _check(self, kind: str, base: Protocol) -> None:
        if (kind == "held-out") != (self.held_out is not None):
            raise InputError(
                f"held_out='{self.held_out}' goes with splits='held-out', not '{self.splits}'"
                if self.held_out is not None
                else "splits='held-out' does not say what; add held_out= (--held-out): a "
                "coordinate of the stimuli whose values are held out"
            )
        if (kind == "distance") != (self.space is not None):
            raise InputError(
                "space= says where distances are measured; it goes with splits='distance'"
                if self.space is not None
                else "splits='distance' does not say in which space; add space= (--space): "
                "activations such as ck.baselines(stimuli, 'pixels'), or an area such as 'IT'"
            )
        if isinstance(self.stratify, str) and kind not in _RANDOM:
            raise InputError(
                f"stratify balances random splits, and those of splits='{kind}' are given by the "
                "stimuli; leave stratify out, or take splits='kfold'"
            )
        if self.groups is not None and isinstance(self.stratify, str) and kind == "shuffle":
            raise InputError(
                "shuffle splits cannot both be stratified and keep groups whole; take "
                "splits='kfold' (--splits kfold), or leave one of the two out"
            )
        if self.groups is not None and kind == "distance":
            raise InputError(
                "splits='distance' makes groups of its own, clusters of stimuli; leave groups= "
                "out, or take splits='grouped'"
            )
        if self.n_splits is not None and kind == "stored":
            raise InputError(
                f"n_splits={self.n_splits} was given, but stored splits have their own number; "
                "leave n_splits out"
            )
