"""Permutations and resamples of CKA, which is a comparison of squared Euclidean distances."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from ..kernels.pairs import condense
from ..kernels.rdm_resampled import compare_permuted, compare_resampled
from .inference import Inference, add_inference
from .opened import Source
from .spread import Resampled

# The cosine of distances without what each stimulus adds to all of its own is unbiased CKA; with
# the covariance of distances at zero signal taken into account, the biased one.


class GramInference:
    """CKA under permutations and in bootstrap resamples of the stimuli, filled in step by step.

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
        if how.permutations:
            self.orders = how.orders(ids, _labels(sources, ids))
            self.null = np.full((how.permutations, *shape), np.nan)
        if how.bootstrap:
            self.counts = how.draws("stimulus", len(ids))
            n = len(ids)
            parts = {"stimulus": np.full((how.bootstrap, *shape), np.nan)}
            self.left_out = np.full((n, *shape), np.nan)
            self.resampled = Resampled({"stimulus": n}, parts, self.left_out)
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
        if self.resampled is not None:
            all_but_one = 1 - np.eye(len(self.ids), dtype=int)
            for counts, into in (
                (self.counts, self.resampled.parts["stimulus"]),
                (all_but_one, self.left_out),
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
        sizes = {"stimulus": len(self.ids)}
        add_inference(result, self.how, self.null, self.resampled)
        return result.assign_attrs(attrs | {"compare": "cka"} | self.how.describe(sizes, self.ids))


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
