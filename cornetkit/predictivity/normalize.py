"""Normalised scores, by the formula that a protocol names."""

from __future__ import annotations

import numpy as np

from .comparison import Comparison, enough_splits
from .protocols import FORMULAS, Protocol
from .summary import mean_over_splits, median_over_neuroids


def explained_variance(
    r: np.ndarray, ceiling: np.ndarray, of_predictions: np.ndarray
) -> np.ndarray:
    """Return 100 sign(r) r^2 / (ceiling x prediction ceiling) of each neuroid.

    Parameters
    ----------
    r
        Shape (..., split, neuroid); the mean over splits is taken.
    ceiling
        Reliability of the responses, broadcast against (..., neuroid).
    of_predictions
        Reliability of the predictions, shape (..., neuroid).
    """
    mean = mean_over_splits(r, axis=-2)
    bound = ceiling * of_predictions
    return 100 * np.sign(mean) * mean**2 / np.where(bound > 0, bound, np.nan)


def normalize(
    r: np.ndarray,
    comparison: Comparison,
    plan: Protocol,
    ev: np.ndarray | None = None,
) -> np.ndarray:
    """Return the normalised score, shape (area, time, time_bin).

    Parameters
    ----------
    r
        Shape (area, time, time_bin, split, neuroid).
    comparison
        The neuroids, their ceiling, and where it is noise.
    plan
        Says the formula, and whether noise is normalised by.
    ev
        Shape (area, time, time_bin, neuroid), from `explained_variance`; for ``"%EV"`` only.
    """
    # Numerator and denominator are medians over the same neuroids.
    counted = comparison.among & enough_splits(r, plan.min_split_share)
    c = np.where(comparison.ceiling > 0, comparison.ceiling, np.nan)
    if plan.ceiling != "brainscore":
        c = np.where(comparison.noise, np.nan, c)
    if plan.normalization == "%EV":
        if ev is None:
            raise TypeError("'%EV' needs the explained variance of each neuroid")
        # What has no ceiling ranks below all others: left out, it would flatter the rest.
        ranked = np.where(np.isnan(ev), -np.inf, ev)
        median = median_over_neuroids(np.where(counted, ranked, np.nan))
        return np.where(np.isnan(c) | ~np.isfinite(median), np.nan, median)
    medians = median_over_neuroids(np.where(counted[..., None, :], r, np.nan))
    score = mean_over_splits(medians, axis=-1)
    if plan.normalization == "r":
        return score
    if plan.normalization == "r/sqrt(c)":
        return score / np.sqrt(c)
    if plan.normalization == "r^2/c":
        return np.sign(score) * score**2 / c
    return np.sign(score) * (score / c) ** 2


def describe_normalized(comparison: Comparison, plan: Protocol) -> dict[str, object]:
    """Return the attributes of normalised scores."""
    share = plan.min_split_share
    fitted = {
        "fitted": "only a prediction that was not fitted on these responses normalises to 1: their "
        "noise spoils a fit as well, so that normalised scores fall with reliability; compare "
        "windows, regions and animals at equal reliability (match_reliability)"
    }
    return {
        **(fitted if plan.normalization != "r" else {}),
        "formula": FORMULAS[plan.normalization],
        "ceiling": "ceiling_score",
        "neuroids": "both over those with a half_correlation, and an r in "
        + (f"at least {share:.0%} of the splits" if share else "some split")
        + " of some area and step",
        "n_neuroids": comparison.counts(),
        "n_too_few_splits": comparison.n_too_few_splits,
    }
