"""Recordings of a population whose mapping, course over steps and reliability are known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from scipy.linalg import eigh

from ..errors import InputError, listing, unknown_name
from ..kernels.gram import gram
from ..schema import (
    ACTIVATION_DIMS,
    check_dims,
    check_number,
    check_rng,
    check_unique,
    check_whole,
)
from ..unused import refuse

# Eigenvalues below this share of the largest are rounding.
_RANK = 1e-10
# Of the signal's variance, where labels are told apart.
_LABEL_SHARE = 0.1


def simulate_recordings(
    features: xr.DataArray,
    course: Sequence[int | None],
    *,
    n_neuroids: int = 60,
    reliability: float | Sequence[float] | np.ndarray = 0.7,
    n_repetitions: int = 10,
    n_dimensions: int = 20,
    onset_ms: float = 70.0,
    bin_width_ms: float = 20.0,
    region: str = "IT",
    labels: str | None = None,
    label_share: float | None = None,
    rng: int | np.random.Generator = 0,
) -> xr.DataArray:
    """Simulate recordings that follow a model's steps: response(bin b) = features(step s(b)) W.

    The mapping W is one for all bins: each neuroid reads a random mixture of the leading
    principal dimensions of the features over stimuli and steps. Its signal has variance 1 over
    stimuli in every bin, and Gaussian noise is added to each trial.

    Parameters
    ----------
    features
        Activations of one area, dims (stimulus, time, unit).
    course
        The step that drives each time bin, None for a bin without signal.
    n_neuroids
        Number of neuroids.
    reliability
        Of the mean over all repetitions, in units of r^2, one for all or one for each neuroid:
        what a split-half ceiling should find.
    n_repetitions
        Of every stimulus.
    n_dimensions
        Dimensions that the neuroids mix: at most those that the features have.
    onset_ms, bin_width_ms
        Start of the first bin and width of all.
    region
        What the neuroids' region is called.
    labels
        A coordinate of the stimuli, such as ``"object_name"``, that the population tells apart
        whenever it is driven: each neuroid has a level for each label beside its mixture.
    label_share
        Of the signal's variance that these levels make, .1 unless given. The model need not hold
        it: then no mapping from its features predicts that share.
    rng
        Seed or generator.

    Returns
    -------
    DataArray
        Trial rows of dims (presentation, time_bin, neuroid). The planted truth goes along:
        ``planted_step`` on time_bin (-1 for none), ``planted_reliability`` on neuroid.

    Raises
    ------
    InputError
        A step that the features do not have, a step that is constant over stimuli, or a
        reliability that is not between 0 and 1; other arguments outside their range.

    Examples
    --------
    >>> import numpy as np, xarray as xr, cornetkit as ck
    >>> values = np.random.default_rng(0).normal(size=(40, 3, 6))
    >>> ids = [f"s{k:02d}" for k in range(40)]
    >>> acts = xr.DataArray(values, dims=("stimulus", "time", "unit"),
    ...                     coords={"stimulus": ids, "time": [0, 1, 2], "area": "IT"})
    >>> it = simulate_recordings(acts, (None, 0, 2), n_neuroids=5, n_repetitions=4, n_dimensions=6)
    >>> dict(it.sizes)
    {'presentation': 160, 'time_bin': 3, 'neuroid': 5}
    >>> it["planted_step"].values
    array([-1,  0,  2])
    """
    if labels is None:
        refuse("is of labels, and none were given", label_share=label_share)
    check_rng(rng)
    rng = np.random.default_rng(rng)
    for name, number in (
        ("n_neuroids", n_neuroids),
        ("n_repetitions", n_repetitions),
        ("n_dimensions", n_dimensions),
    ):
        check_whole(number, name)
        if number < 1:
            raise InputError(f"{name} must be at least 1, not {number}")
    for name, ms in (("onset_ms", onset_ms), ("bin_width_ms", bin_width_ms)):
        check_number(ms, name, "ms")
    if not bin_width_ms > 0:
        raise InputError(f"bin_width_ms must be above 0, not {bin_width_ms}")
    planted = _planted(reliability, n_neuroids)
    _check_features(features)
    steps = sorted({step for step in course if step is not None})
    known = [int(t) for t in features["time"].values]
    if missing := [step for step in steps if step not in known]:
        raise InputError(
            f"the course names steps {missing}, but the features have {listing(known)}"
        )
    if not steps:
        raise InputError("the course names no step at all; give at least one bin a step")
    signal = _signals(features, steps, n_neuroids, n_dimensions, rng)
    if labels is not None:
        share = _LABEL_SHARE if label_share is None else label_share
        levels = _levels(features, labels, share, n_neuroids, rng)
        signal = {step: _mixed(own, levels, share) for step, own in signal.items()}
    n = features.sizes["stimulus"]
    bins = np.stack(
        [signal[step] if step is not None else np.zeros((n, n_neuroids)) for step in course], axis=1
    )
    noise_sd = np.sqrt(n_repetitions * (1 - planted) / planted)
    trials = np.repeat(bins, n_repetitions, axis=0)  # stimulus by stimulus
    trials = trials + noise_sd * rng.standard_normal(trials.shape)
    per_stimulus = {
        str(name): ("presentation", np.repeat(c.values, n_repetitions))
        for name, c in features.coords.items()
        if c.dims == ("stimulus",)
    }
    starts = onset_ms + bin_width_ms * np.arange(len(course))
    return xr.DataArray(
        trials.astype(np.float32),
        dims=("presentation", "time_bin", "neuroid"),
        coords={
            **per_stimulus,
            "repetition": ("presentation", np.tile(np.arange(n_repetitions), n)),
            "time_bin_start": ("time_bin", starts),
            "time_bin_end": ("time_bin", starts + bin_width_ms),
            "planted_step": ("time_bin", [-1 if s is None else s for s in course]),
            "neuroid": [f"sim{k:03d}" for k in range(n_neuroids)],
            "region": ("neuroid", np.repeat(region, n_neuroids)),
            "animal": ("neuroid", np.repeat("simulated", n_neuroids)),
            "planted_reliability": ("neuroid", planted),
        },
        name="response",
    )


def _planted(reliability: float | Sequence[float] | np.ndarray, n_neuroids: int) -> np.ndarray:
    for one in np.ravel(np.asarray(reliability, dtype=object)):
        check_number(one, "reliability", "numbers above 0 and up to 1")
    values = np.asarray(reliability, dtype=float)
    if values.shape not in ((), (1,), (n_neuroids,)):
        raise InputError(
            f"reliability of shape {values.shape} was given for {n_neuroids} neuroids; expected "
            "one number, or one for each"
        )
    if not ((values > 0) & (values <= 1)).all():
        raise InputError(f"reliability must lie above 0 and up to 1, not {reliability}")
    return np.broadcast_to(values, (n_neuroids,))


def _check_features(features: xr.DataArray) -> None:
    check_dims(features, ACTIVATION_DIMS, "the features")
    for name in ("stimulus", "time"):
        if name not in features.coords:
            raise InputError(
                f"the features have no coordinate '{name}'; add it with .assign_coords({name}=...)"
            )
    check_unique(features["stimulus"].values, "stimulus ids of the features")
    if features.sizes["stimulus"] < 2:
        raise InputError("the features hold 1 stimulus; responses vary over 2 or more")


def _levels(
    features: xr.DataArray, labels: str, share: float, n_neuroids: int, rng: np.random.Generator
) -> np.ndarray:
    """Return a level of each neuroid for each stimulus's label, variance 1 over stimuli."""
    known = [str(name) for name, c in features.coords.items() if c.dims == ("stimulus",)]
    if labels not in known:
        raise unknown_name("coordinate of the stimuli of the features", labels, sorted(known))
    if not 0 < share < 1:
        raise InputError(f"label_share={share} was given; expected a share between 0 and 1")
    names, codes = np.unique(features[labels].values, return_inverse=True)
    if len(names) < 2:
        raise InputError(f"all stimuli have the label '{names[0]}' ({labels}); give 2 or more")
    levels = rng.standard_normal((len(names), n_neuroids))[codes]
    levels -= levels.mean(axis=0)
    return np.asarray(levels / levels.std(axis=0))


def _mixed(own: np.ndarray, levels: np.ndarray, share: float) -> np.ndarray:
    mixed = np.sqrt(1 - share) * own + np.sqrt(share) * levels
    return np.asarray(mixed / mixed.std(axis=0))


def _signals(
    features: xr.DataArray,
    steps: list[int],
    n_neuroids: int,
    n_dimensions: int,
    rng: np.random.Generator,
) -> dict[int, np.ndarray]:
    """Return for each step the noise-free responses, shape (stimulus, neuroid), variance 1."""
    picked = features.transpose("stimulus", "time", "unit").sel(time=steps).values.astype(float)
    picked = picked - picked.mean(axis=0)
    n = len(picked)
    if flat := [s for i, s in enumerate(steps) if np.ptp(picked[:, i], axis=0).max() == 0]:
        raise InputError(f"the features do not vary over stimuli at step {listing(flat)}; driven?")
    stacked = picked.transpose(1, 0, 2).reshape(len(steps) * n, -1)
    last = len(stacked) - 1
    values, vectors = eigh(
        gram([stacked], len(stacked)).gram,
        subset_by_index=[max(last + 1 - n_dimensions, 0), last],
    )
    # Beyond the rank of the features an eigenvector is no longer a mixture of units.
    rank = int((values > _RANK * values[-1]).sum())
    leading = vectors[:, ::-1][:, :rank]
    # Scores of the stacked data on its leading principal dimensions, each with equal variance:
    # F W with W = F' U / s is U itself, so the mapping never has to be written out in units.
    mixture = rng.standard_normal((leading.shape[1], n_neuroids))
    responses = (leading @ mixture).reshape(len(steps), n, n_neuroids)
    responses -= responses.mean(axis=1, keepdims=True)
    responses /= responses.std(axis=1, keepdims=True)
    return {step: responses[i] for i, step in enumerate(steps)}
