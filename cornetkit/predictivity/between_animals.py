"""Between-animal ceiling: what one animal's neuroids share with those of the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from ..errors import InputError, listing
from ..kernels.correlation import pearson_columns
from ..kernels.half_means import half_means
from ..neural import average, repetitions_array
from .ceiling_estimate import CeilingEstimate
from .ceiling_reasons import UNSTABLE
from .evaluate import restrict, varying
from .mapping import predict_folds
from .notes_groups import describe_groups
from .protocols import Protocol, find_protocol
from .splits import MIN_TEST, Split, make_splits
from .summary import mean_over_splits

NO_OTHER = "no other animal has this region"
FEW_SHARED = "too few stimuli shared with other animals"
NO_PREDICTORS = "no neuroid of another animal has all shared stimuli"
# What mends stimuli that are alike, since folds here are of single ones.
ONE_OF_EACH = "give ck.ceiling one stimulus of each {name}, stimuli=[...]"


@dataclass(frozen=True)
class _Area:
    """The neuroids of one region, and what of them can be compared.

    `members` are their indices, `animals` their animals' numbers, `rows` the stimuli shared by
    all animals, `predictors` a list of indices for each animal: the others' neuroids that have
    all those stimuli. `problem` says why there is nothing to compare, if so.
    """

    name: str
    members: np.ndarray
    animals: np.ndarray
    rows: np.ndarray
    predictors: list[np.ndarray]
    problem: str

    @property
    def n_predictors(self) -> int:
        """As many for each animal, or one would seem better predicted for being less recorded."""
        return min((len(p) for p in self.predictors), default=0)


def between_animals(trials: xr.DataArray, n_halves: int, seed: int) -> CeilingEstimate:
    """Predict each animal's neuroids from those of the others, corrected for both sides' noise.

    Raises
    ------
    InputError
        There are no animals in the recordings, or only one, or nothing that two share.
    """
    animals, names = _labels(trials, "animal")
    _check_animals(trials, names)
    regions, region_names = _labels(trials, "region")
    dense = _dense(trials)
    paired = (~np.isnan(dense)).sum(axis=0) >= 2  # (stimulus, time_bin, neuroid)
    ids = trials["neuroid"].values
    areas = [
        _compare(str(name), np.flatnonzero(regions == k), animals, paired, ids)
        for k, name in enumerate(region_names)
    ]
    _check_areas(areas, names)

    shape = dense.shape[2:]
    r = {name: np.full((n_halves, *shape), np.nan) for name in ("cross", "prediction", "half")}
    n_stimuli = np.zeros(shape, int)
    reasons = np.full(shape, "", dtype=object)
    generator = np.random.default_rng(seed)
    seed_of_folds = int(generator.integers(2**32))
    labels = _labels_of_stimuli(trials)
    notes: list[str] = []
    for area in areas:
        if area.problem:
            reasons[:, area.members] = area.problem
            continue
        n_stimuli[:, area.members] = paired[area.rows][:, :, area.members].sum(axis=0)
        plan = find_protocol("cornetkit").but(seed=seed_of_folds)
        splits = make_splits(plan, len(area.rows), None)
        notes += describe_groups(plan, labels.isel(stimulus=area.rows), splits, ONE_OF_EACH)
        for draw in range(n_halves):
            found = _one_draw(dense[:, area.rows], area, animals, splits, plan, generator)
            for targets, time_bin, *correlations in found:
                for values, part in zip(r.values(), correlations, strict=True):
                    values[draw, time_bin, targets] = part
    cross, prediction, half = (mean_over_splits(values, axis=0) for values in r.values())
    return _put_together(
        cross,
        prediction,
        half,
        n_stimuli,
        reasons,
        {
            "n_halves": n_halves,
            "seed": seed,
            "animals": listing(names, 12),
            "n_predictors": ", ".join(
                f"{area.name}: {area.n_predictors}" if len(areas) > 1 else str(area.n_predictors)
                for area in areas
            ),
        },
        list(dict.fromkeys(notes)),
    )


def _put_together(
    cross: np.ndarray,
    prediction: np.ndarray,
    half: np.ndarray,
    n_stimuli: np.ndarray,
    reasons: np.ndarray,
    attrs: dict[str, str | int],
    notes: list[str],
) -> CeilingEstimate:
    defined = (half > 0) & (prediction > 0)
    noise = np.where(defined, half * prediction, 1.0)
    values = np.where(defined, np.sign(cross) * cross**2 / noise, np.nan)
    reasons = np.where((reasons == "") & (half > 0) & (prediction <= 0), UNSTABLE, reasons)
    lowest = (half <= 0) | (prediction <= 0)
    return CeilingEstimate(
        values,
        half,
        n_stimuli,
        np.where(lowest, -np.inf, values)[None],
        np.full(len(values), np.nan),
        {"cross_correlation": cross, "prediction_correlation": prediction},
        attrs,
        reasons.astype(str),
        notes,
    )


def _labels(trials: xr.DataArray, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return a number for each neuroid and what the numbers stand for."""
    if name not in trials.coords or trials[name].dims != ("neuroid",):
        return np.zeros(trials.sizes["neuroid"], int), np.array([""])
    names, numbers = np.unique(trials[name].values.astype(str), return_inverse=True)
    return numbers, names


def _check_animals(trials: xr.DataArray, names: np.ndarray) -> None:
    if "animal" not in trials.coords or trials["animal"].dims != ("neuroid",):
        raise InputError(
            "between-animals needs to know whose each neuroid is, and the recordings have no "
            "coordinate 'animal' on neuroid; add it with .assign_coords(animal=('neuroid', [...]))"
        )
    if len(names) < 2:
        raise InputError(
            f"between-animals predicts one animal from the others, and the recordings hold one "
            f"animal ({names[0]}); give the recordings of 2 or more, or method='split-half'"
        )


def _repeated(trials: xr.DataArray) -> np.ndarray:
    """Return which trials are of a stimulus that was repeated."""
    stimulus = np.unique(trials["stimulus"].values, return_inverse=True)[1]
    return np.asarray(np.bincount(stimulus)[stimulus] > 1)


def _labels_of_stimuli(trials: xr.DataArray) -> xr.DataArray:
    """Return what the stimuli of `_dense` are labelled with; its values mean nothing."""
    return average(trials.isel(presentation=_repeated(trials), time_bin=[0], neuroid=[0]))


def _dense(trials: xr.DataArray) -> np.ndarray:
    """Lay out what was repeated, shape (repetition, stimulus, time_bin, neuroid)."""
    repeated = _repeated(trials)
    if not repeated.any():
        raise InputError(
            "between-animals corrects for noise by repetitions, and no stimulus was repeated"
        )
    return repetitions_array(trials.isel(presentation=repeated))


def _compare(
    name: str, members: np.ndarray, animals: np.ndarray, paired: np.ndarray, ids: np.ndarray
) -> _Area:
    """Find what the animals of a region share."""
    present = np.unique(animals[members])
    seen = np.stack([paired[:, :, members[animals[members] == a]].any((1, 2)) for a in present])
    rows = np.flatnonzero(seen.all(axis=0))
    complete = members[paired[rows][:, :, members].all(axis=(0, 1))]
    # By their ids, so that the order of neuroids in the file changes no draw.
    complete = complete[np.argsort(ids[complete].astype(str), kind="stable")]
    predictors = [complete[animals[complete] != a] for a in present]
    problem = ""
    if len(present) < 2:
        problem = NO_OTHER
    elif len(rows) < 2 * MIN_TEST:
        problem = FEW_SHARED
    elif not min(len(p) for p in predictors):
        problem = NO_PREDICTORS
    return _Area(name, members, present, rows, predictors, problem)


def _check_areas(areas: Sequence[_Area], names: np.ndarray) -> None:
    if not all(area.problem for area in areas):
        return
    problems = {area.problem for area in areas}
    who = listing(names, 3)
    if FEW_SHARED in problems:
        most = max(len(area.rows) for area in areas if area.problem == FEW_SHARED)
        raise InputError(
            f"the animals ({who}) share {most} stimuli with 2 repetitions or more in each; "
            f"between-animals needs {2 * MIN_TEST}, the ids have to be the same in all animals"
        )
    if NO_PREDICTORS in problems:
        raise InputError(
            f"an animal ({who}) cannot be predicted: no neuroid of the others has 2 repetitions of "
            "all shared stimuli; leave out stimuli or neuroids with missing responses"
        )
    raise InputError(
        f"no region was recorded in 2 animals ({who}); between-animals predicts neuroids from "
        "those of the same region, mend the coordinate 'region' or drop it"
    )


def _one_draw(
    dense: np.ndarray,
    area: _Area,
    animals: np.ndarray,
    splits: Sequence[Split],
    plan: Protocol,
    generator: np.random.Generator,
) -> Iterator[tuple[np.ndarray, int, np.ndarray, np.ndarray, np.ndarray]]:
    """Yield (targets, time bin, r across halves, r of predictions, r of responses).

    Each draw takes other halves and other predictors.
    """
    halves = half_means(dense, generator)
    for animal, pool in zip(area.animals, area.predictors, strict=True):
        chosen = generator.choice(pool, area.n_predictors, replace=False)
        targets = area.members[animals[area.members] == animal]
        for time_bin in range(dense.shape[2]):
            grams = []
            for half in halves:
                features = half[:, time_bin, chosen]
                features = features - features.mean(axis=0)
                grams.append(features @ features.T)
            if not all(np.trace(gram) > 0 for gram in grams):
                continue
            responses = [half[:, time_bin, targets] for half in halves]
            yield targets, time_bin, *_correlate(grams, responses, splits, plan)


def _correlate(
    grams: list[np.ndarray], responses: list[np.ndarray], splits: Sequence[Split], plan: Protocol
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return mean correlations over held-out stimuli, each of shape (target,)."""
    n, q = responses[0].shape
    r = np.full((3, len(splits), q), np.nan)
    patterns, which = np.unique(~np.isnan(responses[0]), axis=1, return_inverse=True)
    for number, pattern in enumerate(patterns.T):
        columns, rows = np.flatnonzero(which.ravel() == number), np.flatnonzero(pattern)
        numbers, folds = restrict(splits, rows, n)
        if not folds:
            continue
        sides = []
        for gram, response in zip(grams, responses, strict=True):
            y = response[np.ix_(rows, columns)]
            fit = predict_folds(gram[np.ix_(rows, rows)], y, folds, plan)
            sides.append((y, [varying(held, y) for held in fit.held_out]))
        (y1, p1), (y2, p2) = sides
        for i, (k, (_, test)) in enumerate(zip(numbers, folds, strict=True)):
            # Of one half predicted, of the other measured: noise is shared by no two of these.
            across = [pearson_columns(p1[i], y2[test]), pearson_columns(p2[i], y1[test])]
            r[0, k, columns] = np.mean(across, axis=0)
            r[1, k, columns] = pearson_columns(p1[i], p2[i])
            r[2, k, columns] = pearson_columns(y1[test], y2[test])
    # All three over the same folds, or their ratio would compare different stimuli.
    r = np.where(np.isnan(r).any(axis=0), np.nan, r)
    cross, prediction, half = (mean_over_splits(part, axis=0) for part in r)
    return cross, prediction, half
