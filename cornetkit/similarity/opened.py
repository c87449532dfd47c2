"""Activations or recordings, opened, and the RDMs of their patterns."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from tqdm import tqdm

from .. import __version__
from ..errors import InputError, listing
from ..kernels.pairs import condense
from ..kernels.rdm import GRAM_METRICS
from ..neural import open_recordings, rebin
from ..schema import SCHEMA_VERSION
from .forms import Rdms
from .left_out import LeftOut
from .measured import measure
from .patterns import Pattern, Patterns, of_activations, of_array, of_recordings, subjects_of
from .settings import Distance
from .sources import kind_of
from .trial_distances import TRIAL_METRICS, Population, check_repeated, dense_trials, populations


@dataclass
class Source:
    """Something that RDMs can be made of.

    Parameters
    ----------
    patterns
        Response patterns at every place.
    trials
        The trials behind them, where there are any.
    subjects
        The coordinate that tells subjects apart.
    given
        Settings that shaped it, for the attributes.
    """

    patterns: Patterns
    trials: xr.DataArray | None
    subjects: str | None
    given: dict[str, Any]

    @property
    def ids(self) -> list[Any]:
        """Stimulus ids."""
        return self.patterns.ids

    def close(self) -> None:
        """Close what was opened."""
        self.patterns.close()

    def rdms(
        self, how: Distance, ids: Sequence[Any], progress: bool | None = None
    ) -> tuple[Rdms, list[str]]:
        """Return the RDMs of the stimuli `ids`, and what has to be said of them."""
        if len(ids) < 2:
            raise InputError(f"an RDM of {len(ids)} stimuli was asked for; expected at least 2")
        patterns = self.patterns
        values = np.full((*patterns.shape, len(ids) * (len(ids) - 1) // 2), np.nan)
        left = LeftOut(patterns.shape)
        if how.metric in TRIAL_METRICS:
            self._from_trials(how, ids, values, left)
        else:
            hide = None if progress is None else not progress
            for item in tqdm(patterns.items, "rdm", unit="RDM", disable=hide, file=sys.stderr):
                _from_units(item, how, ids, values, left)
        notes = left.notes(how.constant_units)
        attrs = {
            **patterns.attrs,
            "schema_version": SCHEMA_VERSION,
            "cornetkit_version": __version__,
            **how.describe(),
            **self.given,
            "notes": notes,
        }
        place = {name: i for i, name in enumerate(patterns.ids)}
        order = [place[name] for name in ids]
        stimuli = {name: labels[order] for name, labels in patterns.stimuli.items()}
        coords = {**patterns.coords, **left.coords(patterns.dims)}
        return Rdms(values, list(ids), patterns.dims, coords, stimuli, attrs), notes

    def _from_trials(
        self, how: Distance, ids: Sequence[Any], values: np.ndarray, left: LeftOut
    ) -> None:
        if self.trials is None:
            raise InputError(
                f"'{how.metric}' needs the noise of repeated trials, which activations do not "
                f"have; expected metric= {listing(GRAM_METRICS)}"
            )
        trials = self.trials.isel(presentation=np.isin(self.trials["stimulus"].values, ids))
        check_repeated(trials, how.metric)
        dense = dense_trials(trials)
        rows = np.searchsorted(np.unique(trials["stimulus"].values), ids)
        dense = dense[:, rows]
        labels = {item.place: item.label for item in self.patterns.items}
        codes, n_subjects = np.zeros(dense.shape[3], dtype=int), 1
        if self.subjects is not None:
            names, codes = subjects_of(self.trials, self.subjects)
            n_subjects = len(names)
        for (subject, time_bin), part in populations(dense, codes, n_subjects):
            place = (subject, time_bin) if self.subjects is not None else (time_bin,)
            population = Population.of(part)
            square = population.rdm(how.metric, how.noise)
            values[place] = condense(square)
            left.of_trials(place, labels[place], population, square)


def open_source(
    x: Any,
    *,
    areas: Sequence[str] | None = None,
    subjects: str | None = None,
    window: tuple[float, float] | None = None,
    bins: float | None = None,
) -> Source:
    """Open whatever RDMs can be made of, in the wanted areas and time bins.

    Raises
    ------
    InputError
        It is something else, or an argument is for another kind of data.
    """
    kind = kind_of(x)
    if kind == "rdms":
        raise InputError(
            "RDMs were given where they are to be computed; expected activations or recordings "
            "(compare_rdms compares RDMs)"
        )
    if kind != "recordings":
        for name, value in (("subjects", subjects), ("window", window), ("bins", bins)):
            if value is not None:
                raise InputError(f"{name}= is for recordings; activations have steps and areas")
        if kind == "array":
            if areas is not None:
                raise InputError("areas= is for activations of several areas; one array was given")
            return Source(of_array(x), None, None, {})
        return Source(of_activations(x, areas), None, None, {})
    if areas is not None:
        raise InputError("areas= is for activations; choose neuroids with .isel(neuroid=...)")
    trials = open_recordings(x)
    given: dict[str, Any] = {"subjects": subjects or "none"}
    if window is not None or bins is not None:
        trials = rebin(trials, window=window, width=bins)
        given["window"] = "none" if window is None else [float(t) for t in window]
        given["bins"] = "none" if bins is None else float(bins)
    return Source(of_recordings(trials, subjects), trials, subjects, given)


def _from_units(
    item: Pattern, how: Distance, ids: Sequence[Any], values: np.ndarray, left: LeftOut
) -> None:
    if item.driven is False:
        left.undriven(item.label)
        return
    found = measure(item, ids, how.dtype, how.constant_units == "drop")
    undefined = found.absent | found.seen.undefined(how.metric)
    left.of_units(item.place, item.label, found, undefined)
    if not found.constant:
        values[item.place] = found.pairs(how.metric)
