"""rsa(): RDMs of every area and step against those of a brain, with noise ceilings."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from .. import __version__
from ..errors import CornetkitWarning, InputError, listing
from ..schema import SCHEMA_VERSION, common_stimuli, seed_of
from .ceilings import CeilingSettings, ceilings_of
from .collected import collect, renamed
from .compare import compare_all
from .digest import of_rdms, of_source
from .forms import Rdms
from .inference import Inference, add_inference
from .inherited import inherited
from .rsa_inference import Resamples, labels_of
from .settings import Distance
from .sides import Side, open_side
from .sources import kind_of
from .unused import check_distances, check_given_rdms

# Fewer stimuli have fewer than 3 pairs.
_MIN_STIMULI = 3


def rsa(
    acts: Any,
    recordings: Any,
    *,
    metric: str | None = None,
    neural_metric: str | None = None,
    compare: str = "spearman",
    areas: Sequence[str] | None = None,
    subjects: str | None = None,
    by: str | None = None,
    group: str | None = None,
    acts_group: str | None = None,
    ceiling: str = "auto",
    pool: str | None = None,
    n_halves: int | None = None,
    permutations: int | None = None,
    bootstrap: int | None = None,
    resample: str | Sequence[str] | None = None,
    permute_within: str | Mapping[Any, Any] | None = None,
    alpha: float | None = None,
    correction: str | None = None,
    confidence: float | None = None,
    rng: int | np.random.Generator = 0,
    window: tuple[float, float] | None = None,
    bins: float | None = None,
    join: str = "exact",
    noise: str | None = None,
    constant_units: str | None = None,
    dtype: str | None = None,
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
        How RDMs are made of activations and of recordings, see `rdm`; `metric` is
        ``"correlation"``, and `neural_metric` is `metric`, unless given.
        ``neural_metric="crossnobis"`` is not biased by noise.
    compare
        How RDMs are compared, see `compare_rdms`.
    areas
        Only these areas.
    subjects
        Of recordings: a coordinate of the neuroids (such as ``animal``) that tells subjects
        apart; without it all neuroids are one population. Of RDMs: a coordinate along ``subject``
        that names the person or animal; sessions of one are averaged.
    by
        Like `subjects`, but every subject keeps scores, p values and intervals of its own along a
        dim of this name, and none is averaged: for two monkeys, ``by="animal"``. Of RDMs
        ``"subject"``.
    group, acts_group
        Which group of a file of RDMs: of `recordings`, and of `acts`.
    ceiling, pool, n_halves
        See `rdm_ceiling`; ``ceiling="none"`` leaves it out.
    permutations
        How many permutations of the stimuli p values rest on, such as 999.
    bootstrap
        How many bootstrap resamples intervals rest on, such as 1000.
    resample
        What the bootstrap draws: ``"stimulus"`` (default), ``"subject"`` (or the coordinate given
        as `subjects`; from 3 on), ``"neuroid"``, ``"animal"`` (of one population, with all their
        neuroids; from 3 on), ``"repetition"``, or ``"stimulus"`` with one of the others. An
        interval speaks about other stimuli, subjects ... than those of the data
        only where these were drawn.
    permute_within
        Permute stimuli inside blocks only: a coordinate of the stimuli, such as the movie that a
        frame is from, or a mapping from stimulus id to block.
    alpha
        The p that is to be reached: an error says when there are too few permutations for it.
    correction
        Of p over all scores of the result: ``"max"`` (default, the highest of each permutation)
        or ``"cluster"`` (the mass of clusters of neighbouring time bins).
    confidence
        Of the intervals, 0.95 unless given.
    rng
        Seed of everything random; a Generator gives the seed. Results of the same stimuli and
        seed are on the same resamples, so that `compare_rsa` can pair them.
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
        With permutations ``p``, ``p_corrected`` (over all scores of this result: areas, steps,
        bins; see `correction`) and ``null`` (permutation, ...). With a bootstrap ``score_low``,
        ``score_high`` and ``resampled`` (resample, ...); with two factors also
        ``resampled_stimulus`` and so on, of each factor alone.

    Raises
    ------
    StimulusMismatchError
        The two sides do not hold the same stimuli.
    InputError
        Too few stimuli, too few subjects for a ceiling over them or to resample, too few
        permutations for `alpha`, or an argument that is wrong or that nothing here has a use for.

    Warns
    -----
    CornetkitWarning
        What was left out or is not defined.

    Notes
    -----
    Entries of an RDM that share a stimulus are not independent, so p values come from permuting
    stimuli, never from a formula; they are one-sided. Pairs of copies of a stimulus are left out
    of a resample. Intervals are the score -+ t times the root of the variance over resamples (of
    two factors: Schütt et al. 2023), since the resamples themselves are not centred on the score:
    those over neuroids and repetitions are noisier than the data. The variance over stimuli is
    corrected for what is particular to a pair of stimuli, which resamples count three times: the
    scores with each stimulus left out, ``jackknife``, count it twice. An interval is one for the
    score of so many stimuli; whitened ones (and biased CKA) are higher the fewer these are.

    Examples
    --------
    >>> import numpy as np, xarray as xr, cornetkit as ck
    >>> values = np.random.default_rng(0).normal(size=(40, 3, 6))
    >>> ids = [f"s{k:02d}" for k in range(40)]
    >>> acts = xr.DataArray(values, dims=("stimulus", "time", "unit"),
    ...                     coords={"stimulus": ids, "time": [0, 1, 2], "area": "IT"})
    >>> it = ck.simulate_recordings(acts, (0, 1, 2), n_neuroids=6, n_dimensions=6, reliability=0.9)
    >>> result = rsa(acts, it, ceiling="none", progress=False)
    >>> result["score"].argmax("time").values  # the step that drives each time bin
    array([0, 1, 2])
    """
    theirs_given, ours_given = (kind_of(side) == "rdms" for side in (recordings, acts))
    how = Distance.of(metric or "correlation", noise, constant_units, dtype)
    # The noise of responses, not that of products, is what matters on this side.
    how_neural = replace(how, metric=neural_metric or how.metric, dtype="float64")
    seed = seed_of(rng)
    settings = CeilingSettings.of(compare, ceiling, pool, n_halves, seed)
    inference = Inference.of(
        permutations, bootstrap, resample, seed, subjects or by,
        within=permute_within, alpha=alpha, correction=correction, confidence=confidence,
    )  # fmt: skip
    for each in (how, how_neural, settings, inference):
        each.check()
    if ours_given and (theirs_given or neural_metric is not None):
        check_given_rdms("the activations", metric=metric)
    if theirs_given:
        check_given_rdms("the recordings", neural_metric=neural_metric)
    ours_made, theirs_made = (
        [how.metric] * (not ours_given),
        [how_neural.metric] * (not theirs_given),
    )
    check_distances(ours_made, dtype=dtype)
    check_distances(ours_made + theirs_made, noise=noise, constant_units=constant_units)
    if by is not None and subjects is not None:
        raise InputError(
            f"subjects='{subjects}' averages over subjects, and by='{by}' does not; give one"
        )
    # The RDMs of a file have their own name for the dim.
    coordinate = None if by == "subject" and theirs_given else subjects or by
    neural = open_side(
        recordings, "the recordings", how_neural, group=group, subjects=coordinate, window=window,
        bins=bins,
    )  # fmt: skip
    try:
        model = open_side(acts, "the activations", how, group=acts_group, areas=areas)
        try:
            return _rsa(model, neural, settings, inference, by, join, progress)
        finally:
            model.close()
    finally:
        neural.close()


def _rsa(
    model: Side,
    neural: Side,
    settings: CeilingSettings,
    inference: Inference,
    by: str | None,
    join: str,
    progress: bool | None,
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
    found = compare_all(ours, renamed(theirs), settings.compare)
    result = collect(found, ceilings, theirs, average=by is None)
    sizes = _add(result, ours, theirs, neural, settings.compare, inference, by)
    if by is not None:
        result = result.rename({"subject": by}) if by != "subject" else result
    attrs = {
        "schema_version": SCHEMA_VERSION,
        "cornetkit_version": __version__,
        "metric": model.metric,
        "neural_metric": neural.metric,
        "compare": settings.compare,
        "join": join,
        "n_stimuli": len(ids),
        "by": by or "none",
        **ceilings.attrs,
        **inference.describe(sizes, ids),
    }
    if inference.bootstrap:
        attrs |= of_rdms(theirs) if neural.given is not None else of_source(neural.source, ids)
    attrs |= inherited("acts", ours.attrs) | inherited("neural", theirs.attrs)
    result.attrs = attrs | {"notes": notes}
    for note in notes:
        warnings.warn(note, CornetkitWarning, stacklevel=3)
    return result


def _add(
    result: xr.Dataset,
    ours: Rdms,
    theirs: Rdms,
    neural: Side,
    compare: str,
    inference: Inference,
    by: str | None,
) -> dict[str, int]:
    """Add p values and intervals; return how many items there were to resample."""
    if by is not None and "subject" not in theirs.dims:
        raise InputError(f"by='{by}' (--by {by}) needs RDMs with a dim 'subject'")
    if not inference.permutations and not inference.bootstrap:
        return {}
    resamples = Resamples(ours, theirs, neural, compare, inference, average=by is None)
    null = None
    if inference.permutations:
        null = resamples.null(labels_of((ours, theirs)))
    resampled = resamples.resampled() if inference.bootstrap else None
    add_inference(result, inference, null, resampled)
    return resamples.sizes
