"""Step x bin matrix: planted steps, nested choices, ceilings, the matched copy, wrong input."""

import numpy as np
import pytest
import xarray as xr
from planted_time import STARTS, drifting, noisier, planted_course, quietly, recorded
from scipy.stats import pearsonr

import cornetkit as ck
from cornetkit.errors import InputError
from cornetkit.temporal.fits import fit_gram

SETTINGS = {"n_splits": 5, "n_draws": 40}
SIGNAL = [step is not None for step in planted_course()]


@pytest.fixture(scope="module")
def acts():
    return drifting()


@pytest.fixture(scope="module")
def recordings(acts):
    return recorded(acts, planted_course())


@pytest.fixture(scope="module")
def matrix(acts, recordings):
    return quietly(ck.step_matrix, acts, recordings, **SETTINGS)


def test_the_best_step_follows_the_planted_one_in_every_split(matrix, recordings):
    planted = recordings["planted_step"].values[SIGNAL]
    chosen = matrix["best_step"].values[..., SIGNAL]
    assert (chosen == planted).all()
    assert (matrix["best_step_main"].values[:, SIGNAL] == planted).all()


def test_scores_are_those_of_predict(matrix, acts, recordings):
    scores = quietly(ck.predict, acts, recordings, n_splits=5, areas=["IT"], progress=False)
    expected = scores.sel(area="IT", time=matrix["time"].values)
    found = matrix.sel(copy="all")
    np.testing.assert_allclose(found["score"], expected["score"], atol=1e-9)
    np.testing.assert_allclose(found["r"], expected["r"].mean("split"), atol=1e-6)
    np.testing.assert_allclose(found["ceiling"], expected["ceiling"], atol=1e-12)
    np.testing.assert_allclose(
        found["normalized"].values[:, SIGNAL], expected["normalized"].values[:, SIGNAL], atol=1e-9
    )


def test_undriven_steps_are_in_no_score_and_are_named(matrix):
    assert matrix["time"].values.tolist() == list(range(1, 8))
    assert matrix.attrs["undriven_steps"] == "0"
    assert "image has not arrived by step 0" in matrix.attrs["notes"][0]
    assert not np.isnan(matrix["score"]).any()


def test_rt_with_five_steps_has_two_of_them_in_every_score():
    acts = drifting(n=60, steps=5, undriven=3)
    recordings = recorded(acts, [3, 3, 4, 4])
    found = quietly(ck.step_matrix, acts, recordings, **SETTINGS)
    assert found["time"].values.tolist() == [3, 4]
    assert found.attrs["undriven_steps"] == "0, 1, 2"
    assert set(np.unique(found["best_step"])) <= {3, 4}


def test_a_bin_without_signal_is_not_normalised(matrix):
    silent = ~np.array(SIGNAL)
    assert np.isnan(matrix["normalized"].values[..., silent]).all()
    assert matrix["noise"].values[..., silent].all()
    assert not matrix["noise"].values[..., SIGNAL].any()
    assert (matrix["n_reliable"].values[..., SIGNAL] == 16).all()


def test_intervals_hold_the_score_and_are_narrow_where_there_is_signal(matrix):
    low, mid, high = (matrix[f"best_score{x}"].values for x in ("_low", "", "_high"))
    assert (low < mid).all()
    assert (mid < high).all()
    assert (high - low)[:, SIGNAL].max() < 0.2


def test_a_best_step_chosen_on_noise_scores_nothing(acts):
    """The best of 7 by its held-out score would lie above 0 in every bin."""
    rng = np.random.default_rng(5)
    null = recorded(acts, planted_course())
    null = null.copy(data=rng.standard_normal(null.shape).astype(np.float32))
    found = quietly(ck.step_matrix, acts, null, n_splits=5, n_draws=20, match_reliability=False)
    assert abs(float(found["best_score"].mean())) < 0.03
    best_seen = float(found["score"].max("time").mean())
    assert best_seen > float(found["best_score"].mean()) + 0.02


def test_the_copy_is_at_matched_reliability(acts, recordings):
    falling = noisier(recordings, np.linspace(0, 2, len(STARTS)))
    found = quietly(ck.step_matrix, acts, falling, **SETTINGS)
    ceiling = found["ceiling_score"].values[:, SIGNAL]
    assert np.ptp(ceiling[0]) > 0.3
    assert np.ptp(ceiling[1]) < 0.15
    assert np.nanmin(found["ceiling_low"].values) >= 0


def test_pls_and_ols_choose_steps_inside_training_too():
    acts = drifting(n=80, steps=4, units=20)
    recordings = recorded(acts, [1, 2, 3])
    for method, settings in (("pls", {"n_components": 8}), ("ols", {})):
        found = quietly(
            ck.step_matrix, acts, recordings, method=method, match_reliability=False,
            **settings, **SETTINGS,
        )  # fmt: skip
        assert found["best_step_main"].values[0].tolist() == [1, 2, 3], method


def test_groups_stay_together_inside_training():
    acts = drifting(n=60, steps=4)
    recordings = recorded(acts, [1, 2, 3])
    label = np.array([int(s[1:]) // 4 for s in recordings["stimulus"].values])
    grouped = recordings.assign_coords(object_name=("presentation", label.astype(str)))
    found = quietly(
        ck.step_matrix, acts, grouped, groups="object_name", match_reliability=False, **SETTINGS
    )
    assert found["best_step_main"].values[0].tolist() == [1, 2, 3]
    assert found.attrs["groups"] == "object_name"


def test_baselines_and_the_other_animal_are_scored_beside(acts, recordings):
    two = recordings.assign_coords(animal=("neuroid", ["a"] * 8 + ["b"] * 8))
    first = acts.sel(time=1).drop_vars(["time", "driven"])
    found = quietly(ck.step_matrix, acts, two, baselines={"first": first}, **SETTINGS)
    assert found["baseline"].values.tolist() == ["first", "other animal"]
    np.testing.assert_allclose(
        found["baseline_score"].sel(baseline="first"), found["score"].sel(time=1), atol=1e-6
    )
    others = found["baseline_score"].sel(baseline="other animal", copy="all").values
    assert (others[SIGNAL] > 0.4).all()
    assert abs(others[~np.array(SIGNAL)]).max() < 0.25


def test_intervals_over_animals_are_wider(acts, recordings):
    four = recordings.assign_coords(animal=("neuroid", np.repeat(list("abcd"), 4)))
    settings = SETTINGS | {"match_reliability": False, "other_animal": False}
    over_neuroids = quietly(ck.step_matrix, acts, four, **settings)
    over_animals = quietly(ck.step_matrix, acts, four, interval_over="animal", **settings)
    width = [float((d["best_score_high"] - d["best_score_low"])[:, SIGNAL].mean())
             for d in (over_neuroids, over_animals)]  # fmt: skip
    assert width[1] > width[0]
    np.testing.assert_array_equal(over_neuroids["best_score"], over_animals["best_score"])


def test_the_neuroids_are_one_set_for_all_bins(acts, recordings):
    holes = recordings.copy(deep=True)
    holes[:, 4, 3] = np.nan
    holes[:, 6, 5] = 2.0
    found = quietly(ck.step_matrix, acts, holes, match_reliability=False, **SETTINGS)
    assert found.sizes["neuroid"] == 14
    assert {"sim003", "sim005"}.isdisjoint(found["neuroid"].values)
    assert any("2 of 16 neuroids" in note for note in found.attrs["notes"])


def test_missing_responses_are_fitted_on_what_is_there(acts, recordings):
    holes = recordings.copy(deep=True)
    seen = ~np.isin(recordings["stimulus"].values, [f"s{k:03d}" for k in range(0, 100, 10)])
    holes[:, :, :4] = np.where(seen[:, None, None], holes[:, :, :4], np.nan)
    found = quietly(ck.step_matrix, acts, holes, match_reliability=False, **SETTINGS)
    scores = quietly(ck.predict, acts, holes, n_splits=5, areas=["IT"], progress=False)
    np.testing.assert_allclose(
        found["score"].values[0], scores["score"].sel(area="IT", time=slice(1, None)), atol=1e-9
    )


def test_order_of_stimuli_changes_nothing(acts, recordings):
    order = np.random.default_rng(0).permutation(acts.sizes["stimulus"])
    rows = np.random.default_rng(1).permutation(recordings.sizes["presentation"])
    settings = SETTINGS | {"match_reliability": False}
    one = quietly(ck.step_matrix, acts, recordings, **settings)
    other = quietly(
        ck.step_matrix, acts.isel(stimulus=order), recordings.isel(presentation=rows), **settings
    )
    np.testing.assert_allclose(other["score"], one["score"], atol=1e-6)


def test_held_out_predictions_and_inner_errors_equal_a_naive_loop():
    from sklearn.linear_model import Ridge

    rng = np.random.default_rng(0)
    X, n = rng.standard_normal((24, 5)), 24
    Y = (X @ rng.standard_normal((5, 6))).reshape(n, 2, 3) + rng.standard_normal((n, 2, 3))
    splits = [(np.setdiff1d(np.arange(n), t), t) for t in np.array_split(np.arange(n), 3)]
    from cornetkit.predictivity.protocols import find_protocol

    plan = find_protocol("cornetkit").but(alphas=(2.0,))
    (fit,) = fit_gram(X @ X.T, [Y], splits, plan, weigh=True)
    for k, (train, test) in enumerate(splits):
        model = Ridge(alpha=2.0).fit(X[train], Y[train].reshape(len(train), -1))
        expected = model.predict(X[test]).reshape(len(test), 2, 3)
        np.testing.assert_allclose(fit.held_out[test], expected, atol=1e-5)
        assert fit.r[k, 1, 2] == pytest.approx(pearsonr(expected[:, 1, 2], Y[test, 1, 2])[0])
        left = np.stack([
            Ridge(alpha=2.0).fit(X[others], Y[others].reshape(len(others), -1)).predict(X[[i]])[0]
            for i in train for others in [train[train != i]]
        ]).reshape(len(train), 2, 3)  # fmt: skip
        mean = np.stack([Y[train[train != i]].mean(axis=0) for i in train])
        error = ((left - Y[train]) ** 2).mean(axis=0) / ((mean - Y[train]) ** 2).mean(axis=0)
        np.testing.assert_allclose(fit.inner[k], error, rtol=1e-6)
        np.testing.assert_allclose(fit.weighed[k][train], left, atol=1e-5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r: r.isel(time_bin=[3]), "no time bins to compare"),
        (lambda r: r.isel(time_bin=[3, 2]), "time bins are not in order"),
        (
            lambda r: r.assign_coords(time_bin_end=r["time_bin_end"] + 15),
            "overlap the next one",
        ),
        (lambda r: r.sel(presentation=r["repetition"] == 0), "fewer than 2 repetitions"),
        (lambda r: r.copy(data=r.values * 0), "none of 16 neuroids has responses that vary"),
    ],
    ids=["one bin", "unsorted", "overlapping", "one repetition", "constant"],
)
def test_wrong_recordings_are_one_clear_line(acts, recordings, change, message):
    with pytest.raises(ck.CornetkitError, match=message) as told:
        quietly(ck.step_matrix, acts, change(recordings), **SETTINGS)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"method": "best-unit"}, "expected ridge, pls, ols, rsa, which go through the Gram"),
        ({"method": "RSA"}, r"method 'RSA' was given \(did you mean 'rsa'\?\); expected ridge"),
        ({"n_draws": 5}, "expected 20 or more"),
        ({"area": "It"}, "did you mean 'IT'"),
        ({"interval_over": "monkey"}, "unknown second factor of intervals"),
        ({"interval_over": "animal"}, "2 animals or more"),
        ({"other_animal": True}, "2 animals or more"),
        ({"baselines": [1]}, "activations by name"),
        ({"method": "rsa", "baselines": {"a": 1}}, "give baselines to ck.rsa"),
        ({"method": "rsa", "n_draws": 50}, "n_draws=50 is for predictions, and method='rsa'"),
        ({"method": "rsa", "alphas": [1.0]}, "alphas= is for predictions"),
        ({"method": "rsa", "other_animal": True}, "other_animal=True is for predictions"),
    ],
)
def test_wrong_arguments_are_one_clear_line(acts, recordings, settings, message):
    with pytest.raises(ck.CornetkitError, match=message):
        quietly(
            ck.step_matrix,
            acts,
            recordings,
            **({} if "method" in settings else SETTINGS) | settings,
        )


def test_a_baseline_of_other_stimuli_is_refused(acts, recordings):
    few = acts.isel(stimulus=slice(50))
    with pytest.raises(InputError, match="the baseline few lack 50 of 100 stimuli"):
        quietly(ck.step_matrix, acts, recordings, baselines={"few": few}, **SETTINGS)


def test_a_constant_step_that_passes_for_driven_is_named(acts, recordings):
    silent = acts.drop_vars("driven")
    with pytest.raises(InputError, match="IT step 0: all 40 units are constant"):
        quietly(ck.step_matrix, silent, recordings, **SETTINGS)


def test_bins_without_limits_are_numbered(acts, recordings):
    n = recordings.sizes["time_bin"]
    blind = recordings.assign_coords(
        time_bin_start=("time_bin", np.full(n, np.nan)),
        time_bin_end=("time_bin", np.full(n, np.nan)),
    )
    found = quietly(ck.step_matrix, acts, blind, match_reliability=False, **SETTINGS)
    assert found.attrs["time_axis"] == "number of the bin (no limits in ms)"
    assert isinstance(found, xr.Dataset)


@pytest.mark.slow
def test_intervals_of_scores_of_noise_hold_0_in_about_95_percent():
    """160 intervals of one step and as many of the nested best one."""
    of_step, of_best = [], []
    for seed in range(40):
        acts = drifting(n=100, steps=3, units=20, seed=seed)
        null = recorded(acts, [1, 2, 1, 2], rng=seed, n_neuroids=12)
        noise = np.random.default_rng(1000 + seed).standard_normal(null.shape)
        null = null.copy(data=noise.astype(np.float32))
        found = quietly(
            ck.step_matrix, acts, null, n_splits=5, n_draws=100, match_reliability=False
        ).sel(copy="all")
        low, high = (found[f"score_{end}"].sel(time=1).values for end in ("low", "high"))
        of_step += ((low <= 0) & (high >= 0)).tolist()
        low, high = (found[f"best_score_{end}"].values for end in ("low", "high"))
        of_best += ((low <= 0) & (high >= 0)).tolist()
    # Within 3 standard errors of 95 %.
    assert 0.9 < np.mean(of_step) <= 1.0
    assert 0.9 < np.mean(of_best) <= 1.0


def test_fewer_folds_than_asked_for_are_said():
    acts = drifting(n=40)
    recordings = recorded(acts, planted_course(), n_neuroids=5)
    found = quietly(ck.step_matrix, acts, recordings, n_splits=100, n_draws=20)
    assert "8 folds instead of 100: there are few stimuli" in found.attrs["notes"]
    assert found.attrs["n_splits"] == 8
