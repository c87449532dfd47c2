"""Cross-validated correlations of the best unit with every neuroid and time bin."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from ..errors import InputError
from ..kernels.best_unit import best_unit
from ..kernels.correlation import pearson_columns
from .evaluate import Evaluation
from .kept import Kept
from .splits import Split


def evaluate_best_unit(
    blocks: Iterable[np.ndarray],
    responses: np.ndarray,
    splits: Sequence[Split],
    keep: bool = False,
) -> Evaluation:
    """Cross-validate the single best unit, chosen on the training stimuli of each fold.

    Parameters
    ----------
    blocks
        Features, (stimulus, unit) blocks, read once.
    responses
        Shape (n, time_bin, neuroid).
    splits
        Row indices of train and test.
    keep
        Keep the values that are correlated.
    """
    n, n_bins, n_neuroids = responses.shape
    flat = responses.reshape(n, -1)
    kept = Kept.of([test for _, test in splits], responses, keep)
    result = Evaluation.empty(len(splits), n_bins, n_neuroids)
    r = result.r.reshape(len(splits), -1)
    present = ~np.isnan(flat)
    partly = present.any(axis=0) & ~present.all(axis=0)
    if partly.any():
        raise InputError(
            f"{int(partly.sum())} neuroids have no response to some stimuli, and best-unit needs "
            "all of them; use method='ridge' (--method ridge), or take out "
            "those neuroids"
        )
    columns = np.flatnonzero(present.all(axis=0))
    found = best_unit(blocks, flat[:, columns], splits)
    for k, (_, test) in enumerate(splits):
        r[k, columns] = pearson_columns(flat[np.ix_(test, columns)], found.values[k])
        kept.put(k, test, columns, found.values[k])
    varies = np.ptp(flat[:, columns], axis=0) > 0
    result.constant_features = bool(varies.any() and (found.index[:, varies] < 0).all())
    result.form = "primal"
    result.held_out = kept.values
    return result
