"""The variance of a score from its bootstrap resamples, and from leaving stimuli out.

A comparison of RDMs is one of pairs of stimuli. What is particular to a pair, and not to either of
its stimuli, is counted by the bootstrap as three times what it adds to the variance (the product of
two counts varies so much), and by leaving one stimulus out at a time as twice; what is particular
to a stimulus both count once. So twice the one less the other counts everything once. Without it,
95 % intervals over 30 stimuli hold the true value in 98 to 99.7 % of simulations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import xarray as xr

from ..kernels.resampling import two_factor_variance

# Of the bootstrap's variance, the least that can be: all of it particular to pairs.
_LEAST = 1 / 3
_NAMES = {
    "left_out": ("jackknife", "left_out", ()),
    "of_subjects": ("resampled_r", "resample", ("subject",)),
    "left_out_of_subjects": ("jackknife_r", "left_out", ("subject",)),
}


@dataclass
class Resampled:
    """Scores in all resamples.

    Parameters
    ----------
    sizes
        How many items each factor has, by its name: one or two of them.
    parts
        Scores of the resamples of each factor alone, and of ``"both"``, shape (R, *score).
    left_out
        Scores with each stimulus left out, shape (stimulus, *score), for comparisons of pairs.
    of_subjects, left_out_of_subjects
        The same of each subject, with the subjects last, where these are a factor: what only
        one subject's pairs have must not be taken for what the pairs have.
    """

    sizes: Mapping[str, int]
    parts: dict[str, np.ndarray] = field(default_factory=dict)
    left_out: np.ndarray | None = None
    of_subjects: np.ndarray | None = None
    left_out_of_subjects: np.ndarray | None = None

    @property
    def factors(self) -> list[str]:
        """What was resampled."""
        return list(self.sizes)

    @property
    def drawn(self) -> np.ndarray:
        """Scores of the resamples of all factors together, shape (R, *score)."""
        return self.parts["both" if len(self.sizes) == 2 else self.factors[0]]

    def variance(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the variance of the score, and its degrees of freedom, of the same shape.

        Of two factors by Satterthwaite (1946), from what is due to the one, to the other and to
        both together: few subjects make an interval wide as far as subjects are what varies.
        """
        # Repetitions of all stimuli are drawn, each by itself: together they are many.
        free = {n: np.inf if n == "repetition" else size - 1.0 for n, size in self.sizes.items()}
        apart = {name: _variance(x) for name, x in self.parts.items()}
        if len(self.sizes) == 1:
            found = self._once(apart, self.factors[0])
            return found, np.full(found.shape, free[self.factors[0]])
        (a, n_a), (b, n_b) = self.sizes.items()
        if b == "stimulus":
            (a, n_a), (b, n_b) = (b, n_b), (a, n_a)
        found = two_factor_variance(
            apart[a], apart[b], apart["both"], n_a, n_b,
            excess=self._of_pairs(apart), least_a=self._once(apart, a),
        )  # fmt: skip
        of_a = np.clip(found - apart[b] * n_b / (n_b - 1), 0, found)
        of_b = np.clip(found - self._once(apart, a), 0, found)
        of_both = np.clip(found - of_a - of_b, 0, found)
        noise = of_a**2 / free[a] + of_b**2 / free[b] + of_both**2 / (free[a] * free[b])
        dof = np.divide(found**2, noise, out=np.full(found.shape, np.inf), where=noise > 0)
        return found, np.maximum(dof, min(free.values()))

    def _once(self, apart: Mapping[str, np.ndarray], name: str) -> np.ndarray:
        """Return the variance over one factor that counts what pairs have once."""
        n = self.sizes[name]
        found = apart[name] * n / (n - 1)
        if name != "stimulus" or self.left_out is None:
            return found
        return np.clip(2 * _jackknife(self.left_out) - found, _LEAST * found, found)

    def _of_pairs(self, apart: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return what the variance over two factors counts too much of what pairs have."""
        n = self.sizes.get("stimulus", 0)
        if self.of_subjects is not None and self.left_out_of_subjects is not None:
            share = _common(self.of_subjects, n / (n - 1))
            return np.maximum(2 * (share - _common(self.left_out_of_subjects, (n - 1) ** 2 / n)), 0)
        if self.left_out is None:
            return np.zeros(())
        # Not told apart from what pairs have of single neuroids or repetitions: half of it.
        return np.maximum(apart["stimulus"] * n / (n - 1) - _jackknife(self.left_out), 0)

    def variables(self, dims: tuple[str, ...]) -> dict[str, xr.Variable]:
        """Return what a result keeps, so that differences can be paired."""
        over = " and ".join(self.factors)
        found = {
            "resampled": xr.Variable(
                ("resample", *dims), self.drawn, {"long_name": f"score of each resample of {over}"}
            )
        }
        if len(self.sizes) == 2:
            for name in self.factors:
                found[f"resampled_{name}"] = xr.Variable(("resample", *dims), self.parts[name])
        for attribute, (name, first, last) in _NAMES.items():
            values = getattr(self, attribute)
            if values is not None:
                found[name] = xr.Variable((first, *dims, *last), values)
        return found

    @classmethod
    def difference(
        cls, first: xr.Dataset, second: xr.Dataset, dims: tuple[str, ...], sizes: Mapping[str, int]
    ) -> Resampled:
        """Return the resamples of the difference of two results, for scores of these dims."""

        def less(name: str, first_dim: str, last: tuple[str, ...] = ()) -> np.ndarray | None:
            if name not in first or name not in second:
                return None
            found = first[name] - second[name]
            return np.asarray(found.transpose(first_dim, *dims, *last).values)

        names = {"both": "resampled", **{name: f"resampled_{name}" for name in sizes}}
        if len(sizes) == 1:
            names = {next(iter(sizes)): "resampled"}
        parts = {key: less(name, "resample") for key, name in names.items()}
        others = {key: less(*where) for key, where in _NAMES.items()}
        return cls(sizes, {k: v for k, v in parts.items() if v is not None}, **others)


def _variance(x: np.ndarray) -> np.ndarray:
    """Return the variance over the first axis of what is defined, NaN below two."""
    there = ~np.isnan(x)
    n = there.sum(axis=0)
    mean = np.where(there, x, 0.0).sum(axis=0) / np.maximum(n, 1)
    squares = (np.where(there, x - mean, 0.0) ** 2).sum(axis=0)
    return np.where(n > 1, squares / np.maximum(n - 1, 1), np.nan)


def _jackknife(left_out: np.ndarray) -> np.ndarray:
    n = len(left_out)
    return _variance(left_out) * (n - 1) ** 2 / n


def _common(x: np.ndarray, scale: float) -> np.ndarray:
    """Return the mean covariance of two different subjects over the first axis, times `scale`."""
    there = ~np.isnan(x).all(axis=0)
    whole = (~np.isnan(x) | ~there).all(axis=-1)
    rows = np.maximum(whole.sum(axis=0), 2)
    used = np.where(whole[..., None] & there, x, 0.0)
    centred = np.where(whole[..., None] & there, used - used.sum(axis=0) / rows[..., None], 0.0)
    s = there.sum(axis=-1)
    together = (centred.sum(axis=-1) ** 2).sum(axis=0)
    apart = (centred**2).sum(axis=(0, -1))
    pairs = np.where(s > 1, s * (s - 1), np.nan)
    return np.asarray(scale * (together - apart) / pairs / (rows - 1))
