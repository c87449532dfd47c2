"""Which images separate two steps or models most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from ..errors import InputError
from ..schema import check_whole, seed_of
from .power_candidates import candidates_of, find_candidate
from .power_smoothers import Smoothers, leading, random_folds

_PENALTY = 1e-2


def separating_stimuli(
    acts: Any,
    first: Any,
    second: Any,
    *,
    areas: Sequence[str] | str | None = None,
    n_dimensions: int = 20,
    n_splits: int = 5,
    alpha: float = _PENALTY,
    rng: int | np.random.Generator = 0,
) -> xr.DataArray:
    """Rank stimuli by how much two steps, or two models, differ on them.

    Neuroids that mix the leading dimensions of the one are predicted, held out, by ridge from the
    other: what it misses of a stimulus, beyond what the one misses of itself, separates them. The
    mean over both directions and over all mixtures, in units of the variance of a response; no
    noise is drawn. Differences that a linear mapping can take up do not count.

    Parameters
    ----------
    acts
        One model's activations, or several, as in `power`: the candidate images.
    first, second
        ``"IT@1"`` or ``("IT", 1)``; with several models ``"rt/IT@1"`` or ``("rt", "IT", 1)``.
    areas
        Only these areas (fewer to read).
    n_dimensions
        Leading dimensions that neuroids mix.
    n_splits
        Folds over stimuli.
    alpha
        Penalty, in units of the mean eigenvalue of the features.
    rng
        Seed of the folds.

    Returns
    -------
    DataArray
        ``separation`` (stimulus), largest first; its mean over stimuli is how much of the
        variance separates them at all. Negative where a stimulus is predicted better by the
        other. Other coordinates of the stimuli go along.

    Raises
    ------
    UnknownNameError
        A step that is not there, or not driven.
    InputError
        Both are the same, or too few stimuli.

    References
    ----------
    Golan, Raju, Kriegeskorte 2020, Controversial stimuli: pitting neural networks against each
    other as models of human cognition (the idea; here stimuli are chosen, not made).

    Examples
    --------
    >>> import numpy as np, xarray as xr, cornetkit as ck
    >>> values = np.random.default_rng(0).normal(size=(40, 3, 6))
    >>> ids = [f"s{k:02d}" for k in range(40)]
    >>> acts = xr.DataArray(values, dims=("stimulus", "time", "unit"),
    ...                     coords={"stimulus": ids, "time": [0, 1, 2], "area": "IT"})
    >>> separating_stimuli(acts, "IT@0", "IT@2", n_dimensions=5).dims
    ('stimulus',)
    """
    seed = seed_of(rng)
    check_whole(n_splits, "n_splits")
    check_whole(n_dimensions, "n_dimensions")
    candidates, ids, notes = candidates_of(acts, areas)
    one, two = (find_candidate(candidates, wanted) for wanted in (first, second))
    if one.name == two.name:
        raise InputError(f"{one.name} was given twice; expected two steps to separate")
    if len(ids) < 2 * max(n_splits, 2):
        raise InputError(
            f"{len(ids)} stimuli are too few for {n_splits} folds; give at least {2 * n_splits}"
        )
    folds = random_folds(len(ids), n_splits, np.random.default_rng(seed))
    matrices = [Smoothers(side.gram, folds).of(alpha) for side in (one, two)]
    values = separation([leading(side.gram, n_dimensions) for side in (one, two)], matrices)
    order = np.argsort(-values, kind="stable")
    return xr.DataArray(
        values[order],
        dims="stimulus",
        coords={"stimulus": np.asarray(ids)[order]},
        name="separation",
        attrs={
            "first": one.name, "second": two.name, "mean": float(values.mean()), "seed": seed,
            "n_splits": n_splits, "n_dimensions": n_dimensions, "alpha": alpha, "notes": notes,
        },
    )  # fmt: skip


def separation(bases: Sequence[np.ndarray], matrices: Sequence[np.ndarray]) -> np.ndarray:
    """Return what two sets of features miss of each other, beyond themselves, (n,).

    Parameters
    ----------
    bases : two arrays of shape (n, d)
        Principal scores, orthonormal columns: what neuroids mix.
    matrices : two arrays of shape (n, n)
        Held-out predictions by each.
    """
    total = np.zeros(len(bases[0]))
    for own, other in ((0, 1), (1, 0)):
        U = bases[own]
        missed = [((U - H @ U) ** 2).sum(axis=1) for H in (matrices[other], matrices[own])]
        # A mixture of d orthonormal columns has variance d / n on average.
        total += (missed[0] - missed[1]) * len(U) / U.shape[1]
    return total / 2
