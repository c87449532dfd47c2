"""trajectories(): paths, speed and dimensionality of planted courses, free of noise."""

import warnings

import numpy as np
import pytest
from planted_courses import make_acts, make_trials
from sklearn.decomposition import PCA

import cornetkit as ck


@pytest.fixture(autouse=True)
def quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ck.CornetkitWarning)
        yield


@pytest.fixture(scope="module")
def values():
    return np.random.default_rng(0).normal(size=(30, 4, 20)) * np.geomspace(3, 0.1, 20) + 5


def test_positions_are_those_of_a_pca_of_the_training_stimuli(values):
    found = ck.trajectories(make_acts(values), n_components=3).isel(area=0)
    train = found["train"].values
    peer = PCA(3).fit(values[train].reshape(-1, 20))
    expected = peer.transform(values.reshape(-1, 20)).reshape(30, 4, 3).transpose(1, 0, 2)
    position = found["position"].values
    signs = np.sign((expected * position).sum(axis=(0, 1)))
    np.testing.assert_allclose(position, expected * signs, atol=1e-8)
    assert train.sum() == 15
    held = expected[:, ~train].reshape(-1, 3)
    total = values[~train].reshape(-1, 20).var(axis=0).sum()
    np.testing.assert_allclose(found["explained"], held.var(axis=0) / total)


def test_speed_distance_and_dimensionality_equal_their_definitions(values):
    found = ck.trajectories(make_acts(values)).isel(area=0)
    rms = lambda x: np.sqrt((x**2).mean(axis=(0, 2)))  # noqa: E731
    np.testing.assert_allclose(found["speed"].values[1:], rms(np.diff(values, axis=1)))
    assert np.isnan(found["speed"].values[0])
    np.testing.assert_allclose(found["distance_to_final"], rms(values - values[:, -1:]))
    for t in range(4):
        eigenvalues = np.linalg.eigvalsh(np.cov(values[:, t].T))
        ratio = eigenvalues.sum() ** 2 / (eigenvalues**2).sum()
        assert found["dimensionality"].values[t] == pytest.approx(ratio)


def test_sparseness_is_0_for_equal_units_1_for_one_and_nan_below_0():
    course = np.zeros((8, 3, 10))
    course[:, 0] = 2.0
    course[:, 1, 4] = 1.0
    course[:, 2] = -1.0
    found = ck.trajectories(make_acts(course)).isel(area=0)
    np.testing.assert_allclose(found["sparseness"], [0, 1, np.nan], atol=1e-12)
    assert any("have no sparseness" in note for note in found.attrs["notes"])


def test_a_state_that_only_gets_stronger_does_not_change(values):
    course = values[:, :1] * np.array([1.0, 3.0, 0.5])[:, None]
    found = ck.trajectories(make_acts(course)).isel(area=0)
    np.testing.assert_allclose(found["state_correlation"], 1.0, atol=1e-9)


@pytest.fixture(scope="module")
def static():
    """A static state of 60 stimuli with a gain, 3 dimensions in 12 neuroids, noisy."""
    rng = np.random.default_rng(1)
    state = rng.normal(size=(60, 3)) @ np.linalg.qr(rng.normal(size=(12, 3)))[0].T * 2
    means = state[:, None] * np.array([1.0, 1.0, 0.6])[:, None]
    trials = make_trials(means, n_repetitions=8, noise=1.5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ck.CornetkitWarning)
        return ck.trajectories(trials), state


def test_noise_is_no_change_of_state(static):
    np.testing.assert_allclose(static[0]["state_correlation"], 1.0, atol=0.08)


def test_noise_is_no_speed(static):
    result, state = static
    scale = np.sqrt((state**2).mean())
    assert not result["speed"].values[1] * 20 > 0.4 * scale  # with noise it would be .84
    assert result["speed"].values[2] * 20 == pytest.approx(0.4 * scale, rel=0.25)


def test_noise_is_no_dimension(static):
    result, state = static
    eigenvalues = np.linalg.eigvalsh(np.cov(state.T))
    ratio = eigenvalues.sum() ** 2 / (eigenvalues**2).sum()
    np.testing.assert_allclose(result["dimensionality"], ratio, rtol=0.2)


def test_noise_alone_has_no_state_correlation():
    found = ck.trajectories(make_trials(np.zeros((20, 3, 6)), n_repetitions=4))
    off = found["state_correlation"].values[~np.eye(3, dtype=bool)]
    assert not (np.abs(off) > 0.9).all()
    assert found.attrs["noise"] == "products of halves"


def test_without_repetitions_it_says_that_noise_is_in(values):
    found = ck.trajectories(make_trials(values, n_repetitions=1))
    assert found.attrs["noise"] == "not corrected for"
    assert any("hold the noise" in note for note in found.attrs["notes"])


def test_undriven_steps_are_absent(values):
    acts = make_acts(values).assign_coords(driven=("time", [False, True, True, True]))
    found = ck.trajectories(acts).isel(area=0)
    for name in ("speed", "distance_to_final", "dimensionality", "sparseness", "position"):
        assert np.isnan(found[name].values[0]).all()
    assert np.isnan(found["speed"].values[1])
    assert not np.isnan(found["speed"].values[2:]).any()


@pytest.mark.parametrize(
    ("change", "settings", "message"),
    [
        (lambda a: a.isel(time=[0]), {}, "one step that the image has reached"),
        (lambda a: a.isel(stimulus=slice(4)), {}, "leaves 2 on one side"),
        (lambda a: a, {"n_components": 0}, "n_components=0"),
        (lambda a: a, {"window": 20}, "is in ms, for recordings"),
        (lambda a: a, {"n_halves": 5}, "n_halves=5 is for repetitions of recordings"),
    ],
)
def test_wrong_input_is_one_line(values, change, settings, message):
    with pytest.raises(ck.CornetkitError) as error:
        ck.trajectories(change(make_acts(values)), **settings)
    assert message in str(error.value)


def test_axes_from_responses_equal_those_from_products():
    from cornetkit.temporal.principal import _of_products, _of_values

    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 8)) * np.linspace(3, 0.5, 8) + 5
    rows = rng.permutation(60) < 30
    K = (X - X.mean(axis=0)) @ (X - X.mean(axis=0)).T
    for one, other in zip(_of_values(X, rows, 3), _of_products(K, rows, 3), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-9)


def test_axes_equal_those_of_scikit_learn():
    from sklearn.decomposition import PCA

    from cornetkit.temporal.principal import _of_products

    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 8)) * np.linspace(3, 0.5, 8) + 5
    rows = rng.permutation(60) < 30
    K = (X - X.mean(axis=0)) @ (X - X.mean(axis=0)).T
    position, explained = _of_products(K, rows, 3)
    peer = PCA(3).fit(X[rows])
    scores = peer.transform(X)
    np.testing.assert_allclose(np.abs(position), np.abs(scores), atol=1e-9)
    share = scores[~rows].var(axis=0) / X[~rows].var(axis=0).sum()
    np.testing.assert_allclose(explained, share, atol=1e-9)


def test_axes_of_more_neuroids_than_rows_equal_those_of_scikit_learn():
    values = np.random.default_rng(0).normal(size=(12, 3, 200)) + 5
    found = ck.trajectories(make_trials(values, noise=0.0), n_components=3)
    train = found["train"].values
    scores = PCA(3).fit(values[train].reshape(-1, 200)).transform(values.reshape(-1, 200))
    scores = scores.reshape(12, 3, 3).transpose(1, 0, 2)
    np.testing.assert_allclose(np.abs(found["position"].values), np.abs(scores), atol=1e-9)


def test_no_neuroid_with_all_stimuli_is_one_line(values):
    means = np.tile(values[..., :4], (2, 1, 1))[:40]
    trials = make_trials(means, noise=0.1)
    lacks = trials.values.copy()
    for k in range(4):
        lacks[k::4, :, :, k] = np.nan
    trials = trials.copy(data=lacks)
    message = "none of 4 neuroids has a response to every one of 40 stimuli; keep the stimuli"
    with pytest.raises(ck.CornetkitError, match=message):
        ck.trajectories(trials)
    with pytest.raises(ck.CornetkitError, match=message):
        ck.trajectories(trials.isel(repetition=[0]))


def test_speed_and_distance_do_not_depend_on_the_level_of_responses(values):
    trials = make_trials(values, noise=0.5)
    found, high = ck.trajectories(trials), ck.trajectories(trials + 1e6)
    for name in ("speed", "distance_to_final", "dimensionality", "state_correlation"):
        np.testing.assert_allclose(high[name], found[name], rtol=1e-6)


def test_what_is_open_already_takes_no_settings_of_opening(values):
    from cornetkit.temporal.given import open_given

    given = open_given(make_trials(values))
    assert open_given(given) is given
    with pytest.raises(ck.CornetkitError, match=r"window=40 \(--window\) says how data are opened"):
        open_given(given, window=40)
