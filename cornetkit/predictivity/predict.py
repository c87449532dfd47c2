"""predict(): how well each area and step predicts held-out recordings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from ..activations.given import opened
from ..errors import InputError
from ..neural import open_recordings
from .align import align
from .arrangement import Arrangement
from .asked import Asked
from .ceilings import check_ceiling
from .inference_asked import Inference
from .matched_data import match_data
from .plan import make_plan, time_bins
from .scoring import score_steps


def predict(
    acts: Any,
    recordings: Any,
    *,
    method: str | None = None,
    protocol: str = "cornetkit",
    areas: Sequence[str] | None = None,
    targets: str | None = None,
    n_components: int | None = None,
    alphas: str | float | Sequence[float] | None = None,
    alpha_per: str | None = None,
    standardize: bool | None = None,
    splits: Any = None,
    groups: str | None = None,
    stratify: str | bool | None = None,
    held_out: str | None = None,
    space: Any = None,
    n_splits: int | None = None,
    rng: int | np.random.Generator | None = None,
    normalization: str | None = None,
    ceiling: str | None = None,
    match_reliability: str | Sequence[str] | None = None,
    by: str | None = None,
    mapping: str = "per-bin",
    alignment: Any = None,
    stack: str | Sequence[str] | None = None,
    window: tuple[float, float] | None = None,
    bins: float | None = None,
    join: str = "exact",
    dtype: str = "float64",
    bootstrap: int | None = None,
    resample: str | Sequence[str] | None = None,
    permutations: int | None = None,
    permute_within: str | bool | None = None,
    correction: str | None = None,
    alpha: float | None = None,
    keep_predictions: bool = False,
    progress: bool | None = None,
) -> xr.Dataset:
    """Predict recordings from activations, cross-validated over stimuli.

    Parameters
    ----------
    acts
        A path, Activations, or a DataArray of dims ``stimulus[, time], unit``.
    recordings
        A path or what else `open_recordings` takes.
    method
        ``"ridge"`` (default: one penalty for each neuroid, chosen inside the training stimuli),
        ``"pls"``, ``"ols"`` (minimum norm), ``"best-unit"`` or ``"non-negative"`` (ridge with no
        weight below 0; its penalty is chosen by 5-fold cross-validation inside the training
        stimuli; some thousand units at most).
    protocol
        ``"cornetkit"``, ``"brainscore"``, ``"papale2025"``, ``"li2026"``, ``"kar2019"`` or
        ``"kar2019-within"``: sets everything that is not given.
    areas
        Only these areas.
    targets
        Of PLS: ``"joint"`` (default: components shared by all neuroids) or ``"separate"``.
    n_components
        Of PLS; default 25.
    alphas
        Penalties to choose from, one number or several; ``"relative"`` (default; 25, of
        non-negative 9, from 1e-4 to 1e4 times the mean eigenvalue of the features' Gram matrix,
        whose unit is that of the features squared) or ``"brainscore"`` (99 absolute ones).
    alpha_per
        ``"neuroid"`` or ``"all"``.
    standardize
        True brings every unit to mean 0 and standard deviation 1 by the training stimuli of each
        fold; units that are constant there are left out (``n_constant_units``).
    splits
        ``"kfold"``, ``"shuffle"``, ``"stratified"`` (with `stratify`), ``"grouped"`` (with
        `groups`), ``"held-out"`` (with `held_out`), ``"distance"`` (with `space`), ``"stored"``
        (a coordinate ``split`` of the stimuli: train, test or out); or stored splits: pairs
        (train ids, test ids), a DataArray of dims (split, stimulus), or a .csv (columns
        ``stimulus_id, split, role``), .json or .nc file, see `splits_stored.read_splits`.
    groups
        A coordinate of the stimuli, one value each, whose values are never split, such as a movie
        or an object: neither by folds nor by the choice of a penalty. Of the recordings, or where
        they lack it of the activations (``labels_of_activations`` names it); if both have it they
        have to agree. Or ``"duplicates"``: copies of an image by their features (read once more
        for that).
    stratify
        A coordinate as of `groups` to balance over train and test, or False for none; what a
        protocol balances by is looked for in the recordings alone.
    held_out
        A coordinate as of `groups` whose values are held out: each in turn, or, with `n_splits`,
        that many sets of values (ranges, where they are fractional numbers). The penalty is
        chosen by leaving out single stimuli, as on random splits, so that only the splits differ
        from those.
    space
        Where ``splits="distance"`` measures: an area, or activations of one area such as
        ``ck.baselines(stimuli, "pixels")``. Folds are clusters of stimuli in it, of the sizes of
        k-fold (Madan et al. 2024); how far they lie is in the coordinate ``distance_ratio``.
    n_splits, rng
        Number and seed of the splits; a Generator gives the seed, which the attributes hold.
    normalization
        ``"r/sqrt(c)"``, ``"r^2/c"``, ``"(r/c)^2"``, ``"r"`` or ``"%EV"``; all keep the sign of r.
    ceiling
        What scores are normalised by: ``"split-half"`` (default), ``"brainscore"``,
        ``"signal-power"`` or ``"nsd"`` (see `ceiling`).
    match_reliability
        ``"time_bin"``, ``"region"``, ``"animal"`` or several of them: leave out repetitions until
        these are equally reliable (see `match_reliability`), seeded by `rng`. Scores fall with
        reliability, normalised ones too, since noise in the responses spoils the fit as well:
        contrasts between windows, regions or animals need this copy beside them. What was left
        out is in the attribute ``neural_match_reliability``. Refused where stored splits never
        hold out some stimuli: it goes by all of them.
    by
        A coordinate of the neuroids, such as ``"animal"``: adds ``score_by``,
        ``normalized_by``, ``ceiling_score_by`` and ``n_neuroids_by`` for each of its values, and
        what ties neuroids together (joint PLS, one penalty for all) ties those of one value only.
    mapping
        ``"per-bin"``: one for each step and time bin. ``"shared"``: one for all time bins of an
        area; samples are stimulus x bin, the features of a bin those of the step aligned to it,
        and all bins of a stimulus are in one fold. Scored bin by bin, on one entry of ``time``,
        -1: ``aligned_step`` (area, time_bin) says which step stood for a bin, ``alignment_weight``
        (area, time_bin, step) how much of each, and ``steps`` (area, time) which there were.
    alignment
        Of a shared mapping: ``"nearest-start"`` (default: the step that starts nearest to the
        start of the bin, the earlier of two as near), ``"center"`` (the step whose window holds
        the centre of the bin, or else lies nearest to it) or ``"overlap"`` (steps mixed in
        proportion to their overlap with the bin), by the times of the activations; or a table,
        by the start of the bins in ms: ``{time_bin_start: step}``, ``{area: {time_bin_start:
        step}}``, a DataArray of steps such as ``aligned_step``, or a CSV file with the columns
        ``time_bin_start, step[, area]``.
    stack
        ``("time", "unit")``: all driven steps of an area side by side as one set of features;
        ``("area", "time", "unit")``: those of all areas, each unit as it is, so that an area of
        many units or large activations weighs most. One entry of ``time``, -1, with ``steps``.
    window
        Average the recordings over this window, (start, end) in ms.
    bins
        Rebin the recordings to bins of this width in ms.
    join
        ``"exact"`` raises unless both sides hold the same stimuli; ``"inner"`` goes on with those
        in common.
    dtype
        Of the products in the Gram matrix: ``"float64"``, or ``"float32"`` (sums in float64) at
        about half the time; refused where a score would depend on the rounding.
    bootstrap
        Number of resamples, 1000 or so, of the held-out predictions; nothing is fitted again.
    resample
        What they draw, default ``("stimulus", "neuroid")``: one of ``"stimulus"`` (with `groups`,
        whole groups) and ``"repetition"`` (trials of the held-out stimuli), one of ``"neuroid"``
        and ``"animal"`` (3 or more), or one of each, with the noise that both hold counted once.
    permutations
        Number of permutations of the stimulus labels of the responses, 999 or so; everything is
        fitted again in each.
    permute_within
        A coordinate of the stimuli that permutations stay in; default the one of `groups`, or of
        `stratify` (copies of an image move together); False: they are free.
    correction
        Of p over area x step x time bin: ``"max"`` (default) or ``"cluster"`` (clusters of bins).
    alpha
        The p that permutations have to reach, default 0.05; too few for it are refused.
    keep_predictions
        Add ``predicted`` and ``observed``, see `predictions.add_predictions`.
    progress
        Progress bar on stderr; None shows it on terminals only.

    Returns
    -------
    Dataset
        ``r`` (area, time, time_bin, split, neuroid): signed Pearson correlation over the held-out
        stimuli of a split; ``score`` (area, time, time_bin): median over neuroids, then mean over
        splits, with ``score_error`` (NaN of a single split), ``score_low``, ``score_high``;
        ``ceiling`` (time_bin,
        neuroid) and ``ceiling_score`` (time_bin), in units of r^2; ``normalized`` with its
        formula in the attributes: score and ceiling over the same neuroids, and NaN where the
        halves of the repetitions do not correlate beyond chance (``"brainscore"``, whose numbers
        are kept as they are, has a note instead); where splits hold out groups, objects or
        clusters, halves are correlated within the held-out stimuli, as r is; and over neuroids
        with an r in at least half
        of the splits (``min_split_share``; frozen protocols count all). ``undefined``, with the
        dims of ``r``: 0, or a number for why there is none (its ``flag_meanings``). ``"%EV"``
        adds ``prediction_ceiling`` and ``explained_variance`` of each neuroid. On ``split`` lie
        ``held_out``, ``distance_ratio`` or ``split_name`` where splits have them. Everything that
        moved a score is in the attributes, with a digest of the splits (``splits_sha256``).
        `bootstrap` makes ``score_low`` and ``score_high`` those of what was drawn, and adds
        ``resampled`` (resample, area, time, time_bin); `permutations` adds ``p``, ``p_corrected``
        (area, time, time_bin) and ``null_score`` (permutation, area, time, time_bin).

    Raises
    ------
    StimulusMismatchError
        The two sides do not hold the same stimuli.
    InputError
        Too few stimuli, no driven step, missing responses where a method needs all, or a wrong
        argument.

    Warns
    -----
    CornetkitWarning
        Steps left out, neuroids without a score or ceiling, penalties at the edge of their grid.

    Examples
    --------
    >>> import numpy as np, xarray as xr, cornetkit as ck
    >>> values = np.random.default_rng(0).normal(size=(40, 3, 6))
    >>> ids = [f"s{k:02d}" for k in range(40)]
    >>> acts = xr.DataArray(values, dims=("stimulus", "time", "unit"),
    ...                     coords={"stimulus": ids, "time": [0, 1, 2], "area": "IT"})
    >>> it = ck.simulate_recordings(acts, (0, 1, 2), n_neuroids=6, n_dimensions=6, reliability=0.9)
    >>> scores = predict(acts, it, progress=False)
    >>> scores["score"].sel(area="IT").argmax("time").values  # the step that drives each time bin
    array([0, 1, 2])
    """
    if ceiling is not None:
        check_ceiling(ceiling)
    asked = Asked(splits, groups, held_out, space, stratify, n_splits, by)
    plan = make_plan(
        protocol,
        asked,
        method=method,
        targets=targets,
        n_components=n_components,
        alphas=alphas,
        alpha_per=alpha_per,
        standardize=standardize,
        rng=rng,
        normalization=normalization,
        ceiling=ceiling,
        by=by,
    )
    if dtype not in ("float64", "float32"):
        raise InputError(f"dtype '{dtype}' was given; expected 'float64' or 'float32'")
    arrangement = Arrangement.of(mapping, alignment, stack, plan)
    inference = Inference.of(
        bootstrap, permutations, resample, correction, alpha, permute_within, keep_predictions
    )
    with opened(acts) as activations:
        trials = open_recordings(recordings)
        window, bins, notes = time_bins(plan, trials, window, bins)
        data = align(activations, trials, areas, window, bins, join)
        data.notes.extend(notes)
        data = match_data(data, match_reliability, plan.seed)
        given: dict[str, Any] = {
            "window": window,
            "bins": bins,
            "join": join,
            "gram_dtype": dtype,
            "match_reliability": match_reliability,
        }
        return score_steps(data, plan, asked, given, dtype, progress, arrangement, inference)
