"""Ceilings where the held-out stimuli of a split are alike: over them, as correlations are."""

import warnings

import numpy as np
import pytest
import xarray as xr

import cornetkit as ck

N_OBJECTS, N_EACH, N_NEUROIDS, N_REPETITIONS = 10, 30, 40, 6


def planted(share_within: float, seed: int = 0) -> tuple[xr.DataArray, xr.DataArray]:
    """Return the true signals as units, and recordings of reliability .6.

    A share of the signal's variance lies within objects, the rest between them.
    """
    rng = np.random.default_rng(seed)
    objects = np.repeat(np.arange(N_OBJECTS), N_EACH)
    between = rng.standard_normal((N_OBJECTS, N_NEUROIDS))[objects]
    within = rng.standard_normal((len(objects), N_NEUROIDS))
    signal = np.sqrt(1 - share_within) * between + np.sqrt(share_within) * within
    noise = np.sqrt(N_REPETITIONS * 0.4 / 0.6)
    trials = signal + noise * rng.standard_normal((N_REPETITIONS, *signal.shape))
    ids = [f"s{k:03d}" for k in range(len(objects))]
    acts = xr.DataArray(signal, dims=("stimulus", "unit"), coords={"stimulus": ids})
    recordings = xr.DataArray(
        trials.reshape(-1, 1, N_NEUROIDS),
        dims=("presentation", "time_bin", "neuroid"),
        coords={
            "stimulus": ("presentation", ids * N_REPETITIONS),
            "repetition": ("presentation", np.repeat(np.arange(N_REPETITIONS), len(ids))),
            "object_name": ("presentation", [f"o{k}" for k in objects] * N_REPETITIONS),
            "neuroid": [f"n{k}" for k in range(N_NEUROIDS)],
        },
    )
    return acts, recordings


def normalized(acts, recordings, **settings) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ck.CornetkitWarning)
        scores = ck.predict(acts, recordings, method="best-unit", **settings)
    return float(scores["normalized"].item())


@pytest.mark.parametrize("share", [1.0, 0.5, 0.2])
@pytest.mark.parametrize(
    "settings",
    [
        {"splits": "grouped", "groups": "object_name"},
        {"held_out": "object_name"},
        {"splits": "distance", "space": "features"},
    ],
    ids=["grouped", "held-out", "distance"],
)
def test_the_true_signal_normalises_to_one_within_objects(share, settings):
    values = [normalized(*planted(share, seed), **settings) for seed in range(3)]
    # A median over neuroids of correlations over 30 stimuli is a few hundredths too high; a ceiling
    # over all stimuli would give .87 at a share of .5, and .65 at .2.
    assert np.mean(values) == pytest.approx(1, abs=0.06)


def test_a_ceiling_over_all_stimuli_is_said_where_splits_hold_out_objects():
    acts, recordings = planted(0.5)
    with pytest.warns(ck.CornetkitWarning, match="the ceiling is over all stimuli"):
        ck.predict(
            acts, recordings, method="best-unit", held_out="object_name", ceiling="signal-power"
        )


def test_the_scores_say_what_the_ceiling_is_over():
    acts, recordings = planted(0.5)
    with pytest.warns(ck.CornetkitWarning):
        scores = ck.predict(acts, recordings, method="best-unit", held_out="object_name")
    assert scores["ceiling"].attrs["within"] == "the held-out stimuli of each split"
