"""Step x bin matrix by RDMs: intervals, the matched copy, and the best step chosen elsewhere."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from ..activations import Activations
from ..errors import CornetkitWarning
from ..kernels.pairs import condense, pair_rows, stimuli_of
from ..kernels.ranks import average_ranks
from ..kernels.rdm_compare import compare_pairs
from ..kernels.rdm_resampled import compare_resampled
from ..kernels.resampling import interval
from ..kernels.threads import each_side_by_side
from ..predictivity.provenance import attributes
from ..predictivity.summary import mean_over_splits
from ..similarity import rdm, rdm_ceiling
from ..similarity.compare import take_rdms
from .design import Copy, Design
from .labelled import bin_coords, settings_of, step_coords

COMPARE = "spearman"
# Groups that are left out in turn for intervals, of stimuli and of neuroids.
_GROUPS = {"stimulus": 20, "neuroid": 10}
# Halves of the repetitions for the ceilings.
_N_HALVES = 5
# Settings of predictions, which RDMs do not have.
_OF_MAPPINGS = (
    "targets", "alphas", "alpha_per", "alpha_chosen_by", "standardize", "correlation",
    "min_reliability", "min_split_share", "n_components", "protocol", "protocol_version",
)  # fmt: skip
# Fewer held-out stimuli have fewer than 3 pairs.
_MIN_TEST = 3


@dataclass(frozen=True)
class _Rows:
    """Similarities (step, time_bin) of one copy, and the same without a group of something."""

    score: np.ndarray
    best_step: np.ndarray
    best: np.ndarray
    without: dict[str, tuple[np.ndarray, np.ndarray]]


def rsa_matrix(design: Design, acts: Activations, interval_over: str) -> xr.Dataset:
    """Return RDMs of all steps against those of all bins; see `step_matrix`.

    Parameters
    ----------
    design
        Both sides.
    acts
        Of which the area is compared.
    interval_over
        ``neuroid`` or ``animal``.
    """
    splits = design.folds.splits
    area = acts[design.area]
    steps = area.sel(time=design.numbers) if "time" in area.dims else area.expand_dims(time=[0])
    ours = take_rdms(rdm(steps, progress=False), "the steps").select(design.ids)
    groups = _stimulus_groups(design)
    names, found = list(design.copies), []
    of_neuroids = _neuroid_groups(design, interval_over)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CornetkitWarning)
        ceilings = each_side_by_side(
            lambda copy: rdm_ceiling(
                copy.trials, ceiling="repetitions", n_halves=_N_HALVES, rng=design.plan.seed
            ),
            list(design.copies.values()),
        )
        for copy in design.copies.values():
            found.append(_copy(copy, ours.rows(), design, groups, of_neuroids))
    limits = np.stack([c["ceiling_upper"].values for c in ceilings])
    noise = np.stack([copy.noise for copy in design.copies.values()])
    # With one repetition of most stimuli left there is signal, and no ceiling by halves.
    limits = np.where(noise | ~(limits > 0), np.nan, limits)
    over = f"{interval_over}s" if len(of_neuroids) > 1 else ""
    data = xr.Dataset(
        coords={"copy": names, "time": design.numbers, "split": np.arange(len(splits)),
                **step_coords(design), **bin_coords(design)}
    )  # fmt: skip
    data = data.drop_vars([n for n, c in data.coords.items() if "neuroid" in c.dims])
    for name, dims, index in (("score", ("copy", "time", "time_bin"), 0),
                              ("best_score", ("copy", "time_bin"), 1)):  # fmt: skip
        values = np.stack([(row.score, row.best)[index] for row in found])
        variance = np.stack([_variance(row.without, index) for row in found])
        dof = min(len(groups), len(of_neuroids) if over else len(groups)) - 1
        low, high = interval(estimate=values, variance=variance, dof=dof)
        for suffix, part in (("", values), ("_low", low), ("_high", high)):
            data[f"{name}{suffix}"] = (dims, part)
            own = limits[:, None] if name == "score" else limits
            normal = name.replace("score", "normalized")
            data[f"{normal}{suffix}"] = (dims, part / own)
    best = np.stack([row.best_step for row in found])
    data["best_step"] = (("copy", "split", "time_bin"), design.numbers[best])
    data["best_step_main"] = (("copy", "time_bin"), _most_often(data["best_step"].values))
    for end in ("lower", "upper"):
        data[f"ceiling_{end}"] = (
            ("copy", "time_bin"), np.stack([c[f"ceiling_{end}"].values for c in ceilings])
        )  # fmt: skip
    data["noise"] = (("copy", "time_bin"), noise)
    data["noise"].attrs["meaning"] = "halves do not correlate beyond chance: nothing is normalised"
    said = (
        f"95%, over stimuli{' and ' + over if over else ''}: jackknife, {len(groups)} groups of "
        f"stimuli{f' and {len(of_neuroids)} of {over}' if over else ''} left out in turn, their "
        "variances added"
    )
    kept = {k: v for k, v in settings_of(design).items() if k not in _OF_MAPPINGS}
    settings = kept | {
        "analysis": "step x bin RSA",
        "method": "rsa",
        "metric": "correlation",
        "ceiling": "repetitions",
        "compare": COMPARE,
        "normalization": "score / ceiling_upper",
        "interval": said,
        "best_step_chosen_by": "similarity of RDMs of training stimuli, within each split",
    }
    return data.assign_attrs(attributes(settings, design.data, list(dict.fromkeys(design.notes))))


def _copy(
    copy: Copy,
    ours: np.ndarray,
    design: Design,
    groups: Sequence[np.ndarray],
    of_neuroids: Sequence[np.ndarray],
) -> _Rows:
    n = len(design.ids)
    every = np.arange(copy.trials.sizes["neuroid"])
    theirs = _rows(copy, every, design)
    splits = design.folds.splits
    tests = [test for _, test in splits]
    # All stimuli, those that each split trains on, and those without each group: one sort for all.
    trained, left = _members([train for train, _ in splits], n), 1 - _members(groups, n)
    counts = np.concatenate([np.ones((1, n), np.int64), trained, left])
    found = compare_resampled(ours, theirs, COMPARE, counts)
    score, chosen, of_left = found[0], found[1 : 1 + len(splits)], found[1 + len(splits) :]
    index = np.where(np.isnan(chosen), -np.inf, chosen).argmax(axis=1)  # (split, time_bin)
    best = _held_out(ours, theirs, tests, index)
    without: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    without["stimulus"] = (
        of_left,
        np.stack(
            each_side_by_side(
                lambda out: _held_out(
                    ours, theirs, [np.setdiff1d(test, out) for test in tests], index
                ),
                groups,
            )
        ),
    )
    if len(of_neuroids) > 1:
        ranked = average_ranks(ours)

        def without_neuroids(out: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            part = _rows(copy, np.setdiff1d(every, out), design)
            return _spearman(ours, ranked, part), _held_out(ours, part, tests, index)

        scores, bests = zip(*each_side_by_side(without_neuroids, of_neuroids), strict=True)
        without["neuroid"] = np.stack(scores), np.stack(bests)
    return _Rows(score, index, best, without)


def _spearman(ours: np.ndarray, ranked: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Return Spearman's correlations, with ranks of `ours` that are known."""
    if np.isnan(ours).any() or np.isnan(theirs).any():
        return compare_pairs(ours, theirs, COMPARE)
    ranks = average_ranks(theirs)
    # The mean of ranks is known, so that they are centred in place.
    ranks -= (ranks.shape[1] + 1) / 2
    own = ranked - (ranked.shape[1] + 1) / 2
    lengths = [np.sqrt(np.einsum("mn,mn->m", x, x)) for x in (own, ranks)]
    first, second = (np.where(x > 0, x, np.nan) for x in lengths)
    return np.asarray(np.clip(own @ ranks.T / first[:, None] / second, -1, 1))


def _rows(copy: Copy, neuroids: np.ndarray, design: Design) -> np.ndarray:
    """Return the RDMs of all time bins, (time_bin, pair)."""
    means = (copy.responses + copy.level)[:, :, neuroids]
    flat = means.max(axis=2) == means.min(axis=2)
    if np.isnan(means).any() or flat.any():  # what has no distance is for rdm() to say
        trials = copy.trials.isel(neuroid=neuroids)
        return take_rdms(rdm(trials, progress=False), "the recordings").select(design.ids).rows()
    n = len(means)
    found = np.empty((means.shape[1], n * (n - 1) // 2))
    for b, out in enumerate(found):
        pattern = means[:, b] - means[:, b].mean(axis=1, keepdims=True)
        pattern /= np.sqrt(np.einsum("nq,nq->n", pattern, pattern))[:, None]
        out[:] = condense(1 - np.clip(pattern @ pattern.T, -1, 1))
    return found


def _held_out(
    ours: np.ndarray, theirs: np.ndarray, tests: Sequence[np.ndarray], index: np.ndarray
) -> np.ndarray:
    """Return the mean over splits of the chosen step's similarity on held-out stimuli."""
    n = stimuli_of(ours.shape[1])
    scores = np.full(index.shape, np.nan)
    for k, rows in enumerate(tests):
        if len(rows) < _MIN_TEST:
            continue
        first, second = (np.sort(rows)[place] for place in pair_rows(len(rows)))
        pairs = first * n - first * (first + 1) // 2 + second - first - 1  # upper triangle
        found = compare_pairs(ours[:, pairs], theirs[:, pairs], COMPARE)
        scores[k] = found[index[k], np.arange(found.shape[1])]
    return np.asarray(mean_over_splits(scores, axis=0))


def _members(groups: Sequence[np.ndarray], n: int) -> np.ndarray:
    """Return 1 for the stimuli of each group and 0 for others, (group, n)."""
    found = np.zeros((len(groups), n), dtype=np.int64)
    for k, rows in enumerate(groups):
        found[k, rows] = 1
    return found


def _stimulus_groups(design: Design) -> list[np.ndarray]:
    """Deal stimuli, or whole groups of them, out at random."""
    n = len(design.ids)
    labels = np.arange(n) if design.folds.groups is None else design.folds.groups
    values, which = np.unique(labels, return_inverse=True)
    order = np.random.default_rng([design.plan.seed, 8]).permutation(len(values))
    parts = np.array_split(order, min(_GROUPS["stimulus"], len(values)))
    return [np.flatnonzero(np.isin(which, part)) for part in parts]


def _neuroid_groups(design: Design, interval_over: str) -> list[np.ndarray]:
    """Deal neuroids out at random, or take whole animals."""
    averaged = design.data.averaged
    if interval_over == "animal":
        animals = averaged["animal"].values.astype(str)
        return [np.flatnonzero(animals == name) for name in np.unique(animals)]
    n = averaged.sizes["neuroid"]
    order = np.random.default_rng([design.plan.seed, 9]).permutation(n)
    # An RDM of correlations needs 3 neuroids.
    return list(np.array_split(order, min(_GROUPS["neuroid"], n))) if n > _MIN_TEST else []


def _variance(without: dict[str, tuple[np.ndarray, np.ndarray]], index: int) -> np.ndarray:
    """Return the sum of the jackknife variances of stimuli and of neuroids."""
    total: Any = 0.0
    for parts in without.values():
        values = parts[index]
        total = total + (len(values) - 1) * values.var(axis=0)
    return np.asarray(total)


def _most_often(best: np.ndarray) -> np.ndarray:
    """Return the step that most splits chose, the earlier of equals; (copy, time_bin)."""
    steps = np.unique(best)
    counts = (best[..., None] == steps).sum(axis=1)
    return np.asarray(steps[counts.argmax(axis=-1)])
