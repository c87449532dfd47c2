"""Scores of the Brain-Score protocol on seeded data, computed elsewhere with its own code."""

import numpy as np
import pytest
from sklearn.model_selection import ShuffleSplit, StratifiedShuffleSplit

from cornetkit.kernels.alphas import BRAINSCORE_ALPHAS
from cornetkit.kernels.best_unit import best_unit
from cornetkit.kernels.correlation import pearson_columns
from cornetkit.kernels.gram import gram
from cornetkit.kernels.ols import ols_dual
from cornetkit.kernels.pls import pls_folds
from cornetkit.kernels.reliability import split_half_brainscore
from cornetkit.kernels.ridge_folds import ridge_folds


@pytest.fixture
def K(golden):
    return gram([golden.features], 100).gram


@pytest.fixture
def stratified(golden):
    splitter = StratifiedShuffleSplit(n_splits=10, train_size=0.9, random_state=1)
    return list(splitter.split(golden.features, golden.objects))


@pytest.fixture
def unstratified(golden):
    splitter = ShuffleSplit(n_splits=10, train_size=0.9, random_state=1)
    return list(splitter.split(golden.features))


def score(predictions, responses, folds):
    """Median over neuroids, then mean and error over splits."""
    splits = [
        np.nanmedian(pearson_columns(predicted, responses[test]))
        for predicted, (_, test) in zip(predictions, folds, strict=True)
    ]
    return np.mean(splits), np.std(splits) / np.sqrt(len(splits))


def pls_predictions(K, responses, folds):
    fits = pls_folds(K, responses, [train for train, _ in folds], 25)
    return [
        fit.predict(K[np.ix_(test, train)]) for fit, (train, test) in zip(fits, folds, strict=True)
    ]


def test_pls_stratified(golden, K, stratified):
    result = score(pls_predictions(K, golden.responses, stratified), golden.responses, stratified)
    np.testing.assert_allclose(result, (0.7863193590, 0.0097236036), atol=1e-4)


def test_pls_unstratified(golden, K, unstratified):
    predictions = pls_predictions(K, golden.responses, unstratified)
    result = score(predictions, golden.responses, unstratified)
    np.testing.assert_allclose(result, (0.7774902104, 0.0108250123), atol=1e-4)


def test_untuned_ridge(golden, K, stratified):
    predictions = ridge_folds(K, golden.responses, stratified, [1.0]).predictions
    result = score(predictions, golden.responses, stratified)
    np.testing.assert_allclose(result, (0.8206164585, 0.0090442501), atol=1e-6)


def test_tuned_ridge_with_one_penalty_for_all(golden, K, stratified):
    fitted = ridge_folds(K, golden.responses, stratified, BRAINSCORE_ALPHAS, per_target=False)
    result = score(fitted.predictions, golden.responses, stratified)
    np.testing.assert_allclose(result, (0.8456226843, 0.0076564492), atol=1e-6)


def test_ols(golden, K, stratified):
    predictions = [
        ols_dual(K[np.ix_(train, train)], golden.responses[train]).predict(K[np.ix_(test, train)])
        for train, test in stratified
    ]
    result = score(predictions, golden.responses, stratified)
    np.testing.assert_allclose(result, (0.8053521857, 0.0102810112), atol=1e-6)


def test_best_unit(golden, stratified):
    chosen = best_unit([golden.features], golden.responses, stratified)
    result = score(chosen.values, golden.responses, stratified)
    np.testing.assert_allclose(result, (0.24887395, 0.02080170), atol=1e-6)


def test_split_half_ceiling(golden):
    ceilings = np.median(split_half_brainscore(golden.trials).spearman_brown, axis=1)
    result = ceilings.mean(), ceilings.std() / np.sqrt(10)
    np.testing.assert_allclose(result, (0.8529010887, 0.0018561795), atol=1e-6)
