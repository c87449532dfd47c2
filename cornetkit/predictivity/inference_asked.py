"""What was asked of intervals and p values, and whether it goes together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import InputError, counted, unknown_name
from ..kernels.resampling import permutations_needed
from ..schema import check_whole, names_of

# What makes the responses to differ, and who responds.
ROWS = ("stimulus", "repetition")
COLUMNS = ("neuroid", "animal")
CORRECTIONS = ("max", "cluster")
# Fewer resamples say nothing about a spread.
_FEWEST = 50


@dataclass(frozen=True)
class Inference:
    """The arguments of `predict` about inference, checked.

    Parameters
    ----------
    bootstrap, permutations
        How many; 0 for none.
    rows, columns
        What the bootstrap draws: one of `ROWS` or None, one of `COLUMNS` or None.
    correction
        Of p over area x step x time bin: ``max`` or ``cluster``.
    alpha
        The p that has to be within reach.
    within
        The coordinate whose values permutations stay in; None for what the splits keep together
        or balance, False for none.
    keep_predictions
        Whether held-out predictions go into the result.
    """

    bootstrap: int = 0
    permutations: int = 0
    rows: str | None = None
    columns: str | None = None
    correction: str = "max"
    alpha: float = 0.05
    within: str | bool | None = None
    keep_predictions: bool = False

    @classmethod
    def of(
        cls,
        bootstrap: int | None,
        permutations: int | None,
        resample: str | Sequence[str] | None,
        correction: str | None,
        alpha: float | None,
        within: str | bool | None,
        keep_predictions: bool,
    ) -> Inference:
        """Check what `predict` was given.

        Raises
        ------
        InputError
            A number too small, a name that does not exist, or arguments that do not go together.
        """
        rows, columns = _factors(resample)
        if bootstrap is None:
            if resample is not None:
                raise InputError(
                    f"resample={resample!r} says what a bootstrap draws; add bootstrap=1000 "
                    "(--bootstrap 1000)"
                )
            rows = columns = None
        else:
            _check_number(bootstrap, "bootstrap", _FEWEST, "1000")
        for name, value in (("correction", correction), ("alpha", alpha)):
            if permutations is None and value is not None:
                raise InputError(
                    f"{name}={value!r} is about the p values of permutations; add "
                    "permutations=999 (--permutations 999)"
                )
        if permutations is None and within is not None:
            raise InputError(
                f"permute_within={within!r} is about permutations; add permutations=999 "
                "(--permutations 999)"
            )
        if correction is not None and correction not in CORRECTIONS:
            raise unknown_name("correction", correction, CORRECTIONS)
        alpha = 0.05 if alpha is None else alpha
        if isinstance(alpha, bool) or not isinstance(alpha, (int, float)) or not 0 < alpha < 1:
            raise InputError(f"alpha={alpha!r} was given; expected a number between 0 and 1")
        if permutations is not None:
            _check_number(permutations, "permutations", 1, "999")
            needed = permutations_needed(alpha)
            if permutations < needed:
                raise InputError(
                    f"{counted(permutations, 'permutation')} cannot give a p below "
                    f"{1 / (permutations + 1):.3g}, and p <= {alpha:g} was asked for; give "
                    f"permutations={needed} (--permutations {needed}) or more"
                )
        return cls(
            bootstrap or 0, permutations or 0, rows, columns, correction or "max", float(alpha),
            within, keep_predictions,
        )  # fmt: skip

    @property
    def wanted(self) -> bool:
        """Whether anything of it was asked for."""
        return bool(self.bootstrap or self.permutations or self.keep_predictions)

    @property
    def keeps(self) -> bool:
        """Whether held-out predictions are needed."""
        return self.rows is not None or self.keep_predictions

    @property
    def factors(self) -> tuple[str, ...]:
        """What the bootstrap draws."""
        return tuple(factor for factor in (self.rows, self.columns) if factor is not None)


def _check_number(value: Any, name: str, fewest: int, like: str) -> None:
    check_whole(value, name)
    if value < fewest:
        raise InputError(
            f"{name}={value} was given; expected {fewest} or more, such as {name}={like} "
            f"(--{name} {like})"
        )


def _factors(resample: str | Sequence[str] | None) -> tuple[str | None, str | None]:
    """Return what is drawn of the rows and of the columns."""
    if resample is None:
        return "stimulus", "neuroid"
    several = resample.split(",") if isinstance(resample, str) else names_of(resample, "resample")
    given = [str(x) for x in several]
    names = list(dict.fromkeys(name.strip() for name in given if name.strip()))
    if not names:
        raise InputError("resample is empty; expected names such as 'stimulus,neuroid'")
    for name in names:
        if name not in (*ROWS, *COLUMNS):
            raise unknown_name("factor to resample", name, [*ROWS, *COLUMNS])
    rows, columns = ([n for n in names if n in among] for among in (ROWS, COLUMNS))
    if len(rows) > 1:
        raise InputError(
            "resample='stimulus,repetition': the noise of the repetitions is in the differences "
            "between stimuli already; give one of the two"
        )
    if len(columns) > 1:
        raise InputError(
            "resample='neuroid,animal': neuroids lie within animals; give one of the two"
        )
    return next(iter(rows), None), next(iter(columns), None)
