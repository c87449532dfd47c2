"""rdm_movie(): frames equal RDMs, paths keep distances, noise makes no course."""

import warnings

import numpy as np
import pytest
from planted_courses import make_acts, make_trials
from scipy.spatial.distance import pdist, squareform
from scipy.stats import spearmanr

import cornetkit as ck
from cornetkit.temporal.rdm_movies import classical_scaling, onto


@pytest.fixture(autouse=True)
def quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ck.CornetkitWarning)
        yield


@pytest.fixture(scope="module")
def acts():
    rng = np.random.default_rng(0)
    first, last = rng.normal(size=(2, 12, 30))
    mixed = np.stack([(1 - s) * first + s * last for s in (0, 0.3, 0.7, 1)], axis=1)
    return make_acts(mixed)


def test_frames_and_their_similarity_equal_scipy(acts):
    found = ck.rdm_movie(acts).isel(area=0)
    frames = [pdist(acts.values[:, t], "correlation") for t in range(4)]
    for t in range(4):
        np.testing.assert_allclose(found["rdm"].values[t], squareform(frames[t]), atol=1e-9)
    expected = [[spearmanr(a, b).statistic for b in frames] for a in frames]
    np.testing.assert_allclose(found["similarity"], expected, atol=1e-9)


def test_scaling_keeps_squared_distances_of_points():
    points = np.random.default_rng(0).normal(size=(9, 2))
    squared = squareform(pdist(points, "sqeuclidean"))
    np.testing.assert_allclose(
        squareform(pdist(classical_scaling(squared, 2), "sqeuclidean")), squared, atol=1e-9
    )


def test_turning_onto_a_target_changes_no_distance_and_finds_it():
    points = np.random.default_rng(0).normal(size=(9, 2))
    points -= points.mean(axis=0)
    turned = points @ np.array([[0.6, 0.8], [0.8, -0.6]])
    np.testing.assert_allclose(onto(turned, points), points, atol=1e-9)


def test_the_path_of_rdms_goes_in_one_direction(acts):
    path = ck.rdm_movie(acts)["trajectory"].values[0, :, 0]
    assert (np.diff(path) > 0).all() or (np.diff(path) < 0).all()


def test_steps_compared_with_bins_are_those_of_rsa(acts):
    trials = make_trials(acts.values, noise=0.5)
    found = ck.rdm_movie(acts, trials)
    expected = ck.rsa(acts, trials, metric="correlation", neural_metric="crossnobis",
                      ceiling="none", progress=False)  # fmt: skip
    np.testing.assert_allclose(found["rsa"].values, expected["score"].values[None])
    best = found["rsa"].values[0].argmax(axis=0)
    np.testing.assert_array_equal(best, [0, 1, 2, 3])


def test_noise_that_grows_makes_no_distances():
    rng = np.random.default_rng(0)
    trials = make_trials(np.zeros((8, 2, 10)), n_repetitions=30, noise=1.0)
    trials[:, :, 1] *= 4
    crossnobis = ck.rdm_movie(trials, metric="crossnobis")["rdm"].values
    upper = np.triu_indices(8, 1)
    assert np.abs(crossnobis[:, upper[0], upper[1]].mean(axis=1)).max() < 0.1
    plain = ck.rdm_movie(trials, metric="euclidean")
    means = plain["rdm"].values[:, upper[0], upper[1]].mean(axis=1)
    assert means[1] > 8 * means[0]
    assert any("may be those of the noise" in note for note in plain.attrs["notes"])
    assert rng is not None


def test_undriven_steps_have_no_frame(acts):
    late = acts.assign_coords(driven=("time", [False, True, True, True]))
    found = ck.rdm_movie(late).isel(area=0)
    assert np.isnan(found["rdm"].values[0]).all()
    assert np.isnan(found["path"].values[0]).all()
    assert np.isnan(found["similarity"].values[0]).all()
    assert not np.isnan(found["trajectory"].values[1:]).any()


def test_without_repetitions_it_says_what_the_distances_are(acts):
    trials = make_trials(acts.values, n_repetitions=1)
    found = ck.rdm_movie(trials)
    assert found.attrs["metric"] == "correlation"
    assert any("shown once" in note for note in found.attrs["notes"])
    with pytest.raises(ck.CornetkitError, match="needs repetitions"):
        ck.rdm_movie(trials, metric="crossnobis")


def driven(acts, n):
    """Say that the image reaches the last `n` steps only."""
    return acts.assign_coords(driven=("time", np.arange(4) >= 4 - n))


def test_wrong_input_is_told(acts):
    for x, message in (
        (acts.isel(time=[0]), "have one step, and a movie needs 2"),
        (make_trials(acts.values).isel(time_bin=[0]), "have one time bin"),
        (driven(acts, 0), r"RDMs at 0 of 4 steps \(steps that the image has not reached have none"),
        (driven(acts, 1), "RDMs at 1 of 4 steps .*, and a movie needs 2 or more"),
        (ck.rdm(acts), "RDMs were given"),
    ):
        with pytest.raises(ck.CornetkitError, match=message):
            ck.rdm_movie(x)
    with pytest.raises(ck.CornetkitError, match="both sides are activations"):
        ck.rdm_movie(acts, acts)
    for x, settings, message in (
        (acts, {"bins": 40}, r"bins=40 \(--bins\) is for recordings"),
        (acts, {"window": (0, 40)}, r"window= \(--window\) is for recordings"),
        (make_trials(acts.values), {"areas": ["IT"]}, r"areas= \(--areas\) is for activations"),
        (acts, {"join": "inner"}, "join='inner' goes with other="),
    ):
        with pytest.raises(ck.CornetkitError, match=message):
            ck.rdm_movie(x, **settings)
