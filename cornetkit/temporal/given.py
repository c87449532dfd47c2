"""Activations or recordings, opened alike: one row a stimulus at every step or time bin."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..activations import Activations
from ..activations.given import areas_of, as_activations, steps_of, stimulus_labels
from ..activations.memory import available_bytes
from ..errors import InputError, in_words, listing
from ..neural import average
from ..predictivity.features import Features, list_features
from ..similarity import kind_of
from ..unused import refuse
from .equal_reliability import equally_reliable
from .spaces import Direct, Rotated, Space, rotated
from .windows import Windows, make_windows


@dataclass(frozen=True)
class Course:
    """One area, or one population, over time.

    Parameters
    ----------
    name
        The area; None for recordings.
    times
        Steps, or indices of time bins, that the image has reached.
    features
        Of an area: the driven steps.
    responses
        Of recordings: means, shape (time, stimulus, neuroid); NaN where a stimulus has none.
    """

    name: str | None
    times: list[int]
    features: list[Features] = field(default_factory=list)
    responses: np.ndarray | None = None
    _rotated: list[tuple[Rotated, np.ndarray]] = field(default_factory=list)

    def rotated(self, ids: Sequence[Any]) -> tuple[Rotated, np.ndarray]:
        """Return the space of all steps, read once for all that ask, and which steps vary."""
        if not self._rotated:
            self._rotated.append(rotated(self.features, ids))
        return self._rotated[0]

    def values(self, ids: Sequence[Any]) -> np.ndarray:
        """Return all responses in memory, (time, stimulus, unit)."""
        if self.responses is not None:
            return self.responses
        size = 8.0 * len(ids) * sum(f.n_units for f in self.features)
        if 2.2 * size > (free := available_bytes()):
            raise InputError(
                f"{self.name}: {len(self.features)} steps of {self.features[0].n_units:,} units "
                f"for {len(ids):,} stimuli take {in_words(2 * size)} here, and {in_words(free)} of "
                "memory are free; record fewer units (record --pool mean, --units 5000)"
            )
        return np.stack(
            [np.concatenate(list(f.blocks(ids)), axis=1) for f in self.features]
        ).astype(np.float64)

    def space(self, ids: Sequence[Any], z_score: bool) -> tuple[Space, np.ndarray, int]:
        """Return a space for decoders, which times vary over stimuli, and neuroids left out."""
        if self.responses is None and not z_score:
            return *self.rotated(ids), 0
        values = self.values(ids)
        whole = whole_neuroids(
            values,
            ", or decode over repetitions: ck.decode(..., cross_validate='repetitions') "
            "(cornetkit decode --cross-validate repetitions)",
        )
        values = values[:, :, whole]
        varies = (values.max(axis=1) != values.min(axis=1)).any(axis=1)
        return Direct(values, z_score), varies, int((~whole).sum())


def whole_neuroids(responses: np.ndarray, otherwise: str = "") -> np.ndarray:
    """Return which neuroids of responses (time, stimulus, neuroid) have all, (neuroid,).

    Raises
    ------
    InputError
        None has. `otherwise` is what else can be done.
    """
    whole = ~np.isnan(responses).any(axis=(0, 1))
    if not whole.any():
        raise InputError(
            f"none of {whole.size} neuroids has a response to every one of {responses.shape[1]} "
            f"stimuli; keep the stimuli that were shown to all{otherwise}"
        )
    return np.asarray(whole)


@dataclass(frozen=True)
class Given:
    """What was given to an analysis over time.

    Parameters
    ----------
    kind
        ``"activations"`` or ``"recordings"``.
    ids
        Stimuli, sorted.
    known
        Coordinates of the stimuli, in the order of `ids`.
    courses
        One for each area, or one.
    time_coords
        Coordinates of the time dims of a result.
    windows
        Of recordings.
    attrs
        Provenance.
    notes
        What a reader has to know.
    """

    kind: str
    ids: list[Any]
    known: Mapping[str, np.ndarray]
    courses: list[Course]
    time_coords: Mapping[str, Any]
    windows: Windows | None
    attrs: Mapping[str, Any]
    notes: list[str]
    _opened: Activations | None = None

    @property
    def what(self) -> str:
        """What messages call it."""
        return f"the {self.kind}"

    @property
    def dims(self) -> tuple[str, ...]:
        """Leading dims of results."""
        return ("area", "time") if self.kind == "activations" else ("time_bin",)

    @property
    def shape(self) -> tuple[int, ...]:
        """Their sizes."""
        if self.windows is None:
            return (len(self.courses), len(self.time_coords["time"][1]))
        return (len(self.windows.start),)

    def places(self, course: Course) -> Iterator[tuple[int, ...]]:
        """Yield the place of each time of a course along the leading dims."""
        for time in course.times:
            if self.windows is not None:
                yield (time,)
            else:
                steps = self.time_coords["time"][1].tolist()
                yield (self.courses.index(course), steps.index(time))

    def label(self, course: Course, time: int) -> str:
        """Return what messages call a time."""
        if self.windows is None:
            return f"{course.name} step {course.times[time]}"
        k = course.times[time]
        if self.windows.known:
            return f"{self.windows.start[k]:g} to {self.windows.end[k]:g} ms"
        return f"time bin {k}"

    def close(self) -> None:
        """Close what was opened here."""
        if self._opened is not None:
            self._opened.close()


def open_given(
    x: Any,
    *,
    window: float | None = None,
    step: float | None = None,
    areas: Sequence[str] | None = None,
    match_seed: int | None = None,
) -> Given:
    """Open activations or recordings for an analysis over time.

    With `match_seed`, repetitions are thinned until all windows are equally reliable. What was
    opened before is taken as it is, so that several analyses share what is read.

    Raises
    ------
    InputError
        It is neither, or an argument is for the other kind, or for what is not open yet.
    """
    if isinstance(x, Given):
        refuse(
            "says how data are opened, and these are open already",
            window=window,
            step=step,
            areas=areas,
            match_seed=match_seed,
        )
        return x
    kind = "recordings" if isinstance(x, np.ndarray) else kind_of(x)
    if kind == "rdms":
        raise InputError("RDMs were given; expected activations or recordings")
    if kind == "array" and "neuroid" in getattr(x, "dims", ()):
        kind = "recordings"
    if kind == "recordings":
        if areas is not None:
            raise InputError("areas= (--areas) is for activations; choose neuroids with .isel(...)")
        return _recordings(x, window, step, match_seed)
    if match_seed is not None:
        raise InputError(
            "match_reliability= (--match-reliability) is for recordings; activations have no noise"
        )
    for name, value in (("window", window), ("step", step)):
        if value is not None:
            raise InputError(
                f"{name}= (--{name}) is in ms, for recordings; activations are taken step by step"
            )
    return _activations(x, areas)


def _recordings(x: Any, window: float | None, step: float | None, match_seed: int | None) -> Given:
    windows = make_windows(x, window, step)
    said: list[str] = []
    if match_seed is not None:
        windows, said = equally_reliable(windows, match_seed)
    means = average(windows.trials)
    responses = means.transpose("time_bin", "stimulus", "neuroid").values
    course = Course(None, list(range(len(windows.start))), responses=responses)
    return Given(
        "recordings", means["stimulus"].values.tolist(), stimulus_labels(means), [course],
        windows.coords(), windows, dict(windows.trials.attrs), [*windows.notes(), *said],
    )  # fmt: skip


def _activations(x: Any, areas: Sequence[str] | None) -> Given:
    given = as_activations(x)
    opened = given if isinstance(x, (str, Path)) else None
    acts = areas_of(given, areas)
    first = next(iter(acts.values()))
    ids = sorted(first["stimulus"].values.tolist())
    order = first.indexes["stimulus"].get_indexer(ids)
    known = {name: values[order] for name, values in stimulus_labels(first).items()}
    listed = list_features(acts)
    courses, late = [], []
    for area in acts:
        own = sorted((f for f in listed if f.area == area), key=lambda f: f.step)
        used = [f for f in own if f.driven is not False]
        late += [f.label for f in own if f.driven is False]
        courses.append(Course(area, [f.step for f in used], used))
    if not any(course.times for course in courses):
        raise InputError(
            f"the image reaches none of the {len(listed)} steps of {listing(acts)}; record more "
            "steps with times=8 (--times 8), or give other areas= (--areas)"
        )
    notes = []
    if late:
        notes.append(f"the image has not arrived at {listing(late)}: these steps have no value")
    coords = {name: (c.dims, c.values) for name, c in steps_of(acts).items()}
    return Given("activations", ids, known, courses, coords, None, acts.attrs, notes, opened)


def as_array(values: np.ndarray, dims: Sequence[str], what: str) -> tuple[Any, ...]:
    """Return a variable with a long name."""
    return (tuple(dims), values, {"long_name": what})


def storable(attrs: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """Return the few attributes of a source that say what it is, under a prefix."""
    kept = ("model", "identity", "weights_sha256", "source", "times")
    found = {}
    for name in kept:
        value = attrs.get(name)
        if isinstance(value, (str, int, float, np.generic)):
            found[f"{prefix}_{name}"] = value
    return found
