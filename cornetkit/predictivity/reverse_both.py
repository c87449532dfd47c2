"""Reverse and forward predictivity of every area, step and time bin."""

from __future__ import annotations

import sys

import numpy as np
from tqdm import tqdm

from .align import Aligned
from .features import Features
from .reverse_directions import Direction, Fit, forward, reverse
from .reverse_responses import Responses
from .reverse_sample import UnitSample, draws_of, take_units


def both_directions(
    data: Aligned,
    steps: dict[str, list[Features]],
    samples: dict[str, UnitSample],
    responses: Responses,
    fit: Fit,
    drawing: tuple[int, int, int],
    progress: bool | None,
) -> dict[tuple[str, int], tuple[Direction, list[Direction]]]:
    """Return, for each area and step, the forward direction and the reverse one of each bin."""
    means, halves = responses.means, responses.halves
    n, n_bins, n_neuroids = means.shape
    flat = means.reshape(n, -1)
    flat_halves = [(a.reshape(n, -1), b.reshape(n, -1)) for a, b in halves]
    count, n_draws, seed = drawing
    draws = draws_of(np.arange(n_neuroids), count, n_draws, np.random.default_rng([seed, 1]))
    every = [features for found in steps.values() for features in found]
    hide = None if progress is None else not progress
    bar = tqdm(
        total=len(every) + n_bins * len(draws),
        desc="predict both ways",
        unit="fit",
        disable=hide,
        file=sys.stderr,
    )
    forwards, targets = {}, []
    with bar:
        for features in every:
            sample = samples[features.area]
            parts = [
                forward(take_units(features, data.ids, units), flat, flat_halves, fit)
                for units in sample.draws
            ]
            forwards[features.area, features.step] = Direction.mean(parts)
            targets.append(take_units(features, data.ids, sample.units))
            bar.update()
        backwards = []
        joined = np.concatenate(targets, axis=1)
        for b in range(n_bins):
            parts = []
            for chosen in draws:
                pairs = [(first[:, b, chosen], second[:, b, chosen]) for first, second in halves]
                parts.append(reverse(means[:, b, chosen], joined, pairs, fit))
                bar.update()
            backwards.append(Direction.mean(parts))
    limits = np.cumsum([0, *(t.shape[1] for t in targets)])
    return {
        (f.area, f.step): (
            forwards[f.area, f.step],
            [
                Direction(d.r[:, limits[i] : limits[i + 1]], d.half_r[limits[i] : limits[i + 1]])
                for d in backwards
            ],
        )
        for i, f in enumerate(every)
    }
