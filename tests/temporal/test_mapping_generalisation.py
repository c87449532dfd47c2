"""generalize_mapping(): a static code gives a square matrix, a turning one does not."""

import warnings

import numpy as np
import pytest
from planted_courses import make_acts, make_trials
from sklearn.linear_model import Ridge

import cornetkit as ck


@pytest.fixture(autouse=True)
def quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ck.CornetkitWarning)
        yield


@pytest.fixture(scope="module")
def features():
    return np.random.default_rng(0).normal(size=(80, 1, 12))


def recordings(features, weights, noise):
    """Responses of each bin by weights (bin, unit, neuroid)."""
    means = np.einsum("nd,tdq->ntq", features[:, 0], weights)
    return make_trials(means, noise=noise)


def test_a_static_code_with_a_gain_is_square_whatever_the_reliability(features):
    rng = np.random.default_rng(1)
    weights = rng.normal(size=(12, 15)) * np.array([1.0, 0.5, 0.3])[:, None, None]
    found = ck.generalize_mapping(
        make_acts(features), recordings(features, weights, 2.0), area="features"
    )
    score = found["score"].values[0]
    assert score[0, 0] - score[2, 2] > 0.15  # the reliability falls
    relative = found["relative"].values[0]
    np.testing.assert_allclose(relative, 1.0, atol=0.06)


def test_a_code_that_turns_is_not(features):
    weights = np.random.default_rng(1).normal(size=(2, 12, 15))
    found = ck.generalize_mapping(
        make_acts(features), recordings(features, weights, 1.0), area="features"
    )
    relative = found["relative"].values[0]
    np.testing.assert_allclose(np.diagonal(relative), 1.0)
    assert np.abs(relative[[0, 1], [1, 0]]).max() < 0.3


def test_every_pair_equals_a_naive_loop(features):
    weights = np.random.default_rng(1).normal(size=(3, 12, 5))
    trials = recordings(features, weights, 1.0)
    acts = make_acts(features)
    found = ck.generalize_mapping(acts, trials, area="features", alphas=[3.0], rng=2)
    from sklearn.model_selection import KFold

    Y, X = trials.mean("repetition").values, features[:, 0]
    r = []
    for train, test in KFold(10, shuffle=True, random_state=2).split(X):
        one = np.empty((3, 3, 5))
        for t in range(3):
            predicted = Ridge(3.0).fit(X[train], Y[train, t]).predict(X[test])
            for s in range(3):
                for q in range(5):
                    one[t, s, q] = np.corrcoef(predicted[:, q], Y[test, s, q])[0, 1]
        r.append(np.median(one, axis=-1))
    np.testing.assert_allclose(found["score"].values[0], np.mean(r, axis=0), atol=1e-5)


def test_of_a_bin_without_signal_it_is_not_said_that_the_code_turns(features):
    weights = np.random.default_rng(1).normal(size=(2, 12, 15))
    weights[0] = 0
    found = ck.generalize_mapping(
        make_acts(features), recordings(features, weights, 1.0), area="features"
    )
    assert np.isnan(found["relative"].values[0, 0]).all()
    assert found["relative"].values[0, 1, 1] == pytest.approx(1)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"steps": [3]}, "steps 3 of features are not there"),
        ({"steps": []}, "steps= names none"),
        ({"steps": [0.5]}, "each of steps must be a whole number, not 0.5"),
        ({"area": "IT"}, "unknown area 'IT'"),
    ],
)
def test_wrong_input_is_one_line(features, settings, message):
    trials = recordings(features, np.ones((2, 12, 3)), 1.0)
    with pytest.raises(ck.CornetkitError) as error:
        ck.generalize_mapping(make_acts(features), trials, **({"area": "features"} | settings))
    assert message in str(error.value)


def test_one_bin_and_single_repetitions_are_told(features):
    trials = recordings(features, np.ones((2, 12, 3)), 1.0)
    for change, message in (
        (trials.isel(time_bin=[0]), "no time bins to compare"),
        (trials.isel(repetition=[0]), "fewer than 2 repetitions"),
    ):
        with pytest.raises(ck.CornetkitError, match=message):
            ck.generalize_mapping(make_acts(features), change, area="features")


def test_pairs_of_times_are_correlated_over_the_held_out_stimuli():
    from cornetkit.temporal.mapping_generalisation import pairs

    rng = np.random.default_rng(0)
    responses, held_out = rng.standard_normal((2, 20, 3, 4))
    holes = responses.copy()
    holes[2, 1, 0] = np.nan
    splits = [(np.arange(8, 20), np.arange(8)), (np.arange(8), np.arange(8, 20))]
    for Y in (responses, holes):
        found = pairs(held_out.astype(np.float32), Y, splits)
        for k, (_, test) in enumerate(splits):
            for t, other, q in ((0, 0, 0), (2, 1, 0), (1, 2, 3)):
                pair = np.stack([held_out[test, t, q], Y[test, other, q]])
                expected = np.corrcoef(pair[:, ~np.isnan(pair).any(axis=0)])[0, 1]
                assert found[k, t, other, q] == pytest.approx(expected, abs=1e-6)


def test_what_is_predicted_as_constant_has_no_correlation():
    from cornetkit.temporal.mapping_generalisation import pairs

    rng = np.random.default_rng(1)
    responses, held_out = rng.standard_normal((2, 20, 2, 2))
    held_out[:8, 1, 0] = 0.3
    found = pairs(held_out, responses, [(np.arange(8, 20), np.arange(8))])
    assert np.isnan(found[0, 1, :, 0]).all()
    assert not np.isnan(found[0, 0]).any()
    assert not np.isnan(found[0, 1, :, 1]).any()


def test_a_neuroid_that_predicts_nothing_leaves_nan_without_numpy_warnings(features):
    """Responses of a bin that are alike within every fold give no correlation there."""
    weights = np.random.default_rng(1).normal(size=(2, 12, 5))
    trials = recordings(features, weights, 1.0)
    values = trials.values
    values[:, :, 1] = 0
    values[0, :, 1] = 1
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        found = ck.generalize_mapping(make_acts(features), trials, area="features")
    # Only the fold that holds out the one stimulus has a correlation: it spreads by nothing.
    assert np.isnan(found["score_error"].values[0, 1, 1])


def test_one_step_can_be_asked_for_by_its_number(features):
    trials = recordings(features, np.ones((2, 12, 3)), 1.0)
    one, listed = (
        ck.generalize_mapping(make_acts(features), trials, area="features", steps=steps)
        for steps in (0, [0])
    )
    np.testing.assert_array_equal(one["score"], listed["score"])
