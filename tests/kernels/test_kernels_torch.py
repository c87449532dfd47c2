"""Torch tensors give what NumPy arrays give: one code for both."""

from dataclasses import fields

import numpy as np
import pytest

from cornetkit.errors import InputError
from cornetkit.kernels.centring import centre, centre_by_rows
from cornetkit.kernels.gram import gram
from cornetkit.kernels.ols import ols_dual
from cornetkit.kernels.pls import pls_dual, pls_folds
from cornetkit.kernels.pls_separate import pls_separate_dual
from cornetkit.kernels.ridge import ridge_dual
from cornetkit.kernels.ridge_folds import ridge_folds

torch = pytest.importorskip("torch")

ALPHAS = [1e-2, 1.0, 30.0, 1e4]
FITS = {
    "ridge": lambda K, Y: ridge_dual(K, Y, ALPHAS),
    "ridge, one penalty for all": lambda K, Y: ridge_dual(K, Y, ALPHAS, per_target=False),
    "plain ridge": lambda K, Y: ridge_dual(K, Y, [3.0]),
    "ols": ols_dual,
    "joint pls": lambda K, Y: pls_dual(K, Y, 5),
    "separate pls": lambda K, Y: pls_separate_dual(K, Y, 5),
}


def tensor(array):
    return torch.from_numpy(np.array(array))


def assert_same(found, expected, **tolerance):
    """Compare two results field by field: tensors for arrays, equal numbers."""
    for field in fields(expected):
        one, other = getattr(found, field.name), getattr(expected, field.name)
        if isinstance(other, np.ndarray):
            assert isinstance(one, torch.Tensor)
            np.testing.assert_allclose(one.numpy(), other, err_msg=field.name, **tolerance)
        elif not isinstance(other, list):
            assert one == pytest.approx(other, rel=1e-12), field.name


@pytest.fixture
def blocks(linear):
    X = linear.X.copy()
    X[:, 3] = 0.1
    return [X[:, :4], X[:, 4:]]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_gram(blocks, dtype):
    expected = gram(blocks, len(blocks[0]), dtype=dtype)
    found = gram([tensor(block) for block in blocks], len(blocks[0]), dtype=dtype)
    assert found.n_constant == 1
    scale = np.abs(expected.gram).max()
    assert_same(found, expected, atol=scale * (1e-12 if dtype == "float64" else 1e-6))
    np.testing.assert_allclose(found.uncentred(), expected.uncentred(), atol=scale * 1e-5)


def test_gram_of_half_precision_and_whole_numbers(linear):
    for kind in (np.float16, np.int32, bool):
        X = linear.X.astype(kind)
        found = gram([tensor(X)], len(X)).gram
        np.testing.assert_allclose(found, gram([X], len(X)).gram, atol=1e-9)


def test_gram_refuses_what_it_refuses_of_arrays(linear):
    X = tensor(linear.X)
    X[1, 2] = torch.nan
    with pytest.raises(InputError, match=r"not finite for 1 of \d+ stimuli in 1 of the units 0 to"):
        gram([X], len(X))
    with pytest.raises(InputError, match=r"block of features of shape \(3, 2\) was given"):
        gram([X[:3, :2]], len(X))
    with pytest.raises(InputError, match=r"features of dtype torch\.complex128 were given"):
        gram([X * 1j], len(X))


def test_centring(linear):
    train, test = np.arange(0, 30, 2), np.arange(1, 30, 2)
    for found, expected in zip(
        [*centre(tensor(linear.K), train, test), centre_by_rows(tensor(linear.K), train)],
        [*centre(linear.K, train, test), centre_by_rows(linear.K, train)],
        strict=True,
    ):
        np.testing.assert_allclose(found.numpy(), expected, atol=1e-10)


@pytest.mark.parametrize("name", FITS)
def test_predictions(linear, name):
    fit = FITS[name]
    expected = fit(linear.K, linear.Y).predict(linear.K_test)
    found = fit(tensor(linear.K), tensor(linear.Y)).predict(tensor(linear.K_test))
    assert isinstance(found, torch.Tensor)
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-10)


@pytest.mark.parametrize("per_target", [True, False])
def test_ridge_over_folds(linear, per_target):
    n = len(linear.K)
    folds = [(np.setdiff1d(np.arange(n), np.arange(k, n, 4)), np.arange(k, n, 4)) for k in range(4)]
    folds.append((np.arange(20), np.arange(25, 30)))  # some are in neither
    expected = ridge_folds(linear.K, linear.Y, folds, ALPHAS, per_target=per_target)
    found = ridge_folds(tensor(linear.K), tensor(linear.Y), folds, ALPHAS, per_target=per_target)
    assert_same(found, expected)
    for one, other in zip(found.predictions, expected.predictions, strict=True):
        np.testing.assert_allclose(one.numpy(), other, atol=1e-10)


@pytest.mark.parametrize("n_targets", [7, 150])
def test_joint_pls_over_folds(linear, n_targets):
    n = len(linear.K)
    Y = np.random.default_rng(2).normal(size=(n, n_targets)) + linear.Y[:, :1]
    trains = [np.setdiff1d(np.arange(n), np.arange(k, n, 4)) for k in range(4)]
    found = pls_folds(tensor(linear.K), tensor(Y), trains, 6)
    for train, one, other in zip(trains, found, pls_folds(linear.K, Y, trains, 6), strict=True):
        np.testing.assert_allclose(
            one.predict(tensor(linear.K_test[:, train])).numpy(),
            other.predict(linear.K_test[:, train]),
            atol=1e-10,
        )


def test_single_precision_and_arrays_follow_the_matrix(linear):
    fit = ridge_dual(tensor(linear.K), linear.Y.astype(np.float32), ALPHAS)
    assert fit.coef.dtype == torch.float64
    expected = ridge_dual(linear.K, linear.Y.astype(np.float32), ALPHAS)
    np.testing.assert_allclose(fit.coef.numpy(), expected.coef, atol=1e-10)


@pytest.mark.parametrize("name", FITS)
def test_constant_targets_and_tensors_left_as_they_are(linear, name):
    K, Y = tensor(linear.K), tensor(linear.Y)
    Y[:, 1] = 0.1
    before = K.clone(), Y.clone()
    predicted = FITS[name](K, Y).predict(tensor(linear.K_test))
    np.testing.assert_allclose(predicted[:, 1].numpy(), 0.1, atol=1e-14)
    assert torch.equal(K, before[0])
    assert torch.equal(Y, before[1])


def test_what_is_refused_of_arrays_is_refused_of_tensors(linear):
    K, Y = tensor(linear.K), tensor(linear.Y)
    Y[0, 1] = torch.nan
    with pytest.raises(InputError, match=r"1 of \d targets have missing or infinite responses"):
        ridge_dual(K, Y, ALPHAS)
    with pytest.raises(InputError, match=r"Gram matrix of shape \(\d+, 5\) was given"):
        pls_dual(K[:, :5], Y, 3)
    K[2, 3] = torch.inf
    with pytest.raises(InputError, match="Gram matrix is not finite in 1 of"):
        ols_dual(K, Y)
