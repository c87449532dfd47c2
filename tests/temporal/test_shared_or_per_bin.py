"""One mapping for all bins against one for each: planted dynamics and planted mappings."""

import numpy as np
import pytest
import xarray as xr
from planted_time import drifting, planted_course, quietly, recorded

import cornetkit as ck
from cornetkit.temporal.mapping_fits import choose_and_fit
from cornetkit.temporal.projected import project

SETTINGS = {"n_splits": 5, "n_draws": 40, "match_reliability": False}
SIGNAL = [step is not None for step in planted_course()]


@pytest.fixture(scope="module")
def acts():
    return drifting()


def test_where_the_model_carries_the_time_course_one_mapping_does_as_well(acts):
    found = quietly(ck.shared_or_per_bin, acts, recorded(acts, planted_course()), **SETTINGS)
    assert float(found["difference_mean"][0]) > -0.01
    assert float(found["dynamics_mean_low"][0]) > 0.2  # and the first step alone does not
    assert found.attrs["alignment"] == "affine"
    assert found["mapping"].values.tolist() == ["shared", "per-bin", "static"]


def test_where_the_mapping_carries_it_one_mapping_fails(acts):
    """Every bin reads the same step with weights of its own."""
    bins = [recorded(acts, [2], rng=seed) for seed in range(5)]
    starts = 50.0 + 20 * np.arange(5)
    recordings = xr.concat(bins, "time_bin").assign_coords(
        time_bin_start=("time_bin", starts), time_bin_end=("time_bin", starts + 20)
    )
    recordings = recordings.transpose("presentation", "time_bin", "neuroid")
    table = dict.fromkeys(starts, 2)
    found = quietly(
        ck.shared_or_per_bin, acts, recordings, alignment="table", table=table, **SETTINGS
    )
    assert float(found["difference_mean_high"][0]) < -0.2
    assert (found["score"].sel(mapping="per-bin").values > 0.6).all()


def test_the_difference_is_that_of_paired_correlations(acts):
    found = quietly(ck.shared_or_per_bin, acts, recorded(acts, planted_course()), **SETTINGS)
    rough = found["score"].sel(mapping="shared") - found["score"].sel(mapping="per-bin")
    np.testing.assert_allclose(found["difference"], rough, atol=0.05)
    assert (found["difference_low"] <= found["difference"]).all()
    assert (found["difference"] <= found["difference_high"]).all()


def test_the_fit_equals_scikit_learn_on_stacked_samples_with_an_intercept_a_bin():
    from sklearn.linear_model import Ridge

    rng = np.random.default_rng(0)
    features = [rng.standard_normal((30, 4)) + k for k in range(2)]
    Y = [rng.standard_normal((30, 1, 3)) + 5 * k for k in range(2)]
    train, test = np.arange(24), np.arange(24, 30)
    inner = [(train[:16], train[16:]), (train[8:], train[:8])]
    samples = list(zip(features, Y, strict=True))
    found = choose_and_fit(samples, train, test, inner, together=True)

    def fit(alpha, rows, q):
        means = [(F[rows].mean(0), y[rows, 0, q].mean()) for F, y in samples]
        X = np.concatenate([F[rows] - m for (F, _), (m, _) in zip(samples, means, strict=True)])
        y = np.concatenate(
            [y[rows, 0, q] - m for (_, y), (_, m) in zip(samples, means, strict=True)]
        )
        return Ridge(alpha=alpha, fit_intercept=False).fit(X, y), means

    square = sum(((F[train] - F[train].mean(0)) ** 2).sum() for F in features)
    from cornetkit.kernels.alphas import relative_grid

    grid = relative_grid(square / 47, 13)
    for q in range(3):
        errors = []
        for alpha in grid:
            error = 0.0
            for rows, check in inner:
                model, means = fit(alpha, rows, q)
                for (F, y), (m, y_mean) in zip(samples, means, strict=True):
                    error += ((model.predict(F[check] - m) + y_mean - y[check, 0, q]) ** 2).sum()
            errors.append(error)
        model, means = fit(grid[int(np.argmin(errors))], train, q)
        for k, ((F, _), (m, y_mean)) in enumerate(zip(samples, means, strict=True)):
            np.testing.assert_allclose(
                found[k][:, 0, q], model.predict(F[test] - m) + y_mean, rtol=1e-8
            )


def test_the_projection_keeps_products_on_average_and_is_the_same_for_all_steps():
    acts = drifting(n=30, steps=3, units=400, undriven=0)
    from cornetkit.activations.given import as_activations
    from cornetkit.predictivity.features import list_features

    features = list_features(as_activations(acts))
    ids = acts["stimulus"].values
    few = project(features, ids, seed=0, most=390)
    exact = project(features, ids, seed=0, most=400)
    np.testing.assert_allclose(exact, acts.transpose("time", "stimulus", "unit"), rtol=1e-6)
    products, true = (np.einsum("snd,snd->sn", x - x.mean(1, keepdims=True), x) for x in
                      (few, exact))  # fmt: skip
    assert abs(products.sum() / true.sum() - 1) < 0.1
    twice = xr.concat([acts.isel(time=[0]), acts.isel(time=[0])], "time").assign_coords(time=[0, 1])
    same = project(list_features(as_activations(twice)), ids, seed=0, most=50)
    np.testing.assert_array_equal(same[0], same[1])


def test_bins_without_limits_are_aligned_monotonely(acts):
    blind = recorded(acts, planted_course()).drop_vars(["time_bin_start", "time_bin_end"])
    found = quietly(ck.shared_or_per_bin, acts, blind, **SETTINGS)
    assert found.attrs["alignment"] == "monotone"
    assert (found["score"].sel(mapping="shared").values[0, SIGNAL] > 0.6).all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"alignment": "monoton"}, "did you mean 'monotone'"),
        ({"alignment": "table"}, "go together"),
        ({"table": {50: 1}}, "go together"),
    ],
)
def test_wrong_arguments_are_one_clear_line(acts, settings, message):
    with pytest.raises(ck.CornetkitError, match=message):
        quietly(
            ck.shared_or_per_bin, acts, recorded(acts, planted_course()), **(SETTINGS | settings)
        )
