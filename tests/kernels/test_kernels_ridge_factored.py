"""Ridge by Cholesky factors equals ridge by eigenvectors."""

import numpy as np
import pytest

from cornetkit.errors import InputError
from cornetkit.kernels.ridge_factored import coarse_to_fine, ridge_folds_factored
from cornetkit.kernels.ridge_folds import ridge_folds

ALPHAS = np.geomspace(1e-2, 1e4, 13)


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((90, 40)) + 3
    Y = X @ rng.standard_normal((40, 7)) + np.geomspace(0.1, 300, 7) * rng.standard_normal((90, 7))
    rows = rng.permutation(90)
    folds = [(np.setdiff1d(rows, rows[k : k + 30]), rows[k : k + 25]) for k in (0, 30, 60)]
    return X @ X.T, Y, folds


@pytest.mark.parametrize("per_target", [True, False])
def test_all_stimuli_left_out_give_the_fit_by_eigenvectors(data, per_target):
    K, Y, folds = data
    ours = ridge_folds_factored(K, Y, folds, ALPHAS, per_target=per_target)
    theirs = ridge_folds(K, Y, folds, ALPHAS, per_target=per_target)
    np.testing.assert_array_equal(ours.alpha, theirs.alpha)
    np.testing.assert_array_equal(ours.at_edge, theirs.at_edge)
    assert np.unique(theirs.alpha).size >= (4 if per_target else 1)
    for found, expected in zip(ours.predictions, theirs.predictions, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


def test_a_sample_of_stimuli_chooses_by_their_errors_alone(data):
    K, Y, folds = data
    train, test = folds[0]
    found = ridge_folds_factored(K, Y, [(train, test)], ALPHAS, n_left_out=8, rng=3)
    sample = np.random.default_rng(3).permutation(train)[:8]
    errors = np.empty((len(ALPHAS), Y.shape[1]))
    for i, alpha in enumerate(ALPHAS):
        left = [
            ridge_folds(K, Y, [(np.setdiff1d(train, s), np.array([s]))], [alpha]).predictions[0][0]
            - Y[s]
            for s in sample
        ]
        errors[i] = np.mean(np.square(left), axis=0)
    np.testing.assert_array_equal(found.alpha[0], ALPHAS[errors.argmin(axis=0)])


def test_the_gram_matrix_is_given_back(data):
    K, Y, folds = data
    inside = K.copy()
    ridge_folds_factored(inside, Y, folds, ALPHAS, overwrite=True)
    np.testing.assert_allclose(inside, K, rtol=1e-12, atol=1e-10)
    before = K.copy()
    ridge_folds_factored(K, Y, folds, ALPHAS)
    np.testing.assert_array_equal(K, before)


def test_responses_in_single_precision_are_taken_as_they_are(data):
    K, Y, folds = data
    single = ridge_folds_factored(K, Y.astype(np.float32), folds, ALPHAS)
    double = ridge_folds_factored(K, Y.astype(np.float32).astype(float), folds, ALPHAS)
    np.testing.assert_array_equal(single.predictions[0], double.predictions[0])


def test_few_penalties_are_asked_for():
    asked = []

    def errors(alpha):
        asked.append(alpha)
        return np.array([(np.log10(alpha) - 2) ** 2])

    penalties = np.geomspace(1e-4, 1e6, 99)
    chosen = coarse_to_fine(errors, penalties, 1, True, lambda better: None)
    assert chosen[0] == np.abs(np.log10(penalties) - 2).argmin()
    assert len(asked) < 20


def test_a_penalty_below_rounding_is_refused(data):
    K, Y, folds = data
    with pytest.raises(InputError, match=r"below the rounding of the Gram matrix.*larger ones"):
        ridge_folds_factored(K, Y, folds, [1e-30])


def test_wrong_targets_are_refused(data):
    K, Y, folds = data
    with pytest.raises(InputError, match=r"targets of shape \(80, 7\)"):
        ridge_folds_factored(K, Y[:80], folds, ALPHAS)
    missing = Y.copy()
    missing[folds[0][0][0], 2] = np.nan
    with pytest.raises(InputError, match="missing or infinite responses"):
        ridge_folds_factored(K, missing, folds, ALPHAS)
