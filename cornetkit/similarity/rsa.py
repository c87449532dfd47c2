"""rsa(): RDMs of every area and step against those of a brain, with noise ceilings."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr

from .. import __version__
from ..errors import CornetkitWarning, InputError, listing
from ..schema import SCHEMA_VERSION, common_stimuli, seed_of
from .ceilings import CeilingSettings, ceilings_of, mean_over
from .compare import compare_all, take_rdms
from .forms import Rdms
from .inherited import inherited
from .opened import Source, open_source
from .settings import Distance
from .sources import kind_of
from .subject_ceilings import merge_sessions

# Fewer stimuli have fewer than 3 pairs.
_MIN_STIMULI = 3


def rsa(
    acts: Any,
    recordings: Any,
    *,
    metric: str = "correlation",
    neural_metric: str | None = None,
    compare: str = "spearman",
    areas: Sequence[str] | None = None,
    subjects: str | None = None,
    group: str | None = None,
    acts_group: str | None = None,
    ceiling: str = "auto",
    pool: str = "mean",
    n_halves: int = 20,
    rng: int | np.random.Generator = 0,
    window: tuple[float, float] | None = None,
    bins: float | None = None,
    join: str = "exact",
    noise: str = "shrinkage",
    constant_units: str = "keep",
    dtype: str = "float64",
    progress: bool | None = None,
) -> xr.Dataset:
    """Compare the representations of a model and of a brain (RSA).

    Parameters
    ----------
    acts
        Activations (a path, Activations, or a DataArray of dims ``stimulus[, time], unit``), or
        RDMs of models (a path or a DataArray).
    recordings
        Recordings (a path or what else `open_recordings` takes), or RDMs (a path or a DataArray),
        say of several subjects.
    metric, neural_metric
        How RDMs are made of activations and of recordings, see `rdm`; `neural_metric` is `metric`
        unless given. ``neural_metric="crossnobis"`` is not biased by noise.
    compare
        How RDMs are compared, see `compare_rdms`.
    areas
        Only these areas.
    subjects
        Of recordings: a coordinate of the neuroids (such as ``animal``) that tells subjects
        apart; without it all neuroids are one population. Of RDMs: a coordinate along ``subject``
        that names the person or animal; sessions of one are averaged.
    group, acts_group
        Which group of a file of RDMs: of `recordings`, and of `acts`.
    ceiling, pool, n_halves, rng
        See `rdm_ceiling`; ``ceiling="none"`` leaves it out.
    window, bins
        Average the recordings over (start, end) ms; rebin them to this width in ms.
    join
        ``"exact"`` raises unless both sides hold the same stimuli; ``"inner"`` goes on with those
        in common.
    noise, constant_units, dtype
        See `rdm`.
    progress
        Progress bar on stderr; None shows it on terminals only.

    Returns
    -------
    Dataset
        ``score``, the similarity of RDMs, over the dims of both sides: (area, time, time_bin) for
        activations and recordings. With several subjects it is the mean over them of ``r``
        (..., subject), with the standard error ``score_error``. ``ceiling_lower`` and
        ``ceiling_upper`` over the dims of the recordings; what they mean is in the attributes,
        with everything else that moved a score. NaN where an RDM is not defined.

    Raises
    ------
    StimulusMismatchError
        The two sides do not hold the same stimuli.
    InputError
        Too few stimuli, too few subjects for a ceiling over them, or a wrong argument.

    Warns
    -----
    CornetkitWarning
        What was left out or is not defined.

    Notes
    -----
    No p values: entries of an RDM that share a stimulus are not independent.

    Examples
    --------
    >>> result = rsa("acts.nc", "it.nc")  # doctest: +SKIP
    """
    how = Distance(metric, noise, constant_units, dtype)
    # The noise of responses, not that of products, is what matters on this side.
    how_neural = replace(how, metric=neural_metric or metric, dtype="float64")
    settings = CeilingSettings(compare, ceiling, pool, n_halves, seed_of(rng))
    for each in (how, how_neural, settings):
        each.check()
    neural = _open(
        recordings, "the recordings", how_neural, group=group, subjects=subjects, window=window,
        bins=bins,
    )  # fmt: skip
    try:
        model = _open(acts, "the activations", how, group=acts_group, areas=areas)
        try:
            return _rsa(model, neural, settings, join, progress)
        finally:
            model.close()
    finally:
        neural.close()


@dataclass
class _Side:
    """One side of the comparison: RDMs as they were given, or what they are made of."""

    what: str
    how: Distance
    given: Rdms | None
    source: Source | None

    @property
    def ids(self) -> list[Any]:
        return self.given.ids if self.given is not None else _source(self).ids

    @property
    def metric(self) -> str:
        if self.given is None:
            return self.how.metric
        return str(self.given.attrs.get("metric", "as given"))

    def rdms(self, ids: Sequence[Any], progress: bool | None) -> tuple[Rdms, list[str]]:
        if self.given is not None:
            return self.given.select(ids), []
        return _source(self).rdms(self.how, ids, progress)

    def close(self) -> None:
        if self.source is not None:
            self.source.close()


def _source(side: _Side) -> Source:
    if side.source is None:
        raise InputError(f"{side.what} hold neither RDMs nor responses")
    return side.source


def _open(x: Any, what: str, how: Distance, group: str | None, **asked: Any) -> _Side:
    if kind_of(x) != "rdms":
        if group is not None:
            flag = "acts_group" if what == "the activations" else "group"
            raise InputError(
                f"{flag}='{group}' (--{flag.replace('_', '-')} {group}) is for files of RDMs; "
                f"{what} are none"
            )
        return _Side(what, how, None, open_source(x, **asked))
    subjects = asked.pop("subjects", None)
    for name, value in asked.items():
        if value is not None:
            raise InputError(
                f"{name}= (--{name}) does not apply to RDMs, which were given as {what}; "
                "leave it out"
            )
    rdms = take_rdms(x, what, group)
    if "subject" in rdms.dims:
        rdms = merge_sessions(rdms, subjects)
    elif subjects is not None:
        raise InputError(
            f"subjects='{subjects}' (--subjects {subjects}) needs RDMs with a dim 'subject'"
        )
    return _Side(what, how, rdms, None)


def _rsa(
    model: _Side, neural: _Side, settings: CeilingSettings, join: str, progress: bool | None
) -> xr.Dataset:
    ids = common_stimuli(model.ids, neural.ids, names=(model.what, neural.what), join=join)
    if len(ids) < _MIN_STIMULI:
        raise InputError(
            f"{len(ids)} stimuli are too few to compare RDMs; expected at least {_MIN_STIMULI}"
        )
    notes = []
    if len(ids) < max(len(model.ids), len(neural.ids)):
        notes.append(
            f"{len(ids)} stimuli are in both; left out {len(model.ids) - len(ids)} of "
            f"{model.what} and {len(neural.ids) - len(ids)} of {neural.what}"
        )
    theirs, said = neural.rdms(ids, False)
    notes += [f"recordings: {note}" for note in said]
    ceilings, said = ceilings_of(theirs, neural.source, neural.how, settings)
    notes += said
    ours, said = model.rdms(ids, progress)
    notes += [note if note.startswith("left out") else f"activations: {note}" for note in said]
    if both := sorted(set(ours.dims) & set(theirs.dims)):
        raise InputError(
            f"both sides have a dim {listing(both)}; rename it on one side "
            f"(.rename({both[0]}='...')), or use compare_rdms, which matches its labels"
        )
    found = compare_all(ours, _renamed(theirs), settings.compare)
    result = _collect(found, ceilings, theirs)
    attrs = {
        "schema_version": SCHEMA_VERSION,
        "cornetkit_version": __version__,
        "metric": model.metric,
        "neural_metric": neural.metric,
        "compare": settings.compare,
        "join": join,
        "n_stimuli": len(ids),
        **ceilings.attrs,
    }
    attrs |= inherited("acts", ours.attrs) | inherited("neural", theirs.attrs)
    result.attrs = attrs | {"notes": notes}
    for note in notes:
        warnings.warn(note, CornetkitWarning, stacklevel=3)
    return result


def _renamed(rdms: Rdms) -> Rdms:
    """Give the numbers of units on the side of the recordings their own names."""
    names = {"n_units": "n_neuroids", "n_constant_units": "n_constant_neuroids"}
    return replace(rdms, coords={names.get(name, name): c for name, c in rdms.coords.items()})


def _collect(found: xr.DataArray, ceilings: xr.Dataset, theirs: Rdms) -> xr.Dataset:
    """Put scores and ceilings into one Dataset."""
    data = xr.Dataset(coords=found.coords)
    score = found
    if "subject" in found.dims:
        axis = found.dims.index("subject")
        dims = [dim for dim in found.dims if dim != "subject"]
        data["r"] = (found.dims, found.values, {"long_name": "similarity with each subject's RDM"})
        values = found.values
        count = (~np.isnan(values)).sum(axis=axis)
        mean = mean_over(values, axis)
        spread = np.nansum((values - np.expand_dims(mean, axis)) ** 2, axis=axis)
        variance = np.divide(spread, count - 1, out=np.full(mean.shape, np.nan), where=count > 1)
        data["score"] = (dims, mean)
        data["score_error"] = (
            dims,
            np.sqrt(variance / np.maximum(count, 1)),
            {"long_name": "standard error over subjects: the choice of stimuli is not in it"},
        )
    else:
        data["score"] = (score.dims, score.values)
    dims = [dim for dim in theirs.dims if dim != "subject"]
    for name in ("ceiling_lower", "ceiling_upper"):
        data[name] = (dims, ceilings[name].values)
    return data
