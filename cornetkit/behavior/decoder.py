"""Decoders of objects, cross-validated over stimuli: what a model would choose."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from tqdm import tqdm

from ..errors import CornetkitWarning, InputError, counted, listing
from ..kernels.logistic import logistic, softmax
from ..schema import check_whole, seed_of
from .sources import same_stimuli, truth_of

# Of the paper on object solution times, whose decoders these are (Kar et al. 2019).
_C = 0.463
# Eigenvalues below this share of the largest are rounding.
_RANK = 1e-10
_INNER = 3


def choice_probabilities(
    acts: Any,
    *,
    labels: Any = None,
    areas: Sequence[str] | str | None = None,
    n_splits: int = 10,
    C: float | Sequence[float] | None = None,
    rng: int | np.random.Generator = 0,
    progress: bool | None = None,
) -> xr.DataArray:
    """Return the probability of each choice for each held-out stimulus, by area and step.

    At every area and step a multinomial logistic regression is fitted anew on the training
    stimuli (features standardised by them, constant ones left out), and asked about the held-out
    ones; folds are stratified by label, and the same for all areas and steps.

    Parameters
    ----------
    acts
        A path, Activations, or a DataArray of dims ``stimulus[, time], unit``. The features that
        the field decodes from are ``decoder.avgpool`` (``record --areas decoder.avgpool``).
    labels
        The true object of each stimulus: a coordinate of the stimuli (default ``object_name``), a
        CSV with ``stimulus`` and one more column, or a mapping from stimulus id.
    areas
        Only these.
    n_splits
        Folds; fewer where an object has fewer images.
    C
        Inverse penalty. None: 1 / (.463 n_train). Several: chosen by the log loss of a 3-fold
        cross-validation inside the training stimuli.
    rng
        Seed of the folds.
    progress
        A bar on stderr; None: on terminals only.

    Returns
    -------
    DataArray
        ``choice_probability`` (area, time, stimulus, choice), with ``truth`` on stimulus and
        ``driven``, ``time_start_ms``, ``time_end_ms`` (area, time) where they are known. NaN at
        steps that an area has not, or that the image has not reached.

    Raises
    ------
    InputError
        No labels, an object with a single image, no driven step, or wrong arguments.

    Warns
    -----
    CornetkitWarning
        Steps left out, and decoders that did not converge.

    References
    ----------
    Kar et al. 2019, Evidence that recurrent circuits are critical to the ventral stream's
    execution of core object recognition behavior.

    Examples
    --------
    >>> import numpy as np, xarray as xr, cornetkit as ck
    >>> values = np.random.default_rng(0).normal(size=(40, 3, 6))
    >>> ids = [f"s{k:02d}" for k in range(40)]
    >>> acts = xr.DataArray(values, dims=("stimulus", "time", "unit"),
    ...                     coords={"stimulus": ids, "time": [0, 1, 2], "area": "IT"})
    >>> objects = {i: "cat" if k % 2 else "dog" for k, i in enumerate(ids)}
    >>> P = choice_probabilities(acts, labels=objects, n_splits=2, progress=False)
    >>> dict(P.sizes)
    {'area': 1, 'time': 3, 'stimulus': 40, 'choice': 2}
    """
    seed = seed_of(rng)
    check_whole(n_splits, "n_splits")
    if n_splits < 2:
        raise InputError(f"n_splits={n_splits} was given; expected 2 or more (--n-splits)")
    penalties = _penalties(C)
    found = same_stimuli(acts, areas)
    try:
        first = next(iter(found.values()))
        truth = truth_of(first, labels)
        choices, codes, counts = np.unique(truth, return_inverse=True, return_counts=True)
        if counts.min() < 2:
            raise InputError(
                f"{listing(choices[counts < 2])}: one image each, and a decoder is trained on "
                "other images than it is asked about; give at least two of each object"
            )
        folds = _folds(codes, min(n_splits, int(counts.min())), seed)
        steps = sorted({int(t) for array in found.values() for t in array["time"].values})
        values = np.full((len(found), len(steps), len(truth), len(choices)), np.nan)
        of_steps = _coordinates(found, steps)
        todo = [
            (a, steps.index(int(step)), array.isel(time=k))
            for a, array in enumerate(found.values())
            for k, step in enumerate(array["time"].values)
            if "driven" not in array.coords or bool(array["driven"].values[k])
        ]
        if not todo:
            raise InputError("the image has reached no area at any step; nothing can be decoded")
        notes, unfinished = _notes(found), 0
        hidden = not sys.stderr.isatty() if progress is None else not progress
        for a, t, step in tqdm(todo, desc="decoding", unit="step", disable=hidden):
            X = np.asarray(step.values, dtype=np.float64)
            if not np.isfinite(X).all():
                raise InputError(
                    f"activations '{list(found)[a]}' at step {steps[t]} are not finite; record "
                    "again"
                )
            values[a, t], converged = _held_out(X, codes, len(choices), folds, penalties)
            unfinished += not converged
        if unfinished:
            notes.append(f"the decoders of {unfinished} of {len(todo)} steps did not converge")
        for note in notes:
            warnings.warn(note, CornetkitWarning, stacklevel=2)
        return xr.DataArray(
            values,
            dims=("area", "time", "stimulus", "choice"),
            coords={
                "area": list(found),
                "time": steps,
                "stimulus": first["stimulus"].values,
                "choice": choices,
                "truth": ("stimulus", truth),
                **of_steps,
            },
            name="choice_probability",
            attrs={
                "decoder": "multinomial logistic regression on standardised features",
                "C": "1 / (.463 n_train)" if C is None else penalties,
                "n_splits": len(folds),
                "seed": seed,
                "notes": notes,
                **{
                    f"acts_{name}": found.attrs[name]
                    for name in ("model", "times", "identity", "weights_sha256", "stimuli_sha256")
                    if found.attrs.get(name) is not None
                },
            },
        )
    finally:
        if isinstance(acts, (str, Path)):
            found.close()


def _penalties(C: Any) -> list[float]:
    if C is None:
        return []
    given = [C] if np.ndim(C) == 0 else list(C)
    try:
        values = [float(value) for value in given]
    except (TypeError, ValueError):
        values = []
    if not values or not all(0 < value < np.inf for value in values):
        raise InputError(f"C={C!r} was given; expected inverse penalties above 0, or None")
    return values


def _folds(codes: np.ndarray, n_splits: int, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    from sklearn.model_selection import StratifiedKFold

    splitter = StratifiedKFold(n_splits, shuffle=True, random_state=seed)
    return list(splitter.split(np.zeros(len(codes)), codes))


def _held_out(
    X: np.ndarray,
    codes: np.ndarray,
    n_classes: int,
    folds: Sequence[tuple[np.ndarray, np.ndarray]],
    penalties: list[float],
) -> tuple[np.ndarray, bool]:
    """Return held-out probabilities (n, n_classes), and whether every fit converged."""
    P = np.full((len(X), n_classes), np.nan)
    done = True
    for train, test in folds:
        C = 1 / (_C * train.size) if not penalties else penalties[0]
        if len(penalties) > 1:
            C = _best(X[train], codes[train], n_classes, penalties)
        P[test], converged = _fit(X[train], codes[train], X[test], n_classes, C)
        done &= converged
    return P, done


def _best(X: np.ndarray, codes: np.ndarray, n_classes: int, penalties: list[float]) -> float:
    """Return the penalty of the least log loss inside the training stimuli."""
    from sklearn.model_selection import KFold, StratifiedKFold

    smallest = int(np.bincount(codes)[np.unique(codes)].min())
    kind = StratifiedKFold if smallest >= _INNER else KFold
    folds = list(kind(_INNER, shuffle=True, random_state=0).split(X, codes))
    losses = []
    for C in penalties:
        loss = 0.0
        for train, test in folds:
            P, _ = _fit(X[train], codes[train], X[test], n_classes, C)
            loss -= float(np.log(np.maximum(P[np.arange(len(test)), codes[test]], 1e-12)).sum())
        losses.append(loss)
    return penalties[int(np.argmin(losses))]


def _fit(
    X: np.ndarray, codes: np.ndarray, X_test: np.ndarray, n_classes: int, C: float
) -> tuple[np.ndarray, bool]:
    # By range: rounding leaves constant units with a standard deviation above 0.
    varies = np.ptp(X, axis=0) > 0
    if not varies.any():
        chance = np.bincount(codes, minlength=n_classes) / len(codes)
        return np.broadcast_to(chance, (len(X_test), n_classes)), True
    mean, sd = X[:, varies].mean(axis=0), X[:, varies].std(axis=0)
    Z, Z_test = (X[:, varies] - mean) / sd, (X_test[:, varies] - mean) / sd
    wide = Z.shape[1] > Z.shape[0]
    if wide:
        # Weights lie in the span of the training stimuli: rotated there, nothing changes.
        values, vectors = np.linalg.eigh(Z @ Z.T)
        kept = values > _RANK * values[-1]
        root = np.sqrt(values[kept])
        Z_test = (Z_test @ Z.T) @ (vectors[:, kept] / root)
        Z = vectors[:, kept] * root
    fit = logistic(Z, codes, n_classes, C, orthogonal=wide)
    return softmax(fit.decide(Z_test)), fit.converged


def _coordinates(found: Any, steps: list[int]) -> dict[str, Any]:
    """Return what the areas say of their steps, (area, time)."""
    shape = (len(found), len(steps))
    driven = np.zeros(shape, dtype=bool)
    limits = {name: np.full(shape, np.nan) for name in ("time_start_ms", "time_end_ms")}
    for a, array in enumerate(found.values()):
        where = [steps.index(int(t)) for t in array["time"].values]
        driven[a, where] = array["driven"].values if "driven" in array.coords else True
        for name, values in limits.items():
            if name in array.coords:
                values[a, where] = array[name].values
    coords: dict[str, Any] = {"driven": (("area", "time"), driven)}
    coords |= {n: (("area", "time"), v) for n, v in limits.items() if not np.isnan(v).all()}
    return coords


def _notes(found: Any) -> list[str]:
    left_out = {
        area: array["time"].values[~array["driven"].values].tolist()
        for area, array in found.items()
        if "driven" in array.coords and not array["driven"].values.all()
    }
    return [
        f"{area}: {counted(len(steps), 'step')} left out, which the image has not reached "
        f"({listing(steps)})"
        for area, steps in left_out.items()
    ]
