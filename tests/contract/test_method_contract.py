"""What holds for every method: the fixture `settings` goes through all of them."""

import numpy as np
import pytest
import xarray as xr

import cornetkit as ck
from cornetkit.errors import StimulusMismatchError

PRECISION = {"atol": 1e-8, "rtol": 0}


def assert_same_scores(found, expected):
    """Compare what is scored: labels, numbers up to rounding, NaN in the same places."""
    assert set(found) == set(expected)
    for name in ("r", "score", "ceiling", "normalized", "prediction_ceiling", "explained_variance"):
        if name in expected:
            xr.testing.assert_allclose(found[name], expected[name], **PRECISION)


def shuffled(array, dim, seed=7):
    return array.isel({dim: np.random.default_rng(seed).permutation(array.sizes[dim])})


def test_the_order_of_stimuli_does_not_matter(data, settings, predict, expected):
    features = shuffled(data.features, "stimulus")
    recordings = shuffled(data.recordings, "presentation")
    assert_same_scores(predict(features, recordings, settings), expected)


def test_the_order_of_presentations_does_not_matter(data, settings, predict, expected):
    recordings = shuffled(data.recordings, "presentation")
    assert_same_scores(predict(data.features, recordings, settings), expected)


def test_the_order_of_dims_does_not_matter(data, settings, predict, expected):
    features = data.features.transpose("unit", "stimulus")
    recordings = data.recordings.transpose("neuroid", "presentation", "time_bin")
    assert_same_scores(predict(features, recordings, settings), expected)


def test_the_order_of_units_does_not_matter(data, settings, predict, expected):
    found = predict(shuffled(data.features, "unit"), data.recordings, settings)
    assert_same_scores(found, expected)


def test_the_order_of_neuroids_does_not_matter(data, settings, predict, expected):
    found = predict(data.features, shuffled(data.recordings, "neuroid"), settings)
    found = found.sel(neuroid=expected["neuroid"].values)
    xr.testing.assert_allclose(found["r"], expected["r"], **PRECISION)


def test_constant_units_change_nothing(data, settings, predict, expected):
    constant = xr.full_like(data.features[:, :2], 0.1)  # its mean rounds
    features = xr.concat([constant, data.features, constant], "unit")
    assert_same_scores(predict(features, data.recordings, settings), expected)


@pytest.mark.parametrize("factor", [1e-5, 1e4])
def test_the_scale_of_the_features_does_not_matter(data, settings, predict, expected, factor):
    assert_same_scores(predict(data.features * factor, data.recordings, settings), expected)


def test_the_mean_of_the_features_does_not_matter(data, settings, predict, expected):
    offset = xr.DataArray(np.linspace(-5, 5, data.features.sizes["unit"]), dims="unit")
    assert_same_scores(predict(data.features + offset, data.recordings, settings), expected)


def test_the_scale_of_each_unit_matters_unless_units_are_standardised(
    data, settings, predict, expected
):
    scale = xr.DataArray(np.geomspace(0.01, 100, data.features.sizes["unit"]), dims="unit")
    found = predict(data.features * scale, data.recordings, settings)["r"]
    invariant = settings.get("standardize") or settings.get("method") == "best-unit"
    # Least squares with fewer units than stimuli has one solution, whatever the units' scales.
    if settings.get("method") == "ols" and data.features.sizes["unit"] < 30:
        invariant = True
    assert np.allclose(found, expected["r"], **PRECISION) == bool(invariant)


def test_the_scale_and_the_mean_of_responses_do_not_matter(data, settings, predict, expected):
    found = predict(data.features, 1e3 * data.recordings + 50, settings)
    assert_same_scores(found, expected)


def test_the_same_call_gives_the_same_numbers(data, settings, predict):
    first = predict(data.features, data.recordings, settings | {"rng": 3})
    again = predict(data.features, data.recordings, settings | {"rng": 3})
    xr.testing.assert_identical(first, again)
    other = predict(data.features, data.recordings, settings | {"rng": 4})
    assert not np.array_equal(first["r"], other["r"])


def test_inputs_are_left_as_they_are(data, settings, predict):
    before = data.features.copy(deep=True), data.recordings.copy(deep=True)
    predict(data.features, data.recordings, settings)
    xr.testing.assert_identical(data.features, before[0])
    xr.testing.assert_identical(data.recordings, before[1])


def test_features_in_single_precision_agree_with_double(data, settings, predict):
    single = data.features.astype(np.float32)
    expected = predict(single.astype(np.float64), data.recordings, settings)
    assert_same_scores(predict(single, data.recordings, settings), expected)


def test_activations_in_a_file_agree_with_those_in_memory(
    data, settings, predict, expected, tmp_path
):
    area = data.features.expand_dims(time=[0]).assign_coords(unit=np.arange(len(data.features[0])))
    area = area.transpose("stimulus", "time", "unit").rename("activation")
    area.to_netcdf(tmp_path / "acts.nc", group="IT")
    found = predict(tmp_path / "acts.nc", data.recordings, settings)
    np.testing.assert_allclose(found["r"], expected["r"], **PRECISION)


def test_a_code_that_is_there_is_found(maker, settings, predict):
    data = maker(12)
    if "n_components" in settings:
        settings = settings | {"n_components": 12}
    scores = predict(data.features, data.recordings, settings)
    assert scores["score"].item() > 0.85


@pytest.mark.slow  # ten recordings for each method
def test_unrelated_features_score_about_zero(maker, settings, predict):
    found = [
        predict(*maker(20, seed, n_neuroids=15, related=False), settings)["score"].item()
        for seed in range(10)
    ]
    assert abs(np.mean(found)) < 0.06
    assert 0 < sum(score > 0 for score in found) < 10


def test_a_constant_neuroid_has_no_score_and_the_reason(data, settings, predict, expected):
    recordings = xr.concat([data.recordings, data.recordings[:, :, :1]], "neuroid")
    recordings = recordings.assign_coords(neuroid=[*data.recordings["neuroid"].values, "silent"])
    recordings.loc[{"neuroid": "silent"}] = 0.1
    scores = predict(data.features, recordings, settings)
    assert np.isnan(scores["r"].sel(neuroid="silent")).all()
    meanings = scores["undefined"].attrs["flag_meanings"].split()
    assert (scores["undefined"].sel(neuroid="silent") == meanings.index("constant_response")).all()
    assert any("(silent) with the same response to every" in n for n in scores.attrs["notes"])
    others = scores["r"].sel(neuroid=expected["r"]["neuroid"])
    if settings.get("alpha_per") == "all":  # a silent neuroid has an error too, of 0
        return
    xr.testing.assert_allclose(others, expected["r"], **PRECISION)


def test_constant_features_have_no_score_and_the_reason(data, settings, predict):
    scores = predict(xr.full_like(data.features, 0.1), data.recordings, settings)
    assert np.isnan(scores["r"]).all()
    meanings = scores["undefined"].attrs["flag_meanings"].split()
    assert (scores["undefined"] == meanings.index("constant_features")).all()
    assert any("units are constant over the stimuli" in n for n in scores.attrs["notes"])


def test_missing_responses_are_left_out_or_refused_in_words(data, settings, predict, expected):
    recordings = data.recordings.copy()
    recordings[:10, :, 1] = np.nan  # both trials of five stimuli
    ties = settings.get("targets") == "joint" or settings.get("alpha_per") == "all"
    if ties or "protocol" in settings or settings.get("method") == "best-unit":
        with pytest.raises(ck.CornetkitError, match="no response to some stimuli") as caught:
            predict(data.features, recordings, settings)
        apart = "--alpha-per neuroid" if settings.get("method") == "ridge" else "--method ridge"
        assert apart in str(caught.value)
        return
    found = predict(data.features, recordings, settings)["r"]
    assert np.isfinite(found).all()
    others = found.drop_sel(neuroid="n1")
    xr.testing.assert_allclose(others, expected["r"].drop_sel(neuroid="n1"), **PRECISION)


def test_features_that_are_not_finite_are_refused(data, settings, predict):
    features = data.features.copy()
    features[3, 5] = np.nan
    with pytest.raises(ck.CornetkitError, match="not finite for 1 of 42 stimuli"):
        predict(features, data.recordings, settings)


def test_arrays_without_ids_are_refused(few, settings, predict):
    with pytest.raises(ck.CornetkitError, match="expected activations"):
        predict(few.features.values, few.recordings, settings)
    with pytest.raises(ck.CornetkitError, match="no stimulus ids"):
        predict(few.features.drop_vars("stimulus"), few.recordings, settings)
    with pytest.raises(ck.CornetkitError, match="does not say what its axes are"):
        predict(few.features, few.recordings.values, settings)


def test_other_stimuli_are_refused(few, settings, predict):
    features = few.features.assign_coords(
        stimulus=[f"x{i}" for i in range(few.features.sizes["stimulus"])]
    )
    with pytest.raises(StimulusMismatchError):
        predict(features, few.recordings, settings)


def test_the_attributes_say_what_was_done(data, settings, predict):
    scores = predict(data.features, data.recordings, settings)
    attrs = scores.attrs
    for name in ("method", "targets", "n_components", "alpha_per"):
        if name in settings and "protocol" not in settings:
            assert attrs[name] == settings[name]
    assert attrs["standardize"] == ("within folds" if settings.get("standardize") else "none")
    by_unit = settings.get("standardize") or settings.get("method") in ("best-unit", "non-negative")
    assert attrs["engine"] == ("unit-streaming" if by_unit else "gram")
    few = data.features.sizes["unit"] < 30
    # Fits to halves of the repetitions share the Gram matrix, however few the units.
    few &= "prediction_ceiling" not in scores
    primal = few or settings.get("method") in ("best-unit", "non-negative")
    assert attrs["form"] == ("primal" if primal else "dual")
