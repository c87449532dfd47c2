"""What one recurrent step adds to another: unique and shared variance by banded ridge."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from tqdm import tqdm

from ..activations.given import opened
from ..errors import CornetkitWarning, InputError, listing
from ..kernels.alphas import alpha_grid
from ..kernels.centring import double_centre
from ..neural import open_recordings
from ..schema import seed_of
from .align import Aligned, align
from .asked import Asked
from .banded import (
    N_INNER,
    RATIOS,
    cross_validated_r2,
    fit_banded,
    himalaya_solver,
    penalty_grid,
)
from .duplicates import Duplicates
from .evaluate import jobs, restrict
from .faint import refuse_faint
from .features import Features
from .folds import make_folds
from .notes import describe_responses
from .notes_groups import describe_groups
from .precision import check_precision
from .protocols import Protocol, check_settings, find_protocol
from .provenance import attributes
from .summary import mean_over_splits, median_over_neuroids


def partition_variance(
    acts: Any,
    recordings: Any,
    *,
    area: str,
    steps: tuple[int, int],
    alphas: float | Sequence[float] | None = None,
    ratios: Sequence[float] = RATIOS,
    n_splits: int = 10,
    groups: str | None = None,
    rng: int | np.random.Generator = 0,
    window: tuple[float, float] | None = None,
    bins: float | None = None,
    join: str = "exact",
    dtype: str = "float64",
    progress: bool | None = None,
) -> xr.Dataset:
    """Partition the variance of recordings into what two steps explain alone and together.

    Three ridge models, each with one mapping a time bin: either step by itself, and both side by
    side with a penalty for each (banded ridge), so that a step of no use is not paid for.

    Parameters
    ----------
    acts, recordings
        As `predict` takes them.
    area
        The area of both steps.
    steps
        Two steps, such as (0, 1).
    alphas
        One or more penalties on a kernel whose mean eigenvalue is 1; default 25 from 1e-4 to 1e4.
    ratios
        Penalties of the first step, as multiples of those of the second, that the model of both
        chooses from; 0 and infinity leave out a step. Every one costs as much as the first.
    n_splits, rng
        Number and seed of the folds, those of `predict`: a stimulus is in one of them.
    groups
        A coordinate of the recordings whose values are never split, such as a movie, or
        ``"duplicates"``, as in `predict`: neither by folds nor by those that choose a penalty.
    window, bins, join, dtype, progress
        As of `predict`.

    Returns
    -------
    Dataset
        ``unique`` (time, time_bin, neuroid): R^2 of both steps less that of the other step alone,
        so that ``unique.sel(time=1)`` is what step 1 adds to step 0; ``shared`` (time_bin,
        neuroid): R^2 of either alone, added, less that of both; ``unique_median`` (time,
        time_bin) and ``shared_median`` (time_bin): medians over neuroids. Means over the folds of
        ``r2_single`` (time, time_bin, split, neuroid) and ``r2_both`` (time_bin, split, neuroid),
        which are 1 - squared error / squared deviation from the mean of the training stimuli,
        over the held-out ones of a fold: never above 1, below 0 where that mean would have
        predicted better. All are in units of variance and not
        corrected for noise. NaN where a neuroid has too few responses or a constant one.
        ``log_ratio`` (time_bin, split, neuroid): log10 of the chosen ratio.

    Raises
    ------
    MissingExtraError
        himalaya is not installed.
    InputError
        A step that is not there, that the image has not reached or that is constant; an argument
        outside its range; features and penalties for which float32 products are not precise enough.
    StimulusMismatchError
        The two sides do not hold the same stimuli.

    Warns
    -----
    CornetkitWarning
        Neuroids without a result, stimuli on both sides of a fold that are copies or belong
        together.

    Notes
    -----
    Variance partitioning: de Heer et al. 2017, Journal of Neuroscience 37:6539; Lescroart and
    Gallant 2019, Neuron 101:178. Banded ridge and its cross-validation (inside the training
    stimuli, 5 folds): Nunez-Elizalde, Huth and Gallant 2019, NeuroImage 197:482; Dupre la Tour et
    al. 2022, NeuroImage 264:119728, whose himalaya fits it, through the Gram matrices. Only the
    Gram matrices are needed, so that the units are read once.

    Examples
    --------
    >>> parts = partition_variance("acts.nc", "it.nc", area="IT", steps=(0, 1))  # doctest: +SKIP
    """
    solver = himalaya_solver()
    plan = find_protocol("cornetkit").but(n_splits=n_splits, seed=seed_of(rng), groups=groups)
    check_settings(plan)
    penalties, gammas = penalty_grid(alphas, ratios)
    with opened(acts) as activations:
        data = align(activations, open_recordings(recordings), [area], window, bins, join)
        pair = _choose(data.features, area, steps)
        given: dict[str, Any] = {"window": window, "bins": bins, "join": join, "gram_dtype": dtype}
        given["ratios"] = np.atleast_1d(np.asarray(ratios, dtype=float))
        return _partition(data, pair, plan, solver, penalties, gammas, given, dtype, progress)


def _choose(features: Sequence[Features], area: str, steps: tuple[int, int]) -> list[Features]:
    there = {f.step: f for f in features}
    if len(steps) != 2 or len(set(steps)) != 2:
        raise InputError(f"steps={tuple(steps)} was given; expected two different ones, as (0, 1)")
    for step in steps:
        if step not in there:
            raise InputError(f"{area} has no step {step}; it has {listing(sorted(there), 12)}")
        if there[step].driven is False:
            raise InputError(
                f"the image has not reached {area} by step {step}; choose from "
                f"{listing([s for s in sorted(there) if there[s].driven is not False], 12)}"
            )
    return [there[step] for step in steps]


def _partition(
    data: Aligned,
    pair: list[Features],
    plan: Protocol,
    solver: Any,
    penalties: np.ndarray,
    gammas: np.ndarray,
    given: dict[str, Any],
    dtype: str,
    progress: bool | None,
) -> xr.Dataset:
    precise = plan.but(alphas=tuple(penalties))
    made = make_folds(plan, Asked(groups=plan.groups), data, pair, given["join"], dtype)[1]
    splits, duplicates = made.splits, Duplicates(data.ids)
    kernels = np.stack([_kernel(f, data.ids, dtype, precise, duplicates) for f in pair])
    responses = data.averaged.transpose("stimulus", "time_bin", "neuroid").values
    n, n_bins, n_neuroids = responses.shape
    flat = responses.reshape(n, -1).astype(np.float64)
    r2 = np.full((3, len(splits), flat.shape[1]), np.nan)
    log_ratio = np.full((len(splits), flat.shape[1]), np.nan)
    models = [(kernels[:1], np.ones((1, 1))), (kernels[1:], np.ones((1, 1))), (kernels, gammas)]
    hide = None if progress is None else not progress
    parts = list(jobs(flat, n_bins, plan))
    with tqdm(
        total=len(parts) * len(splits), desc="partition", disable=hide, file=sys.stderr
    ) as bar:
        for columns, rows in parts:
            Y = flat[np.ix_(rows, columns)]
            groups = None if made.groups is None else made.groups[rows]
            for k, fold in zip(*restrict(splits, rows, n), strict=True):
                for m, (Ks, weights) in enumerate(models):
                    inside = Ks[:, rows[:, None], rows[None, :]]
                    predicted, chosen = fit_banded(
                        solver, inside, Y, fold, penalties, weights, plan.seed, groups
                    )
                    r2[m, k, columns] = cross_validated_r2(Y, predicted, fold)
                    if m == 2:
                        with np.errstate(divide="ignore"):
                            log_ratio[k, columns] = np.log10(chosen[1]) - np.log10(chosen[0])
                bar.update()
    notes = [*data.notes, *describe_groups(plan, data.labelled, splits)]
    if data.acts_attrs.get("model") != "labels":  # there, stimuli of a category have to be alike
        notes += duplicates.describe(splits)
    notes += describe_responses(data.averaged)
    for note in notes:
        warnings.warn(note, CornetkitWarning, stacklevel=3)
    settings = {
        "analysis": "partition of variance",
        "method": "banded ridge",
        "area": pair[0].area,
        "steps": [f.step for f in pair],
        "alphas": penalties,
        "splits": plan.splits,
        "groups": plan.groups,
        "n_splits": len(splits),
        **made.attrs,
        "n_inner_folds": N_INNER,
        "seed": plan.seed,
        "n_stimuli": n,
        "n_neuroids": n_neuroids,
        **given,
    }
    attrs = attributes(settings, data, notes)
    shape = (-1, len(splits), n_bins, n_neuroids)
    by_split = r2.reshape(shape).swapaxes(1, 2)
    return _label(by_split, log_ratio.reshape(shape[1:]), pair, data.averaged, attrs)


def _kernel(
    features: Features,
    ids: Sequence[Any],
    dtype: str,
    precise: Protocol,
    duplicates: Duplicates,
) -> np.ndarray:
    """Return the centred Gram matrix, its mean eigenvalue 1: no response enters.

    Its products have to be precise enough for the penalties of `precise`.
    """
    gram = features.gram(ids, dtype)
    if gram.n_constant == gram.n_units:
        raise InputError(
            f"{features.label}: all {gram.n_units:,} units are constant over the stimuli, so it "
            "explains nothing; choose another step"
        )
    duplicates.look_at(gram.gram, dtype)
    unit = float(alpha_grid(gram.gram, 1, low=1.0, high=1.0)[0])
    kernel = double_centre(gram.gram) / unit
    if dtype == "float32":
        check_precision(kernel, precise, features.label)
    else:
        refuse_faint(kernel, gram.unit_squares / unit, precise.alphas, features.label)
    return kernel


def _label(
    r2: np.ndarray,
    log_ratio: np.ndarray,
    pair: list[Features],
    averaged: xr.DataArray,
    attrs: dict[str, Any],
) -> xr.Dataset:
    """Label r2 of the first, the second and both, (3, time_bin, split, neuroid)."""
    first, second, both = mean_over_splits(r2, axis=2)
    unique, shared = np.stack([both - second, both - first]), first + second - both
    labels = {n: c for n, c in averaged.coords.items() if c.dims in (("time_bin",), ("neuroid",))}
    units = {"units": "share of variance"}
    return xr.Dataset(
        {
            "unique": (("time", "time_bin", "neuroid"), unique, units),
            "shared": (("time_bin", "neuroid"), shared, units),
            "unique_median": (("time", "time_bin"), median_over_neuroids(unique), units),
            "shared_median": ("time_bin", median_over_neuroids(shared), units),
            "r2_single": (("time", "time_bin", "split", "neuroid"), r2[:2], units),
            "r2_both": (("time_bin", "split", "neuroid"), r2[2], units),
            "log_ratio": (("time_bin", "split", "neuroid"), log_ratio.swapaxes(0, 1)),
        },
        coords={"area": pair[0].area, "time": [f.step for f in pair], **labels},
        attrs=attrs,
    )
