"""The second engine: what needs the units themselves, streamed from the file in blocks.

Units standardised by the training stimuli of each fold have another Gram matrix in every fold;
weights that may not be negative belong to units. Where there are fewer units than stimuli, the
other methods come here too, since the features are then smaller than their Gram matrix.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import InputError
from ..kernels.blocks import gather
from ..kernels.correlation import pearson_columns
from ..kernels.non_negative import N_INNER
from ..kernels.standardized import standardize, standardized_grams
from .duplicates import Duplicates
from .evaluate import Evaluation, jobs, restrict, varying
from .faint import Faint, find_faint
from .kept import Kept
from .per_fold import FitFold, dual_fold, penalties, primal_fold
from .protocols import Protocol
from .splits import Split
from .ties import UNTIED, Ties

# Of the non-negative mapping: units whose products with each other are formed (128 MiB).
MOST_UNITS = 4096
# Features that are held at once, in float64.
MOST_BYTES = 2**31
# Multiplications: one to three hours of one core, at the 4e9 to 1e10 a second that were measured.
MOST_OPERATIONS = 5e13

# Opens the features anew: (stimulus, unit) blocks.
Read = Callable[[], Iterable[np.ndarray]]


def form_of(n_units: int, splits: Sequence[Split], plan: Protocol, ties: Ties, dtype: str) -> str:
    """Return "primal" where fits go through the features, "dual" where through their products.

    Both give the same answer, and the faster one is taken: the primal one where there are fewer
    units than training stimuli, for joint PLS, or half as many (measured at 800 stimuli). What
    needs a Gram matrix beyond the fits themselves stays with it: products in single precision,
    correlations pooled over folds, reliabilities of predictions, and penalties chosen by leaving
    out groups.
    """
    if plan.method == "non-negative":
        return "primal"
    fewest = min(len(train) for train, _ in splits)
    most_units = fewest - 1 if plan.targets == "joint" else fewest // 2
    plain = not plan.needs_predictions and dtype == "float64"
    grouped = plan.method == "ridge" and ties.groups is not None
    return "primal" if n_units <= most_units and plain and not grouped else "dual"


def needs_units(form: str, plan: Protocol) -> bool:
    """Return whether this engine is the one, or one Gram matrix serves all folds."""
    return form == "primal" or plan.standardize


def evaluate_units(
    read: Read,
    n_units: int,
    responses: np.ndarray,
    splits: Sequence[Split],
    plan: Protocol,
    ties: Ties = UNTIED,
    dtype: str = "float64",
    duplicates: Duplicates | None = None,
    check: Callable[[np.ndarray], None] | None = None,
    keep: bool = False,
) -> Evaluation:
    """Cross-validate a method fold by fold on features that are streamed from their file.

    Parameters
    ----------
    read
        Returns the features, (stimulus, unit) blocks; called once for each pass over them.
    n_units
        Units in all blocks.
    responses
        Shape (n, time_bin, neuroid); NaN where a neuroid has no response to a stimulus.
    splits
        Row indices of train and test.
    plan
        The method and its settings.
    ties
        What keeps stimuli, or neuroids, together.
    dtype
        Of the products in Gram matrices.
    duplicates
        Is told of the features.
    check
        Called with each Gram matrix of single-precision products.
    keep
        Keep the predictions that are correlated.

    Raises
    ------
    InputError
        What a method needs does not fit into bounded memory or time.
    """
    n, n_bins, n_neuroids = responses.shape
    flat = responses.reshape(n, -1)
    todo = list(jobs(flat, n_bins, plan, ties.parts))
    if plan.method == "non-negative":
        n_targets = sum(len(columns) for columns, _ in todo)
        check_size(n, n_units, n_targets, len(splits), plan)
    result = Evaluation.empty(len(splits), n_bins, n_neuroids)
    r, alpha, edge = (x.reshape(len(splits), -1) for x in (result.r, result.alpha, result.edge))
    kept = Kept.of([test for _, test in splits], responses, keep)
    n_constant, fewest = [], []
    form = form_of(n_units, splits, plan, ties, dtype)
    watched = Watched(read, duplicates)
    for k, fold in enumerate(_folds(watched, n_units, n, splits, plan, dtype, form)):
        n_constant.append(fold.n_constant)
        result.faint = fold.faint
        if fold.n_constant == n_units:
            continue
        if check is not None and dtype == "float32":
            check(fold.values)
        for columns, rows in todo:
            _, inside = restrict(splits[k : k + 1], rows, n)
            if not inside:
                continue
            values = fold.values
            if len(rows) < n:
                values = values[rows] if form == "primal" else values[np.ix_(rows, rows)]
            # Standardised features of stimuli that are held out may lie far off.
            among = inside[0][0] if plan.standardize else np.arange(len(rows))
            square = _square(values, among, form)
            if square <= 0:
                continue
            targets = flat[np.ix_(rows, columns)]
            alphas = penalties(plan, square, len(among))
            found = fold.fit(values, targets, inside[0], plan, alphas, ties.of(rows))
            held_out = varying(found.held_out, targets)
            r[k, columns] = pearson_columns(targets[inside[0][1]], held_out)
            kept.put(k, rows[inside[0][1]], columns, held_out)
            if found.alpha is not None and found.edge is not None:
                alpha[k, columns], edge[k, columns] = found.alpha, found.edge
            if found.n_components is not None:
                fewest.append(found.n_components)
    result.n_components = min(fewest, default=None)
    result.form = form
    result.n_constant_units = np.asarray(n_constant)
    result.constant_features = min(n_constant) == n_units
    result.held_out = kept.values
    return result


class Watched:
    """Blocks of features that the first pass shows to `duplicates`."""

    def __init__(self, read: Read, duplicates: Duplicates | None) -> None:
        self._read = read
        self.duplicates = duplicates

    def __call__(self) -> Iterable[np.ndarray]:
        duplicates, self.duplicates = self.duplicates, None
        return self._read() if duplicates is None else duplicates.watch(self._read())


@dataclass(frozen=True)
class _Fold:
    """Features (n, units) or Gram matrix (n, n) of a fold, its constant units, and how to fit.

    `faint` says which units rounding hides from PLS and least squares.
    """

    values: np.ndarray
    n_constant: int
    fit: FitFold
    faint: Faint | None = None


def _folds(
    read: Watched,
    n_units: int,
    n: int,
    splits: Sequence[Split],
    plan: Protocol,
    dtype: str,
    form: str,
) -> Iterator[_Fold]:
    trains = [train for train, _ in splits]
    if form == "dual":
        for each in standardized_grams(read, n, trains, dtype=dtype):
            yield _Fold(each.gram, each.n_constant, dual_fold)
        return
    X = gather(read(), n, n_units)
    unscaled = plan.method in ("pls", "ols") and not plan.standardize
    faint = find_faint(np.square(X - X.mean(axis=0)).sum(axis=0), n) if unscaled else None
    for train in trains:
        if plan.standardize:
            yield _Fold(*standardize(X, train), primal_fold)
        else:
            constant = int((np.ptp(X[train], axis=0) == 0).sum())
            yield _Fold(X, constant, primal_fold, faint)


def _square(values: np.ndarray, rows: np.ndarray, form: str) -> float:
    """Return the sum of squares of the features centred over `rows`."""
    if form == "dual":
        block = values[np.ix_(rows, rows)]
        return float(block.trace() - block.sum() / len(rows))
    centred = values[rows] - values[rows].mean(axis=0)
    return float(np.einsum("nu,nu->", centred, centred))


def check_size(n_stimuli: int, n_units: int, n_targets: int, n_folds: int, plan: Protocol) -> None:
    """Raise `InputError` where a non-negative mapping would need too much memory or time."""
    mend = "record fewer units with pool='mean' (--pool mean) or units=1000 (--units 1000)"
    if n_units > MOST_UNITS or 8 * n_stimuli * n_units > MOST_BYTES:
        raise InputError(
            f"non-negative weights of {n_units:,} units were asked for, and the products of all "
            f"pairs of units are held in memory: {MOST_UNITS:,} units at most, and "
            f"{MOST_BYTES >> 30} GiB of features; {mend}, or use "
            "method='ridge' (--method ridge)"
        )
    n_alphas = len(penalties(plan, 1.0, 2))
    searches = n_targets * n_folds * (n_alphas * N_INNER * (n_alphas > 1) + 1)
    # Two to three Cholesky factors of up to half of the units each.
    operations = searches * n_units**3 / 6
    if operations > MOST_OPERATIONS:
        raise InputError(
            f"non-negative weights of {n_units:,} units for {n_targets:,} neuroids and time bins "
            f"in {n_folds} folds take about {operations:.0e} multiplications, and "
            f"{MOST_OPERATIONS:.0e} are allowed; {mend}, take one penalty, alphas=1.0 "
            "(--alphas 1), or fewer time bins, bins=50 (--bins 50)"
        )
