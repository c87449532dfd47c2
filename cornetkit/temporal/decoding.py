"""decode(): when can objects be told apart, and does a decoder of one time work at another?"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from .. import __version__
from ..behavior.labels_of_stimuli import labels_of
from ..errors import CornetkitWarning
from ..schema import SCHEMA_VERSION, seed_of
from .decoders import PENALTY
from .decoding_courses import Accuracy, Plan, over_repetitions, over_stimuli
from .decoding_settings import check_classifier, check_over, check_settings, over_of, settled
from .decoding_tests import add_tests
from .given import Given, as_array, open_given, storable

_FOLDS = {"stimuli": 10, "repetitions": 20}


def decode(
    x: Any,
    labels: Any = "object_name",
    *,
    window: float | None = None,
    step: float | None = None,
    generalize: bool = True,
    match_reliability: bool = False,
    classifier: str = "logistic",
    C: float | None = None,
    standardize: bool | None = None,
    cross_validate: str = "auto",
    n_splits: int | None = None,
    n_resamples: int | None = None,
    together: str | None = None,
    groups: str | None = None,
    areas: Sequence[str] | None = None,
    n_permutations: int = 0,
    alpha: float | None = None,
    n_bootstraps: int | None = None,
    rng: int | np.random.Generator = 0,
    progress: bool | None = None,
) -> xr.Dataset:
    """Decode labels at every step or time bin, and test each decoder at all others.

    Parameters
    ----------
    x
        Activations (a path, Activations, or a DataArray of dims ``stimulus[, time], unit``) or
        recordings (a path or what else `open_recordings` takes).
    labels
        The name of a coordinate of the stimuli; a mapping or Series from stimulus id to label; or
        a CSV file with the columns ``stimulus, label``.
    window, step
        Of recordings: average windows of this width in ms, one every `step` ms (default: side by
        side). Without, the time bins as they are.
    generalize
        Test each decoder at all times (temporal generalisation; King & Dehaene 2014), with the
        same splits for all pairs of times. The diagonal is the same either way.
    match_reliability
        Of recordings: thin the repetitions until all windows are equally reliable: a code that
        does not change is otherwise told better where there is less noise.
    classifier
        ``"logistic"`` (multinomial, L2), or ``"correlation"``: the label whose mean training
        pattern correlates best (Meyers 2013).
    C
        Inverse penalty of the logistic one; 1 / (.463 n_train) unless given (Kar et al. 2019).
    standardize
        z-score each unit by the training samples of each time. Default: neuroids, yes; units of a
        model are centred and share one scale, so that features can be rotated to the span of the
        stimuli, which changes nothing but the time it takes.
    cross_validate
        ``"stimuli"``: means over repetitions, decoders tested on stimuli that they have not seen.
        ``"repetitions"``: single trials of known stimuli, drawn neuroid by neuroid where these
        were not recorded together (pseudo-populations). ``"auto"``: repetitions where a label has
        fewer than 5 stimuli that were repeated, which is then noted.
    n_splits
        Folds: 10 (over stimuli) or 20 (over repetitions), or as many as there are samples of the
        rarest label.
    n_resamples
        Over repetitions: how often pseudo-populations are drawn (10).
    together
        Over repetitions: which neuroids keep their trials together, a coordinate of theirs such as
        ``session``, or ``"all"``. Default: none, as for neuroids not recorded together.
    groups
        A coordinate of the stimuli; those that share it are never in both parts of a split.
    areas
        Only these areas.
    n_permutations
        Shuffles of the labels, all fits repeated, for p values and onsets; 0: none.
    alpha
        With permutations: of clusters, for the onset (.05).
    n_bootstraps
        Over stimuli: draws of held-out stimuli for the interval (1000).
    rng
        Seed or generator.
    progress
        Progress bar on stderr; None shows it on terminals only.

    Returns
    -------
    Dataset
        ``accuracy`` (area, time, time_test) of activations, (time_bin, time_bin_test) of
        recordings; without generalisation (area, time) or (time_bin). The first time is that of
        the fit. It is the mean over labels of the share told right, so that chance is 1 /
        (number of labels) however many stimuli each has. ``accuracy_low`` and ``accuracy_high``
        (over stimuli): 95 % interval over the choice of held-out stimuli, the decoders taken as
        they are: what other training stimuli would change is not in it, so that of shuffled
        labels it holds chance in some 90 %. Whether there is a code at all, permutations say.
        With permutations, of each decoder at its own time: ``p`` (by the largest
        statistic of each map), ``p_cluster``, and ``onset_start_ms``, ``onset_end_ms`` of the
        first bin (or ``onset_step``) in a cluster. NaN: steps that the image has not reached, and
        times at which nothing varies. ``chance`` and all settings are in the attributes.

    Raises
    ------
    InputError
        Labels are missing for some stimuli or all alike; time bins overlap, are not in order or
        have no limits where ms are asked for; too few stimuli or repetitions; an argument that
        nothing has a use for.

    Warns
    -----
    CornetkitWarning
        What was left out, and how far times can be read.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> rng = np.random.default_rng(0)
    >>> objects = np.repeat(["bear", "dog"], 10)
    >>> values = rng.normal(size=(20, 2, 6))
    >>> values[objects == "dog", 1] += 5  # only the later step tells them apart
    >>> acts = xr.DataArray(values, dims=("stimulus", "time", "unit"), coords={
    ...     "stimulus": [f"s{k:02d}" for k in range(20)], "time": [0, 1],
    ...     "object_name": ("stimulus", objects)})
    >>> float(decode(acts, "object_name")["accuracy"].sel(time=1, time_test=1).item())
    1.0
    """
    check_settings(
        classifier, cross_validate, C=C, alpha=alpha, n_permutations=n_permutations,
        n_splits=n_splits, n_resamples=n_resamples, n_bootstraps=n_bootstraps,
    )  # fmt: skip
    seed = seed_of(rng)
    given = open_given(
        x, window=window, step=step, areas=areas, match_seed=seed if match_reliability else None
    )
    try:
        found = labels_of(given.ids, labels, given.known, given.what)
        over, said = over_of(given, found, cross_validate)
        notes = [*given.notes, *said]
        z_score = given.kind == "recordings" if standardize is None else standardize
        check_classifier(classifier, z_score)
        check_over(
            over, groups=groups, match_reliability=match_reliability, n_resamples=n_resamples,
            together=together, n_bootstraps=n_bootstraps,
        )  # fmt: skip
        codes = None if groups is None else labels_of(given.ids, groups, given.known, given.what)
        level = settled(alpha, 0.05)
        plan = Plan(
            found, classifier, C, z_score, n_splits or _FOLDS[over], settled(n_resamples, 10),
            together, None if codes is None else codes.codes, generalize, n_permutations,
            settled(n_bootstraps, 1000), seed, progress,
        )  # fmt: skip
        run = over_stimuli if over == "stimuli" else over_repetitions
        accuracy = run(given, plan)
        notes += accuracy.notes
        result = _collect(given, accuracy, plan)
        if n_permutations:
            notes += add_tests(result, given, accuracy, level)
    finally:
        given.close()
    matched = {"match_reliability": "time_bin" if match_reliability else "none"}
    result.attrs = _describe(given, plan, accuracy, over, level) | matched | {"notes": notes}
    for note in notes:
        warnings.warn(note, CornetkitWarning, stacklevel=2)
    return result


def _collect(given: Given, accuracy: Accuracy, plan: Plan) -> xr.Dataset:
    dims, coords = list(given.dims), dict(given.time_coords)
    if plan.generalize:
        dims.append(f"{dims[-1]}_test")
        if given.windows is None:
            coords["time_test"] = ("time_test", coords["time"][1])
        else:
            coords |= given.windows.coords("time_bin_test")
    variables = {"accuracy": as_array(accuracy.mean, dims, "mean over labels of the share right")}
    for name, values in (("low", accuracy.low), ("high", accuracy.high)):
        if values is not None:
            what = "95 % interval over held-out stimuli"
            variables[f"accuracy_{name}"] = as_array(values, dims, what)
    if accuracy.spread is not None:
        what = "standard deviation over draws of pseudo-populations: no error of the mean"
        variables["accuracy_spread"] = as_array(accuracy.spread, dims, what)
    variables["chance"] = as_array(np.array(1 / len(plan.labels.names)), (), "1 / number of labels")
    return xr.Dataset(variables, coords=coords)


def _describe(
    given: Given, plan: Plan, accuracy: Accuracy, over: str, alpha: float
) -> dict[str, Any]:
    labels = plan.labels
    attrs = {
        "schema_version": SCHEMA_VERSION,
        "cornetkit_version": __version__,
        "analysis": "decoding",
        "labels": labels.source,
        "label_names": [str(name) for name in labels.names],
        "chance": 1 / len(labels.names),
        "n_stimuli": len(given.ids),
        "classifier": plan.classifier,
        "standardize": "z-score of each unit" if plan.z_score else "one scale for all units",
        "cross_validate": over,
        "n_splits": accuracy.n_splits,
        "generalize": "yes" if plan.generalize else "no",
        "n_permutations": plan.n_permutations,
        "seed": plan.seed,
    }
    if plan.classifier == "logistic":
        attrs["C"] = f"1 / ({PENALTY} n_train)" if plan.C is None else plan.C
    if over == "repetitions":
        attrs["n_resamples"] = plan.n_resamples
        attrs["together"] = plan.together or "none"
    if plan.n_permutations:
        attrs["alpha"] = alpha
    return attrs | storable(given.attrs, given.kind)
