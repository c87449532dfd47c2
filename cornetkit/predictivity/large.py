"""Ridge on more stimuli than can be taken exactly: on the leading components of the features.

An exact fit takes n^3 multiplications a penalty and several n x n matrices. Beyond `MOST_EXACT`
training stimuli ridge is fitted to the leading principal components of the features instead, found
by reading the features a few times; it is then exact for those, and scores say so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..kernels.correlation import pearson_columns
from ..kernels.ridge_large import ComponentRidge
from ..kernels.sketch import Read, sketch
from .duplicates import Duplicates
from .evaluate import Evaluation, jobs, restrict, varying
from .per_fold import penalties
from .protocols import Protocol
from .splits import Split
from .streaming import Watched
from .ties import UNTIED, Ties

# Training stimuli and units, the fewer of both: about an hour of one core for 25 penalties, and
# 5 GB, lie beyond.
MOST_EXACT = 12_000
# Components; stimuli that are left out to choose a penalty; readings of the features.
N_COMPONENTS = 2_048
N_LEFT_OUT = 2_048
N_READINGS = 3
# The form of an evaluation.
SKETCHED = "sketched"


def is_large(n_units: int, splits: Sequence[Split], protocol: Protocol, ties: Ties) -> bool:
    """Return whether ridge is fitted to the leading components only.

    Where predictions themselves are asked for (``%EV``, correlations pooled over folds), or
    penalties chosen by leaving out groups, or units standardised, the exact way is taken.
    """
    fewest = min(n_units, *(len(train) for train, _ in splits))
    plain = not (protocol.standardize or protocol.needs_predictions) and ties.groups is None
    return protocol.method == "ridge" and plain and fewest > MOST_EXACT


def evaluate_large(
    read: Read,
    responses: np.ndarray,
    splits: Sequence[Split],
    protocol: Protocol,
    ties: Ties = UNTIED,
    dtype: str = "float64",
    duplicates: Duplicates | None = None,
) -> Evaluation:
    """Cross-validate ridge on the leading components of the features, found in each fold anew.

    Parameters
    ----------
    read
        Returns the features, (stimulus, unit) blocks; called `N_READINGS` times a fold.
    responses
        Shape (n, time_bin, neuroid), of any float type; NaN where a neuroid has no response.
    splits
        Row indices of train and test.
    protocol
        The settings of ridge; its seed is that of the random directions and of the stimuli that
        are left out to choose a penalty.
    ties
        What keeps neuroids together.
    dtype
        Of the products with the features.
    duplicates
        Is told of the features.
    """
    n, n_bins, n_neuroids = responses.shape
    flat = responses.reshape(n, -1)
    result = Evaluation.empty(len(splits), n_bins, n_neuroids)
    r, alpha, edge = (x.reshape(len(splits), -1) for x in (result.r, result.alpha, result.edge))
    todo = list(jobs(flat, n_bins, protocol, ties.parts))
    shares, constant = [], []
    watched = Watched(read, duplicates)
    for k, (train, _) in enumerate(splits):
        found = sketch(
            watched,
            n,
            train,
            N_COMPONENTS,
            n_readings=N_READINGS,
            dtype=dtype,
            rng=protocol.seed,
        )
        shares.append(found.share)
        constant.append(found.n_constant == found.n_units)
        if constant[-1]:
            continue
        alphas = penalties(protocol, found.square, n)
        fit, fitted_on = None, np.empty(0, dtype=int)
        for columns, rows in todo:
            _, inside = restrict(splits[k : k + 1], rows, n)
            if not inside:
                continue
            if fit is None or not np.array_equal(rows, fitted_on):
                features = found.features if len(rows) == n else found.features[rows]
                fit = ComponentRidge(features, inside[0], N_LEFT_OUT, protocol.seed)
                fitted_on = rows
            targets = _columns(flat, columns, rows)
            ridge = fit.predict(targets, alphas, per_target=protocol.alpha_per == "neuroid")
            observed = targets[inside[0][1]].astype(np.float64, copy=False)
            r[k, columns] = pearson_columns(observed, varying(ridge.predictions, observed))
            alpha[k, columns] = ridge.alpha
            edge[k, columns] = np.where(ridge.alpha == alphas.min(), -1, 1) * ridge.at_edge
    result.form = SKETCHED
    result.constant_features = all(constant)
    result.share = float(np.mean(shares))
    return result


def _columns(flat: np.ndarray, columns: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return some targets of some stimuli, without a copy where they lie side by side."""
    if len(rows) == len(flat) and np.array_equal(columns, np.arange(columns[0], columns[-1] + 1)):
        return flat[:, columns[0] : columns[-1] + 1]
    return flat[np.ix_(rows, columns)]


def note_large(label: str, evaluation: Evaluation, splits: Sequence[Split]) -> str:
    """Say of an area and step what its scores are scores of."""
    n_train = min(len(train) for train, _ in splits)
    return (
        f"{label}: {n_train:,} training stimuli are more than the {MOST_EXACT:,} that ridge is "
        f"fitted to exactly; it is fitted to the {N_COMPONENTS:,} leading components of the "
        f"features, which hold {evaluation.share:.1%} of their variance, and its penalty chosen by "
        f"leaving out {N_LEFT_OUT:,} of the stimuli one at a time"
    )


def describe_large(evaluations: Sequence[Evaluation]) -> dict[str, Any]:
    """Return the attributes of scores that were made here; none where all are exact."""
    if all(evaluation.form != SKETCHED for evaluation in evaluations):
        return {}
    return {
        "sketch_components": N_COMPONENTS,
        "sketch_readings": N_READINGS,
        "sketch_left_out": N_LEFT_OUT,
    }
