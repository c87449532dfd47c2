"""Permutations and resamples of CKA, which is a comparison of squared Euclidean distances."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from ..errors import InputError
from ..kernels.pairs import condense
from ..kernels.rdm_resampled import compare_permuted, compare_resampled
from .inference import Inference, add_inference
from .opened import Source
from .redrawn import Redrawn
from .settings import Distance
from .spread import Resampled

# The cosine of distances without what each stimulus adds to all of its own is unbiased CKA; with
# the covariance of distances at zero signal taken into account, the biased one.

FACTORS = ("stimulus", "neuroid", "repetition", "animal")


class GramInference:
    """CKA under permutations and in bootstrap resamples, filled in step by step.

    Neuroids and repetitions of the second side are drawn when all steps of the first are known:
    its Gram matrices of a resample are then made once.

    Parameters
    ----------
    how
        What is asked.
    metric
        ``"unbiased"`` or ``"whitened-cosine"``, see `compare_resampled`.
    ids
        Stimuli.
    sources
        Both sides, for their labels of the stimuli.
    shape
        Of the result.
    grams
        Gram matrices of the second side.

    Raises
    ------
    InputError
        Neuroids or repetitions are to be drawn, and the second side has none, or too few.
    """

    def __init__(
        self,
        how: Inference,
        metric: str,
        ids: Sequence[Any],
        sources: tuple[Source, Source],
        shape: tuple[int, ...],
        grams: Sequence[np.ndarray],
    ) -> None:
        self.how, self.metric, self.ids = how, metric, ids
        self.null: np.ndarray | None = None
        self.resampled: Resampled | None = None
        self.sizes = {"stimulus": len(ids)}
        self.factor = next((name for name in how.resample if name != "stimulus"), None)
        self.redrawn: Redrawn | None = None
        self.firsts: list[tuple[tuple[int, ...], np.ndarray]] = []
        self.places: Sequence[tuple[int, ...]] = ()
        self.shape = sources[1].patterns.shape
        if how.permutations:
            self.orders = how.orders(ids, _labels(sources, ids))
            self.null = np.full((how.permutations, *shape), np.nan)
        if how.bootstrap:
            self.counts = how.draws("stimulus", len(ids))
            if self.factor is not None:
                self.redrawn = _redrawn(sources[1], ids, self.factor)
                self.sizes[self.factor] = self.redrawn.size
            names = [*how.resample, *(["both"] if len(how.resample) == 2 else [])]
            parts = {name: np.full((how.bootstrap, *shape), np.nan) for name in names}
            self.resampled = Resampled(how.chosen(self.sizes), parts)
            if "stimulus" in parts:
                self.resampled.left_out = np.full((len(ids), *shape), np.nan)
        if (how.permutations or how.bootstrap) and grams:
            self.second = np.stack([_distances(gram) for gram in grams])

    def fill(
        self, place: tuple[int, ...], gram: np.ndarray, places: Sequence[tuple[int, ...]]
    ) -> None:
        """Fill in one step of the first side against all places of the second."""
        if self.null is None and self.resampled is None:
            return
        first = _distances(gram)[None]
        if self.null is not None:
            found = compare_permuted(first, self.second, self.metric, self.orders)
            for k, other in enumerate(places):
                self.null[_at(place, other)] = found[:, 0, k]
        if self.redrawn is not None:
            self.firsts.append((place, first[0]))
            self.places = places
        if self.resampled is not None and self.resampled.left_out is not None:
            all_but_one = 1 - np.eye(len(self.ids), dtype=int)
            for counts, into in (
                (self.counts, self.resampled.parts["stimulus"]),
                (all_but_one, self.resampled.left_out),
            ):
                found = compare_resampled(first, self.second, self.metric, counts)
                for k, other in enumerate(places):
                    into[_at(place, other)] = found[:, 0, k]

    def added_to(self, found: xr.DataArray) -> xr.DataArray | xr.Dataset:
        """Return the result with p values and intervals, where these were asked for."""
        if self.null is None and self.resampled is None:
            return found
        attrs = found.attrs
        result = found.drop_attrs(deep=False).to_dataset(name="score")
        self._draw_anew()
        add_inference(result, self.how, self.null, self.resampled)
        described = self.how.describe(self.sizes, self.ids)
        return result.assign_attrs(attrs | {"compare": "cka"} | described)

    def _draw_anew(self) -> None:
        """Fill in the resamples of neuroids or repetitions, alone and with those of stimuli."""
        if self.redrawn is None or self.resampled is None or not self.firsts:
            return
        draw = self.redrawn.draw(self.how)
        firsts = np.stack([first for _, first in self.firsts])
        rows = [
            int(np.ravel_multi_index(place, self.shape)) if place else 0 for place in self.places
        ]
        once = np.ones((1, len(self.ids)), dtype=int)
        for k in range(self.how.bootstrap):
            again = draw().reshape(-1, firsts.shape[1])[rows]
            wanted = [(self.factor, once)]
            if "both" in self.resampled.parts:
                wanted.append(("both", self.counts[k : k + 1]))
            for name, counts in wanted:
                found = compare_resampled(firsts, again, self.metric, counts)[0]
                for i, (place, _) in enumerate(self.firsts):
                    for j, other in enumerate(self.places):
                        self.resampled.parts[str(name)][(k, *place, *other)] = found[i, j]


def _redrawn(source: Source, ids: Sequence[Any], factor: str) -> Redrawn:
    if source.trials is None:
        raise InputError(
            f"resampling {factor}s needs recordings as the second side, and it has none; resample "
            "'stimulus'"
        )
    redrawn = Redrawn(source, Distance("euclidean"), ids, factor)
    if factor == "neuroid" and redrawn.size < 2:
        raise InputError("one neuroid is too few to resample neuroids; expected at least 2")
    return redrawn


def _at(place: tuple[int, ...], other: tuple[int, ...]) -> tuple[Any, ...]:
    return (slice(None), *place, *other)


def _distances(gram: np.ndarray) -> np.ndarray:
    """Return the condensed squared distances that a Gram matrix holds."""
    square = gram.diagonal()
    return condense(square[:, None] + square[None, :] - 2 * gram)


def _labels(sources: Sequence[Source], ids: Sequence[Any]) -> dict[str, np.ndarray]:
    found: dict[str, np.ndarray] = {}
    for source in sources:
        place = {name: i for i, name in enumerate(source.ids)}
        order = [place[name] for name in ids]
        for name, values in source.patterns.stimuli.items():
            found.setdefault(name, values[order])
    return found
