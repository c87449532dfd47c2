"""The two sides of a comparison: RDMs as they were given, or what they are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import InputError
from .compare import take_rdms
from .forms import Rdms
from .gaps import gaps_of
from .opened import Source, open_source
from .settings import Distance
from .sources import kind_of
from .subject_ceilings import merge_sessions


@dataclass
class Side:
    """One side of the comparison: RDMs as they were given, or what they are made of."""

    what: str
    how: Distance
    given: Rdms | None
    source: Source | None

    @property
    def ids(self) -> list[Any]:
        """Stimulus ids."""
        return self.given.ids if self.given is not None else _source(self).ids

    @property
    def metric(self) -> str:
        """How its RDMs were made."""
        if self.given is None:
            return self.how.metric
        return str(self.given.attrs.get("metric", "as given"))

    def rdms(self, ids: Sequence[Any], progress: bool | None) -> tuple[Rdms, list[str]]:
        """Return its RDMs of these stimuli, and what has to be said of them."""
        if self.given is not None:
            chosen = self.given.select(ids)
            return chosen, gaps_of(chosen)
        return _source(self).rdms(self.how, ids, progress)

    def close(self) -> None:
        """Close what was opened."""
        if self.source is not None:
            self.source.close()


def _source(side: Side) -> Source:
    if side.source is None:
        raise InputError(f"{side.what} hold neither RDMs nor responses")
    return side.source


def open_side(x: Any, what: str, how: Distance, group: str | None, **asked: Any) -> Side:
    """Take RDMs or what they can be made of; `asked` are arguments of `open_source`.

    Raises
    ------
    InputError
        An argument is for another kind of data.
    """
    if kind_of(x) != "rdms":
        if group is not None:
            flag = "acts_group" if what == "the activations" else "group"
            raise InputError(
                f"{flag}='{group}' (--{flag.replace('_', '-')} {group}) is for files of RDMs; "
                f"{what} are none"
            )
        return Side(what, how, None, open_source(x, **asked))
    subjects = asked.pop("subjects", None)
    for name, value in asked.items():
        if value is not None:
            raise InputError(
                f"{name}= (--{name}) does not apply to RDMs, which were given as {what}; "
                "leave it out"
            )
    rdms = take_rdms(x, what, group)
    if "subject" in rdms.dims:
        rdms = merge_sessions(rdms, subjects)
    elif subjects is not None:
        raise InputError(
            f"subjects='{subjects}' (--subjects {subjects}) needs RDMs with a dim 'subject'"
        )
    return Side(what, how, rdms, None)
