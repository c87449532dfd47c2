"""Permutations and bootstrap resamples of matched pairs, over their held-out stimuli."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import xarray as xr

from .. import __version__
from ..errors import InputError
from ..kernels.held_out import permuted_columns, resampled_columns
from ..schema import SCHEMA_VERSION
from .ceilings import mean_over
from .digest import of_responses
from .inference import Inference, add_inference, check_animals
from .inherited import inherited
from .matched import HeldOut, Task
from .matched_repetitions import RedrawnMeans
from .patterns import subjects_of
from .spread import Resampled

# By which the null of permuted held-out stimuli is widened, see `MatchedInference`.
_BOTH_WAYS = 2**0.5


class MatchedInference:
    """Permutations and resamples of held-out pairs, filled in place by place.

    The matching is not made again: its held-out stimuli are resampled, and permuted within their
    fold, so that what is asked is how far these pairs hold for other stimuli. Only for drawn
    repetitions it is: of stimuli that stay as they are, the other trials move a score as much by
    the pairs that are then found as by what these reach (kept as they were, 95 % intervals held
    the expected score in 79 % of 400 simulations of `one_to_one`).

    Each stimulus stands in a score twice, as a held-out one and as one that others were matched
    on, and orders of the held-out ones show the first only. Of folds of noise the variance of a
    score is up to twice theirs (every pair of stimuli stands in it both ways; 1.4 to 1.7 in 200
    simulations each), and p as it is fell to .05 in 8 to 12 % of them. The null is widened by
    sqrt(2), so that p is somewhat too large instead.

    Parameters
    ----------
    task
        What is matched.
    how
        What is asked.
    """

    def __init__(self, task: Task, how: Inference) -> None:
        self.task, self.how = task, how
        n, q = len(task.ids), task.responses.sizes["neuroid"]
        self.sizes = {"stimulus": n, "neuroid": q}
        self.null: np.ndarray | None = None
        self.boots: dict[str, np.ndarray] = {}
        if how.permutations:
            self.null = np.full((how.permutations, *task.shape), np.nan)
            generator = how.generator("permutation")
            self.orders = [self._within(test, generator) for _, test in task.folds]
        if how.bootstrap:
            keys = [*how.resample, *(["both"] if len(how.resample) == 2 else [])]
            self.boots = {key: np.full((how.bootstrap, *task.shape), np.nan) for key in keys}
            self.stimuli = how.draws("stimulus", n)
            self.columns = next((name for name in how.resample if name != "stimulus"), "neuroid")
            self.neuroids = how.draws("neuroid", q)
            if "neuroid" in how.resample and q < 2:
                raise InputError("one neuroid is too few to resample neuroids; expected at least 2")
            if self.columns == "animal":
                self.neuroids = self._animals()
            if self.columns == "repetition":
                self.means = RedrawnMeans(task.trials, task.ids)
                self.sizes["repetition"] = self.means.size

    def attributes(
        self,
        method: str,
        notes: Sequence[str],
        *,
        n_splits: int,
        n_halves: int,
        seed: int,
        join: str,
        window: tuple[float, float] | None,
        bins: float | None,
    ) -> dict[str, Any]:
        """Return the attributes of a result: versions, settings, provenance and notes."""
        task = self.task
        return {
            "schema_version": SCHEMA_VERSION,
            "cornetkit_version": __version__,
            "method": method,
            "n_splits": n_splits,
            "seed": seed,
            "n_stimuli": len(task.ids),
            "join": join,
            "engine": "units",
            "ceiling": "repetitions",
            "n_halves": n_halves,
            "window": "none" if window is None else [float(t) for t in window],
            "bins": "none" if bins is None else float(bins),
            **self.how.describe(self.sizes, task.ids),
            **(of_responses(task.responses) if self.how.bootstrap else {}),
            **inherited("acts", task.source.patterns.attrs),
            **inherited("neural", task.trials.attrs),
            "notes": list(notes),
        }

    def _animals(self) -> np.ndarray:
        """Return how often each neuroid counts where animals are drawn, with all their neuroids."""
        names, codes = subjects_of(self.task.trials, "animal")
        check_animals(len(names))
        self.sizes["animal"] = len(names)
        return self.how.draws("animal", len(names))[:, codes]

    def _within(self, test: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        labels = {name: values[test] for name, values in self.task.labels().items()}
        ids = [self.task.ids[row] for row in test]
        return self.how.orders(ids, labels, generator)

    @property
    def matches_anew(self) -> bool:
        """Whether `fill` matches again, in every resample."""
        return bool(self.boots) and self.columns == "repetition"

    def fill(
        self,
        place: tuple[int, ...],
        folds: Sequence[HeldOut],
        match: Callable[[np.ndarray], Sequence[HeldOut]],
    ) -> None:
        """Fill in one step and time bin.

        Parameters
        ----------
        place
            Index of the step and of the time bin.
        folds
            Its pairs.
        match
            Gives the pairs of other responses, (stimulus, neuroid).
        """
        q = self.sizes["neuroid"]
        here: tuple[Any, ...] = (slice(None), *place)
        if self.null is not None:
            r = [
                fold.of_neuroids(permuted_columns(fold.units, fold.neuroids, orders), q)
                for fold, orders in zip(folds, self.orders, strict=True)
            ]
            self.null[here] = self.task.summed(np.stack(r, axis=1))
        if not self.boots:
            return
        if self.columns == "repetition":
            self._repetitions(place, match)
        drawn = self.neuroids[:, None, :]
        if "stimulus" in self.boots:
            r = [
                fold.of_neuroids(
                    resampled_columns(fold.units, fold.neuroids, self.stimuli[:, fold.test]), q
                )
                for fold in folds
            ]
            over = np.stack(r, axis=1)
            self.boots["stimulus"][here] = self.task.summed(over)
            if "both" in self.boots and self.columns != "repetition":
                self.boots["both"][here] = self.task.summed(over, drawn)
        if self.columns in self.boots and self.columns != "repetition":
            once = [
                fold.of_neuroids(
                    resampled_columns(fold.units, fold.neuroids, np.ones((1, len(fold.test)))), q
                )
                for fold in folds
            ]
            alone = np.stack(once, axis=1)
            self.boots[self.columns][here] = self.task.summed(alone, drawn)

    def _repetitions(
        self, place: tuple[int, ...], match: Callable[[np.ndarray], Sequence[HeldOut]]
    ) -> None:
        """Match and correlate again, on responses of drawn repetitions."""
        generator = self.how.generator("repetition")  # the same draws at every place
        q = self.sizes["neuroid"]
        for k in range(self.how.bootstrap):
            means = self.means.means(place[-1], generator)
            found: dict[str, list[np.ndarray]] = {"repetition": [], "both": []}
            for fold in match(means):
                once = np.ones((1, len(fold.test)))
                for name, counts in (
                    ("repetition", once),
                    ("both", self.stimuli[k : k + 1, fold.test]),
                ):
                    if name in self.boots:
                        r = fold.of_neuroids(
                            resampled_columns(fold.units, fold.neuroids, counts), q
                        )
                        found[name].append(r)
            for name, of_folds in found.items():
                if name in self.boots:
                    self.boots[name][(k, *place)] = self.task.summed(np.stack(of_folds, axis=1))[0]

    def add_to(self, result: xr.Dataset) -> None:
        """Add p values and intervals to a result with ``score``."""
        if self.null is not None or self.boots:
            null = None if self.null is None else _widened(self.null)
            resampled = Resampled(self.how.chosen(self.sizes), self.boots) if self.boots else None
            add_inference(result, self.how, null, resampled)


def _widened(null: np.ndarray) -> np.ndarray:
    """Return scores of permutations, (permutation, ...), as far apart as if matched anew."""
    centre = np.nan_to_num(mean_over(null, axis=0))
    return np.asarray(centre + _BOTH_WAYS * (null - centre))
