"""Accuracy over pairs of times, cross-validated over stimuli or over repetitions."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from tqdm import tqdm

from ..behavior.labels_of_stimuli import Labels
from ..errors import listing
from ..kernels.resampling import interval
from .decoders import Fold, correct_of, decide_folds, make_folds
from .given import Course, Given
from .pseudo_populations import draws_of
from .spaces import Direct, Space


@dataclass(frozen=True)
class Plan:
    """All settings of `decode`; see there.

    `groups` is one number a stimulus, or None.
    """

    labels: Labels
    classifier: str
    C: float | None
    z_score: bool
    n_splits: int
    n_resamples: int
    together: str | None
    groups: np.ndarray | None
    generalize: bool
    n_permutations: int
    n_bootstraps: int
    seed: int
    progress: bool | None

    def correct(
        self, space: Space, codes: np.ndarray, folds: Sequence[Fold], generalize: bool
    ) -> tuple[np.ndarray, int]:
        """Return which samples are told right, (time, time_test, sample), and bad fits."""
        n_classes = int(codes.max()) + 1
        n_at = space.n_times if generalize else 1
        right = np.full((space.n_times, n_at, len(codes)), np.nan)
        bad = 0
        for decided in decide_folds(
            space, codes, n_classes, folds, classifier=self.classifier, C=self.C,
            generalize=generalize,
        ):  # fmt: skip
            right[:, :, decided.test] = correct_of(decided, codes)
            bad += int((~decided.converged).sum())
        return right, bad

    def bar(self, total: int, what: str) -> tqdm:
        """Return a progress bar on stderr."""
        hide = None if self.progress is None else not self.progress
        return tqdm(total=total, desc=f"decode {what}", unit="run", disable=hide, file=sys.stderr)


@dataclass
class Accuracy:
    """Accuracy at the places of a result, and of shuffled labels.

    `null` has the permutations first, then the leading dims.
    """

    mean: np.ndarray
    low: np.ndarray | None = None
    high: np.ndarray | None = None
    spread: np.ndarray | None = None
    null: np.ndarray | None = None
    n_splits: int = 0
    notes: list[str] = field(default_factory=list)

    @classmethod
    def empty(cls, given: Given, plan: Plan, intervals: bool) -> Accuracy:
        """Return one of the shape of the result, NaN throughout."""
        shape = given.shape + (given.shape[-1:] if plan.generalize else ())
        null = np.full((plan.n_permutations, *given.shape), np.nan) if plan.n_permutations else None
        mean, low, high, spread = (np.full(shape, np.nan) for _ in range(4))
        if intervals and plan.n_bootstraps:
            return cls(mean, low, high, null=null)
        return cls(mean, spread=None if intervals else spread, null=null)


def balanced(right: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Return the mean over labels of the share right, for (..., sample)."""
    return np.mean([right[..., codes == c].mean(axis=-1) for c in np.unique(codes)], axis=0)


def over_stimuli(given: Given, plan: Plan) -> Accuracy:
    """Decode means over repetitions; every stimulus is held out once."""
    codes = plan.labels.codes
    result = Accuracy.empty(given, plan, intervals=True)
    n_splits = min(plan.n_splits, int(plan.labels.counts.min()))
    result.n_splits = n_splits
    if n_splits < plan.n_splits:
        result.notes.append(
            f"{n_splits} folds instead of {plan.n_splits}: the rarest label has {n_splits} stimuli"
        )
    folds = make_folds(codes, n_splits, plan.seed, plan.groups)
    courses = [course for course in given.courses if course.times]
    bad = 0
    with plan.bar(len(courses) * (1 + plan.n_permutations), "over stimuli") as bar:
        for course in courses:
            space, varies, n_missing = course.space(given.ids, plan.z_score)
            _say(result, given, course, varies, n_missing)
            right, failed = plan.correct(space, codes, folds, plan.generalize)
            bad += failed
            bar.update()
            _put(result.mean, given, course, balanced(right, codes), plan, varies)
            if result.low is not None and result.high is not None:
                low, high = accuracy_interval(
                    right, codes, plan.groups, plan.n_bootstraps, plan.seed
                )
                _put(result.low, given, course, low, plan, varies)
                _put(result.high, given, course, high, plan, varies)
            rng = np.random.default_rng([plan.seed, 2])
            for k in range(plan.n_permutations):
                shuffled = shuffle(codes, plan.groups, rng)
                again = make_folds(shuffled, n_splits, plan.seed, plan.groups)
                right, _ = plan.correct(space, shuffled, again, False)
                _put_null(result, k, given, course, balanced(right, shuffled)[:, 0], varies)
                bar.update()
    _say_converged(result, bad)
    return result


def over_repetitions(given: Given, plan: Plan) -> Accuracy:
    """Decode single trials of known stimuli, drawn into pseudo-populations."""
    assert given.windows is not None
    course = given.courses[0]
    result = Accuracy.empty(given, plan, intervals=False)
    ids = np.asarray(given.ids)
    draws, said = draws_of(given.windows.trials, ids, plan.labels, plan.n_splits, plan.together)
    result.notes += said
    result.n_splits = draws.n_splits
    codes, folds = draws.sample_codes, list(draws.folds())
    seeds = np.random.default_rng([plan.seed, 1])
    values = draws.values
    varies = (np.nanmax(values, axis=0) != np.nanmin(values, axis=0)).any(axis=1)
    _say(result, given, course, varies, 0)
    found, bad = [], 0
    with plan.bar(plan.n_resamples + plan.n_permutations, "over repetitions") as bar:
        for _ in range(plan.n_resamples):
            space = Direct(draws.draw(seeds), plan.z_score)
            right, failed = plan.correct(space, codes, folds, plan.generalize)
            bad += failed
            found.append(balanced(right, codes))
            bar.update()
        _put(result.mean, given, course, np.mean(found, axis=0), plan, varies)
        if result.spread is not None and len(found) > 1:
            _put(result.spread, given, course, np.std(found, axis=0, ddof=1), plan, varies)
        rng = np.random.default_rng([plan.seed, 2])
        # One draw each; the observed mean over several varies less, so that p errs upwards.
        for k in range(plan.n_permutations):
            space = Direct(draws.draw(rng, draws.permuted(rng)), plan.z_score)
            right, _ = plan.correct(space, codes, folds, False)
            _put_null(result, k, given, course, balanced(right, codes)[:, 0], varies)
            bar.update()
    _say_converged(result, bad)
    return result


def shuffle(codes: np.ndarray, groups: np.ndarray | None, rng: np.random.Generator) -> np.ndarray:
    """Shuffle labels over stimuli; over whole groups, or within them where they differ inside."""
    if groups is None:
        return rng.permutation(codes)
    _, first, which = np.unique(groups, return_index=True, return_inverse=True)
    if (codes[first][which] == codes).all():
        return rng.permutation(codes[first])[which]
    found = codes.copy()
    for group in np.unique(which):
        rows = np.flatnonzero(which == group)
        found[rows] = rng.permutation(codes[rows])
    return found


def accuracy_interval(
    right: np.ndarray, codes: np.ndarray, groups: np.ndarray | None, n_bootstraps: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the interval of balanced accuracy over draws of held-out stimuli of each label.

    Few stimuli of a label vary too little when they are drawn again, by (n - 1) / n; so variances
    are corrected for each label, and the interval is one of t.
    """
    rng = np.random.default_rng([seed, 3])
    flat = right.reshape(-1, right.shape[-1])
    labels = np.unique(codes)
    units = np.arange(len(codes)) if groups is None else groups
    total, variance, dof = np.zeros(len(flat)), np.zeros(len(flat)), 0
    for label in labels:
        rows = np.flatnonzero(codes == label)
        _, which = np.unique(units[rows], return_inverse=True)
        n = int(which.max()) + 1
        counts = rng.multinomial(n, np.full(n, 1 / n), size=n_bootstraps)[:, which]
        weights = counts / counts.sum(axis=1, keepdims=True)
        drawn = weights @ flat[:, rows].T
        total += flat[:, rows].mean(axis=1) / len(labels)
        variance += drawn.var(axis=0) * n / max(n - 1, 1) / len(labels) ** 2
        dof += n - 1
    low, high = interval(estimate=total, variance=variance, dof=max(dof, 1))
    shape = right.shape[:2]
    return np.clip(low, 0, 1).reshape(shape), np.clip(high, 0, 1).reshape(shape)


def _put(
    into: np.ndarray, given: Given, course: Course, values: np.ndarray, plan: Plan,
    varies: np.ndarray,
) -> None:  # fmt: skip
    """Write values (time, time_test) of a course to their places; NaN where nothing varies."""
    places = list(given.places(course))
    for i, place in enumerate(places):
        if not plan.generalize:
            into[place] = values[i, 0] if varies[i] else np.nan
            continue
        for j, other in enumerate(places):
            into[(*place, other[-1])] = values[i, j] if varies[i] and varies[j] else np.nan


def _put_null(
    result: Accuracy, k: int, given: Given, course: Course, values: np.ndarray, varies: np.ndarray
) -> None:
    assert result.null is not None
    for place, value, there in zip(given.places(course), values, varies, strict=True):
        result.null[(k, *place)] = value if there else np.nan


def _say(
    result: Accuracy, given: Given, course: Course, varies: np.ndarray, n_missing: int
) -> None:
    if n_missing:
        result.notes.append(f"left out {n_missing} neuroids without a response to some stimulus")
    if not varies.all():
        flat = [given.label(course, int(t)) for t in np.flatnonzero(~varies)]
        result.notes.append(f"no value where no unit varies over stimuli: {listing(flat)}")


def _say_converged(result: Accuracy, bad: int) -> None:
    if bad:
        result.notes.append(f"{bad} fits did not converge: give a smaller C=")
