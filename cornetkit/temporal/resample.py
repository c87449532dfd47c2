"""Scores of held-out predictions over other draws of the stimuli, and of neuroids or animals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import InputError
from ..kernels.correlation import pearson_columns
from ..kernels.resampling import interval, multiplicities, two_factor_variance
from ..predictivity.influence import correlation_influence
from ..predictivity.splits import Split
from ..predictivity.summary import mean_over_splits, median_over_neuroids

OVER = ("neuroid", "animal")


@dataclass(frozen=True)
class Draws:
    """Draws of stimuli, and of neuroids: how often each counts.

    Parameters
    ----------
    stimuli
        Shape (draw, n).
    neuroids
        Indices of neuroids, one array a draw.
    n_second
        Neuroids or animals that were drawn from.
    confidence
        Of intervals.
    over
        ``neuroid`` or ``animal``.
    """

    stimuli: np.ndarray
    neuroids: list[np.ndarray]
    n_second: int
    confidence: float = 0.95
    over: str = "neuroid"

    @classmethod
    def make(
        cls,
        n_stimuli: int,
        animals: np.ndarray,
        over: str,
        n_draws: int,
        seed: int,
        groups: np.ndarray | None = None,
    ) -> Draws:
        """Draw stimuli (or whole groups of them) and neuroids (or whole animals)."""
        rng = np.random.default_rng([seed, 1])
        labels = np.arange(n_stimuli) if groups is None else groups
        values, which = np.unique(labels, return_inverse=True)
        stimuli = multiplicities(len(values), n_draws, rng)[:, which]
        units = np.arange(len(animals)) if over == "neuroid" else animals
        names = np.unique(units)
        if over == "animal" and len(names) < 2:
            raise InputError(
                "interval_over='animal' needs neuroids of 2 animals or more (a coordinate "
                "'animal' on neuroid); leave it out for intervals over neuroids"
            )
        members = [np.flatnonzero(units == name) for name in names]
        chosen = rng.integers(len(names), size=(n_draws, len(names)))
        neuroids = [np.concatenate([members[k] for k in draw]) for draw in chosen]
        return cls(stimuli, neuroids, len(names), over=over)

    def describe(self) -> str:
        """Say what intervals are over."""
        return (
            f"{self.confidence:.0%}, over stimuli and {self.over}s: bootstrap of the held-out "
            f"predictions ({len(self.neuroids)} draws), variances of both added as two factors"
        )


def resampled_r(
    held_out: np.ndarray, responses: np.ndarray, splits: Sequence[Split], draws: Draws
) -> np.ndarray:
    """Return r (draw, split, time_bin, neuroid) over resampled held-out stimuli of each split.

    Parameters
    ----------
    held_out, responses
        Shape (n, time_bin, neuroid). Fits stay as they are: copies of a stimulus never lie on
        both sides of a split.

    Notes
    -----
    Correlations move along their influence functions, as in the bootstrap of `predict`: to count
    a few held-out stimuli more or less spreads r far more than new stimuli do.
    """
    shape = held_out.shape[1:]
    found = np.full((len(draws.stimuli), len(splits), *shape), np.nan, np.float32)
    extra = draws.stimuli - 1.0
    for k, (_, test) in enumerate(splits):
        P = held_out[test].reshape(len(test), -1).astype(np.float64)
        Y = responses[test].reshape(len(test), -1)
        r = pearson_columns(P, Y)
        moves = extra[:, test] @ correlation_influence(P, Y).of_stimuli
        found[:, k] = (r + moves).reshape(-1, *shape)
    return found


@dataclass(frozen=True)
class Scores:
    """Scores (..., time_bin): as they are, and over draws of stimuli, of neuroids, of both.

    Medians over neuroids within a split, then means over splits.
    """

    estimate: np.ndarray
    over_stimuli: np.ndarray
    over_second: np.ndarray
    over_both: np.ndarray

    @classmethod
    def of(cls, r: np.ndarray, resampled: np.ndarray, draws: Draws) -> Scores:
        """Sum up r (split, time_bin, neuroid) and the same of draws of stimuli.

        Both may be differences of correlations.
        """
        pairs = list(zip(resampled, draws.neuroids, strict=True))
        return cls(
            _score(r),
            _score(resampled),
            np.stack([_score(np.take(r, which, axis=-1)) for which in draws.neuroids]),
            np.stack([_score(np.take(one, which, axis=-1)) for one, which in pairs]),
        )

    def interval(
        self, draws: Draws, reduce: Callable[[np.ndarray], np.ndarray] = np.asarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return estimate, low and high, each (time_bin,) or of what `reduce` makes of it.

        `reduce` turns scores (..., time_bin) into what the interval is of, (..., anything), such
        as their slope over time.
        """
        estimate, *others = (
            reduce(x) for x in (self.estimate, self.over_stimuli, self.over_second, self.over_both)
        )
        v_stimuli, v_second, v_both = (_variance(x) for x in others)
        n = draws.stimuli.shape[1]
        if draws.n_second < 2:
            variance, dof = v_stimuli * n / (n - 1), n - 1
        else:
            variance = two_factor_variance(v_stimuli, v_second, v_both, n, draws.n_second)
            dof = min(n, draws.n_second) - 1
        low, high = interval(
            estimate=estimate, variance=variance, confidence=draws.confidence, dof=dof
        )
        return estimate, low, high


def interval_of(
    r: np.ndarray,
    resampled: np.ndarray,
    draws: Draws,
    reduce: Callable[[np.ndarray], np.ndarray] = np.asarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the score of r (split, time_bin, neuroid) with its interval, see `Scores`."""
    return Scores.of(r, resampled, draws).interval(draws, reduce)


def _score(r: np.ndarray) -> np.ndarray:
    """Sum up (..., split, time_bin, neuroid) to (..., time_bin)."""
    return mean_over_splits(median_over_neuroids(r), axis=-2)


def _variance(values: np.ndarray) -> np.ndarray:
    known = ~np.isnan(values)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, values, 0.0).sum(axis=0) / count
    return np.where(known, (values - mean) ** 2, 0.0).sum(axis=0) / np.maximum(count - 1, 1)
