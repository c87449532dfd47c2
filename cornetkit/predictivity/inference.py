"""Intervals and p values of scores: what was drawn, gathered step by step, and put together."""

from __future__ import annotations

from hashlib import sha256
from typing import Any, cast

import numpy as np
import xarray as xr

from ..kernels.clusters import cluster_correction, max_statistic
from ..kernels.resampling import interval, p_value
from .align import Aligned
from .bootstrap import BOTH, resampled_scores, variance_of
from .draws import draw_columns, draw_rows
from .engine import Engine
from .evaluate import Evaluation
from .features import Features
from .folds import Folds
from .inference_asked import Inference
from .kept import scored_rows
from .permuted import null_scores, permuted_orders
from .predictions import add_predictions
from .protocols import Protocol
from .ties import Ties
from .training_noise import half_splits, share_both_ways, share_of_noise, widening_of

_DIMS = ("area", "time", "time_bin")
# Splits that hold a stimulus out more often than this have intervals that are too narrow.
_MOST_TIMES = 2.0


class Inferring:
    """Gathers resamples and permutations of every area and step.

    Parameters
    ----------
    asked
        What of it.
    data
        Both sides.
    plan
        All settings.
    folds
        The splits.
    responses
        Shape (n, time_bin, neuroid).
    ties
        What keeps stimuli, or neuroids, together.
    dtype
        Of the products in the Gram matrix.
    """

    def __init__(
        self,
        asked: Inference,
        data: Aligned,
        plan: Protocol,
        folds: Folds,
        responses: np.ndarray,
        ties: Ties,
        dtype: str,
    ) -> None:
        self._asked, self._data, self._responses = asked, data, responses
        self._tests = scored_rows(folds.splits, plan)
        self._plan, self._ties, self._dtype = plan, ties, dtype
        self._halves = half_splits(folds.splits, folds.groups, plan.seed)
        self._both_ways = 1.0 if asked.rows is None else share_both_ways(folds.splits)
        self._seed = plan.seed
        self._groups = plan.groups if folds.groups is not None else None
        self._rows = self._columns = self._orders = None
        self._within = ""
        if asked.rows is not None:
            self._rows = draw_rows(asked.rows, data, plan, folds, asked.bootstrap, plan.seed)
        if asked.columns is not None:
            self._columns = draw_columns(asked.columns, data.averaged, asked.bootstrap, plan.seed)
        if asked.permutations:
            self._orders, self._within = permuted_orders(asked, data, plan, folds)
        self._resampled: list[tuple[Features, dict[str, np.ndarray]]] = []
        self._noise: list[tuple[Features, np.ndarray]] = []
        self._null: list[tuple[Features, np.ndarray]] = []
        self._predicted: list[tuple[Features, list[np.ndarray]]] = []

    @property
    def notes(self) -> list[str]:
        """What of the intervals is known not to hold."""
        if self._rows is None:
            return []
        times = np.bincount(np.concatenate(self._tests))
        mean = float(times[times > 0].mean())
        if mean <= _MOST_TIMES:
            return []
        return [
            f"random splits hold each stimulus out {mean:.1f} times (mean): intervals over stimuli "
            "are somewhat too narrow then (by 14 % of their width with 30 splits of 8 of 80 "
            "stimuli); give fewer, n_splits=10, or folds, splits='kfold' (--splits kfold)"
        ]

    def look_at(self, features: Features, engine: Engine, evaluation: Evaluation) -> None:
        """Resample and permute one area and step that was evaluated."""
        if evaluation.constant_features:
            return
        if self._asked.keep_predictions and evaluation.held_out is not None:
            self._predicted.append((features, evaluation.held_out))
        if self._asked.bootstrap:
            widening = np.ones(self._responses.shape[1])
            if self._rows is not None:
                noise = share_of_noise(
                    features, self._data.ids, engine.gram, self._responses, self._halves,
                    self._plan, self._ties, self._dtype,
                )  # fmt: skip
                self._noise.append((features, noise[None]))
                widening = widening_of(noise, self._both_ways)
            found = resampled_scores(
                evaluation, self._tests, self._responses, self._rows, self._columns, widening
            )
            self._resampled.append((features, found))
        evaluation.held_out = None  # large, and not needed any more
        if self._orders is not None:
            self._null.append((features, null_scores(engine, self._responses, self._orders)))

    def add_to(self, scores: xr.Dataset) -> xr.Dataset:
        """Return scores with intervals, p values and what they come from."""
        if self._asked.bootstrap:
            scores = self._add_intervals(scores)
        if self._asked.permutations:
            scores = self._add_p(scores)
        if self._asked.keep_predictions:
            scores = add_predictions(scores, self._predicted, self._tests, self._data)
        return scores

    def _gathered(
        self, scores: xr.Dataset, found: list[tuple[Features, np.ndarray]], n: int
    ) -> Any:
        """Put results (n, time_bin) of each area and step in one array (n, area, time, bin)."""
        areas, steps = scores["area"].values.tolist(), scores["time"].values.tolist()
        values = np.full((n, *(scores.sizes[dim] for dim in _DIMS)), np.nan)
        for features, of_step in found:
            values[:, areas.index(features.area), steps.index(features.step)] = of_step
        return values

    def _add_intervals(self, scores: xr.Dataset) -> xr.Dataset:
        asked, n = self._asked, self._asked.bootstrap
        names = list(self._resampled[0][1]) if self._resampled else []
        found = {
            name: self._gathered(scores, [(f, r[name]) for f, r in self._resampled], n)
            for name in names
        }
        if not found:
            return scores
        score = scores["score"].values
        n_rows = None if self._rows is None else self._rows.dof + 1
        n_columns = None if self._columns is None else self._columns.n_items
        variance, dof = variance_of(found, n_rows, n_columns)
        factor_of = {"rows": asked.rows, "columns": asked.columns}
        words = [_words(factor, self._groups) for factor in asked.factors]
        for name, values in found.items():
            alone = name != BOTH and BOTH in found
            scores[f"resampled_{factor_of[name]}" if alone else "resampled"] = (
                ("resample", *_DIMS),
                score + values,
                {
                    "long_name": f"score with other {words[list(found).index(name)]}"
                    if alone or len(words) == 1
                    else f"score with other {' and '.join(words)}"
                },
            )
        scores.attrs |= self._describe()
        low, high = limits_of_r(score, variance, dof)
        text = (
            f"95 %, t with the variance of {n} bootstrap resamples over {' and '.join(words)}, on "
            "the scale of Fisher's z"
        )
        for name, values in (("score_low", low), ("score_high", high)):
            scores[name] = (_DIMS, values, {"interval": text})
        if self._noise:
            scores["training_noise"] = (
                _DIMS,
                self._gathered(scores, self._noise, 1)[0],
                {"meaning": "share s of the predictions' variance that is noise of the training "
                 "stimuli; widens the spread over stimuli by sqrt(1 + s (b + (1 - b) (1 - s)))",
                 "both_ways": self._both_ways},
            )  # fmt: skip
        scores["score_sd"] = (_DIMS, np.sqrt(variance), {"meaning": "of the same resamples"})
        return scores

    def _describe(self) -> dict[str, Any]:
        """Return what was drawn: results that agree in it hold the same draws."""
        items = [self._rows.dof + 1] if self._rows is not None else []
        items += [self._columns.n_items] if self._columns is not None else []
        factors = list(self._asked.factors)
        ids, neuroids = self._data.ids, self._data.averaged["neuroid"].values
        return {
            "bootstrap": self._asked.bootstrap,
            "resample_of": factors if len(factors) > 1 else factors[0],
            "resample_items": items if len(items) > 1 else items[0],
            "resample_seed": self._seed,
            "resample_whole": self._groups or "none",
            "stimuli_sha256": _digest([str(name) for name in ids]),
            "neuroids_sha256": _digest([str(name) for name in neuroids]),
            "responses_sha256": _digest_of(self._responses),
        }

    def _add_p(self, scores: xr.Dataset) -> xr.Dataset:
        null = self._gathered(scores, self._null, self._asked.permutations)
        observed = scores["score"].values
        tested = f"score above that of {self._asked.permutations} permutations of the stimuli"
        attrs = {
            "alternative": "greater",
            "test": f"{tested}, every one fitted anew",
            "n_permutations": self._asked.permutations,
            "permuted_within": self._within,
            "seed": self._seed,
        }
        scores["p"] = (_DIMS, p_value(observed, null), attrs)
        if self._asked.correction == "cluster":
            found = cluster_correction(observed, null, axes=(-1,))
            corrected = found.p_map
            how = "mass of clusters of time bins, the heaviest over areas, steps and bins"
            scores["cluster"] = (_DIMS, found.labels, {"meaning": "0: in no cluster"})
        else:
            corrected = max_statistic(observed, null)
            how = "largest score over areas, steps and bins"
        scores["p_corrected"] = (_DIMS, corrected, {**attrs, "correction": how})
        scores["null_score"] = (("permutation", *_DIMS), null, attrs)
        return scores


def limits_of_r(
    score: np.ndarray, variance: np.ndarray, dof: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return 95 % limits of scores of the kind of r, within -1 and 1."""
    inside = np.clip(score, -1 + 1e-12, 1 - 1e-12)
    with np.errstate(divide="ignore", over="ignore"):
        scaled = variance / (1 - inside**2) ** 2
    low, high = interval(estimate=np.arctanh(inside), variance=scaled, dof=cast(float, dof))
    return np.fmin(np.tanh(low), score), np.fmax(np.tanh(high), score)


def _words(factor: str, groups: str | None) -> str:
    if factor == "stimulus":
        return "held-out stimuli" if groups is None else f"held-out groups of {groups}"
    return {"neuroid": "neuroids", "animal": "animals", "repetition": "repetitions"}[factor]


def _digest(names: list[str]) -> str:
    return sha256("\n".join(names).encode()).hexdigest()


def _digest_of(values: np.ndarray) -> str:
    return sha256(np.ascontiguousarray(values, dtype="<f8").tobytes()).hexdigest()
