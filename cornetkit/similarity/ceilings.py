"""Noise ceilings of RDMs: over subjects, or over repetitions."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from ..errors import CornetkitWarning, InputError, unknown_name
from ..kernels.rdm_compare import COMPARISONS
from ..schema import check_whole, seed_of
from .compare import take_rdms
from .forms import Rdms
from .gaps import gaps_of
from .opened import Source, open_source
from .repetition_ceilings import over_repetitions
from .settings import Distance
from .sources import kind_of
from .subject_ceilings import (
    MIN_SUBJECTS,
    POOLS,
    looks_like_sessions,
    merge_sessions,
    over_subjects,
)
from .unused import check_ceiling_arguments, check_distances, check_given_rdms

CEILINGS = ("auto", "subjects", "repetitions", "none")
_MEANINGS = {
    "subjects": "lower: each subject with the mean of the others; upper: with the mean of all, "
    "itself included; means over subjects",
    "repetitions": "lower: RDM of one half of the repetitions with that of the other, mean over "
    "random halves; upper: what an RDM without noise is expected to reach with that of all "
    "repetitions, the square root of lower lengthened by Spearman-Brown",
    "none": "none",
}


@dataclass(frozen=True)
class CeilingSettings:
    """How a ceiling is made; see `rdm_ceiling`."""

    compare: str = "spearman"
    kind: str = "auto"
    pool: str = "mean"
    n_halves: int = 20
    seed: int = 0

    @classmethod
    def of(
        cls, compare: str, kind: str, pool: str | None, n_halves: int | None, seed: int
    ) -> CeilingSettings:
        """Take what a user gave, None for what stays as it is.

        Raises
        ------
        InputError
            There is nothing to pool, or no halves, in a ceiling of that kind.
        """
        check_ceiling_arguments(kind, pool, n_halves)
        given = {"pool": pool, "n_halves": n_halves}
        others: dict[str, Any] = {name: v for name, v in given.items() if v is not None}
        return cls(compare, kind, seed=seed, **others)

    def check(self) -> None:
        """Raise where a setting is unknown."""
        for what, value, known in (
            ("comparison", self.compare, COMPARISONS),
            ("ceiling", self.kind, CEILINGS),
            ("way to pool RDMs", self.pool, POOLS),
        ):
            if value not in known:
                raise unknown_name(what, value, known)
        check_whole(self.n_halves, "n_halves")

    def describe(self, kind: str) -> dict[str, Any]:
        """Return what entered, as attributes."""
        given: dict[str, Any] = {"ceiling": kind, "ceiling_meaning": _MEANINGS[kind]}
        if kind == "subjects":
            given["pool"] = self.pool
        if kind == "repetitions":
            given |= {"n_halves": self.n_halves, "seed": self.seed}
        return given


def rdm_ceiling(
    x: Any,
    compare: str = "spearman",
    *,
    ceiling: str = "auto",
    subjects: str | None = None,
    group: str | None = None,
    pool: str | None = None,
    metric: str | None = None,
    noise: str | None = None,
    constant_units: str | None = None,
    n_halves: int | None = None,
    rng: int | np.random.Generator = 0,
    window: tuple[float, float] | None = None,
    bins: float | None = None,
) -> xr.Dataset:
    """Return how similar an RDM can be to the given ones at all.

    Parameters
    ----------
    x
        RDMs with a dim ``subject`` (or the path of a file), or recordings.
    compare
        How RDMs are compared, see `compare_rdms`.
    ceiling
        ``"subjects"``: lower and upper bound of Nili et al. (2014), from 3 subjects on.
        ``"repetitions"``: from random halves of the repetitions of recordings. ``"auto"``: over
        subjects where there are 3 or more, otherwise over repetitions.
    subjects
        Of RDMs: a coordinate along ``subject`` that names the person or animal; sessions of one
        are averaged first and left out together. Of recordings: a coordinate of the neuroids.
    group
        Of a file of RDMs.
    pool
        How subjects' RDMs are averaged. ``"mean"`` (default): as they are. ``"normalized"``: each
        first turned into ranks, unit variance or unit length, as the comparison does; only then
        is the upper bound one that no RDM can pass.
    metric, noise, constant_units
        How RDMs are made of recordings, see `rdm`; by default correlations.
    n_halves, rng
        Number (default 20) and seed of the random halves; a Generator gives the seed.
    window, bins
        Time bins of recordings, see `rdm`.

    Returns
    -------
    Dataset
        ``ceiling_lower`` and ``ceiling_upper``, over the dims of `x` other than ``subject``; over
        subjects also ``lower`` and ``upper`` of each (subject, ...).

    Raises
    ------
    InputError
        Fewer than 3 subjects, nothing that a ceiling could be made of, or an argument that this
        ceiling has no use for.
    UnknownNameError
        A setting, or a coordinate, that is not known.

    Notes
    -----
    Over repetitions, the lower ceiling is the similarity of the RDMs of two halves, averaged over
    random halves; the upper one is what the true RDM is expected to reach with that of all
    repetitions: ``sqrt(k r / (1 + (k - 1) r))``, `k` the data of all repetitions over those of a
    half. It takes the noise of distances to fall as that of responses does, and is a little low
    where noise dominates (a perfect model passes it by .004, .02 and .04 where halves reach .83,
    .55 and .31).
    """
    settings = CeilingSettings.of(compare, ceiling, pool, n_halves, seed_of(rng))
    settings.check()
    how = Distance.of(metric or "correlation", noise, constant_units)
    how.check()
    if kind_of(x) == "rdms":
        check_given_rdms(
            "these", metric=metric, noise=noise, constant_units=constant_units, window=window,
            bins=bins,
        )  # fmt: skip
        rdms = _merged(take_rdms(x, "the RDMs", group), subjects)
        found, notes = ceilings_of(rdms, None, how, settings)
        notes = gaps_of(rdms) + notes
    else:
        check_distances([how.metric], noise=noise, constant_units=constant_units)
        if group is not None:
            raise InputError(f"group='{group}' is for files of RDMs; recordings have no groups")
        source = open_source(x, subjects=subjects, window=window, bins=bins)
        try:
            rdms, _ = source.rdms(how, source.ids, progress=False)
            found, notes = ceilings_of(rdms, source, how, settings)
        finally:
            source.close()
    if found.attrs["ceiling"] == "none" and ceiling != "none":
        raise InputError(notes[-1])
    for note in notes:
        warnings.warn(note, CornetkitWarning, stacklevel=2)
    return found.assign_attrs(compare=compare, notes=notes)


def ceilings_of(
    rdms: Rdms, source: Source | None, how: Distance, settings: CeilingSettings
) -> tuple[xr.Dataset, list[str]]:
    """Return the ceilings of RDMs, and notes on them.

    Parameters
    ----------
    rdms
        With a dim ``subject``, where there are several.
    source
        What they were made of, where that is recordings.
    how
        How they were made.
    settings
        How a ceiling is made.
    """
    n_subjects = rdms.shape[rdms.dims.index("subject")] if "subject" in rdms.dims else 0
    kind, notes = _choose(n_subjects, source, how, settings)
    dims = [dim for dim in rdms.dims if dim != "subject"]
    coords = {name: c for name, c in rdms.coords.items() if set(c.dims) <= set(dims)}
    shape = [rdms.shape[rdms.dims.index(dim)] for dim in dims]
    lower, upper = np.full((2, *shape), np.nan)
    data: dict[str, Any] = {}
    if kind == "subjects":
        each = over_subjects(rdms, settings.compare, settings.pool)
        lower, upper = (mean_over(values, axis=0) for values in each)
        if "subject" in rdms.coords:
            coords["subject"] = rdms.coords["subject"]
        data = {
            name: (("subject", *dims), values)
            for name, values in zip(("lower", "upper"), each, strict=True)
        }
        if note := looks_like_sessions(rdms):
            notes.append(note)
    elif kind == "repetitions" and source is not None:
        halves = over_repetitions(
            source, how, settings.compare, rdms.ids, settings.n_halves, settings.seed
        )
        if "subject" in rdms.dims:
            data = {
                name: (rdms.dims, values)
                for name, values in zip(("lower", "upper"), halves, strict=True)
            }
            if "subject" in rdms.coords:
                coords["subject"] = rdms.coords["subject"]
            halves = tuple(mean_over(v, rdms.dims.index("subject")) for v in halves)  # type: ignore[assignment]
        lower, upper = halves
        undefined = int((np.isnan(upper) & ~np.isnan(lower)).sum())
        if undefined:
            notes.append(
                f"in {undefined} of {upper.size} time bins the RDMs of halves of the repetitions "
                "do not correlate, so there is no upper ceiling (NaN)"
            )
    data |= {"ceiling_lower": (dims, lower), "ceiling_upper": (dims, upper)}
    return xr.Dataset(data, coords=coords, attrs=settings.describe(kind)), notes


def mean_over(values: np.ndarray, axis: int) -> np.ndarray:
    """Return the mean of what is defined, NaN where nothing is."""
    count = (~np.isnan(values)).sum(axis=axis)
    total = np.nansum(values, axis=axis)
    return np.divide(total, count, out=np.full(np.shape(total), np.nan), where=count > 0)


def _merged(rdms: Rdms, subjects: str | None) -> Rdms:
    if "subject" in rdms.dims:
        return merge_sessions(rdms, subjects)
    if subjects is not None:
        raise InputError(f"subjects='{subjects}' needs RDMs with a dim 'subject'")
    return rdms


def _choose(
    n_subjects: int, source: Source | None, how: Distance, settings: CeilingSettings
) -> tuple[str, list[str]]:
    """Return which ceiling there can be, and why it is none or another than expected."""
    if settings.kind == "subjects":
        if not n_subjects:
            raise InputError(
                "a ceiling over subjects needs RDMs with a dim 'subject', or subjects= with a "
                "coordinate of the neuroids such as 'animal'"
            )
        return "subjects", []
    needed = 4 if how.metric == "crossnobis" else 2
    most = 0
    if source is not None and source.trials is not None:
        most = int(np.unique(source.trials["stimulus"].values, return_counts=True)[1].max())
    if settings.kind == "repetitions":
        if most < needed:
            raise InputError(
                f"a ceiling over repetitions of '{how.metric}' RDMs needs recordings with at least "
                f"{needed} repetitions of a stimulus, and there are {most or 'none'}"
            )
        return "repetitions", []
    if settings.kind == "none":
        return "none", []
    if n_subjects >= MIN_SUBJECTS:
        return "subjects", []
    few = f"{n_subjects} subjects are too few for a ceiling over them ({MIN_SUBJECTS} are needed)"
    if most >= needed:
        return "repetitions", [f"{few}: it is over repetitions"] if n_subjects else []
    why = few if n_subjects else "the RDMs have no dim 'subject'"
    if source is not None:
        why = f"{few}, and" if n_subjects else "for this metric"
        why += f" halves of the repetitions need at least {needed}, and there are {most or 'none'}"
    return "none", [f"no noise ceiling (NaN): {why}"]
