"""Responses as a decoder sees them: standardised by training stimuli, and read at any time.

Offset and gain of a time are taken out by the training stimuli of *that* time. A code that only
gets stronger or weaker, or rides on a changing mean rate, then generalises over time as it should.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import numpy as np

from ..activations.memory import available_bytes
from ..errors import InputError, in_words
from ..kernels.centring import double_centre
from ..kernels.gram import gram
from ..kernels.logistic import LogisticFit
from ..predictivity.features import Features

# Eigenvalues below this share of the largest are rounding.
_RANK = 1e-12


class Space(Protocol):
    """What decoders need: features of a time to fit on, and a fit's decisions at other times."""

    n_times: int
    orthogonal: bool

    def prepare(self) -> None:
        """Compute what all folds share, before several of them run at once."""

    def fitting(self, time: int, train: np.ndarray) -> np.ndarray:
        """Return standardised training features, (n_train, d)."""

    def decide(
        self, fit: LogisticFit, time: int, at: np.ndarray, train: np.ndarray, test: np.ndarray
    ) -> np.ndarray:
        """Return log odds (len(at), n_test, n_classes) of a fit at `time` for other times."""


class Direct:
    """Responses in memory, unit by unit.

    Parameters
    ----------
    values
        Shape (time, sample, unit), finite.
    z_score
        Divide each unit by its standard deviation over training samples, or all of them by one
        number, the root of their mean variance.
    """

    orthogonal = False

    def __init__(self, values: np.ndarray, z_score: bool) -> None:
        self.values, self.z_score = values, z_score
        self.n_times = len(values)
        # What was standardised last, of each thread.
        self._held = threading.local()

    def prepare(self) -> None:
        """Nothing is shared by the folds."""

    def standardised(self, train: np.ndarray) -> np.ndarray:
        """Return all samples standardised by `train`, the same shape as the values."""
        key = train.tobytes()
        if getattr(self._held, "key", None) != key:
            part = self.values[:, train].astype(np.float64)
            flat = part.max(axis=1) == part.min(axis=1)
            mean = np.where(flat, part[:, 0], part.mean(axis=1))
            scale = part.std(axis=1)
            if not self.z_score:
                total = np.where(flat, 0.0, scale**2).sum(axis=1) / np.maximum((~flat).sum(1), 1)
                scale = np.broadcast_to(np.sqrt(total)[:, None], scale.shape)
            inverse = np.divide(1.0, scale, out=np.zeros(scale.shape), where=~flat & (scale > 0))
            self._held.key = key
            self._held.values = (self.values - mean[:, None]) * inverse[:, None]
        found: np.ndarray = self._held.values
        return found

    def fitting(self, time: int, train: np.ndarray) -> np.ndarray:
        """Return standardised training features, (n_train, d)."""
        return self.standardised(train)[time, train]

    def decide(
        self, fit: LogisticFit, time: int, at: np.ndarray, train: np.ndarray, test: np.ndarray
    ) -> np.ndarray:
        """Return log odds (len(at), n_test, n_classes) of a fit at `time` for other times."""
        return fit.decide(self.standardised(train)[np.ix_(at, test)])


class Rotated:
    """Features rotated to the span of the stimuli, known by their Gram matrix only.

    A fit with an L2 penalty lies in that span, so that thousands of units cost as much as there
    are stimuli, with the same answer; a time t' is read through the products of t' with t.

    Parameters
    ----------
    products
        Products of (time, stimulus) with (time, stimulus), shape (time, n, time, n).
    n_units
        Units that vary over stimuli, of each time.
    """

    orthogonal = True

    def __init__(self, products: np.ndarray, n_units: np.ndarray) -> None:
        self.products, self.n_units = products, n_units
        self.n_times = len(products)
        self._axes: dict[int, tuple[np.ndarray, np.ndarray]] = {}

    def prepare(self) -> None:
        """Decompose every time."""
        for time in range(self.n_times):
            self.axes(time)

    def axes(self, time: int) -> tuple[np.ndarray, np.ndarray]:
        """Return eigenvectors (n, r) of the centred Gram matrix of a time, and their lengths."""
        if time not in self._axes:
            values, vectors = np.linalg.eigh(double_centre(self.products[time, :, time]))
            kept = values > _RANK * values.max(initial=0.0)
            self._axes[time] = (vectors[:, kept], np.sqrt(values[kept]))
        return self._axes[time]

    def fitting(self, time: int, train: np.ndarray) -> np.ndarray:
        """Return standardised training features, (n_train, d)."""
        vectors, lengths = self.axes(time)
        part = vectors[train] * lengths
        part = part - part.mean(axis=0)
        return part * self._inverse(time, train)

    def _inverse(self, time: int, train: np.ndarray) -> float:
        block, n = self.products[time, :, time], len(train)
        share = _share(train, len(block))
        variance = np.diagonal(block)[train].sum() / n - share @ block @ share
        total = variance / max(int(self.n_units[time]), 1)
        return 1 / np.sqrt(total) if total > 0 else 0.0

    def decide(
        self, fit: LogisticFit, time: int, at: np.ndarray, train: np.ndarray, test: np.ndarray
    ) -> np.ndarray:
        """Return log odds (len(at), n_test, n_classes) of a fit at `time` for other times."""
        vectors, lengths = self.axes(time)
        # Weights of units are X_t' a; products of t with itself are centred over all stimuli.
        dual = (vectors / lengths) @ fit.coef
        dual = dual - dual.mean(axis=0)
        odds, share = [], _share(train, len(vectors))
        for other in at:
            block = self.products[other][:, time]
            read = block[test] @ dual - (share @ block) @ dual
            odds.append(read * self._inverse(other, train) + fit.intercept)
        return np.stack(odds)


def _share(train: np.ndarray, n: int) -> np.ndarray:
    """Return weights whose products are means over training stimuli."""
    weights = np.zeros(n)
    weights[train] = 1 / len(train)
    return weights


def rotated(features: Sequence[Features], ids: Sequence[Any]) -> tuple[Rotated, np.ndarray]:
    """Read the steps of one area once, and return their space and which of them vary.

    Raises
    ------
    InputError
        The products of all pairs of steps would not fit into memory.
    """
    n, n_times = len(ids), len(features)
    size = 8.0 * (n * n_times) ** 2
    if 2.2 * size > (free := available_bytes()):
        raise InputError(
            f"products of {n_times} steps x {n:,} stimuli with each other take "
            f"{in_words(2 * size)}, and {in_words(free)} of memory are free; give fewer steps or "
            "stimuli, or generalize=False (--no-generalize)"
        )
    varying = np.zeros(n_times, dtype=np.int64)

    def blocks() -> Iterator[np.ndarray]:
        for parts in zip(*(feature.blocks(ids) for feature in features), strict=True):
            for k, part in enumerate(parts):
                varying[k] += int((part.max(axis=0) != part.min(axis=0)).sum())
            yield np.concatenate(parts)

    products = gram(blocks(), n * n_times).gram.reshape(n_times, n, n_times, n)
    return Rotated(products, varying), varying > 0
