"""Results that hold resampled scores, opened to be compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from ..errors import InputError
from ..result_contents import content_of, name_of_result
from ..result_files import read_result
from .choice import chosen_score, widening_of_choice
from .inference_asked import COLUMNS, ROWS
from .places import Place, places_of
from .summary import median_over_neuroids

# What two results have to agree in, and how a message calls it.
_SAME = {
    "stimuli_sha256": "the stimuli",
    "neuroids_sha256": "the neuroids",
    "responses_sha256": "the responses (recordings, window or bins)",
    "splits_sha256": "the splits",
    "resample_of": "what was resampled",
    "resample_items": "how many of these there were",
    "resample_whole": "the groups that were drawn whole",
    "resample_seed": "the seed of the resamples",
    "bootstrap": "the number of resamples",
}


@dataclass(frozen=True)
class Entry:
    """A score (time_bin,), and its resamples (n_resamples, time_bin) by factor."""

    score: np.ndarray
    resampled: dict[str, np.ndarray]


@dataclass(frozen=True)
class Resampled:
    """A result with resampled scores.

    Parameters
    ----------
    name
        What messages call it.
    dataset
        ``score``, ``r`` and all that was resampled.
    draws
        What was drawn, for attributes.
    """

    name: str
    dataset: xr.Dataset
    draws: dict[str, Any]

    @property
    def factors(self) -> dict[str, int]:
        """What was drawn: stimuli (or repetitions), neuroids (or animals), and of how many."""
        names = np.atleast_1d(self.draws["resample_of"]).tolist()
        items = np.atleast_1d(self.draws["resample_items"]).tolist()
        return dict(zip(names, items, strict=True))

    @property
    def n_rows(self) -> int | None:
        """Stimuli (groups, or trials less stimuli) that were drawn from; None for none."""
        return next((n for name, n in self.factors.items() if name in ROWS), None)

    @property
    def n_columns(self) -> int | None:
        """Neuroids or animals that were drawn from; None for none."""
        return next((n for name, n in self.factors.items() if name in COLUMNS), None)

    @property
    def has_splits(self) -> bool:
        """Whether a best step can be chosen on other splits."""
        return self.dataset.sizes.get("split", 0) > 1

    def at(self, place: Place) -> Entry:
        """Return the score of a place; of a best step by choosing it on other splits."""
        if place.area is not None and place.time is not None:
            return self._entry(place)
        among = [p for p in places_of(self.dataset) if place.area in (None, p.area)]
        if len(among) == 1:
            return self._entry(among[0])
        if not self.has_splits:
            raise InputError(
                f"the best step of {self.name} cannot be chosen: it has no splits to choose it on "
                "that it is not scored on; name a step, such as IT@3"
            )
        score, share, wider = self._nested(among)
        mixed: dict[str, np.ndarray] = {}
        for k, one in enumerate(among):
            if not share[k].any():
                continue
            entry = self._entry(one)
            for name, values in entry.resampled.items():
                moved = share[k] * (values - entry.score)
                mixed[name] = mixed.get(name, 0.0) + moved
        if "rows" in mixed:  # splits are of stimuli: neuroids move the same in all of them
            mixed["rows"] = mixed["rows"] * wider
        if "both" in mixed:
            mixed["both"] = mixed["rows"] + mixed["columns"]
        return Entry(score, {name: score + moved for name, moved in mixed.items()})

    def _entry(self, place: Place) -> Entry:
        one = self.dataset.sel(area=place.area, time=place.time)
        kinds = {name: "rows" if name in ROWS else "columns" for name in self.factors}
        if len(kinds) == 1:
            names = {next(iter(kinds.values())): "resampled"}
        else:
            names = {kind: f"resampled_{name}" for name, kind in kinds.items()}
            names["both"] = "resampled"
        found = {
            kind: one[variable].transpose("resample", "time_bin").values
            for kind, variable in names.items()
        }
        return Entry(one["score"].values, found)

    def _nested(self, among: Sequence[Place]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the score (time_bin,), how often each place is chosen, and what that adds."""
        r = [self.dataset["r"].sel(area=p.area, time=p.time) for p in among]
        medians = np.stack(
            [median_over_neuroids(x.transpose("split", "time_bin", "neuroid").values) for x in r]
        )  # (place, split, time_bin)
        score, share = chosen_score(medians)
        return score, share, widening_of_choice(medians, share)


def open_resampled(given: Any) -> Resampled:
    """Open a result, or take it as it is.

    Raises
    ------
    InputError
        It has no resampled scores.
    """
    name = Path(given).name if isinstance(given, (str, Path)) else "the Dataset"
    if isinstance(given, (str, Path)):
        given = read_result(given, "scores", "cornetkit predict --bootstrap 1000 --out")
    if content_of(given) != "scores":
        raise InputError(
            f"{name_of_result(given)} was given to compare_scores; expected scores, the result of "
            "predict, or a path (of rsa: compare_rsa)"
        )
    if "resampled" not in given or "resample_of" not in given.attrs:
        raise InputError(
            f"{name} has no resampled scores; make it with bootstrap=1000 (--bootstrap 1000)"
        )
    draws = {key: given.attrs[key] for key in _SAME if key in given.attrs}
    kept = [v for v in given.data_vars if v in ("score", "r") or str(v).startswith("resampled")]
    return Resampled(name, given[kept], draws)


def check_same(first: Resampled, second: Resampled) -> None:
    """Raise `InputError` unless two results hold the same draws of the same things."""
    wrong = [
        f"{words} ({_short(first.draws.get(key))} and {_short(second.draws.get(key))})"
        for key, words in _SAME.items()
        if first.draws.get(key) != second.draws.get(key)
    ]
    if first.dataset.sizes["time_bin"] != second.dataset.sizes["time_bin"]:
        wrong.append("the time bins")
    if wrong:
        raise InputError(
            f"{first.name} and {second.name} were not resampled together: they differ in "
            f"{'; '.join(wrong)}; make both with the same recordings, splits, seed and bootstrap"
        )


def _short(value: Any) -> str:
    """Return a value as a message shows it: of a digest the beginning."""
    text = "none" if value is None else str(value)
    return f"{text[:8]}..." if len(text) == 64 else text
