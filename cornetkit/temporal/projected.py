"""Features of all steps in few dimensions that no stimulus and no response has chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..predictivity.features import Features

MOST_DIMENSIONS = 300


def project(
    features: Sequence[Features], ids: Sequence[Any], seed: int, most: int = MOST_DIMENSIONS
) -> np.ndarray:
    """Return features of shape (step, n, dimension): the units, or one random projection of all.

    The same Gaussian projection serves every step, so that a unit keeps its place; it keeps
    products of stimuli on average, and knows neither them nor the responses.
    """
    n_units = features[0].n_units
    if n_units <= most:
        return np.stack(
            [np.concatenate(list(f.blocks(ids)), axis=1).astype(np.float64) for f in features]
        )
    found = np.zeros((len(features), len(ids), most))
    streams = zip(*(f.blocks(ids) for f in features), strict=True)
    rng = np.random.default_rng([seed, 4])
    for blocks in streams:
        width = blocks[0].shape[1]
        mixing = rng.standard_normal((width, most), dtype=np.float32) / np.float32(most**0.5)
        for k, block in enumerate(blocks):
            block = block.astype(np.float32, copy=False)
            # Less the mean: a large one would cost the digits of what varies.
            mean = block.mean(axis=0)
            found[k] += (block - mean) @ mixing + mean @ mixing
    return found
