"""One mapping over all time bins equals a fit on the stacked samples, folds by stimulus."""

import numpy as np
import pytest
from course_of_steps import (
    N_UNITS,
    STARTS,
    STEPS,
    WINDOWS,
    N,
    area,
    features_and_responses,
    missing_some,
    recorded,
)
from ikpls.numpy import PLS
from sklearn.cross_decomposition import PLSRegression
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.model_selection import GroupKFold, KFold, LeaveOneGroupOut

import cornetkit as ck


@pytest.fixture(scope="module")
def data():
    return features_and_responses()


def stacked_scores(samples, responses, model, joint=False):
    """Return r (bin, split, neuroid) of a model that is fitted on (stimulus, bin) samples."""
    n, n_bins, n_neuroids = responses.shape
    r = np.full((n_bins, 8, n_neuroids), np.nan)
    together = [np.arange(n_neuroids)] if joint else np.arange(n_neuroids)[:, None]
    for k, (train, test) in enumerate(KFold(8, shuffle=True, random_state=0).split(np.arange(n))):
        for columns in together:
            y = responses[..., columns]
            there = ~np.isnan(y[train]).any(axis=2)
            groups = np.repeat(train[:, None], n_bins, axis=1)[there]
            predict = model(samples[train][there], y[train][there], groups)
            predicted = predict(samples[test].reshape(-1, samples.shape[2]))
            predicted = np.asarray(predicted).reshape(len(test), n_bins, -1)
            for b in range(n_bins):
                for j, c in enumerate(columns):
                    ok = ~np.isnan(y[test, b, j])
                    if ok.sum() >= 3:
                        r[b, k, c] = np.corrcoef(y[test, b, j][ok], predicted[ok, b, j])[0, 1]
    return r


def of_estimator(make):
    return lambda X, y, groups: make().fit(X, y).predict


def pls2(X, y, groups):
    model = PLS(algorithm=1, center_X=True, center_Y=True, scale_X=False, scale_Y=False)
    model.fit(X, y, 5)
    return lambda new: model.predict(new, 5)


@pytest.mark.parametrize("holes", [False, True], ids=["all there", "some missing"])
@pytest.mark.parametrize(
    ("settings", "make"),
    [
        ({"alphas": 0.01}, lambda: Ridge(alpha=0.01)),
        ({"alphas": 30.0}, lambda: Ridge(alpha=30.0)),
        ({"method": "ols"}, LinearRegression),
        (
            {"method": "pls", "n_components": 5, "targets": "separate"},
            lambda: PLSRegression(5, scale=False),
        ),
    ],
    ids=["ridge .01", "ridge 30", "ols", "pls separate"],
)
def test_equals_scikit_learn_on_the_stacked_samples(data, quietly, settings, make, holes):
    values, responses = data
    responses = missing_some(responses) if holes else responses
    scores = quietly(area(values), recorded(responses), mapping="shared", **settings)
    expected = stacked_scores(values[:, STEPS], responses, of_estimator(make))
    np.testing.assert_allclose(scores["r"].isel(area=0, time=0), expected, atol=1e-8)


def test_joint_pls_equals_improved_kernel_pls_on_the_stacked_samples(data, quietly):
    values, responses = data
    scores = quietly(
        area(values), recorded(responses), mapping="shared", method="pls", n_components=5
    )
    expected = stacked_scores(values[:, STEPS], responses, pls2, joint=True)
    np.testing.assert_allclose(scores["r"].isel(area=0, time=0), expected, atol=1e-8)


def test_overlap_equals_scikit_learn_on_mixed_steps(data, quietly):
    values, responses = data
    starts = np.array([70.0, 100.0, 115.0, 130.0])
    scores = quietly(
        area(values),
        recorded(responses[:, :4], starts, width=15.0),
        mapping="shared",
        alignment="overlap",
        alphas=3.0,
    )
    windows = np.array(WINDOWS)
    overlap = np.minimum(windows[:, 1], starts[:, None] + 15) - np.maximum(
        windows[:, 0], starts[:, None]
    )
    mixed = np.maximum(overlap, 0)
    mixed /= mixed.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(scores["alignment_weight"].isel(area=0), mixed)
    samples = np.einsum("bs,nsu->nbu", mixed, values)
    expected = stacked_scores(samples, responses[:, :4], of_estimator(lambda: Ridge(alpha=3.0)))
    np.testing.assert_allclose(scores["r"].isel(area=0, time=0), expected, atol=1e-8)


def test_penalty_is_chosen_by_leaving_out_stimuli_and_never_single_bins(data, quietly):
    values, responses = data
    alphas = np.array([0.1, 3.0, 30.0, 300.0])

    def nested(X, y, groups):
        y = y[:, 0]
        error = np.zeros(len(alphas))
        for fit, left in LeaveOneGroupOut().split(X, groups=groups):
            for i, alpha in enumerate(alphas):
                model = Ridge(alpha=alpha).fit(X[fit], y[fit])
                error[i] += ((y[left] - model.predict(X[left])) ** 2).sum()
        return Ridge(alpha=alphas[error.argmin()]).fit(X, y).predict

    kept = responses[..., :2]
    scores = quietly(area(values), recorded(kept), mapping="shared", alphas=alphas)
    expected = stacked_scores(values[:, STEPS], kept, nested)
    np.testing.assert_allclose(scores["r"].isel(area=0, time=0), expected, atol=1e-8)
    assert (scores["alpha"].isel(time_bin=0) == scores["alpha"]).all()


def test_groups_are_left_out_whole_in_folds_and_in_the_choice_of_a_penalty(data, quietly):
    values, responses = data
    alphas = np.array([0.1, 3.0, 30.0, 300.0])
    movie = np.arange(N) // 4
    recordings = recorded(responses[..., :1]).assign_coords(movie=("presentation", movie))
    scores = quietly(
        area(values), recordings, mapping="shared", alphas=alphas, groups="movie", n_splits=4
    )
    samples, y = values[:, STEPS], responses[..., 0]
    folds = GroupKFold(scores.sizes["split"], shuffle=True, random_state=0)
    for k, (train, test) in enumerate(folds.split(movie, groups=movie)):
        X, targets = samples[train].reshape(-1, N_UNITS), y[train].ravel()
        error = np.zeros(len(alphas))
        for fit, left in LeaveOneGroupOut().split(X, groups=np.repeat(movie[train], 5)):
            for i, alpha in enumerate(alphas):
                model = Ridge(alpha=alpha).fit(X[fit], targets[fit])
                error[i] += ((targets[left] - model.predict(X[left])) ** 2).sum()
        model = Ridge(alpha=alphas[error.argmin()]).fit(X, targets)
        for b in range(5):
            expected = np.corrcoef(model.predict(samples[test, b]), y[test, b])[0, 1]
            found = scores["r"].isel(area=0, time=0, time_bin=b, split=k, neuroid=0)
            assert float(found) == pytest.approx(expected, abs=1e-8)


def test_neuroids_of_other_animals_share_no_components(data, quietly):
    values, responses = data
    settings = {"mapping": "shared", "method": "pls", "n_components": 2}
    recordings = recorded(responses).assign_coords(animal=("neuroid", ["a", "b", "a", "b"]))
    together = quietly(area(values), recordings, by="animal", **settings)
    for animal in "ab":
        own = recordings.isel(neuroid=recordings["animal"].values == animal)
        alone = quietly(area(values), own, **settings)
        np.testing.assert_allclose(
            together["r"].isel(neuroid=together["animal"].values == animal), alone["r"], atol=1e-9
        )


def test_pixels_have_one_step_and_need_no_times(data, quietly):
    values, responses = data
    pixels = area(values[:, :1], windows=None, name="pixels").drop_vars("driven")
    scores = quietly(pixels, recorded(responses), mapping="shared", alphas=3.0)
    expected = stacked_scores(values[:, [0] * 5], responses, of_estimator(lambda: Ridge(alpha=3.0)))
    np.testing.assert_allclose(scores["r"].isel(area=0, time=0), expected, atol=1e-8)


def test_single_precision_is_close(data, quietly):
    values, responses = data
    exact, rough = (
        quietly(area(values), recorded(responses), mapping="shared", dtype=dtype)
        for dtype in ("float64", "float32")
    )
    np.testing.assert_allclose(rough["r"], exact["r"], atol=1e-3)


def test_one_bin_is_the_mapping_of_that_bin(data, quietly):
    values, responses = data
    one = recorded(responses[:, [2]], STARTS[[2]])
    shared = quietly(area(values), one, mapping="shared")
    alone = quietly(area(values), one)
    np.testing.assert_allclose(shared["r"].isel(time=0), alone["r"].sel(time=1), atol=1e-9)


def test_a_planted_shared_course_is_found_and_a_wrong_table_scores_lower(quietly):
    rng = np.random.default_rng(0)
    acts = area(rng.standard_normal((60, 3, 20)).cumsum(axis=1))
    recordings = ck.simulate_recordings(
        acts, STEPS, n_neuroids=10, n_dimensions=10, reliability=0.8, rng=1
    )
    right = quietly(acts, recordings, mapping="shared")
    assert (right["aligned_step"].isel(area=0) == recordings["planted_step"].values).all()
    assert (right["score"] > 0.8).all()
    late = dict(zip(STARTS, [0, 0, 0, 1, 1], strict=True))
    wrong = quietly(acts, recordings, mapping="shared", alignment=late)
    changed = [2, 3, 4]
    assert (
        wrong["score"].isel(time_bin=changed) < right["score"].isel(time_bin=changed) - 0.1
    ).all()


def test_no_step_is_chosen_on_what_is_scored(quietly):
    """Responses of noise score 0 on average however many steps and bins there are."""
    rng = np.random.default_rng(5)
    acts = area(rng.standard_normal((60, 3, 20)))
    recordings = recorded(rng.standard_normal((60, 5, 40)))
    r = quietly(acts, recordings, mapping="shared")["r"]
    assert abs(float(r.mean())) < 3 / np.sqrt(60 * 40)
