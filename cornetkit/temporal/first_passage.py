"""When a course first reaches a threshold, and stays there."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..errors import InputError, unknown_name

SOLVED, FIRST, UNSOLVED, UNDEFINED = range(4)
# Of the attribute `flag_meanings`, in this order.
STATUS = ("solved", "solved_at_the_first_time", "never_solved", "no_threshold")
INTERPOLATIONS = ("previous", "best", "none")


class Passage(NamedTuple):
    """Passages, each of shape (n,).

    Parameters
    ----------
    time
        In the units of the times; NaN where there is none.
    status
        Which of `STATUS`. One at the first time may have come before: it is left-censored.
    """

    time: np.ndarray
    status: np.ndarray


def first_passage(
    values: np.ndarray,
    thresholds: np.ndarray,
    times: np.ndarray,
    *,
    n_consecutive: int = 2,
    interpolation: str = "previous",
) -> Passage:
    """Return when each course first lies at or above its threshold for several times in a row.

    Noise crosses a threshold early; asking for several times in a row makes that rarer.

    Parameters
    ----------
    values
        Shape (time, n); NaN lies nowhere.
    thresholds
        Shape (n,); NaN where there is none.
    times
        Ascending, shape (time,).
    n_consecutive
        Times in a row, the last of which has to be there: a run that starts later than that has
        not been seen to hold.
    interpolation
        ``"previous"``: between the time before and the first of the run; ``"best"``: from the
        earlier time that came nearest from below (Kar et al. 2019); ``"none"``.

    Raises
    ------
    InputError
        More times in a row than there are, or times that are not ascending.

    Examples
    --------
    >>> import numpy as np
    >>> course = np.array([[0.0], [2.0], [0.0], [2.0], [3.0]])
    >>> first_passage(course, np.array([1.0]), np.arange(5.0)).time.tolist()
    [2.5]
    """
    if interpolation not in INTERPOLATIONS:
        raise unknown_name("interpolation", interpolation, INTERPOLATIONS)
    values, thresholds = np.asarray(values, float), np.asarray(thresholds, float)
    n_times, n = values.shape
    if not 1 <= n_consecutive <= n_times:
        raise InputError(
            f"n_consecutive={n_consecutive} (--consecutive) was given for {n_times} times; "
            f"expected 1 to {n_times}"
        )
    if (np.diff(times) <= 0).any():
        raise InputError("times are not ascending; sort the time bins")
    with np.errstate(invalid="ignore"):
        above = values >= thresholds
        below = values < thresholds
    last = n_times - n_consecutive + 1
    run = np.ones((last, n), dtype=bool)
    for k in range(n_consecutive):
        run &= above[k : k + last]
    solved = run.any(axis=0)
    first = run.argmax(axis=0)
    status = np.where(solved, np.where(first == 0, FIRST, SOLVED), UNSOLVED)
    status[np.isnan(thresholds) | np.isnan(values).all(axis=0)] = UNDEFINED
    time = np.full(n, np.nan)
    for i in np.flatnonzero((status == SOLVED) | (status == FIRST)):
        at = int(first[i])
        time[i] = times[at]
        earlier = np.flatnonzero(below[:at, i])
        if interpolation == "none" or not earlier.size:
            continue
        if interpolation == "previous":
            start = at - 1
            if not below[start, i]:  # missing there
                continue
        else:
            heights = values[earlier, i]
            start = int(earlier[np.flatnonzero(heights == heights.max())[-1]])
        low, high = values[start, i], values[at, i]
        share = (thresholds[i] - low) / (high - low)
        time[i] = times[start] + share * (times[at] - times[start])
    return Passage(time, status.astype(np.int8))
