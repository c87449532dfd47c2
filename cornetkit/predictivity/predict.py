"""predict(): how well each area and step predicts held-out recordings."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from tqdm import tqdm

from ..errors import CornetkitWarning, InputError
from ..neural import open_recordings
from .align import Aligned, align, stratification
from .ceilings import measure
from .comparison import Comparison
from .duplicates import Duplicates
from .evaluate import Evaluation, evaluate_best_unit, evaluate_gram
from .features import Features, as_activations
from .notes import (
    describe_ceiling,
    describe_comparison,
    describe_labels,
    describe_responses,
    describe_result,
    describe_steps,
    describe_undefined,
)
from .precision import check_precision
from .protocols import Protocol, check_settings, find_protocol
from .provenance import describe_scores
from .scores import collect
from .splits import Split, make_splits


def predict(
    acts: Any,
    recordings: Any,
    *,
    method: str | None = None,
    protocol: str = "cornetkit",
    areas: Sequence[str] | None = None,
    targets: str | None = None,
    n_components: int | None = None,
    alphas: str | float | Sequence[float] | None = None,
    alpha_per: str | None = None,
    stratify: str | bool | None = None,
    n_splits: int | None = None,
    rng: int | np.random.Generator | None = None,
    window: tuple[float, float] | None = None,
    bins: float | None = None,
    join: str = "exact",
    dtype: str = "float64",
    progress: bool | None = None,
) -> xr.Dataset:
    """Predict recordings from activations, cross-validated over stimuli.

    Parameters
    ----------
    acts
        A path, Activations, or a DataArray of dims ``stimulus[, time], unit``.
    recordings
        A path or what else `open_recordings` takes.
    method
        ``"ridge"`` (default: one penalty for each neuroid, chosen inside the training stimuli),
        ``"pls"``, ``"ols"`` (minimum norm) or ``"best-unit"``.
    protocol
        ``"cornetkit"`` or ``"brainscore"``: sets everything that is not given.
    areas
        Only these areas.
    targets
        Of PLS: ``"joint"`` (default: components shared by all neuroids) or ``"separate"``.
    n_components
        Of PLS; default 25.
    alphas
        Ridge penalties to choose from, one number or several; ``"relative"`` (default; 25 from
        1e-4 to 1e4 times the mean eigenvalue of the features' Gram matrix, whose unit is that of
        the features squared) or ``"brainscore"`` (99 absolute ones).
    alpha_per
        ``"neuroid"`` or ``"all"``.
    stratify
        A coordinate of the recordings to balance over train and test, or False for none.
    n_splits, rng
        Number and seed of the splits; a Generator gives the seed, which the attributes hold.
    window
        Average the recordings over this window, (start, end) in ms.
    bins
        Rebin the recordings to bins of this width in ms.
    join
        ``"exact"`` raises unless both sides hold the same stimuli; ``"inner"`` goes on with those
        in common.
    dtype
        Of the products in the Gram matrix: ``"float64"``, or ``"float32"`` (sums in float64) at
        about half the time; refused where a score would depend on the rounding.
    progress
        Progress bar on stderr; None shows it on terminals only.

    Returns
    -------
    Dataset
        ``r`` (area, time, time_bin, split, neuroid): signed Pearson correlation over the held-out
        stimuli of a split; ``score`` (area, time, time_bin): median over neuroids, then mean over
        splits, with ``score_error``, ``score_low``, ``score_high``; ``ceiling`` (time_bin,
        neuroid) and ``ceiling_score`` (time_bin), in units of r^2; ``normalized`` with its
        formula in the attributes: score and ceiling over the same neuroids, and NaN where the
        halves of the repetitions do not correlate beyond chance (``"brainscore"``, whose numbers
        are kept as they are, has a note instead). Everything that moved a score is in the
        attributes.

    Raises
    ------
    StimulusMismatchError
        The two sides do not hold the same stimuli.
    InputError
        Too few stimuli, no driven step, missing responses where a method needs all, or a wrong
        argument.

    Warns
    -----
    CornetkitWarning
        Steps left out, neuroids without a score or ceiling, penalties at the edge of their grid.

    Examples
    --------
    >>> scores = predict("acts.nc", "it.nc")  # doctest: +SKIP
    """
    plan = _plan(
        protocol, method, targets, n_components, alphas, alpha_per, stratify, n_splits, rng
    )
    if dtype not in ("float64", "float32"):
        raise InputError(f"dtype '{dtype}' was given; expected 'float64' or 'float32'")
    given = {"window": window, "bins": bins, "join": join, "gram_dtype": dtype}
    activations = as_activations(acts)
    try:
        data = align(activations, open_recordings(recordings), areas, window, bins, join)
        return _predict(data, plan, stratify, given, dtype, progress)
    finally:
        if isinstance(acts, (str, Path)):  # opened here, so closed here
            activations.close()


def _predict(
    data: Aligned,
    plan: Protocol,
    stratify: str | bool | None,
    given: dict[str, Any],
    dtype: str,
    progress: bool | None,
) -> xr.Dataset:
    if stratify is False:
        plan = replace(plan, stratify=None)
    labels = stratification(plan, stratify, data.averaged)
    splits = make_splits(plan, len(data.ids), labels)
    used = [f for f in data.features if f.driven is not False]
    undriven = [f for f in data.features if f.driven is False]
    if not used:
        raise InputError(
            f"the image reaches none of the {len(undriven)} steps of {', '.join(data.areas)}; "
            "record more steps (--times), or other areas"
        )
    ceilings, ranked = measure(data.trials, plan.ceiling)
    notes = [*data.notes, *describe_steps(undriven), *describe_labels(plan, labels, splits)]
    notes += [*describe_responses(data.averaged), *describe_ceiling(ceilings, data.trials)]
    if labels is None:
        plan = replace(plan, stratify=None)
    evaluations = []
    duplicates = Duplicates(data.ids)
    hide = None if progress is None else not progress
    for features in tqdm(used, "predict", unit="step", disable=hide, file=sys.stderr):
        evaluation, found = _evaluate(features, data, splits, plan, dtype, duplicates)
        notes += found
        evaluations.append((features, evaluation))
    comparison = Comparison.of([e for _, e in evaluations], ceilings, ranked)
    notes += [*duplicates.describe(), *describe_undefined(evaluations, data.averaged)]
    notes += describe_comparison(comparison, plan)
    notes += describe_result(evaluations, plan, splits)
    for note in notes:
        warnings.warn(note, CornetkitWarning, stacklevel=3)
    attrs = describe_scores(plan, data, splits, given, notes)
    return collect(evaluations, undriven, data.averaged, ceilings, comparison, plan, attrs)


def _plan(
    protocol: str,
    method: str | None,
    targets: str | None,
    n_components: int | None,
    alphas: str | float | Sequence[float] | None,
    alpha_per: str | None,
    stratify: str | bool | None,
    n_splits: int | None,
    rng: int | np.random.Generator | None,
) -> Protocol:
    base = find_protocol(protocol)
    if isinstance(rng, np.random.Generator):
        rng = int(rng.integers(2**32))
    if alphas is not None and not isinstance(alphas, str):
        alphas = tuple(float(a) for a in np.atleast_1d(alphas))
    if targets is None:
        targets = "joint" if (method or base.method) == "pls" else "separate"
    plan = base.but(
        method=method,
        targets=targets,
        n_components=n_components,
        alphas=alphas,
        alpha_per=alpha_per,
        stratify=stratify if isinstance(stratify, str) else None,
        n_splits=n_splits,
        seed=rng,
    )
    check_settings(plan)
    return plan


def _evaluate(
    features: Features,
    data: Aligned,
    splits: Sequence[Split],
    plan: Protocol,
    dtype: str,
    duplicates: Duplicates,
) -> tuple[Evaluation, list[str]]:
    responses = data.averaged.transpose("stimulus", "time_bin", "neuroid").values
    responses = responses.astype(np.float64, copy=False)
    if plan.method == "best-unit":
        evaluation = evaluate_best_unit(
            duplicates.watch(features.blocks(data.ids)), responses, splits
        )
        n_units = features.array.sizes["unit"]
    else:
        gram = features.gram(data.ids, dtype)
        n_units = gram.n_units
        if gram.n_constant == n_units:
            evaluation = Evaluation.empty(len(splits), *responses.shape[1:])
            evaluation.constant_features = True
        else:
            duplicates.look_at(gram.gram, dtype)
            if dtype == "float32":
                check_precision(gram.gram, plan, f"{features.area} step {features.step}")
            evaluation = evaluate_gram(gram.gram, responses, splits, plan)
    if not evaluation.constant_features:
        return evaluation, []
    return evaluation, [
        f"{features.area} step {features.step}: all {n_units:,} units are constant over "
        "the stimuli, so it has no score (NaN)"
    ]
