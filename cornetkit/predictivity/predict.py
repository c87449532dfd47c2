"""predict(): how well each area and step predicts held-out recordings."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr
from tqdm import tqdm

from ..errors import CornetkitWarning, InputError, unknown_name
from ..neural import average, open_recordings, rebin
from ..schema import common_stimuli, to_attribute
from .ceilings import ceiling
from .evaluate import Evaluation, evaluate_best_unit, evaluate_gram
from .features import Features, as_activations, list_features
from .notes import describe_ceiling, describe_responses, describe_result, describe_steps
from .protocols import Protocol, check_settings, find_protocol
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
    rng: int | None = None,
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
        Ridge penalties to choose from, one number or several; ``"relative"`` (default; 13 from
        1e-4 to 1e4 times the mean eigenvalue of the features' covariance) or ``"brainscore"``
        (99 absolute ones).
    alpha_per
        ``"neuroid"`` or ``"all"``.
    stratify
        A coordinate of the recordings to balance over train and test, or False for none.
    n_splits, rng
        Number and seed of the splits.
    window
        Average the recordings over this window, (start, end) in ms.
    bins
        Rebin the recordings to bins of this width in ms.
    join
        ``"exact"`` raises unless both sides hold the same stimuli; ``"inner"`` goes on with those
        in common.
    dtype
        Of the products in the Gram matrix: ``"float64"``, or ``"float32"`` (sums in float64) at
        about half the time.
    progress
        Progress bar on stderr; None shows it on terminals only.

    Returns
    -------
    Dataset
        ``r`` (area, time, time_bin, split, neuroid): signed Pearson correlation over the held-out
        stimuli of a split; ``score`` (area, time, time_bin): median over neuroids, then mean over
        splits, with ``score_error``, ``score_low``, ``score_high``; ``ceiling`` (time_bin,
        neuroid) and ``ceiling_score`` (time_bin), in units of r^2; ``normalized`` with its
        formula in the attributes. Everything that moved a score is in the attributes.

    Raises
    ------
    StimulusMismatchError
        The two sides do not hold the same stimuli.
    InputError
        Too few stimuli, no driven step, or a wrong argument.

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
    data = _align(as_activations(acts), open_recordings(recordings), areas, window, bins, join)
    labels = _stratification(plan, stratify, data.averaged)
    if labels is None:
        plan = replace(plan, stratify=None)
    splits = make_splits(plan, len(data.ids), labels)
    ceilings = ceiling(data.trials, method=plan.ceiling, stimuli=data.ids)
    used = [f for f in data.features if f.driven is not False]
    undriven = [f for f in data.features if f.driven is False]
    if not used:
        raise InputError(
            f"the image reaches none of the {len(undriven)} steps of {', '.join(data.areas)}; "
            "record more steps (--times), or other areas"
        )
    notes = [*data.notes, *describe_steps(undriven), *describe_responses(data.averaged)]
    notes += describe_ceiling(ceilings, data.trials)
    evaluations = []
    hide = None if progress is None else not progress
    for features in tqdm(used, "predict", unit="step", disable=hide, file=sys.stderr):
        evaluation, found = _evaluate(features, data, splits, plan, dtype)
        notes += found
        evaluations.append((features, evaluation))
    notes += describe_result(evaluations, plan, splits)
    for note in notes:
        warnings.warn(note, CornetkitWarning, stacklevel=2)
    attrs = _provenance(plan, data, splits, dtype, notes)
    return collect(evaluations, undriven, data.averaged, ceilings, plan, attrs)


@dataclass(frozen=True)
class _Data:
    ids: list[Any]
    areas: list[str]
    features: list[Features]
    trials: xr.DataArray
    averaged: xr.DataArray
    acts_attrs: dict[str, Any]
    notes: list[str]


def _plan(
    protocol: str,
    method: str | None,
    targets: str | None,
    n_components: int | None,
    alphas: str | float | Sequence[float] | None,
    alpha_per: str | None,
    stratify: str | bool | None,
    n_splits: int | None,
    rng: int | None,
) -> Protocol:
    base = find_protocol(protocol)
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


def _align(
    acts: Any,
    trials: xr.DataArray,
    areas: Sequence[str] | None,
    window: tuple[float, float] | None,
    bins: float | None,
    join: str,
) -> _Data:
    if areas is not None:
        for area in areas:
            if area not in acts:
                raise unknown_name("area", area, list(acts))
        acts = type(acts)({area: acts[area] for area in areas}, acts.attrs)
    features = list_features(acts)
    ids = acts[features[0].area]["stimulus"].values.tolist()
    for area, array in acts.items():
        if set(array["stimulus"].values.tolist()) != set(ids):
            raise InputError(
                f"area {area} holds other stimuli than {features[0].area}; predict them one by one"
            )
    if window is not None or bins is not None:
        trials = rebin(trials, window=window, width=bins)
    averaged = average(trials)
    there = averaged["stimulus"].values.tolist()
    common = common_stimuli(ids, there, join=join)
    notes = []
    if len(common) < max(len(ids), len(there)):
        notes.append(
            f"{len(common)} stimuli are in both; left out {len(ids) - len(common)} of the "
            f"activations and {len(there) - len(common)} of the recordings"
        )
    averaged = averaged.sel(stimulus=common)
    return _Data(common, list(acts), features, trials, averaged, acts.attrs, notes)


def _stratification(
    plan: Protocol, stratify: str | bool | None, averaged: xr.DataArray
) -> np.ndarray | None:
    if stratify is False or plan.stratify is None:
        return None
    if plan.stratify in averaged.coords and averaged[plan.stratify].dims == ("stimulus",):
        return np.asarray(averaged[plan.stratify].values)
    if isinstance(stratify, str):
        known = [str(n) for n, c in averaged.coords.items() if c.dims == ("stimulus",)]
        raise unknown_name("coordinate of the stimuli", stratify, known)
    return None  # the protocol balances by it only where the recordings have it


def _evaluate(
    features: Features, data: _Data, splits: Sequence[Split], plan: Protocol, dtype: str
) -> tuple[Evaluation, list[str]]:
    responses = data.averaged.transpose("stimulus", "time_bin", "neuroid").values
    responses = responses.astype(np.float64, copy=False)
    if plan.method == "best-unit":
        return evaluate_best_unit(features.blocks(data.ids), responses, splits), []
    gram = features.gram(data.ids, dtype)
    if gram.n_constant == gram.n_units:
        empty = Evaluation.empty(len(splits), *responses.shape[1:])
        return empty, [
            f"{features.area} step {features.step}: all {gram.n_units:,} units are constant over "
            "the stimuli, so it has no score (NaN)"
        ]
    return evaluate_gram(gram.gram, responses, splits, plan), []


def _provenance(
    plan: Protocol, data: _Data, splits: Sequence[Split], dtype: str, notes: list[str]
) -> dict[str, Any]:
    settings = {
        **plan.describe(),
        "mapping": "per-bin",
        "n_splits": len(splits),
        "n_stimuli": len(data.ids),
        "n_train": len(splits[0][0]),
        "n_test": len(splits[0][1]),
        "n_neuroids": data.averaged.sizes["neuroid"],
        "gram_dtype": dtype,
        "engine": "units" if plan.method == "best-unit" else "gram",
    }
    inherited = {f"acts_{name}": value for name, value in data.acts_attrs.items()}
    attrs = {name: to_attribute(value) for name, value in (settings | inherited).items()}
    return attrs | {"notes": notes}
