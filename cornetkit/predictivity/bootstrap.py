"""Scores of every resample, from held-out predictions: nothing is fitted again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .draws import ColumnDraws, RowDraws
from .evaluate import Evaluation
from .influence import Influence, correlation_influence
from .summary import mean_over_splits, median_over_neuroids

# Values that are held at once.
_BLOCK_VALUES = 2**23

BOTH = "both"


def resampled_scores(
    evaluation: Evaluation,
    tests: Sequence[np.ndarray],
    responses: np.ndarray,
    rows: RowDraws | None,
    columns: ColumnDraws | None,
    widening: np.ndarray | float = 1.0,
) -> dict[str, np.ndarray]:
    """Return the score of one area and step in every resample.

    Parameters
    ----------
    evaluation
        With the held-out predictions that it correlates, where `rows` are drawn.
    tests
        The stimuli over which each correlation goes.
    responses
        Shape (n, time_bin, neuroid).
    rows, columns
        What is drawn; every split has the same draws, since splits share stimuli.
    widening
        What training stimuli add to the spread, (time_bin,), see `training_noise.widening_of`.

    Returns
    -------
    dict
        ``rows``, ``columns`` or, of both, these and their sum ``both``: what draws add to the
        score, (n_resamples, time_bin), NaN where the score is.

    Notes
    -----
    A resample of stimuli moves the correlations of each split along their influence functions,
    `widening` times as much, and the median over neuroids is taken of what comes out. To count
    stimuli more or less in a split of few would leave some without 3 different ones, and spreads
    correlations far more than new stimuli do.

    Of two factors, the draws of neuroids hold the noise that each neuroid has by itself. The
    stimuli add what moves all neuroids together: the mean move, less the share of its variance
    that single neuroids make. In expectation of means this is V_a + V_b less the noise that both
    hold, 2 (V_a + V_b) - V_both (Schütt et al. 2023); bootstraps of medians do not follow that
    formula and give more, since medians of noisier values are smoother.
    """
    n_bins, n_neuroids = responses.shape[1:]
    flat = responses.reshape(len(responses), -1)
    influences: list[Influence] = []
    if rows is not None and evaluation.held_out is not None:
        influences = [
            correlation_influence(held, flat[test], rows.groups(test))
            for held, test in zip(evaluation.held_out, tests, strict=True)
        ]
    n_resamples = len(rows.extra) if rows is not None else len(columns.neuroids)  # type: ignore[union-attr]
    wider = np.broadcast_to(widening, (n_bins,))[:, None]
    found = {}
    if rows is not None:
        found["rows"] = np.full((n_resamples, n_bins), np.nan)
    if columns is not None:
        found["columns"] = np.full((n_resamples, n_bins), np.nan)
    of_single = np.zeros((n_resamples, n_bins))
    step = max(1, _BLOCK_VALUES // max(1, n_bins * n_neuroids * len(tests)))
    for start in range(0, n_resamples, step):
        block = slice(start, min(start + step, n_resamples))
        if rows is not None:
            moves = [
                _moves(one, rows, test, block, evaluation.r[k], wider)
                for k, (one, test) in enumerate(zip(influences, tests, strict=True))
            ]
            if columns is None:
                medians = [
                    median_over_neuroids(evaluation.r[k] + moved) for k, moved in enumerate(moves)
                ]
                found["rows"][block] = mean_over_splits(np.stack(medians), axis=0)
            else:
                together = mean_over_splits(np.stack(moves), axis=0)
                found["rows"][block], of_single[block] = _common(together, columns)
        if columns is not None:
            n_block = block.stop - block.start
            medians = [
                _median_of_drawn(np.broadcast_to(r, (n_block, *r.shape)), columns, block)
                for r in evaluation.r
            ]
            found["columns"][block] = mean_over_splits(np.stack(medians), axis=0)
    found = {name: values - values.mean(axis=0) for name, values in found.items()}
    if columns is not None:
        found["columns"] *= columns.widening
    if rows is not None and columns is not None:
        spread = found["rows"].var(axis=0)
        share = np.divide(
            of_single.mean(axis=0), spread, out=np.ones_like(spread), where=spread > 0
        )
        found["rows"] *= np.sqrt(np.clip(1 - share, 0.0, 1.0))
        found[BOTH] = found["rows"] + found["columns"]
    return found


def _common(moves: np.ndarray, columns: ColumnDraws) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean move, and the variance that single items give it, both (n_block, bin).

    Parameters
    ----------
    moves
        Shape (n_block, time_bin, neuroid); NaN where a neuroid has no score.
    columns
        Says which neuroids are one item, such as an animal.
    """
    items = np.stack(
        [mean_over_splits(moves[..., columns.item == k], axis=-1) for k in range(columns.n_items)]
    )
    known = ~np.isnan(items)
    count = known.sum(axis=0)
    mean = mean_over_splits(items, axis=0)
    squares = np.where(known, (items - mean) ** 2, 0.0).sum(axis=0)
    return mean, squares / np.maximum(count * (count - 1), 1)


def _moves(
    influence: Influence,
    rows: RowDraws,
    test: np.ndarray,
    block: slice,
    r: np.ndarray,
    widening: np.ndarray,
) -> np.ndarray:
    """Return what resamples add to the correlations of a split, (n_block, time_bin, neuroid)."""
    moves = rows.moves(influence, test, block)
    return np.where(np.isnan(r), np.nan, widening * moves.reshape(len(moves), *r.shape))


def _median_of_drawn(r: np.ndarray, columns: ColumnDraws, block: slice) -> np.ndarray:
    """Return medians over the drawn neuroids of r (n_block, time_bin, neuroid)."""
    drawn = columns.as_array
    if drawn is not None:
        return median_over_neuroids(np.take_along_axis(r, drawn[block][:, None, :], axis=-1))
    return np.stack(
        [
            median_over_neuroids(one[:, neuroids])
            for one, neuroids in zip(r, columns.neuroids[block], strict=True)
        ]
    )


def variance_of(
    found: dict[str, np.ndarray], n_rows: int | None, n_columns: int | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the variance over all that was drawn, and its degrees of freedom.

    Parameters
    ----------
    found
        As from `resampled_scores`, of any shape (n_resamples, ...): differences of scores too.
    n_rows, n_columns
        How many items were drawn from; None where none were.

    Notes
    -----
    Degrees of freedom of the sum of two variances are those of Satterthwaite (1946, Biometrics
    Bulletin 2:110).
    """
    sizes = {"rows": n_rows, "columns": n_columns}
    parts = {name: found[name].var(axis=0) for name in sizes if name in found}
    variance = found[BOTH].var(axis=0) if BOTH in found else next(iter(parts.values()))
    total = sum(part**2 / ((sizes[name] or 2) - 1) for name, part in parts.items())
    least = min((sizes[name] or 2) - 1 for name in parts)
    dof = np.divide(
        sum(parts.values()) ** 2,
        total,
        out=np.full(variance.shape, float(least)),
        where=np.asarray(total) > 0,
    )
    return variance, dof
