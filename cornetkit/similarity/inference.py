"""Permutation p values and bootstrap intervals: what is asked, what is drawn, what comes of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from ..errors import InputError, counted, listing, unknown_name
from ..kernels.clusters import cluster_correction
from ..kernels.resampling import (
    interval,
    multiplicities,
    p_value,
    permutations,
    permutations_needed,
)
from ..schema import check_number, check_whole, names_of
from .spread import Resampled
from .unused import check_bootstrap_arguments

# Each has random numbers of its own, so that its draws do not depend on what else is resampled.
_STREAMS = {
    "permutation": 0,
    "stimulus": 1,
    "subject": 2,
    "neuroid": 3,
    "repetition": 4,
    "animal": 5,
}
FACTORS = tuple(name for name in _STREAMS if name != "permutation")
# The spread of two numbers says nothing about where a third would be.
MIN_SUBJECTS = 3
_MIN_RESAMPLES = 20
CORRECTIONS = ("max", "cluster")


def check_animals(n: int) -> None:
    """Raise `InputError` where there are too few animals to draw from."""
    if n < MIN_SUBJECTS:
        raise InputError(
            f"{n} animal{'s are' if n > 1 else ' is'} too few to resample animals ({MIN_SUBJECTS} "
            "are needed): nothing could be said about others; resample 'stimulus', 'neuroid' or "
            "both, which speak about these animals"
        )


@dataclass(frozen=True)
class Inference:
    """What is resampled, how often; see `rsa`."""

    permutations: int = 0
    bootstrap: int = 0
    resample: tuple[str, ...] = ("stimulus",)
    within: str | Mapping[Any, Any] | None = None
    alpha: float | None = None
    confidence: float = 0.95
    seed: int = 0
    correction: str | None = None

    @classmethod
    def of(
        cls,
        permutations: int | None,
        bootstrap: int | None,
        resample: str | Sequence[str] | None,
        seed: int,
        subjects: str | None = None,
        *,
        confidence: float | None = None,
        **others: Any,
    ) -> Inference:
        """Take the arguments of a user; the coordinate of the subjects stands for ``subject``.

        Raises
        ------
        InputError
            `resample` or `confidence` is given without a bootstrap.
        """
        check_bootstrap_arguments(bootstrap, resample, confidence)
        resample = "stimulus" if resample is None else resample
        others["confidence"] = 0.95 if confidence is None else confidence
        names = names_of(resample, "resample")
        named = tuple("subject" if subjects and name == subjects else name for name in names)
        return cls(permutations or 0, bootstrap or 0, named, seed=seed, **others)

    def check(self, factors: Sequence[str] = FACTORS) -> None:
        """Raise where a setting makes no sense; `factors` are those that can be resampled."""
        for name in ("permutations", "bootstrap"):
            check_whole(getattr(self, name), name)
            if getattr(self, name) < 0:
                raise InputError(f"{name}={getattr(self, name)} was given; expected 0 or more")
        for name in self.resample:
            if name not in factors:
                raise unknown_name("thing to resample", name, factors)
        if len(set(self.resample)) != len(self.resample) or not 1 <= len(self.resample) <= 2:
            raise InputError(
                f"resample={listing(self.resample)} was given; expected one or two different ones "
                f"of {listing(factors)}"
            )
        if len(self.resample) == 2 and "stimulus" not in self.resample:
            raise InputError(
                f"{listing(self.resample)} cannot be resampled together; expected 'stimulus' with "
                "one other"
            )
        if 0 < self.bootstrap < _MIN_RESAMPLES:
            raise InputError(
                f"{self.bootstrap} bootstrap resamples are too few for an interval; expected at "
                f"least {_MIN_RESAMPLES}, better 1000"
            )
        check_number(self.confidence, "confidence", "a share, as 0.95")
        if not 0 < self.confidence < 1:
            raise InputError(f"confidence={self.confidence} was given; expected a share, as 0.95")
        if self.within is not None and not self.permutations:
            raise InputError(
                "permute_within= is for permutations; add permutations=999 (--permutations 999)"
            )
        if self.correction is not None:
            if self.correction not in CORRECTIONS:
                raise unknown_name("correction", self.correction, CORRECTIONS)
            if not self.permutations:
                raise InputError(
                    f"correction='{self.correction}' is about the p values of permutations; add "
                    "permutations=999 (--permutations 999)"
                )
        if self.alpha is None:
            return
        check_number(self.alpha, "alpha", "a share, as 0.05")
        if not 0 < self.alpha < 1:
            raise InputError(f"alpha={self.alpha} was given; expected a share, as 0.05")
        needed = permutations_needed(self.alpha)
        if self.permutations < needed:
            raise InputError(
                f"p = {self.alpha:g} cannot be reached with "
                f"{counted(self.permutations, 'permutation')}, whose smallest p is "
                f"{1 / (self.permutations + 1):.3g}; expected at least {needed}: permutations="
                f"{needed} (--permutations {needed})"
            )

    def draws(self, factor: str, n: int) -> np.ndarray:
        """Return how often each of `n` items is drawn, (bootstrap, n); the same for every result.

        Results of the same items and the same seed are on the same resamples, so that their
        differences are paired.
        """
        return multiplicities(n, self.bootstrap, self.generator(factor))

    def orders(
        self,
        ids: Sequence[Any],
        labels: Mapping[str, np.ndarray],
        generator: np.random.Generator | None = None,
    ) -> np.ndarray:
        """Return the permutations of the stimuli, (permutations, n), inside blocks where asked."""
        generator = generator or self.generator("permutation")
        return permutations(len(ids), self.permutations, generator, self._blocks(ids, labels))

    def generator(self, what: str) -> np.random.Generator:
        """Return the random numbers of one factor, or of permutations."""
        return np.random.default_rng([self.seed, _STREAMS[what]])

    def _blocks(self, ids: Sequence[Any], labels: Mapping[str, np.ndarray]) -> np.ndarray | None:
        if self.within is None:
            return None
        if isinstance(self.within, str):
            if self.within not in labels:
                raise unknown_name("coordinate of the stimuli", self.within, sorted(labels))
            return np.asarray(labels[self.within])
        if isinstance(self.within, Mapping):
            missing = [name for name in ids if name not in self.within]
            if missing:
                raise InputError(
                    f"permute_within= has no block for {len(missing)} stimuli "
                    f"({listing(missing, 3)}); expected one for every stimulus"
                )
            return np.asarray([self.within[name] for name in ids])
        raise InputError(
            "permute_within= takes the name of a coordinate of the stimuli, or a mapping from "
            f"stimulus id to block, not a {type(self.within).__name__}"
        )

    def chosen(self, sizes: Mapping[str, int]) -> dict[str, int]:
        """Return the sizes of what is resampled, in the order that it was asked for."""
        return {name: int(sizes[name]) for name in self.resample}

    def describe(self, sizes: Mapping[str, int], ids: Sequence[Any]) -> dict[str, Any]:
        """Return what was resampled, as attributes.

        Parameters
        ----------
        sizes
            How many items of each there were.
        ids
            The stimuli.
        """
        given: dict[str, Any] = {}
        if self.permutations or self.bootstrap:
            given["stimuli_hash"] = hashlib.sha256(repr(list(ids)).encode()).hexdigest()[:16]
        if self.permutations:
            blocks = self.within if isinstance(self.within, str) else "given"
            given |= {
                "permutations": self.permutations,
                "permute_within": "none" if self.within is None else blocks,
                "permutation_seed": self.seed,
                "alternative": "greater",
                "correction": self.correction or "max",
            }
        if self.bootstrap:
            given |= {
                "bootstrap": self.bootstrap,
                "resample_of": list(self.resample),
                "resample_items": list(self.chosen(sizes).values()),
                "resample_seed": self.seed,
                "confidence": self.confidence,
                "interval": "t interval, variance over bootstrap resamples"
                + (" (two factors)" if len(self.resample) == 2 else ""),
            }
        return given


def add_inference(
    data: xr.Dataset,
    how: Inference,
    null: np.ndarray | None,
    resampled: Resampled | None,
) -> None:
    """Add p values and intervals of ``score`` to a result.

    Parameters
    ----------
    data
        With ``score``.
    how
        What was asked.
    null
        Scores of the permutations, shape (P, *score).
    resampled
        Scores of the resamples.
    """
    score = data["score"]
    if null is not None:
        data["p"] = (score.dims, p_value(score.values, null), {"long_name": "permutation p"})
        corrected, meaning = _corrected(data, score, null, how)
        data["p_corrected"] = (score.dims, corrected, {"long_name": meaning})
        data["null"] = (
            ("permutation", *score.dims),
            null,
            {"long_name": "score with the stimuli in another order"},
        )
    if resampled is not None:
        variance, dof = resampled.variance()
        low, high = interval(
            estimate=score.values, variance=variance, dof=dof, confidence=how.confidence
        )
        # No similarity lies beyond these.
        low, high = np.maximum(low, -1.0), np.minimum(high, 1.0)
        data["score_low"], data["score_high"] = (score.dims, low), (score.dims, high)
        dims = tuple(str(dim) for dim in score.dims)
        data.update(resampled.variables(dims))


def _corrected(
    data: xr.Dataset, score: xr.DataArray, null: np.ndarray, how: Inference
) -> tuple[np.ndarray, str]:
    """Return p corrected for all scores of a result, and what it is; add clusters to it."""
    if how.correction == "cluster":
        if "time_bin" not in score.dims:
            raise InputError(
                "correction='cluster' (--correction cluster) is over neighbouring time bins, and "
                f"scores have the dims {listing(score.dims) or 'none'}; give recordings of several "
                "bins, or correction='max'"
            )
        found = cluster_correction(score.values, null, axes=(score.dims.index("time_bin"),))
        data["cluster"] = (score.dims, found.labels, {"meaning": "0: in no cluster"})
        return found.p_map, "p by the mass of clusters of time bins, the heaviest over all of them"
    highest = np.where(np.isnan(null), -np.inf, null).reshape(len(null), -1)
    highest = highest.max(axis=1, initial=-np.inf)
    highest = np.where(np.isinf(highest), np.nan, highest).reshape(-1, *(1,) * score.ndim)
    return (
        p_value(score.values, np.broadcast_to(highest, null.shape)),
        "p by the highest score of each permutation over all of them",
    )
