"""Scores of baselines that take more than one prediction, and what a baseline is in a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .printing import settings_of
from .scoring import scored

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from cornetkit.activations import Activations
    from cornetkit.stimuli import ImageSet


@dataclass(frozen=True)
class Baseline:
    """One baseline, scored.

    Parameters
    ----------
    name
        What notes and figures call it.
    scores
        As from `predict`.
    table
        Its rows.
    notes
        What `predict` said.
    settings
        For machines.
    remark
        For readers of the table, or empty.
    """

    name: str
    scores: xr.Dataset
    table: pd.DataFrame
    notes: list[str]
    settings: dict[str, Any] = field(default_factory=dict)
    remark: str = ""


def untrained_rows(
    like: Activations,
    seeds: Sequence[int],
    images: ImageSet,
    recordings: xr.DataArray,
    settings: Mapping[str, Any],
    areas: Sequence[str] | None,
    crop: bool,
) -> Baseline:
    """Score untrained seeds of a model, recorded as `like` was, and sum them up."""
    import numpy as np
    import pandas as pd
    import xarray as xr

    from cornetkit.recording import untrained

    name = f"untrained {like.attrs.get('model')}"
    found, notes = [], []
    for seed in seeds:
        acts = untrained(images, like, seed, areas=areas, crop=crop)
        scores, said = scored(acts, recordings, settings)
        found.append(scores)
        notes += [note for note in said if note not in notes]
    tables = [rows_of(scores) for scores in found]
    table = tables[0].assign(model=name, seeds=len(tables))
    for column in table.columns:
        if table[column].dtype.kind == "f":
            table[column] = np.median([t[column] for t in tables], axis=0)
    every = pd.concat([t["score"] for t in tables], axis=1)
    table["score_low"], table["score_high"] = every.min(axis=1), every.max(axis=1)
    table["score_error"] = (table["score_high"] - table["score_low"]) / 2
    middle = xr.concat([scores["score"] for scores in found], "seed").median("seed")
    of_seeds = ", ".join(str(seed) for seed in seeds)
    remark = f"{name}: median over the seeds {of_seeds}; its +- is half their range"
    stated = settings_of(found[0]) | {
        "acts_seed": list(seeds),
        "summary": "score: median over seeds; score_low, score_high: least and greatest; "
        "score_error: half their difference",
    }
    return Baseline(name, found[0].assign(score=middle), table, notes, stated, remark)


def animal_rows(
    recordings: xr.DataArray, settings: Mapping[str, Any], like: xr.Dataset
) -> Iterator[Baseline]:
    """Score the other animals for each animal, in the time bins of the scores `like`."""
    from cornetkit.neural import animals, of_animal, other_animals, rebin

    window, bins = (like.attrs.get(name, "none") for name in ("window", "bins"))
    if window != "none" or bins != "none":
        # The features are responses too, and need the time bins that are predicted.
        recordings = rebin(
            recordings,
            window=None if window == "none" else tuple(window),
            width=None if bins == "none" else bins,
        )
    # Their steps are time bins: not to be put together, nor to be looked up in a model's table;
    # and one animal has no parts.
    settings = {k: v for k, v in settings.items() if k not in ("alignment", "stack", "by")}
    for animal in animals(recordings):
        features = other_animals(recordings, animal)
        scores, notes = scored(features, of_animal(recordings, animal), settings)
        scores = same_bins(scores)
        name = str(features["area"].item())
        remark = "from other animals: averaged responses, noise and all, are the features"
        yield Baseline(name, scores, rows_of(scores), notes, settings_of(scores), remark)


def same_bins(scores: xr.Dataset) -> xr.Dataset:
    """Return scores of features whose steps are time bins, each bin from the same one.

    The result has one step, 0, in place of the time bins. A mapping that is shared by all bins
    has one already.
    """
    import numpy as np
    import xarray as xr

    if scores.sizes["time"] == 1:
        return scores
    parts = [
        scores.isel(time=[k], time_bin=[k]).assign_coords(
            time=[0],
            time_start_ms=(("area", "time"), [[np.nan]]),
            time_end_ms=(("area", "time"), [[np.nan]]),
        )
        for k in range(scores.sizes["time_bin"])
    ]
    return xr.concat(
        parts, "time_bin", data_vars="minimal", coords="minimal", compat="override", join="override"
    ).assign_attrs(scores.attrs)


def rows_of(scores: xr.Dataset) -> pd.DataFrame:
    """Return the table of a baseline's scores."""
    from cornetkit.predictivity import score_table

    return score_table(scores).assign(model="", baseline=True)
