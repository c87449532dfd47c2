"""Statistical traps of comparing scores, each with what a wrong analysis would show."""

import warnings

import numpy as np
import pytest
import xarray as xr
from scipy.stats import ttest_1samp

import cornetkit as ck


def scored(units, recordings, **settings):
    acts = xr.DataArray(
        units, dims=("stimulus", "time", "unit"),
        coords={"stimulus": recordings["stimulus"].values, "time": np.arange(units.shape[1]),
                "area": "IT"},
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ck.CornetkitWarning)
        return ck.predict(acts, recordings, bootstrap=100, progress=False, **settings)


def study(rng, n=36):
    """Return two models that are as good as each other, steps last, and recordings of both."""
    latent = rng.normal(size=(n, 3))
    units = np.stack([latent @ rng.normal(size=(3, 8)) for _ in range(2)], axis=1)
    units = units + 1.5 * rng.normal(size=units.shape)
    values = latent @ rng.normal(size=(3, 4)) + rng.normal(size=(n, 4))
    recordings = xr.DataArray(
        values[None, :, None], dims=("repetition", "stimulus", "time_bin", "neuroid"),
        coords={"stimulus": [f"s{k:02d}" for k in range(n)], "neuroid": list("abcd")},
    )  # fmt: skip
    return units, recordings


@pytest.fixture(scope="module")
def studies():
    """Twenty studies of two equal steps, over 20 random splits that share stimuli."""
    rng = np.random.default_rng(0)
    asked = {"splits": "shuffle", "n_splits": 20, "alphas": 1.0, "normalization": "r"}
    return [scored(*study(rng), **asked) for _ in range(20)]


def test_trap_20_a_t_test_over_splits_tells_equal_models_apart(studies):
    naive, paired = [], []
    for scores in studies:
        r = scores["r"].median("neuroid").squeeze()
        naive.append(ttest_1samp(r.isel(time=0) - r.isel(time=1), 0).pvalue)
        with pytest.warns(ck.CornetkitWarning):
            found = ck.compare_scores(scores, between=("IT@0", "IT@1"))
        paired.append(float(found["p"].squeeze()))
    assert np.mean(np.array(naive) <= 0.05) > 0.3
    assert np.mean(np.array(paired) <= 0.05) <= 0.15


def test_trap_21_a_difference_between_steps_is_said_to_be_no_evidence_of_recurrence(studies):
    with pytest.warns(ck.CornetkitWarning, match="how many features they hold, not by recurrence"):
        found = ck.compare_scores(studies[0], between=("IT@1", "IT@0"))
    assert "ck.recurrence_gain" in found.attrs["notes"][0]


def test_one_step_of_two_models_is_compared_without_that_note(studies):
    with warnings.catch_warnings():
        warnings.simplefilter("error", ck.CornetkitWarning)
        found = ck.compare_scores(studies[0], studies[0], areas="IT", times=1)
    assert "notes" not in found.attrs
