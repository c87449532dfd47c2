"""Features and responses of fixed seed, in memory and on disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import xarray as xr

from cornetkit.activations import ActivationWriter, AreaLayout

N_LATENT = 200


def make_data(n: int, units: int, neuroids: int) -> tuple[np.ndarray, np.ndarray]:
    """Features with a falling spectrum, and responses that read them with noise."""
    rng = np.random.default_rng(0)
    latent = rng.standard_normal((n, N_LATENT)) * (np.arange(1, N_LATENT + 1) ** -0.5)
    X = (latent @ rng.standard_normal((N_LATENT, units))).astype(np.float32)
    X += 0.5 * rng.standard_normal(X.shape, dtype=np.float32)
    Y = latent @ rng.standard_normal((N_LATENT, neuroids))
    return X, Y + Y.std() * rng.standard_normal(Y.shape)


def in_blocks(X: np.ndarray, width: int = 6553) -> Iterator[np.ndarray]:
    """Yield features by blocks of units, as they come from a file."""
    for begin in range(0, X.shape[1], width):
        yield X[:, begin : begin + width]


class PowerLaw:
    """Features of one area whose variances fall as 1 / k, about as those of image networks do.

    Rows are made as they are asked for, so that they can be written without being held.

    Parameters
    ----------
    units
        Units.
    rank
        Dimensions that fall off.
    noise
        Standard deviation of what every unit has for itself: with it, features have as many
        dimensions as there are stimuli.
    """

    def __init__(self, units: int, rank: int, noise: float = 0.0) -> None:
        self.mixing = np.random.default_rng(1).standard_normal((rank, units), dtype=np.float32)
        self.scale = (np.arange(1, rank + 1) ** -0.5).astype(np.float32)
        self.noise = np.float32(noise)

    def rows(self, rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Return latents (count, rank) and features (count, units)."""
        rank, units = self.mixing.shape
        latent = rng.standard_normal((count, rank), dtype=np.float32) * self.scale
        features = latent @ self.mixing
        if self.noise:
            features += self.noise * rng.standard_normal((count, units), dtype=np.float32)
        return latent, features


def write_features(path: Path, area: str, ids: list[str], made: PowerLaw) -> np.ndarray:
    """Write the features of one area and step; return the latents (stimulus, rank)."""
    rng = np.random.default_rng(2)
    writer = ActivationWriter(path, [AreaLayout(area, (0,), (made.mixing.shape[1],))], ids)
    latents = []
    for begin in range(0, len(ids), 200):
        latent, features = made.rows(rng, min(200, len(ids) - begin))
        writer.write({area: features[:, None]})
        latents.append(latent)
    writer.finish()
    return np.concatenate(latents)


def trial_rows(values: np.ndarray, stimuli: np.ndarray, repetitions: np.ndarray) -> xr.DataArray:
    """Return recordings of values (presentation, time_bin, neuroid) in bins of 10 ms."""
    start = 70.0 + 10 * np.arange(values.shape[1])
    return xr.DataArray(
        values,
        dims=("presentation", "time_bin", "neuroid"),
        coords={
            "stimulus": ("presentation", stimuli),
            "repetition": ("presentation", repetitions),
            "time_bin_start": ("time_bin", start),
            "time_bin_end": ("time_bin", start + 10),
            "neuroid": np.arange(values.shape[2]),
        },
        name="response",
    )
