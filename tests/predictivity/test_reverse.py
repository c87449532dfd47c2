"""Reverse predictivity: planted codes, an independent computation, labels and refusals."""

import warnings

import numpy as np
import pytest
import xarray as xr
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.model_selection import KFold

import cornetkit as ck
from cornetkit.errors import InputError, StimulusMismatchError, UnknownNameError
from cornetkit.kernels.half_means import half_means


def plant(
    n=120, n_shared=5, n_own=0, n_neuroids=40, n_units=40, noise=0.7, n_repetitions=8, seed=0
):
    """Return units and recordings that read the same latents.

    The model has `n_own` further latents; `noise` is that of the averaged responses, whose signal
    has variance 1. Without shared latents (`n_shared=0`) they have nothing in common.
    """
    rng = np.random.default_rng(seed)
    shared, own = rng.standard_normal((n, n_shared or 5)), rng.standard_normal((n, n_own))
    signal = shared @ rng.standard_normal((shared.shape[1], n_neuroids))
    signal /= signal.std(axis=0)
    latents = np.c_[shared, own] if n_shared else own
    units = latents @ rng.standard_normal((latents.shape[1], n_units))
    trials = rng.standard_normal((n, n_repetitions, 1, n_neuroids)) * noise * n_repetitions**0.5
    ids = [f"s{i:03d}" for i in range(n)]
    features = xr.DataArray(units, dims=("stimulus", "unit"), coords={"stimulus": ids})
    recordings = xr.DataArray(
        trials + signal[:, None, None],
        dims=("stimulus", "repetition", "time_bin", "neuroid"),
        coords={"stimulus": ids, "neuroid": [f"n{k}" for k in range(n_neuroids)]},
    )
    return features, recordings


def both(features, recordings, **settings):
    """Return the scores, with a few halves for speed and without warnings."""
    settings = {"n_halves": 3, "progress": False} | settings
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ck.CornetkitWarning)
        return ck.reverse_predict(features, recordings, **settings)


def pair(scores, name="normalized"):
    return scores[name].sel(direction=["forward", "reverse"]).values.reshape(2)


def test_the_same_code_scores_the_same_in_both_directions():
    scores = both(*plant())
    forward, reverse = pair(scores)
    assert forward == pytest.approx(1, abs=0.03)
    assert reverse == pytest.approx(1, abs=0.03)
    assert abs(np.subtract(*pair(scores, "score"))) > 0.1


def test_dimensions_that_neurons_lack_lower_the_reverse_score_only():
    # Half of the units' variance is of latents that the neurons do not read.
    scores = both(*plant(n=300, n_own=5))
    forward, reverse = pair(scores)
    assert forward == pytest.approx(1, abs=0.03)
    assert reverse == pytest.approx(np.sqrt(0.5), abs=0.06)


def test_noise_in_the_predictors_lowers_the_score_and_not_the_normalized_one():
    found = {noise: both(*plant(n=200, noise=noise)) for noise in (0.1, 0.7, 1.4)}
    raw = [pair(scores, "score")[1] for scores in found.values()]
    assert raw[0] > raw[1] + 0.02
    assert raw[1] > raw[2] + 0.05
    for scores in found.values():
        assert pair(scores)[1] == pytest.approx(1, abs=0.03)


def test_codes_with_nothing_in_common_score_about_0():
    drawn = [plant(n=80, n_neuroids=20, n_shared=0, n_own=5, seed=k) for k in range(12)]
    found = [pair(both(*data, n_halves=1, n_draws=1)) for data in drawn]
    mean, error = np.mean(found, axis=0), np.std(found, axis=0) / np.sqrt(12)
    assert (np.abs(mean) < 2.5 * error + 0.01).all()
    assert (error < 0.05).all()


@pytest.mark.parametrize("method", ["ridge", "ols"])
def test_it_equals_an_independent_computation(method):
    features, recordings = plant(n=60, n_neuroids=12, n_units=12, noise=1.0)
    scores = both(features, recordings, method=method, alphas=50.0, n_halves=2, n_splits=5)
    X, trials = features.values, recordings.values[:, :, 0].transpose(1, 0, 2)
    means = trials.mean(axis=0)
    rng = np.random.default_rng(0)
    halves = [half_means(trials[:, :, None], rng) for _ in range(2)]
    folds = list(KFold(5, shuffle=True, random_state=0).split(X))

    def fitted(predictors, targets):
        model = Ridge(50.0) if method == "ridge" else LinearRegression()
        return [model.fit(predictors[a], targets[a]).predict(predictors[b]) for a, b in folds]

    def r(first, second):
        return np.array(
            [
                [np.corrcoef(a[:, k], b[:, k])[0, 1] for k in range(a.shape[1])]
                for a, b in zip(first, second, strict=True)
            ]
        )

    def doubled(half):
        return 2 * half / (1 + half)

    held = lambda values: [values[test] for _, test in folds]  # noqa: E731
    reverse = r(held(X), fitted(means, X))
    consistency = doubled(
        np.mean([r(fitted(a[:, 0], X), fitted(b[:, 0], X)).mean(0) for a, b in halves], axis=0)
    )
    np.testing.assert_allclose(scores["unit_r"].values.ravel(), reverse.mean(0), atol=1e-9)
    np.testing.assert_allclose(scores["unit_consistency"].values.ravel(), consistency, atol=1e-9)
    expected = np.median(reverse / np.sqrt(consistency), axis=1)
    assert pair(scores)[1] == pytest.approx(expected.mean(), abs=1e-9)
    assert pair(scores, "normalized_error")[1] == pytest.approx(expected.std() / 5**0.5, abs=1e-9)

    forward = r(held(means), fitted(X, means))
    consistency = doubled(
        np.mean([r(fitted(X, a[:, 0]), fitted(X, b[:, 0])).mean(0) for a, b in halves], axis=0)
    )
    reliability = ck.ceiling(recordings).values.ravel()
    np.testing.assert_allclose(scores["neuroid_reliability"].values.ravel(), reliability)
    expected = forward / np.sqrt(reliability * consistency)
    np.testing.assert_allclose(
        scores["neuroid_normalized"].values.ravel(), expected.mean(0), atol=1e-9
    )
    assert pair(scores, "score")[0] == pytest.approx(np.median(forward, axis=1).mean(), abs=1e-9)


def steps(n_units=(50, 30)):
    """Return activations of two areas, V4 of one step and IT of three, the first not driven."""
    features, recordings = plant(n=50, n_neuroids=20, n_units=max(n_units), noise=0.5)
    arrays = {}
    for area, n, n_steps in zip(("V4", "IT"), n_units, (1, 3), strict=True):
        values = np.stack([features.values[:, :n] * (k + 1) for k in range(n_steps)], axis=1)
        if n_steps > 1:
            values[:, 0] = 0
        arrays[area] = xr.DataArray(
            values,
            dims=("stimulus", "time", "unit"),
            coords={
                "stimulus": features["stimulus"].values,
                "time": range(n_steps),
                "unit": 100 + np.arange(n),
                "driven": ("time", [k > 0 or n_steps == 1 for k in range(n_steps)]),
                "area": area,
            },
        )
    return arrays, recordings


def test_predictors_are_as_many_in_both_directions_and_units_are_sampled():
    arrays, recordings = steps()
    scores = both(arrays, recordings, n_units=8)
    assert scores.attrs["n_predictors"] == 20
    assert scores["unit_normalized"].dims == ("area", "time", "time_bin", "sample")
    assert scores.sizes["sample"] == 8
    for area in ("V4", "IT"):
        units = scores["unit"].sel(area=area).values
        assert len(set(units.tolist())) == 8
        assert set(units.tolist()) <= set(arrays[area]["unit"].values.tolist())
    fewer = both(arrays, recordings, n_units=8, n_predictors=4)
    assert fewer.attrs["n_predictors"] == 4
    assert (pair(fewer.sel(area="IT", time=1)) < pair(scores.sel(area="IT", time=1))).all()


def test_a_smaller_area_decides_how_many_predictors_there_are():
    arrays, recordings = steps(n_units=(50, 6))
    scores = both(arrays, recordings)
    assert scores.attrs["n_predictors"] == 6
    assert (scores["unit"].sel(area="IT").values >= 0).sum() == 6
    assert np.isnan(scores["unit_normalized"].sel(area="IT").values[..., 6:]).all()


def test_undriven_steps_and_units_that_are_constant_take_no_part():
    arrays, recordings = steps()
    arrays["IT"][:, 2, 4:] = 1.0
    scores = both(arrays, recordings)
    assert scores.attrs["n_varying_units"] == [50, 4]
    assert np.isnan(scores["score"].sel(area="IT", time=0)).all()
    assert np.isnan(scores["score"].sel(area="V4", time=1)).all()
    assert scores["driven"].sel(area="IT").values.tolist() == [False, True, True]
    assert any("not reached: IT 0" in note for note in scores.attrs["notes"])


def test_a_scaled_step_scores_as_the_step_itself():
    arrays, recordings = steps()
    scores = both(arrays, recordings).sel(area="IT")
    np.testing.assert_allclose(
        scores["normalized"].sel(time=2), scores["normalized"].sel(time=1), rtol=1e-6
    )


def test_score_is_raw_and_normalized_says_its_formula():
    scores = both(*plant(n=40, n_neuroids=6, n_units=6))
    assert (pair(scores, "score") < pair(scores)).all()
    for name in ("normalized", "neuroid_normalized", "unit_normalized"):
        assert scores[name].attrs["formula"] == scores.attrs["formula"]
    assert scores.attrs["formula"].startswith("r / sqrt(reliability of the target")


def test_the_seed_reproduces_and_the_order_of_stimuli_does_not_matter():
    arrays, recordings = steps()
    first = both(arrays, recordings, rng=3)
    shuffled = np.random.default_rng(0).permutation(50)
    again = both(
        {area: array.isel(stimulus=shuffled) for area, array in arrays.items()},
        recordings.isel(stimulus=shuffled[::-1]),
        rng=3,
    )
    xr.testing.assert_allclose(first, again)
    assert not np.allclose(first["score"], both(arrays, recordings, rng=4)["score"], equal_nan=True)
    alone = both({"IT": arrays["IT"]}, recordings, rng=3)
    xr.testing.assert_allclose(first["score"].sel(area=["IT"], time=[0, 1, 2]), alone["score"])


def test_each_time_bin_is_scored_by_itself():
    features, recordings = plant(n=60, n_neuroids=12, n_units=12)
    noise = recordings.copy(data=np.random.default_rng(5).standard_normal(recordings.shape))
    two = xr.concat([noise, recordings], "time_bin")
    scores = both(features, two)
    alone = both(features, recordings)
    np.testing.assert_allclose(pair(scores.isel(time_bin=1), "score"), pair(alone, "score"))
    np.testing.assert_allclose(scores["unit_r"][..., 1, :], alone["unit_r"][..., 0, :])
    assert (np.abs(pair(scores.isel(time_bin=0), "score")) < 0.3).all()


def test_neuroids_that_cannot_be_halved_are_left_out_and_counted():
    features, recordings = plant(n=60, n_neuroids=12, n_units=20)
    some = recordings.copy()
    some[7, 1:, :, 3] = np.nan
    with pytest.warns(ck.CornetkitWarning, match="left out 1 of 12 neuroids, which have fewer"):
        scores = ck.reverse_predict(features, some, n_halves=1, n_draws=1, progress=False)
    assert scores.attrs["n_predictors"] == scores.sizes["neuroid"] == 11
    with pytest.raises(InputError, match=r"no neuroid has 2 repetitions .* \(60 of 60 stimuli"):
        both(features, recordings.isel(repetition=[0]))


def test_everything_that_moves_a_score_is_in_the_attributes(tmp_path):
    features, recordings = plant(n=40, n_neuroids=6, n_units=6)
    scores = both(features.assign_attrs(model="S"), recordings, rng=7, n_splits=4)
    expected = {"seed": 7, "n_halves": 3, "n_draws": 5, "n_units": 300, "n_predictors": 6}
    expected |= {"method": "ridge", "alphas": "relative", "n_splits": 4, "acts_model": "S"}
    assert expected.items() <= scores.attrs.items()
    assert both(features, recordings, alphas=[1.0, 2.0]).attrs["alphas"] == [1.0, 2.0]
    scores.to_netcdf(tmp_path / "reverse.nc")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"method": "rigde"}, "unknown method 'rigde' .did you mean 'ridge'"),
        ({"alphas": [1.0, -1.0]}, "alphas must be one or more positive numbers"),
        ({"n_units": 0}, "n_units must be at least 1, not 0"),
        ({"n_draws": 0}, "n_draws must be at least 1, not 0"),
        ({"n_halves": 0}, "n_halves must be at least 1, not 0"),
        ({"n_splits": 2.5}, "n_splits must be a whole number, not 2.5"),
        ({"n_splits": 1}, "n_splits must be at least 2, not 1"),
        ({"n_units": 2.5}, "n_units must be a whole number, not 2.5"),
        ({"rng": -1}, "rng must be a Generator or an int from 0 .*, not -1"),
        ({"n_predictors": 7}, "n_predictors=7 was given, but there are 6 neuroids .* 1 to 6"),
        ({"areas": ["V9"]}, "unknown area 'V9'"),
    ],
)
def test_wrong_arguments_are_told_in_one_line(settings, message):
    with pytest.raises(InputError, match=message) as told:
        both(*plant(n=40, n_neuroids=6, n_units=8), **settings)
    assert "\n" not in str(told.value)


def test_other_stimuli_constant_units_and_nothing_driven_are_refused():
    features, recordings = plant(n=40, n_neuroids=6, n_units=6)
    with pytest.raises(StimulusMismatchError):
        both(features.isel(stimulus=slice(30)), recordings)
    with pytest.raises(InputError, match="all units of features are constant"):
        both(features * 0, recordings)
    undriven = features.expand_dims(time=[0]).assign_coords(driven=("time", [False]))
    with pytest.raises(InputError, match="the image reaches none of the 1 steps"):
        both(undriven, recordings)
    with pytest.raises(UnknownNameError):
        both(features, recordings, method="pls")


def test_inputs_are_left_as_they_are():
    features, recordings = plant(n=40, n_neuroids=6, n_units=6)
    copies = features.copy(deep=True), recordings.copy(deep=True)
    both(features, recordings)
    xr.testing.assert_identical(features, copies[0])
    xr.testing.assert_identical(recordings, copies[1])
