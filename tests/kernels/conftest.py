"""Data that the kernels' tests share."""

from typing import NamedTuple

import numpy as np
import pytest


class Golden(NamedTuple):
    """The seeded data of the golden numbers."""

    features: np.ndarray
    trials: np.ndarray
    responses: np.ndarray
    objects: list[str]


@pytest.fixture(scope="session")
def golden() -> Golden:
    rng = np.random.RandomState(0)
    features = rng.normal(size=(100, 60))
    weights = rng.normal(size=(60, 20)) / np.sqrt(60)
    trials = features @ weights + rng.normal(size=(6, 100, 20))
    return Golden(features, trials, trials.mean(axis=0), [f"o{i % 5}" for i in range(100)])


class Wide(NamedTuple):
    """More units than stimuli, as in a network; features with means; a test set."""

    X: np.ndarray
    Y: np.ndarray
    X_test: np.ndarray
    K: np.ndarray
    K_test: np.ndarray


@pytest.fixture(params=[(40, 120, 7), (60, 15, 4)], ids=["wide", "tall"])
def linear(request: pytest.FixtureRequest) -> Wide:
    n, p, q = request.param
    rng = np.random.default_rng(3)
    X = rng.normal(size=(n + 9, p)) * rng.uniform(0.1, 3, size=p) + rng.normal(size=p)
    Y = X[:n] @ rng.normal(size=(p, q)) / np.sqrt(p) + rng.normal(size=(n, q)) + 5
    K = X @ X.T
    return Wide(X[:n], Y, X[n:], K[:n, :n], K[n:, :n])
