"""ost(): when does a population solve each image as well as behaviour does?"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from tqdm import tqdm

from .. import __version__
from ..behavior.labels_of_stimuli import labels_of
from ..errors import CornetkitWarning, InputError, listing, unknown_name
from ..schema import SCHEMA_VERSION, check_whole, seed_of
from ..unused import refuse
from .decoders import PENALTY
from .decoding_settings import check_bootstraps
from .first_passage import STATUS
from .given import Given, open_given, storable
from .ost_behavior import read_behavior, reference_times
from .ost_dprime import Fits, Search, dprime
from .ost_times import Solved, collect, solve

# What a variant settles where the argument is left out.
VARIANTS: dict[str, dict[str, Any]] = {
    "cornetkit": {
        "n_consecutive": 2,
        "interpolation": "previous",
        "splits": "kfold",
        "at": "centre",
        "search": (0.0, None),
    },
    "brainscore": {
        "n_consecutive": 1,
        "interpolation": "best",
        "splits": "shuffle",
        "at": "start",
        "search": (70.0, 250.0),
    },
}


def ost(
    x: Any,
    labels: Any = "object_name",
    behavior: Any = None,
    *,
    variant: str = "cornetkit",
    reference: xr.Dataset | None = None,
    window: float | None = None,
    step: float | None = None,
    search: tuple[float | None, float | None] | None = None,
    n_consecutive: int | None = None,
    match_reliability: bool = False,
    areas: Sequence[str] | None = None,
    standardize: bool | None = None,
    C: float | None = None,
    n_splits: int = 10,
    join: str = "exact",
    n_bootstraps: int | None = None,
    rng: int | np.random.Generator = 0,
    progress: bool | None = None,
) -> xr.Dataset:
    """Compute object solution times: when decoders reach each image's behavioural threshold.

    At every step or time bin a multinomial logistic regression is fitted to training images, and
    the d' of each held-out image against all other objects (I1) is taken. The solution time of an
    image is when that d' reaches the image's threshold.

    Parameters
    ----------
    x
        Activations or recordings, as `decode` takes them. Means over repetitions are decoded.
    labels
        What each image shows, see `decode`.
    behavior
        A CSV file or DataFrame with the columns ``stimulus, threshold`` (in d') and, where they
        are known, ``ost_ms``, the solution times to compare with (blank: never solved). Or trials:
        ``stimulus, sample, distractor, choice``, whose I1 is the threshold. Or a mapping from
        stimulus id to threshold.
    variant
        ``"cornetkit"``: every image is held out once, two times in a row have to reach the
        threshold, and the time is interpolated from the one before, between centres of bins.
        ``"brainscore"``: 10 random tenths, one time is enough, interpolated from the best earlier
        one, between starts of bins from 70 to 250 ms; d' and correlation within each tenth, then
        averaged (Kar et al. 2019).
    reference
        A result of `ost` on recordings: its times are compared with, instead of ``ost_ms``.
    window, step
        Of recordings, see `decode`.
    search
        Of recordings: first and last ms in which the threshold is looked for; None at either end:
        no limit.
    n_consecutive
        How many times in a row have to reach the threshold.
    match_reliability
        Of recordings: thin the repetitions until all windows are equally reliable, those before
        onset with as few repetitions: the rate of crossings by chance is then that of all.
    areas
        Only these areas.
    standardize, C
        See `decode`; ``"brainscore"`` z-scores units of a model, too.
    n_splits
        Folds, or random splits.
    join
        ``"inner"`` leaves out thresholds of images that were never shown, which are refused
        otherwise.
    n_bootstraps
        Draws of images for the interval of the correlation (1000; ``"brainscore"`` has none).
    rng
        Seed or generator.
    progress
        Progress bar on stderr; None shows it on terminals only.

    Returns
    -------
    Dataset
        ``i1`` (area, time, stimulus) or (time_bin, stimulus): d'. ``ost`` (area, stimulus) in
        steps, or (stimulus) in ms: the first time where it is solved at the first (such a time is
        left-censored), NaN where it never is (right-censored); ``status`` says which.
        ``solved_fraction`` of the images with a threshold; of the solved ones ``first_fraction``
        and ``tie_fraction`` (share their time with another), and ``n_distinct`` times.
        ``pre_onset_rate``: the share of images that reach their threshold in the bins before
        onset, by chance. ``spearman`` with the other side's times over the ``n_compared`` images
        that both solve, its 95 % interval over images, and ``spearman_all``, with unsolved images
        last. Fractions are given for each area.

    Raises
    ------
    StimulusMismatchError
        Thresholds of images that were never shown.
    InputError
        Labels are missing, there is a single time, too few images of an object, a wrong argument,
        or one that nothing has a use for.

    Warns
    -----
    CornetkitWarning
        What was left out, and what makes times uncertain.

    Examples
    --------
    >>> result = ost("it.nc", "object_name", "ost.csv")  # doctest: +SKIP
    """
    if variant not in VARIANTS:
        raise unknown_name("variant", variant, list(VARIANTS))
    if behavior is None:
        raise InputError(
            "object solution times need thresholds: give behavior= (--behavior), a CSV with the "
            "columns stimulus, threshold (in d') and maybe ost_ms"
        )
    settled = dict(VARIANTS[variant])
    for name, value in (("n_consecutive", n_consecutive), ("search", search)):
        if value is not None:
            settled[name] = value
    settled_bootstraps = 1000 if n_bootstraps is None else n_bootstraps
    for name, value in (
        ("n_consecutive", settled["n_consecutive"]),
        ("n_bootstraps", settled_bootstraps),
    ):
        check_whole(value, name)
    check_whole(n_splits, "n_splits")
    if n_splits < 2:
        raise InputError(f"n_splits={n_splits} was given; expected 2 or more")
    check_bootstraps(settled_bootstraps)
    seed = seed_of(rng)
    given = open_given(
        x, window=window, step=step, areas=areas, match_seed=seed if match_reliability else None
    )
    try:
        if given.windows is None or not given.windows.known:
            refuse("is in ms, and the times of these are not known in ms", search=search)
        found = labels_of(given.ids, labels, given.known, given.what)
        rare = found.names[int(found.counts.argmin())]
        if found.counts.min() < 2:
            raise InputError(
                f"label '{rare}' has 1 stimulus, and a decoder is tested on other images than it "
                "is trained on; give at least 2 of each object"
            )
        known = read_behavior(behavior, given.ids, found, join)
        compare, against = known.ost, "ost_ms of the behaviour"
        if reference is not None:
            compare, against = reference_times(reference, given.ids), "the reference"
        elif not known.has_ost:
            against = "none"
        without = {"none": "there are no times to compare with"}.get(
            against, "its splits overlap" if variant == "brainscore" else ""
        )
        if without:
            refuse(
                f"is for the interval of a correlation, and {without}",
                n_bootstraps=n_bootstraps or None,
            )
        z_score = standardize
        if z_score is None:
            z_score = given.kind == "recordings" or variant == "brainscore"
        fewest = int(found.counts.min())
        if settled["splits"] == "kfold" and fewest < n_splits:
            known.notes.append(
                f"{fewest} folds instead of {n_splits}: label '{rare}' has {fewest} stimuli"
            )
            n_splits = fewest
        fits = Fits(found, settled["splits"], n_splits, z_score, C, seed)
        limits = Search.of(given, settled["search"], settled["at"])
        parts, notes = [], [*given.notes, *known.notes, *limits.notes]
        courses = [course for course in given.courses if course.times]
        hide = None if progress is None else not progress
        for course in tqdm(courses, "ost", unit="area", disable=hide, file=sys.stderr):
            course_dprime = dprime(given, course, fits)
            notes += course_dprime.notes
            parts.append(
                solve(given, course, course_dprime, known.threshold, compare, limits, settled,
                      settled_bootstraps, seed)
            )  # fmt: skip
    finally:
        given.close()
    result = collect(given, parts, known, compare)
    notes += _said(given, parts, settled, against)
    result.attrs = {
        "schema_version": SCHEMA_VERSION,
        "cornetkit_version": __version__,
        "analysis": "object solution times",
        "variant": variant,
        "labels": found.source,
        "n_stimuli": len(given.ids),
        "n_thresholds": int((~np.isnan(known.threshold)).sum()),
        "behavior": known.source,
        "compared_with": against,
        "n_splits": n_splits,
        "splits": settled["splits"],
        "match_reliability": "time_bin" if match_reliability else "none",
        "n_consecutive": settled["n_consecutive"],
        "interpolation": settled["interpolation"],
        "times": f"{settled['at']} of a bin, ms" if limits.in_ms else limits.unit,
        "search": listing(f"{t:g}" for t in limits.times),
        "standardize": "z-score of each unit" if z_score else "one scale for all units",
        "C": f"1 / ({PENALTY} n_train)" if C is None else C,
        "seed": seed,
        **storable(given.attrs, given.kind),
        "notes": notes,
    }
    for note in notes:
        warnings.warn(note, CornetkitWarning, stacklevel=2)
    return result


def _said(
    given: Given, parts: Sequence[Solved], settled: dict[str, Any], against: str
) -> list[str]:
    notes = []
    for part in parts:
        who = part.course.name or "the recordings"
        s = part.summary
        if not s.solved:
            notes.append(f"{who}: no image reaches its threshold")
            continue
        if s.at_first > 0:
            notes.append(
                f"{who}: {s.at_first:.0%} of the solved images are solved at the first time, so "
                "that they may have been before (left-censored), and are tied"
            )
        if part.pre_onset is None and part.n_pre:
            notes.append(
                f"{who}: {part.n_pre} of the time bins end before onset, fewer than n_consecutive="
                f"{settled['n_consecutive']}: the rate of chance crossings is not known"
            )
        if part.pre_onset is not None and part.pre_onset > 0:
            notes.append(
                f"{who}: {part.pre_onset:.0%} of the images reach their threshold in the "
                f"{part.n_pre} bins before onset, by noise alone: times are too early; ask for "
                f"more than n_consecutive={settled['n_consecutive']} (--consecutive)"
            )
        if against != "none" and np.isnan(part.agreement.spearman):
            notes.append(
                f"{who}: no rank correlation with {against}: {part.agreement.n_compared} images "
                "are solved on both sides, or their times are all tied"
            )
    return notes


__all__ = ["STATUS", "ost"]
