"""Speed and accuracy: how often a decoder is right, step by step."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from ..errors import InputError
from ..kernels.resampling import interval, multiplicities
from ..schema import check_whole, seed_of
from .choices import check_probabilities, decisions
from .decoder import choice_probabilities


def speed_accuracy(
    acts: Any,
    *,
    labels: Any = None,
    n_resamples: int = 1000,
    rng: int | np.random.Generator = 0,
    **settings: Any,
) -> xr.Dataset:
    """Return accuracy against recurrent step, each step read by a decoder of its own.

    The model's own decoder was trained on its last step, and reads the others ever worse the
    earlier they are, whatever they hold. Here a head is fitted at every step and asked about
    held-out stimuli, see `choice_probabilities`.

    Parameters
    ----------
    acts
        What `choice_probabilities` takes, or what it returned.
    labels
        The true objects, as there.
    n_resamples
        Bootstrap resamples of the stimuli, for the intervals.
    rng
        Seed of folds and resamples.
    **settings
        Further arguments of `choice_probabilities`: ``areas``, ``n_splits``, ``C``, ``progress``.

    Returns
    -------
    Dataset
        ``accuracy`` (area, time), the share of held-out stimuli whose most probable choice is
        right, ``accuracy_low``, ``accuracy_high`` (95 % over stimuli); ``gain`` over the area's
        first driven step on the same stimuli, with ``gain_low``, ``gain_high``; ``log_loss``
        (nats); the scalars ``chance`` (most frequent object) and ``n_stimuli``.

    Raises
    ------
    InputError
        As `choice_probabilities`.
    """
    seed = seed_of(rng)
    check_whole(n_resamples, "n_resamples")
    if n_resamples < 1:
        raise InputError(f"n_resamples={n_resamples} was given; expected 1 or more")
    if isinstance(acts, xr.DataArray) and "choice" in acts.dims:
        if settings or labels is not None:
            raise InputError(
                "choice probabilities were given, which are decoded already; labels= and settings "
                "of the decoder go to choice_probabilities"
            )
        P = check_probabilities(acts).sortby("stimulus")  # resamples are drawn by place
    else:
        P = choice_probabilities(acts, labels=labels, rng=seed, **settings)
    for dim in ("time", "area"):
        if dim not in P.dims:
            P = P.expand_dims({dim: [0 if dim == "time" else "features"]})
    P = P.transpose("area", "time", "stimulus", "choice")
    right = decisions(P).values  # (area, time, stimulus)
    counts = multiplicities(right.shape[-1], n_resamples, np.random.default_rng(seed))
    weights = counts.T / right.shape[-1]
    low, high = interval(np.moveaxis(right @ weights, -1, 0))
    first = np.full(right.shape[:1] + right.shape[2:], np.nan)
    for a, of_area in enumerate(right):
        if (defined := ~np.isnan(of_area).any(axis=-1)).any():
            first[a] = of_area[np.argmax(defined)]
    gain = right - first[:, None]
    gain_low, gain_high = interval(np.moveaxis(gain @ weights, -1, 0))
    truth = P["truth"].values.astype(str)
    own = np.take_along_axis(
        P.values, _places(truth, P["choice"].values.astype(str), P.shape), axis=-1
    )[..., 0]
    dims = ("area", "time")
    values = {
        "accuracy": right.mean(axis=-1), "accuracy_low": low, "accuracy_high": high,
        "gain": gain.mean(axis=-1), "gain_low": gain_low, "gain_high": gain_high,
        "log_loss": -np.log(np.maximum(own, np.finfo(float).tiny)).mean(axis=-1),
    }  # fmt: skip
    chance = np.unique(truth, return_counts=True)[1].max() / len(truth)
    coords = {n: c for n, c in P.coords.items() if not set(c.dims) & {"stimulus", "choice"}}
    return xr.Dataset(
        {name: (dims, value) for name, value in values.items()}
        | {"chance": ((), chance), "n_stimuli": ((), len(truth))},
        coords=coords,
        attrs=P.attrs | {"n_resamples": n_resamples, "interval": "over stimuli"},
    )


def _places(truth: np.ndarray, choices: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    place = {name: k for k, name in enumerate(choices.tolist())}
    codes = np.array([place[name] for name in truth.tolist()])
    return np.broadcast_to(codes[:, None], (*shape[:-1], 1))
