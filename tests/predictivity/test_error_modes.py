"""The spectral decomposition of the error against the singular values of the features."""

import numpy as np
import pytest
import xarray as xr
from sklearn.linear_model import Ridge

import cornetkit as ck


@pytest.fixture(scope="module")
def data(planted):
    return planted(n_stimuli=60, n_units=100, n_neuroids=5, n_repetitions=2, n_bins=2)


@pytest.fixture
def modes(recwarn):
    def run(*args, **settings):
        return ck.error_modes(*args, progress=False, **settings)

    return run


def test_modes_are_the_singular_vectors_of_the_features(data, modes):
    found = modes(data.features, data.recordings).isel(area=0, time=0)
    X = data.features.values - data.features.values.mean(axis=0)
    U, s, _ = np.linalg.svd(X, full_matrices=False)
    np.testing.assert_allclose(found["eigenvalue"], s[:59] ** 2 / 60, rtol=1e-9)
    averaged = ck.average(data.recordings).transpose("stimulus", "time_bin", "neuroid").values
    for b in range(2):
        Y = averaged[:, b] - averaged[:, b].mean(axis=0)
        expected = ((U[:, :59].T @ Y) ** 2).sum(axis=1) / (Y**2).sum()
        coefficients = found["alignment_coefficient"]
        np.testing.assert_allclose(coefficients.isel(time_bin=b), expected, atol=1e-9)
    np.testing.assert_allclose(coefficients.sum("mode"), 1)
    assert found["participation_ratio"] == pytest.approx((s**2).sum() ** 2 / (s**4).sum())


def test_radius_and_dimension_make_up_the_error(data, modes):
    found = modes(data.features, data.recordings, alpha=5.0)
    np.testing.assert_allclose(found["error"], found["error_mode"].sum("mode"))
    np.testing.assert_allclose(found["radius"] * np.sqrt(found["dimension"]), found["error"])
    assert (found["dimension"] >= 1).all()
    assert (found["dimension"] <= 59).all()
    assert (found["error"].diff("n_train") < 0).all()
    assert found["n_train"].values.tolist() == [6, 12, 18, 24, 30, 36, 42, 48, 54]


def test_expected_error_is_that_of_ridge_fitted_to_random_stimuli(planted, modes):
    data = planted(n_stimuli=1000, n_units=120, n_neuroids=6, n_repetitions=1, noise=0.5)
    found = modes(data.features, data.recordings, alpha=20.0, n_train=[40, 100])
    X, Y = data.features.values, data.recordings.values[:, 0]
    rng = np.random.default_rng(0)
    for p in (40, 100):
        errors = []
        for _ in range(20):
            rows = rng.choice(1000, p, replace=False)
            residual = Y - Ridge(alpha=20.0).fit(X[rows], Y[rows]).predict(X)
            errors.append((residual**2).sum() / ((Y - Y.mean(axis=0)) ** 2).sum())
        assert found["error"].sel(n_train=p).item() == pytest.approx(np.mean(errors), rel=0.04)


def test_undriven_and_constant_steps_are_nan(data, modes):
    values = np.stack([np.ones((60, 100)), np.ones((60, 100)), data.features.values], axis=1)
    area = xr.DataArray(
        values,
        dims=("stimulus", "time", "unit"),
        coords={
            "stimulus": data.features["stimulus"].values,
            "time": [0, 1, 2],
            "area": "IT",
            "driven": ("time", [False, True, True]),
        },
    )
    found = modes(area, data.recordings)
    assert np.isnan(found["error"].isel(time=[0, 1])).all()
    assert np.isfinite(found["error"].isel(time=2)).all()
    assert found["driven"].values.tolist() == [[False, True, True]]
    assert "left out steps that the image has not reached: IT 0" in found.attrs["notes"]
    assert any("IT step 1: all 100 units are constant" in note for note in found.attrs["notes"])


def test_neuroids_with_missing_responses_are_left_out_and_counted(data, modes):
    holes = data.recordings.copy()
    holes[holes["stimulus"].values == "s003", 1, 2] = np.nan
    found = modes(data.features, holes)
    without = modes(data.features, data.recordings.isel(neuroid=[0, 1, 3, 4]))
    whole = modes(data.features, data.recordings)
    assert found["n_neuroids"].values.tolist() == [5, 4]
    np.testing.assert_allclose(found["error"].isel(time_bin=0), whole["error"].isel(time_bin=0))
    np.testing.assert_allclose(found["error"].isel(time_bin=1), without["error"].isel(time_bin=1))
    assert any("1 of 5 neuroids have no response" in note for note in found.attrs["notes"])


def test_neuroids_that_are_constant_are_left_out_and_counted(data, modes):
    still = data.recordings.copy()
    still[:, 1, [2, 4]] = 3.0
    found = modes(data.features, still)
    without = modes(data.features, data.recordings.isel(neuroid=[0, 1, 3]))
    assert found["n_neuroids"].values.tolist() == [5, 3]
    np.testing.assert_allclose(found["error"].isel(time_bin=1), without["error"].isel(time_bin=1))
    notes = [note for note in found.attrs["notes"] if "neuroids" in note]
    assert len(notes) == 1
    assert notes[0].startswith("2 of 5 neuroids have the same response to every stimulus")


def test_everything_that_moves_a_result_is_in_the_attributes(data, modes):
    found = modes(data.features, data.recordings, alpha=2.0, window=(70, 110))
    assert found.attrs["alpha"] == 2.0
    assert found.attrs["window"] == [70, 110]
    assert found.attrs["n_stimuli"] == 60


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_train": 1}, "n_train of 1 was given; expected different numbers from 2 to 60"),
        ({"n_train": [5, 61]}, "n_train of 5, 61 was given"),
        ({"n_train": []}, "n_train of nothing was given"),
        ({"alpha": -1.0}, "a penalty of -1.0"),
        ({"areas": ["V9"]}, "unknown area 'V9'"),
    ],
    ids=str,
)
def test_wrong_arguments_are_told(data, settings, message):
    with pytest.raises(ck.CornetkitError, match=message):
        ck.error_modes(data.features, data.recordings, **settings)


def test_responses_that_no_neuroid_has_for_all_stimuli_are_refused(data):
    holes = data.recordings.copy()
    holes[holes["stimulus"].values == "s003"] = np.nan
    with pytest.raises(ck.CornetkitError, match="in 2 of 2 time bins no neuroid has a response"):
        ck.error_modes(data.features, holes)


@pytest.fixture(scope="module")
def low_dimensional(data):
    """Features of 10 dimensions and a mean far from 0, in 100 units."""
    rng = np.random.default_rng(3)
    values = rng.standard_normal((60, 10)) @ rng.standard_normal((10, 100)) + 50
    return data.features.copy(data=values)


@pytest.mark.parametrize(("alpha", "method"), [(0.0, "ols"), (1e-4, "ridge")])
def test_single_precision_that_would_decide_the_error_is_refused(
    data, low_dimensional, alpha, method
):
    message = f"features step 0: dtype='float32' is not precise enough for {method}"
    with pytest.raises(ck.CornetkitError, match=message):
        ck.error_modes(low_dimensional, data.recordings, alpha=alpha, dtype="float32")


def test_single_precision_agrees_where_it_is_precise_enough(data, low_dimensional, modes):
    for features, alpha in ((data.features, 0.0), (low_dimensional, 1.0)):
        double = modes(features, data.recordings, alpha=alpha)
        single = modes(features, data.recordings, alpha=alpha, dtype="float32")
        np.testing.assert_allclose(single["error"], double["error"], rtol=2e-3)
        assert single.attrs["gram_dtype"] == "float32"
