"""Every area and step scored, and put together with ceilings, reasons and notes."""

from __future__ import annotations

import sys
import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr
from tqdm import tqdm

from ..errors import CornetkitWarning
from .align import Aligned
from .arrangement import Arrangement
from .asked import Asked
from .by import add_parts
from .ceiling_within import measure_for
from .comparison import Comparison
from .coordinates import neuroid_parts
from .driven import driven_or_not
from .duplicates import Duplicates
from .engine import prepare
from .folds import make_folds
from .halves import Halves, prediction_reliability
from .inference import Inferring
from .inference_asked import Inference
from .mapping import describe_route
from .matched_data import check_held_out
from .notes import (
    describe_ceiling,
    describe_comparison,
    describe_labels,
    describe_protocol,
    describe_responses,
    describe_result,
    describe_steps,
    describe_undefined,
)
from .notes_groups import describe_groups
from .protocols import Protocol
from .provenance import describe_forms, describe_scores
from .reliable import keep_reliable
from .scores import collect
from .ties import Ties
from .undefined import add_reasons, why_undefined

# Beyond this, kernels make them float64 a few at a time (5 GB for the 22,348 x 30,720 of TVSD).
_MANY_RESPONSES = 2**28

_NONE = Inference()


def score_steps(
    data: Aligned,
    plan: Protocol,
    asked: Asked,
    given: dict[str, Any],
    dtype: str,
    progress: bool | None,
    arrangement: Arrangement | None = None,
    inference: Inference = _NONE,
) -> xr.Dataset:
    """Score all areas and steps as `predict` does.

    Parameters
    ----------
    data
        Both sides.
    plan
        All settings.
    asked
        The arguments about splits.
    given
        Arguments of `predict` that are no part of a protocol, for the attributes.
    dtype
        Of the products in the Gram matrix.
    progress
        As in `predict`.
    arrangement
        How steps and time bins are put together.
    inference
        Which intervals and p values are wanted.
    """
    arrangement = arrangement or Arrangement()
    used, undriven = driven_or_not(data)
    plan, folds = make_folds(plan, asked, data, used, given["join"], dtype)
    splits = folds.splits
    of_ceiling = folds.of_ceiling(plan, data.ids)
    check_held_out(given.get("match_reliability"), len(of_ceiling), len(data.ids))
    data = keep_reliable(plan, data, of_ceiling)
    scored, skipped = arrangement.arrange(data.features, data.averaged)
    parts = None
    if plan.by is not None:
        parts = neuroid_parts(data.averaged, plan.by, asked.by is not None)
    ties = Ties(folds.groups, parts)
    trials = data.trials
    if len(of_ceiling) < len(data.ids):
        trials = trials.isel(presentation=np.isin(trials["stimulus"].values, of_ceiling))
    ceilings, ranked, found = measure_for(trials, plan, folds, data.ids)
    notes = [*data.notes, *folds.notes, *found, *describe_steps(undriven)]
    notes += [*describe_protocol(plan, parts), *describe_labels(plan, folds.labels, splits)]
    if parts is None:
        plan = replace(plan, by=None)
    notes += [*describe_groups(plan, data.labelled, splits), *describe_responses(data.averaged)]
    notes += describe_ceiling(ceilings, trials)
    notes += describe_route(splits, plan, ties.groups)
    responses = data.averaged.transpose("stimulus", "time_bin", "neuroid").values
    if responses.size < _MANY_RESPONSES:
        responses = responses.astype(np.float64, copy=False)
    halves = Halves(data.trials, plan.seed) if plan.normalization == "%EV" else None
    inferring = None
    if inference.wanted:
        inferring = Inferring(inference, data, plan, folds, responses, ties, dtype)
        notes += inferring.notes
    evaluations, reasons = [], []
    duplicates = Duplicates(data.ids)
    hide = None if progress is None else not progress
    for features in tqdm(scored, "predict", unit="step", disable=hide, file=sys.stderr):
        engine = prepare(features, data.ids, splits, plan, ties, dtype, duplicates)
        evaluation = engine.evaluate(responses, inferring is not None and inference.keeps)
        if evaluation.constant_features:
            notes.append(
                f"{features.label}: all {engine.n_units:,} units are constant over "
                "the stimuli, so it has no score (NaN)"
            )
        elif halves is not None and engine.gram is not None:
            evaluation.reliability = prediction_reliability(engine.gram, halves, splits, plan, ties)
        if inferring is not None:
            inferring.look_at(features, engine, evaluation)
        evaluations.append((features, evaluation))
        why = why_undefined(evaluation, responses, splits)
        reasons.append((features.area, features.step, why))
    only = [e for _, e in evaluations]
    comparison = Comparison.of(only, ceilings, ranked, plan.min_split_share)
    if data.acts_attrs.get("model") != "labels":  # there, stimuli of a category have to be alike
        notes += duplicates.describe(splits)
    notes += describe_undefined(evaluations, data.averaged)
    notes += describe_comparison(comparison, plan)
    notes += describe_result(evaluations, plan, splits)
    for note in notes:
        warnings.warn(note, CornetkitWarning, stacklevel=3)
    given = given | folds.attrs | arrangement.describe()
    given |= describe_forms(evaluations, plan, len(data.ids), ties.parts)
    attrs = describe_scores(plan, data, splits, given, notes)
    scores = collect(
        evaluations,
        skipped,
        data.averaged,
        ceilings,
        comparison,
        plan,
        attrs,
        with_interval=not inference.bootstrap,
    )
    scores = arrangement.label(scores, scored)
    scores = add_reasons(scores, reasons)
    if inferring is not None:
        scores = inferring.add_to(scores)
    if parts is not None:
        scores = add_parts(scores, parts, only, ceilings, ranked, plan)
    return scores if plan.pooled else scores.assign_coords(folds.coords)
