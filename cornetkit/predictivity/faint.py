"""Units that vary so little beside the others that rounding of their products hides them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import InputError
from ..kernels.alphas import BRAINSCORE_ALPHAS
from .mapping import MANY_STIMULI
from .precision import spans_all

# A penalty has to stand out of rounding by this factor: then predictions are right to some 5e-4
# of the responses at worst, whatever the number of stimuli (100 to 1,200 of them, 20 units as
# small as the penalty, against a fit through the units), and they get better with the penalty.
_SAFE = 1e3
# Eigenvectors count nothing below n times the last digit of the largest eigenvalue: a penalty so
# many times as large leaves less than a hundredth of what such a direction says.
_SAFE_OF_LARGEST = 1e2
# Of a unit below this share of the penalty, no more is left anyhow.
_SHRUNK = 1e-2
_EPS = float(np.finfo(np.float64).eps)
_SCALE = "scale units alike (in ck.predict standardize=True, --standardize)"


@dataclass(frozen=True)
class Faint:
    """How many of how many units are hidden: those whose sum of squares is at most `limit`."""

    n_hidden: int
    n_units: int
    limit: float


def refuse_faint(
    gram: np.ndarray,
    unit_squares: np.ndarray,
    alphas: Sequence[float] | np.ndarray | str,
    what: str,
) -> None:
    """Raise `InputError` where ridge through products of stimuli would lose units.

    A product of stimuli sums over units, and what is below the last digit of the large ones is
    gone. Unless a penalty is larger, a fit would ask for it. Where other units span all stimuli,
    nothing is missed.

    Parameters
    ----------
    gram
        Centred products of stimuli in double precision (for single there is `check_precision`),
        shape (n, n).
    unit_squares
        Sum of squares of each centred unit.
    alphas
        Penalties, or the name of a grid; ``relative`` ones are far above rounding always.
    what
        Area and step, for the message.
    """
    if isinstance(alphas, str) and alphas == "relative":
        return
    least = float(np.min(BRAINSCORE_ALPHAS if isinstance(alphas, str) else alphas))
    limit = _safe_penalty(gram)
    if least >= limit:
        return
    found = _find(unit_squares, len(gram), limit, _SHRUNK * least)
    # Many small units may span all stimuli together.
    if found.n_hidden and not spans_all(gram, limit):
        raise InputError(
            f"{what}: a penalty of {least:g} was given, and {found.n_hidden:,} of "
            f"{found.n_units:,} units vary so little beside the others that rounding hides them "
            f"from it; use penalties of {limit:.2g} or more, or {_SCALE}"
        )


def find_faint(unit_squares: np.ndarray, n_stimuli: int) -> Faint:
    """Return which units PLS and least squares leave out, since rounding hides them.

    Parameters
    ----------
    unit_squares
        Sum of squares of each centred unit, of products in double precision.
    n_stimuli
        Stimuli that they are summed over.
    """
    # The trace bounds the largest eigenvalue.
    return _find(unit_squares, n_stimuli, n_stimuli * _EPS * float(unit_squares.sum()), 0.0)


def describe_faint(what: str, faint: Faint | None) -> list[str]:
    """Say that units are left out."""
    if faint is None or not faint.n_hidden:
        return []
    return [
        f"{what}: {faint.n_hidden:,} of {faint.n_units:,} units vary so little beside the others "
        f"that they do not count (rounding hides them); to count them, {_SCALE}"
    ]


def _safe_penalty(gram: np.ndarray) -> float:
    safe = _SAFE * float(gram.trace())
    # So many stimuli are fitted by a factor for each penalty, without eigenvectors.
    if len(gram) <= MANY_STIMULI:
        # The norm of Frobenius bounds the largest eigenvalue.
        safe = max(safe, _SAFE_OF_LARGEST * len(gram) * float(np.linalg.norm(gram)))
    return _EPS * safe


def _find(unit_squares: np.ndarray, n_stimuli: int, limit: float, floor: float) -> Faint:
    hidden = (unit_squares > floor) & (unit_squares <= limit)
    spanned = int((unit_squares > limit).sum()) >= n_stimuli - 1
    return Faint(0 if spanned else int(hidden.sum()), len(unit_squares), limit)
