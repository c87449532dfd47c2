"""Distances in units of the noise: equal to rsatoolbox, and unbiased by the noise."""

import numpy as np
import pytest
from scipy.spatial.distance import pdist
from sklearn.covariance import LedoitWolf

from cornetkit.errors import InputError, UnknownNameError
from cornetkit.kernels.crossnobis import covariance_of, crossnobis, has_own_noise, residuals_of
from cornetkit.kernels.noise_covariance import noise_covariance, whiten
from cornetkit.kernels.pairs import condense


@pytest.fixture
def trials():
    rng = np.random.default_rng(0)
    mixing = rng.normal(size=(7, 7)) / 3 + np.eye(7)
    return rng.normal(size=(1, 9, 7)) + rng.normal(size=(5, 9, 7)) @ mixing


def flat(trials):
    """Return trials as rsatoolbox's dataset, with their stimulus and repetition."""
    data = pytest.importorskip("rsatoolbox.data")
    n_repetitions, n, p = trials.shape
    labels = {
        "stimulus": np.tile(np.arange(float(n)), n_repetitions),
        "repetition": np.repeat(np.arange(float(n_repetitions)), n),
    }
    return data.Dataset(trials.reshape(-1, p).copy(), obs_descriptors=labels)


def test_crossnobis_equals_rsatoolbox(trials):
    rsatoolbox = pytest.importorskip("rsatoolbox")
    covariance = covariance_of(trials)
    expected = rsatoolbox.rdm.calc_rdm(
        flat(trials),
        method="crossnobis",
        descriptor="stimulus",
        noise=np.linalg.inv(covariance),
        cv_descriptor="repetition",
    ).dissimilarities[0]
    found = condense(crossnobis(whiten(trials, covariance)))
    np.testing.assert_allclose(found, expected, rtol=1e-8)


@pytest.mark.parametrize(
    ("method", "theirs"),
    [
        ("shrinkage", "shrinkage_diag"),
        ("ledoit-wolf", "shrinkage_eye"),
        ("diagonal", "diag"),
        ("full", "full"),
    ],
)
def test_covariances_equal_rsatoolbox(trials, method, theirs):
    noise = pytest.importorskip("rsatoolbox.data.noise")
    residuals, dof = residuals_of(trials)
    expected = noise.cov_from_residuals(residuals, dof=dof, method=theirs)
    np.testing.assert_allclose(noise_covariance(residuals, dof, method), expected, rtol=1e-9)


def test_ledoit_wolf_equals_scikit_learn(trials):
    residuals, _ = residuals_of(trials)
    expected = LedoitWolf(assume_centered=True).fit(residuals).covariance_
    np.testing.assert_allclose(
        noise_covariance(residuals, len(residuals), "ledoit-wolf"), expected, rtol=1e-9
    )


def test_whitening_gives_mahalanobis_distances(trials):
    covariance = covariance_of(trials, "full")
    means = trials.mean(axis=0)
    expected = pdist(means, "mahalanobis", VI=np.linalg.inv(covariance))
    np.testing.assert_allclose(pdist(whiten(means, covariance)), expected)


def test_degrees_of_freedom_are_trials_less_stimuli(trials):
    trials[3:, 2] = np.nan
    residuals, dof = residuals_of(trials)
    assert dof == 45 - 2 - 9
    assert len(residuals) == 43


def test_each_repetition_is_measured_in_the_noise_of_the_others(trials):
    noise = pytest.importorskip("rsatoolbox.data.noise")
    expected = np.zeros((9, 9))
    for m in range(5):
        others = np.delete(trials, m, axis=0)
        residuals = (others - others.mean(axis=0)).reshape(-1, 7)
        P = noise.prec_from_residuals(residuals, dof=9 * 3, method="shrinkage_diag")
        for i in range(9):
            for j in range(9):
                test = trials[m, i] - trials[m, j]
                train = (others[:, i] - others[:, j]).mean(axis=0)
                expected[i, j] += test @ P @ train / 7 / 5
    np.testing.assert_allclose(crossnobis(trials, "shrinkage"), expected, atol=1e-12)


@pytest.mark.parametrize("method", ["shrinkage", "ledoit-wolf", "diagonal"])
def test_without_signal_it_is_zero_though_the_noise_is_estimated(method):
    rng = np.random.default_rng(0)
    found = [condense(crossnobis(rng.normal(size=(3, 10, 60)), method)).mean() for _ in range(100)]
    # The standard error is .005; in units of noise that holds its own it would be .08 to .6.
    assert abs(np.mean(found)) < 0.02


def test_with_two_repetitions_the_noise_is_not_independent(trials):
    assert has_own_noise(trials[:2])
    assert not has_own_noise(trials[:3])


def test_without_signal_crossnobis_is_zero_where_plain_distances_are_not():
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(4, 40, 20))
    plain = pdist(noise.mean(axis=0), "sqeuclidean") / 20
    assert plain.mean() == pytest.approx(0.5, abs=0.02)
    cross = condense(crossnobis(noise))
    assert abs(cross.mean()) < 0.02
    assert (cross < 0).mean() == pytest.approx(0.5, abs=0.1)


def test_crossnobis_stays_unbiased_with_unequal_repetitions():
    rng = np.random.default_rng(1)
    true = rng.normal(size=(12, 30))
    expected = pdist(true, "sqeuclidean") / 30
    found = []
    for _ in range(200):
        trials = true + rng.normal(size=(5, 12, 30))
        trials[rng.integers(2, 6, 12)[None, :] <= np.arange(5)[:, None]] = np.nan
        found.append(condense(crossnobis(trials)))
    np.testing.assert_allclose(np.mean(found, axis=0), expected, atol=0.12)
    assert np.mean(found) == pytest.approx(expected.mean(), abs=0.03)  # 3 standard errors


def test_noise_that_a_repetition_shares_over_stimuli_does_not_bias():
    rng = np.random.default_rng(2)
    found = [
        condense(crossnobis(rng.normal(size=(4, 6, 10)) + 3 * rng.normal(size=(4, 1, 10)))).mean()
        for _ in range(200)
    ]
    assert abs(np.mean(found)) < 0.03


def test_a_stimulus_with_one_trial_has_no_distance(trials):
    trials[1:, 4] = np.nan
    found = crossnobis(trials)
    assert np.isnan(found[4]).all()
    assert np.isnan(found).sum() == 17


def test_a_covariance_without_inverse_is_refused_in_words():
    rng = np.random.default_rng(0)
    few = rng.normal(size=(2, 3, 8))
    with pytest.raises(InputError, match="has no inverse"):
        whiten(few, covariance_of(few, "full"))
    assert np.isfinite(whiten(few, covariance_of(few, "shrinkage"))).all()


def test_noise_needs_repetitions():
    with pytest.raises(InputError, match="at least two of some stimulus"):
        covariance_of(np.ones((1, 3, 2)))


def test_an_unknown_covariance_is_named(trials):
    with pytest.raises(UnknownNameError, match="did you mean 'shrinkage'"):
        covariance_of(trials, "shrinkege")
