"""How much each held-out stimulus, or each of its trials, moves a correlation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# The least share of its own residual that a stimulus is taken to leave.
_LEAST_LEFT = 0.1


@dataclass(frozen=True)
class Influence:
    """Of the correlations of one split.

    Parameters
    ----------
    of_stimuli
        Change of r if a stimulus counted twice instead of once, shape (n_test, n_targets); 0 for
        stimuli that do not count.
    of_responses
        Derivative of r by each response, the same shape.
    """

    of_stimuli: np.ndarray
    of_responses: np.ndarray


def correlation_influence(
    predicted: np.ndarray, observed: np.ndarray, groups: np.ndarray | None = None
) -> Influence:
    """Linearise the correlation of each column in the weights and values of its rows.

    Parameters
    ----------
    predicted, observed
        Shape (n_test, n_targets); rows where either is NaN do not count for a column.
    groups
        Shape (n_test,): rows of one label are drawn together.

    Notes
    -----
    With a and b both columns in standard units, m rows and r their correlation, the influence
    function of r is (a b - r (a^2 + b^2) / 2) / m. It is divided by the root of 1 - 1/m - a^2/m,
    the share of the variance that a residual keeps beside the fit to its own row (HC2; MacKinnon
    and White 1985, Journal of Econometrics 29:305), since few stimuli are held out in a split.
    Of whole groups there are fewer still, and alike stimuli fit each other: there the residuals
    b - r a of a group are multiplied by the inverse root of 1 - H, H its block of the projection
    on 1 and a (CR2; Bell and McCaffrey 2002, Survey Methodology 28:169).
    """
    valid = ~(np.isnan(predicted) | np.isnan(observed))
    m = valid.sum(axis=0)
    m = np.where(m >= 3, m, np.nan)
    a, spread_a = _standard(predicted, valid, m)
    b, spread_b = _standard(observed, valid, m)
    r = (a * b).sum(axis=0) / m
    r = np.where((spread_a > 0) & (spread_b > 0), r, np.nan)
    left = np.maximum(1 - (1 + a**2) / m, _LEAST_LEFT)
    of_stimuli = (a * b - r / 2 * (a**2 + b**2)) / m / np.sqrt(left)
    if groups is not None:
        residual = np.where(valid, b - r * a, 0.0) / np.sqrt(left)  # groups of one
        _enlarge(residual, np.where(valid, b - r * a, 0.0), a, valid, m, groups)
        of_stimuli = (a * residual + r / 2 * (a**2 - b**2)) / m
    of_responses = (a - r * b) / m / np.where(spread_b > 0, spread_b, np.nan)
    return Influence(
        np.where(valid & ~np.isnan(r), of_stimuli, 0.0),
        np.where(valid & ~np.isnan(r), of_responses, 0.0),
    )


def _enlarge(
    into: np.ndarray,
    residual: np.ndarray,
    a: np.ndarray,
    valid: np.ndarray,
    m: np.ndarray,
    groups: np.ndarray,
) -> None:
    """Put the residuals (n_test, n_targets) of groups of several rows, enlarged, in `into`."""
    codes, sizes = np.unique(groups, return_inverse=True, return_counts=True)[1:]
    for code in np.flatnonzero(sizes > 1):
        rows = np.flatnonzero(codes.reshape(-1) == code)
        # Columns 1 and a, over the root of m: their products are H.
        span = np.stack([valid[rows].astype(float), a[rows]]) / np.sqrt(m)
        gram = np.nan_to_num(np.einsum("irt,jrt->tij", span, span))
        share, axes = np.linalg.eigh(gram)
        share = np.minimum(share, 1 - _LEAST_LEFT)
        small = share < 1e-8
        more = np.where(small, 0.5, ((1 - share) ** -0.5 - 1) / np.where(small, 1.0, share))
        of_group = np.einsum("irt,rt->ti", span, residual[rows])
        along = np.einsum("tij,tj,tkj,tk->ti", axes, more, axes, of_group)
        into[rows] = residual[rows] + np.einsum("irt,ti->rt", span, along)


def _standard(
    values: np.ndarray, valid: np.ndarray, m: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return columns in standard units, 0 where not valid, and their standard deviations."""
    filled = np.where(valid, values, 0.0)
    centred = np.where(valid, filled - filled.sum(axis=0) / m, 0.0)
    span = np.abs(centred).max(axis=0)
    # Dividing first keeps squares of very small or large responses representable.
    scaled = centred / np.where(span > 0, span, 1.0)
    deviation = np.sqrt((scaled**2).sum(axis=0) / m)
    scaled = np.divide(scaled, deviation, out=np.zeros_like(scaled), where=deviation > 0)
    return scaled, deviation * span
