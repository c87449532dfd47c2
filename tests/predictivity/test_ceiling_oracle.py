"""A prediction that was not fitted normalises to 1 by every ceiling; a fitted one falls short."""

import numpy as np
import pytest
import xarray as xr

METHODS = ["split-half", "brainscore", "signal-power", "nsd"]


def known(n_repetitions, n_stimuli=800, n_neuroids=40, noise=1.5, seed=8):
    """Return signals as features, and recordings of them."""
    rng = np.random.default_rng(seed)
    signal = rng.standard_normal((n_stimuli, n_neuroids))
    trials = signal[:, None] + noise * rng.standard_normal((n_stimuli, n_repetitions, n_neuroids))
    recordings = xr.DataArray(
        trials[:, :, None],
        dims=("stimulus", "repetition", "time_bin", "neuroid"),
        coords={"stimulus": np.arange(n_stimuli), "neuroid": np.arange(n_neuroids)},
    )
    return xr.DataArray(
        signal, dims=("stimulus", "unit"), coords={"stimulus": np.arange(n_stimuli)}
    ), recordings


@pytest.mark.parametrize("n_repetitions", [12, 6])
@pytest.mark.parametrize("method", METHODS)
def test_the_true_signal_normalises_to_one(quietly, method, n_repetitions):
    # The best single unit is the signal itself: nothing is fitted.
    scores = quietly(*known(n_repetitions), method="best-unit", ceiling=method)
    assert scores["normalized"].item() == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("method", METHODS)
def test_a_fitted_prediction_falls_with_reliability(quietly, method):
    # As many units as there are training stimuli, about: noise spoils such a fit.
    found = []
    for n_repetitions in (12, 3):
        signal, recordings = known(n_repetitions, n_stimuli=120, n_neuroids=100)
        scores = quietly(signal, recordings, ceiling=method)
        found.append(scores["normalized"].item())
    assert found[0] < 0.95
    assert found[1] < found[0] - 0.1
    assert "noise spoils a fit as well" in scores["normalized"].attrs["fitted"]
