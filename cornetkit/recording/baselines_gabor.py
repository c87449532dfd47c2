"""Gabor energies: what a bank of V1 complex cells tells of an image."""

from __future__ import annotations

from functools import cache

import numpy as np
import scipy.fft
from PIL import Image

# Octaves from the coarsest structure that 8 x 8 places can tell apart to that of 64 pixels.
FREQUENCIES = (2.0, 4.0, 8.0, 16.0)
N_ORIENTATIONS = 8
SIDE = 64
GRID = 8
# Standard deviation over centre frequency: 1.5 octaves at half height, as V1 has (De Valois 1982).
_BANDWIDTH = 0.65
# Energy below which nothing is there, for grey levels from 0 to 1; keeps the logarithm finite.
_FLOOR = 1e-6


def gabor_energies(grey: Image.Image) -> np.ndarray:
    """Return log Gabor energies of a grey image, shape (channel, y, x).

    Parameters
    ----------
    grey
        An image of mode L; it is resized to 64 x 64 pixels.

    Returns
    -------
    array of shape (32, 8, 8), float32
        Logarithm of the energy (squared modulus of a quadrature pair), averaged over 8 x 8
        pixels. Channels are frequency by orientation: 2, 4, 8 and 16 cycles an image, each in 8
        orientations from 0 to 157.5 degrees. The borders are periodic.

    References
    ----------
    Field 1987 (log-Gabor functions); Adelson and Bergen 1985 (energy).
    """
    small = grey.resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    values = np.asarray(small, dtype=np.float32) / np.float32(255)
    # No filter lets the mean pass.
    responses = scipy.fft.ifft2(scipy.fft.fft2(values) * _bank())
    energy = responses.real**2 + responses.imag**2
    cell = SIDE // GRID
    means = energy.reshape(-1, GRID, cell, GRID, cell).mean(axis=(2, 4))
    return np.log(means + np.float32(_FLOOR))


@cache
def _bank() -> np.ndarray:
    """Return the filters' transfer functions, shape (channel, y, x); each has one direction only.

    A filter without its mirror image gives a complex response whose parts are a quadrature pair.
    """
    fy, fx = np.meshgrid(*2 * [scipy.fft.fftfreq(SIDE, 1 / SIDE)], indexing="ij")
    radius = np.hypot(fx, fy)
    radius[0, 0] = 1.0  # its logarithm is not wanted: the mean is cut out below
    direction = np.arctan2(fy, fx)
    width = np.pi / N_ORIENTATIONS
    filters = []
    for frequency in FREQUENCIES:
        radial = np.exp(-(np.log(radius / frequency) ** 2) / (2 * np.log(_BANDWIDTH) ** 2))
        radial[0, 0] = 0.0
        for k in range(N_ORIENTATIONS):
            apart = np.angle(np.exp(1j * (direction - np.pi * k / N_ORIENTATIONS)))
            filters.append(radial * np.exp(-(apart**2) / (2 * width**2)))
    return np.array(filters, dtype=np.float32)
