"""power(): what a design could tell, before or after it is run."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from ..errors import CornetkitWarning, InputError, listing, unknown_name
from ..kernels.alphas import alpha_grid
from ..kernels.ridge import ridge_dual
from ..schema import check_number, check_whole, seed_of
from ..unused import refuse
from .identifiability import ENOUGH
from .power_candidates import Candidate, candidates_of, identities, stimuli_of
from .power_design import Design, design_of
from .power_result import lag_asked, lag_found, tell
from .power_simulation import (
    Signal,
    fitted_population,
    random_mixture,
    simulate,
)
from .power_smoothers import leading, random_folds

PLANTED = ("random", "fitted")
_MIN_TEST = 5


def power(
    acts: Any,
    recordings: Any = None,
    *,
    areas: Sequence[str] | str | None = None,
    planted: str = "random",
    n_stimuli: int | None = None,
    n_neuroids: int | None = None,
    n_repetitions: int | None = None,
    trial_reliability: float | Sequence[float] | None = None,
    time_bins: Any = None,
    window: tuple[float, float] | None = None,
    onset_ms: float | None = None,
    step_ms: float | None = None,
    n_dimensions: int | None = None,
    n_splits: int = 5,
    n_simulations: int = 50,
    level: float = 0.05,
    rng: int | np.random.Generator = 0,
    progress: bool | None = None,
) -> xr.Dataset:
    """Say what a design could tell: steps or models, a lag, a gain by recurrence.

    Recordings are simulated from every candidate (each driven step of each area and model) and
    predicted, held out, from every candidate by ridge. Everything goes through Gram matrices.

    Parameters
    ----------
    acts
        One model's activations (a path, Activations, an array), or several: a list of these, or a
        mapping from a name to each.
    recordings
        Recordings whose stimuli, neuroids, repetitions, reliability and time bins are taken where
        none are given.
    areas
        Only these; candidates of different areas are compared too.
    planted
        What is simulated from a candidate: ``"random"`` mixtures of its `n_dimensions` leading
        principal dimensions, equally strong; or ``"fitted"``: what it predicts of the recorded
        neuroids.
    n_stimuli, n_neuroids, n_repetitions
        The design; default: all stimuli, and the recordings' or 60 neuroids, 10 repetitions.
    trial_reliability
        Of single trials, in units of r^2, one for all or several to draw from (a mean over n
        repetitions has n p / (1 + (n - 1) p)); default: the recordings', or .1.
    time_bins
        (start, end) in ms of each, for the lag.
    window
        Of the recordings: where their reliability is taken from (and what is fitted).
    onset_ms, step_ms
        The lag that is planted: when the first driven step begins, and how long each lasts.
        Default: the second bin, and such that the steps fill the bins.
    n_dimensions
        Of random mixtures (20).
    n_splits
        Folds over stimuli.
    n_simulations
        Recordings simulated from each candidate. A share p of them is known within
        2 sqrt(p (1 - p) / n).
    level
        Share of false claims that is accepted.
    rng
        Seed.
    progress
        A bar on stderr; None: on terminals only.

    Returns
    -------
    Dataset
        ``recovery`` (planted, candidate): how often each candidate scores best; ``told``
        (planted, candidate): how often the planted one is told from the other at `level`, by the
        difference of their scores against the same under the other; ``identifiable`` (bool):
        told both ways in 80 % or more; ``score`` (planted, candidate), mean over simulations.
        By ``group`` (a model's area): ``gain_power``, how often the score of all steps exceeds
        the first step's by more than it does (in a share `level`) where the first step is the
        truth, when the last step is; ``gain`` and ``gain_static``, both mean differences;
        ``lag_power``, how often onset and step length are both found within a bin, with the
        errors ``onset_error``, ``step_error`` (group, draw) in ms, and ``lag_reason`` where the
        lag is not identifiable. The scores are medians over neuroids of held-out r.

    Raises
    ------
    InputError
        Nothing varies, too few stimuli, or a wrong design.
    UnknownNameError
        An area or kind of planting that does not exist.

    Warns
    -----
    CornetkitWarning
        What was left out, or could not be planted as asked.

    Notes
    -----
    A penalty is chosen once for each pair of planted and scored features, from a pilot of 240
    neuroids, not neuroid by neuroid and fold by fold as `predict` does. Each bin has a mapping and
    noise of its own.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> values = np.random.default_rng(0).standard_normal((40, 2, 30))
    >>> acts = xr.DataArray(values, dims=("stimulus", "time", "unit"),
    ...                     coords={"stimulus": np.arange(40), "time": [0, 1]})
    >>> found = power(acts, n_simulations=5, n_dimensions=3, trial_reliability=0.5)
    >>> found["recovery"].values.tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    seed = seed_of(rng)
    draw = np.random.default_rng(seed)
    dimensions = 20 if n_dimensions is None else n_dimensions
    _check(planted, recordings, dimensions, n_splits, n_simulations, level)
    if planted == "fitted":
        refuse("is of random mixtures, and planted='fitted'", n_dimensions=n_dimensions)
    if recordings is None:
        refuse("is of recordings, and none were given", window=window)
    design = design_of(
        stimuli_of(acts),
        recordings,
        n_stimuli=n_stimuli,
        n_neuroids=n_neuroids,
        n_repetitions=n_repetitions,
        trial_reliability=trial_reliability,
        time_bins=time_bins,
        window=window,
        rng=draw,
    )
    n = len(design.ids)
    if n < n_splits * _MIN_TEST:
        raise InputError(
            f"{n} stimuli are too few for {n_splits} folds of at least {_MIN_TEST}; give "
            f"{n_splits * _MIN_TEST} or more, or fewer folds (n_splits=, --n-splits)"
        )
    candidates, _, notes = candidates_of(acts, areas, design.ids)
    groups = _groups(candidates)
    folds = random_folds(n, n_splits, draw)
    together = [sum(candidates[k].gram * candidates[k].scale for k in g) for g in groups.values()]
    grams = [c.gram for c in candidates]
    grams += [K / (np.trace(K) / (n - 1)) for K in together]
    signals, said = _signals(candidates, design, planted, dimensions)
    notes += said
    simulated = simulate(
        grams,
        signals,
        design.noise_variance,
        folds,
        n_simulations,
        draw,
        progress,
    )
    result = tell(candidates, groups, simulated, level)
    centres = design.bins.mean(axis=1)
    lag = lag_asked(design, onset_ms, step_ms, groups)
    result = result.merge(lag_found(groups, simulated, centres, lag, draw))
    result.attrs = {
        "planted": planted, "n_stimuli": n, "n_neuroids": int(design.trial_reliability.size),
        "n_repetitions": design.n_repetitions, "n_time_bins": len(design.bins),
        "trial_reliability": float(np.median(design.trial_reliability)),
        "reliability": float(np.median(design.reliability)),
        "n_splits": n_splits, "n_simulations": n_simulations, "level": level, "seed": seed,
        "enough": ENOUGH, **({"n_dimensions": dimensions} if planted == "random" else {}),
        "models": identities(acts) or "unknown",
        "notes": design.notes + notes,
    }  # fmt: skip
    for note in result.attrs["notes"]:
        warnings.warn(note, CornetkitWarning, stacklevel=2)
    return result


def _check(
    planted: str,
    recordings: Any,
    n_dimensions: int,
    n_splits: int,
    n_simulations: int,
    level: float,
) -> None:
    if planted not in PLANTED:
        raise unknown_name("kind of planting", str(planted), PLANTED)
    if planted == "fitted" and recordings is None:
        raise InputError("planted='fitted' needs recordings to fit (--neural); give them too")
    for name, number, least in (
        ("n_dimensions", n_dimensions, 1), ("n_splits", n_splits, 2),
        ("n_simulations", n_simulations, 2),
    ):  # fmt: skip
        check_whole(number, name)
        if number < least:
            raise InputError(f"{name}={number} was given; expected {least} or more")
    check_number(level, "level", "a share of false claims such as 0.05")
    if not 0 < level < 1:
        raise InputError(f"level={level} was given; expected a share of false claims such as 0.05")


def _groups(candidates: Sequence[Candidate]) -> dict[str, list[int]]:
    """Return the candidates of each model's area, in the order of their steps."""
    found: dict[str, list[int]] = {}
    for k, candidate in enumerate(candidates):
        found.setdefault(candidate.name.rpartition("@")[0], []).append(k)
    return found


def _signals(
    candidates: Sequence[Candidate], design: Design, planted: str, n_dimensions: int
) -> tuple[list[Signal], list[str]]:
    """Return what is simulated from each candidate, and what to say of it."""
    if planted == "random":
        bases = [leading(candidate.gram, n_dimensions) for candidate in candidates]
        fewer = [
            f"{candidate.name} ({basis.shape[1]})"
            for candidate, basis in zip(candidates, bases, strict=True)
            if basis.shape[1] < n_dimensions
        ]
        notes = [
            f"populations mix as many dimensions as the features have, where these are fewer than "
            f"{n_dimensions} (n_dimensions): {listing(fewer, 4)}"
        ]
        return [random_mixture(basis) for basis in bases], notes if fewer else []
    assert design.responses is not None  # checked before anything was read
    fits = [ridge_dual(c.gram, design.responses, alpha_grid(c.gram)) for c in candidates]
    found = zip(candidates, fits, strict=True)
    return [fitted_population(c.gram @ fit.coef) for c, fit in found], []
