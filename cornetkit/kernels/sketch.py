"""The leading principal components of many features, from a few readings of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from cornetkit.errors import InputError
from cornetkit.kernels.blocks import parts
from cornetkit.kernels.checks import check_rows
from cornetkit.kernels.gram_sums import constant_columns

# Opens the features anew: (stimulus, unit) blocks.
Read = Callable[[], Iterable[np.ndarray]]

# Elements of the features that are worked on at once (64 MiB in single precision).
_BLOCK_ELEMENTS = 2**24
# Directions beyond those that are wanted: the last of a random subspace are the least accurate.
_MORE = 0.05
_LEAST_MORE = 10


@dataclass(frozen=True)
class Sketch:
    """Features projected on their leading principal axes.

    Attributes
    ----------
    features : array of shape (n, k), float64
        Projections of all stimuli, less the mean of the training stimuli.
    share : float
        Share of the training features' sum of squares that the projections keep.
    square : float
        Sum of squares of the features (not projected) centred over all `n` stimuli: the trace of
        their Gram matrix.
    n_units, n_constant : int
        Units, and those among them that are constant over the training stimuli.
    """

    features: np.ndarray
    share: float
    square: float
    n_units: int
    n_constant: int


def sketch(
    read: Read,
    n: int,
    train: np.ndarray,
    n_components: int,
    *,
    n_readings: int = 3,
    dtype: str = "float64",
    rng: int | np.random.Generator = 0,
) -> Sketch:
    """Project features on the leading principal axes of the training stimuli.

    Parameters
    ----------
    read : callable
        Returns the features, blocks of shape (n, b); called once for each reading.
    n : int
        Number of stimuli.
    train : array of indices, or mask of shape (n,)
        Stimuli that the axes and the mean are made from.
    n_components : int
        Axes k; fewer where the training features have fewer dimensions, and then nothing is lost.
    n_readings : int
        At least 2. Each further one applies the training Gram matrix to the subspace once more,
        which brings it closer to that of the leading axes.
    dtype : {"float64", "float32"}
        Of the products with the features; sums over blocks are float64.
    rng : int or numpy.random.Generator
        Of the random directions that it starts from.

    Returns
    -------
    Sketch

    Raises
    ------
    InputError
        A wrong argument, or features that are not finite.

    Notes
    -----
    Randomised subspace iteration (Halko, Martinsson and Tropp 2011, SIAM Review 53:217). A reading
    takes n * units * k multiplications, and the first half as many: no n^3, and no n x n matrix.
    The axes are exactly orthonormal combinations of the training features, whatever their accuracy,
    so what is fitted to the projections is an exact fit to a part of the features.
    """
    rows = check_rows(train, n, least=2)
    if n_components < 1 or n_readings < 2:
        raise InputError(
            f"{n_components} components from {n_readings} readings were asked for; expected at "
            "least 1 from at least 2"
        )
    if dtype not in ("float64", "float32"):
        raise InputError(f"dtype '{dtype}' was given; expected 'float64' or 'float32'")
    source = _Source(read, n, rows, np.dtype(dtype))
    more = max(_LEAST_MORE, int(_MORE * n_components))
    image = source.start(min(n_components + more, rows.size), np.random.default_rng(rng))
    for _ in range(n_readings - 1):
        basis = _orthonormal(image[rows])
        image = source.apply(basis)
    small = basis.T @ image[rows]
    values, vectors = np.linalg.eigh(0.5 * (small + small.T))
    # Of what is left over, smaller values than these are rounding.
    least = 4 * float(np.finfo(dtype).eps) * max(float(values[-1:].sum()), 0.0)
    kept = np.flatnonzero(values > least)[::-1][:n_components]
    features = image @ (vectors[:, kept] / np.sqrt(values[kept]))
    share = float(values[kept].sum()) / source.train_square if kept.size else 0.0
    return Sketch(features, share, source.square, source.n_units, source.n_constant)


class _Source:
    """The features centred by the training stimuli, and their sums."""

    def __init__(self, read: Read, n: int, train: np.ndarray, dtype: np.dtype) -> None:
        self._read, self._n, self._train, self._dtype = read, n, train, dtype
        self.square = self.train_square = 0.0
        self.n_units = self.n_constant = 0

    def _blocks(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for _, part in parts(self._read(), self._n, _BLOCK_ELEMENTS):
            of_train = part[self._train]
            mean = of_train.mean(axis=0, dtype=np.float64)
            constant = constant_columns(of_train)
            mean[constant] = of_train[0, constant]
            yield (part - mean).astype(self._dtype), constant

    def start(self, width: int, rng: np.random.Generator) -> np.ndarray:
        """Return the features times random directions, (n, width), and sum up their squares."""
        image = np.zeros((self._n, width))
        for X, constant in self._blocks():
            image += X @ rng.standard_normal((X.shape[1], width), dtype=self._dtype.type)
            squares = np.einsum("nu,nu->n", X, X, dtype=np.float64)
            off = X.mean(axis=0, dtype=np.float64)
            self.square += float(squares.sum() - self._n * (off @ off))
            self.train_square += float(squares[self._train].sum())
            self.n_units += X.shape[1]
            self.n_constant += int(constant.sum())
        return image

    def apply(self, basis: np.ndarray) -> np.ndarray:
        """Return the products of all with the training stimuli, times `basis`; (n, width)."""
        # What is 0 elsewhere sums over the training stimuli, without a copy of their features.
        inside = np.zeros((self._n, basis.shape[1]), dtype=self._dtype)
        inside[self._train] = basis
        image = np.zeros(inside.shape)
        for X, _ in self._blocks():
            image += X @ (X.T @ inside)
        return image


def _orthonormal(vectors: np.ndarray) -> np.ndarray:
    """Return an orthonormal basis of the span of vectors (n, width)."""
    values, turn = np.linalg.eigh(vectors.T @ vectors)
    kept = values > len(vectors) * np.finfo(np.float64).eps * max(float(values[-1]), 0.0)
    return vectors @ (turn[:, kept] / np.sqrt(values[kept]))
