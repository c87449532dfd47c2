"""Units of very uneven scales: right through the units, refused or named through the stimuli."""

import mpmath
import numpy as np
import pytest

import cornetkit as ck
from cornetkit.errors import InputError
from cornetkit.kernels.gram import gram
from cornetkit.kernels.pls_primal import pls_separate_primal
from cornetkit.kernels.pls_separate import pls_separate_dual
from cornetkit.kernels.primal import ridge_primal
from cornetkit.kernels.ridge import ridge_dual
from cornetkit.kernels.ridge_folds import ridge_folds
from cornetkit.predictivity.faint import find_faint, refuse_faint


def uneven(n_units, most=6.0, n=40, seed=0):
    """Return features whose units have scales from 10^-most to 10^most, and targets of all."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, n_units))
    Y = X @ rng.standard_normal((n_units, 2)) + rng.standard_normal((n, 2))
    return X * 10.0 ** np.linspace(-most, most, n_units), Y


def ridge_of_60_digits(X, Y, X_test, alpha):
    """Refit with numbers of 60 digits: nothing is lost whatever the scales."""
    with mpmath.workdps(60):
        exact = mpmath.matrix(X.tolist())
        ones = mpmath.ones(len(X), 1)
        mean = (ones.T * exact) / len(X)
        centred = exact - ones * mean
        inverse = (centred.T * centred + mpmath.mpf(alpha) * mpmath.eye(X.shape[1])) ** -1
        y_mean = Y.mean(axis=0)
        coef = inverse * centred.T * mpmath.matrix((Y - y_mean).tolist())
        test = mpmath.matrix(X_test.tolist()) - mpmath.ones(len(X_test), 1) * mean
        return np.array((test * coef).tolist(), dtype=float) + y_mean


@pytest.mark.parametrize("alpha", [0.01, 1.0, 1e4])
def test_ridge_through_the_units_equals_a_fit_of_60_digits(alpha):
    X, Y = uneven(8)
    expected = ridge_of_60_digits(X[:30], Y[:30], X[30:], alpha)
    fit = ridge_primal(X[:30], Y[:30], [alpha])
    np.testing.assert_allclose(fit.predict(X[30:]), expected, atol=1e-11)


def test_the_least_penalty_that_is_let_through_is_right():
    """Through products of stimuli, .01 is off by more than .001, and what is let through not."""
    X, Y = uneven(8)
    K = X @ X.T
    found = gram([X[:30]], 30)
    centred, squares = found.gram, found.unit_squares
    with pytest.raises(InputError, match="of 8 units") as refused:
        refuse_faint(centred, squares, [0.01], "IT step 1")
    least = float(str(refused.value).split("penalties of ")[1].split()[0]) * 1.1
    refuse_faint(centred, squares, [least], "IT step 1")
    errors = []
    for alpha in (0.01, least):
        fit = ridge_dual(K[:30, :30], Y[:30], [alpha])
        expected = ridge_of_60_digits(X[:30], Y[:30], X[30:], alpha)
        errors.append(np.abs(fit.predict(K[30:, :30]) - expected).max())
    assert errors[0] > 1e-2
    assert errors[1] < 1e-4


@pytest.mark.parametrize("n_units", [20, 60])
def test_penalties_below_the_rounding_of_products_are_refused(planted, quietly, n_units):
    data = planted(n_stimuli=40, n_units=n_units)
    features = data.features * 10.0 ** np.linspace(-6, 6, n_units)
    message = (
        rf"a penalty of 0\.01 was given, and \d+ of {n_units} units vary so little beside the "
        r"others that rounding hides them from it; use penalties of \S+ or more, or scale units "
        r"alike \(in ck\.predict standardize=True, --standardize\)"
    )
    for alphas in (0.01, "brainscore"):
        with pytest.raises(InputError, match=message):
            quietly(features, data.recordings, alphas=alphas)
    quietly(features, data.recordings, alphas=0.01, standardize=True)
    quietly(features, data.recordings)  # relative penalties are far above it


def test_groups_mapping_over_bins_and_time_are_refused_too(planted, quietly):
    data = planted(n_stimuli=40, n_units=8, n_bins=3)
    group = ("presentation", np.repeat(np.arange(40) // 5, 4))
    recordings = data.recordings.assign_coords(movie=group)
    scaled = data.features * 10.0 ** np.linspace(-6, 6, 8)
    steps = scaled.expand_dims(time=[0, 1, 2]).transpose("stimulus", "time", "unit")
    steps = steps * (1 + np.arange(3))[None, :, None]
    with pytest.raises(InputError, match=r"a penalty of 0\.01 was given"):
        quietly(scaled, recordings, groups="movie", alphas=0.01)
    with pytest.raises(InputError, match=r"a penalty of 0\.01 was given"):
        quietly(
            steps.assign_coords(
                time_start_ms=("time", [70.0, 90.0, 110.0]),
                time_end_ms=("time", [90.0, 110.0, 130.0]),
            ),
            recordings,
            mapping="shared",
            alphas=0.01,
        )
    with pytest.raises(InputError, match=r"a penalty of 0\.01 was given"):
        ck.step_matrix(steps, recordings, area="features", alphas=0.01, match_reliability=False)
    with pytest.raises(InputError, match="a penalty of 1e-05 was given"):
        ck.error_modes(scaled, recordings, alpha=1e-5, progress=False)


@pytest.mark.parametrize("n_units", [8, 20])
@pytest.mark.parametrize("settings", [{"method": "ols"}, {"method": "pls", "n_components": 3}])
def test_least_squares_and_pls_name_the_units_that_do_not_count(planted, n_units, settings):
    data = planted(n_stimuli=40, n_units=n_units)
    features = data.features * 10.0 ** np.linspace(-6, 6, n_units)
    with pytest.warns(ck.CornetkitWarning, match=rf"of {n_units} units vary so little"):
        scores = ck.predict(features, data.recordings, progress=False, **settings)
    assert "standardize=True, --standardize" in str(scores.attrs["notes"])


def test_units_that_others_make_up_for_are_not_mentioned():
    """Nearly dead units are in every network; beside enough others they change nothing."""
    X = np.random.default_rng(0).standard_normal((20, 50))
    X[:, :10] *= 1e-9
    found = gram([X], 20)
    assert find_faint(found.unit_squares, 20).n_hidden == 0
    refuse_faint(found.gram, found.unit_squares, [1e-12], "IT step 0")
    K = X @ X.T
    Y = np.random.default_rng(1).standard_normal((15, 1))
    fit = ridge_dual(K[:15, :15], Y, [1e-9])
    expected = ridge_of_60_digits(X[:15], Y, X[15:], 1e-9)
    np.testing.assert_allclose(fit.predict(K[15:, :15]), expected, atol=1e-9)


def test_many_small_units_that_span_the_stimuli_together_are_not_refused():
    X = np.random.default_rng(0).standard_normal((20, 3000)) * 3e-4
    X[:, 0] *= 3e6
    found = gram([X], 20)
    assert (found.unit_squares[1:] < 1e3 * 20 * 2.3e-16 * found.unit_squares.sum()).all()
    refuse_faint(found.gram, found.unit_squares, [1e-12], "IT step 0")
    K = X @ X.T
    Y = np.random.default_rng(1).standard_normal((15, 1))
    fit = ridge_dual(K[:15, :15], Y, [1e-9])
    mean = X[:15].mean(axis=0)
    coef = np.linalg.lstsq(X[:15] - mean, Y - Y.mean(axis=0))[0]
    expected = (X[15:] - mean) @ coef + Y.mean(axis=0)
    np.testing.assert_allclose(fit.predict(K[15:, :15]), expected, rtol=1e-4)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("alphas", [1e-10, "brainscore"])
def test_ordinary_features_are_never_refused(planted, quietly, dtype, alphas):
    """Rectified, of real offsets, one unit dead, more units than stimuli."""
    data = planted(n_stimuli=40, n_units=400)
    features = np.maximum(data.features * 3 + 1, 0).astype("float32")
    features[:, 7] = 0
    features[:, 8] = np.where(np.arange(40) == 3, 1e-5, 0)
    quietly(features, data.recordings, alphas=alphas, dtype=dtype)


def test_nearly_dead_units_of_pooled_features_are_not_refused_and_nothing_is_lost():
    """Of images from 0 to 255, with fewer units than stimuli, so that others do not span these."""
    rng = np.random.default_rng(0)
    X = 255 * np.maximum(rng.standard_normal((400, 300)) @ rng.standard_normal((300, 300)) / 25, 0)
    X[:, 250:] = 0
    X[np.arange(50), np.arange(250, 300)] = 0.1
    Y = X[:, :20] / X[:, :20].std(axis=0) + rng.standard_normal((400, 20))
    Y[:50] += 5
    found = gram([X], 400)
    refuse_faint(found.gram, found.unit_squares, "brainscore", "IT step 1")
    fold = np.arange(20, 400), np.arange(20)
    fit = ridge_folds(found.gram, Y, [fold], [0.01])
    expected = ridge_primal(X[20:], Y[20:], [0.01]).predict(X[:20])
    np.testing.assert_allclose(fit.predictions[0], expected, atol=1e-4 * np.ptp(Y))


@pytest.mark.parametrize("n_stimuli", [100, 400])
def test_a_penalty_that_is_let_through_loses_nothing_of_units_as_small(n_stimuli):
    """The last digits of products do not grow with the number of stimuli."""
    rng = np.random.default_rng(0)
    many, few = (rng.standard_normal((n_stimuli, k)) for k in (n_stimuli * 3 // 4, 20))
    Y = many.mean(axis=1)[:, None] * 5 + few @ rng.standard_normal((20, 3)) / 4
    squares = gram([many * 1e3], n_stimuli).unit_squares
    found = gram([many * 1e3, few * 1e-6], n_stimuli)
    with pytest.raises(InputError) as refused:
        refuse_faint(found.gram, found.unit_squares, [1e-12], "IT")
    alpha = float(str(refused.value).split("penalties of ")[1].split()[0]) * 1.1
    assert alpha < 1e-10 * squares.sum()
    X = np.concatenate([many * 1e3, few * np.sqrt(alpha / n_stimuli)], axis=1)
    fold = np.arange(20, n_stimuli), np.arange(20)
    fit = ridge_folds(X @ X.T, Y, [fold], [alpha])
    expected = ridge_primal(X[20:], Y[20:], [alpha]).predict(X[:20])
    without = ridge_primal(many[20:] * 1e3, Y[20:], [alpha]).predict(many[:20] * 1e3)
    assert np.abs(fit.predictions[0] - expected).max() < 2e-3 * np.abs(without - expected).max()


@pytest.mark.parametrize(("n_units", "most"), [(8, 2.0), (20, 2.0), (60, 3.0)])
def test_separate_pls_is_as_precise_through_the_stimuli_as_the_eigenvalues_allow(n_units, most):
    X, Y = uneven(n_units, most)
    K = X @ X.T
    dual = pls_separate_dual(K[:30, :30], Y[:30], 25)
    primal = pls_separate_primal(X[:30], Y[:30], 25)
    np.testing.assert_array_equal(dual.n_components, primal.n_components)
    np.testing.assert_allclose(dual.predict(K[30:, :30]), primal.predict(X[30:]), atol=1e-5)
