"""What a design could tell: planted steps are found where they can be, and said not to be else."""

import numpy as np
import pytest
import xarray as xr

from cornetkit.errors import CornetkitWarning, FileError, InputError, UnknownNameError
from cornetkit.plotting import plot_power
from cornetkit.predictivity import predict
from cornetkit.simulation import simulate_recordings
from cornetkit.temporal import open_temporal, power, save_temporal

FAST = {"n_simulations": 12, "n_dimensions": 6, "n_neuroids": 20, "n_splits": 4, "progress": False}


def make_acts(n=60, steps=4, units=24, seed=0, mix=1.0):
    """Steps that drift apart from one to the next; 0 keeps them as they were."""
    rng = np.random.default_rng(seed)
    x, values = rng.standard_normal((n, units)), []
    for _ in range(steps):
        values.append(x)
        x = x if not mix else np.tanh(x + mix * x @ rng.standard_normal((units, units)) / 5)
    return xr.DataArray(
        np.stack(values, axis=1),
        dims=("stimulus", "time", "unit"),
        coords={"stimulus": [f"s{k:02d}" for k in range(n)], "time": range(steps), "area": "IT"},
    )


@pytest.fixture(scope="module")
def acts():
    return make_acts()


@pytest.fixture(scope="module")
def found(acts):
    bins = [(start, start + 20) for start in range(50, 210, 20)]
    return power(acts, trial_reliability=0.15, time_bins=bins, **FAST)


def test_a_good_design_tells_every_step(found):
    np.testing.assert_array_equal(np.diag(found["recovery"]) > 0.9, True)
    told = found["told"].values
    assert np.isnan(np.diag(told)).all()
    assert told[~np.eye(4, dtype=bool)].min() > 0.9
    assert found["identifiable"].values[0, 1]


def test_recovery_sums_to_one(found):
    np.testing.assert_allclose(found["recovery"].sum("candidate"), 1)


def test_a_good_design_sees_a_gain_and_finds_the_lag(found):
    of_it = found.sel(group="IT")
    assert float(of_it["gain_power"]) > 0.9
    assert float(of_it["gain"]) > 0 > float(of_it["gain_static"])
    assert float(of_it["lag_power"]) > 0.8
    assert float(of_it["planted_onset_ms"]) == 70
    assert float(of_it["planted_step_ms"]) == 35


def test_a_design_of_noise_tells_nothing(acts):
    found = power(acts, trial_reliability=1e-5, **{**FAST, "n_simulations": 40})
    told = found["told"].values[~np.eye(4, dtype=bool)]
    # At most the accepted share of false claims, as far as 40 simulations know it.
    assert told.mean() < 0.12
    assert not found["identifiable"].any()
    assert np.diag(found["recovery"]).mean() < 0.45
    assert float(found["gain_power"][0]) < 0.2


def test_steps_that_do_not_change_are_never_told_apart():
    found = power(make_acts(steps=2, mix=0), trial_reliability=0.9, **FAST)
    assert found["told"].values[0, 1] == 0
    assert not found["identifiable"].any()
    assert float(found["gain_power"][0]) <= 0.2


def test_more_repetitions_tell_more(acts):
    few, many = (power(acts, trial_reliability=0.01, n_repetitions=n, **FAST) for n in (1, 60))
    assert np.nanmean(many["told"]) > np.nanmean(few["told"]) + 0.3
    assert few.attrs["reliability"] == pytest.approx(0.01)
    assert many.attrs["reliability"] == pytest.approx(60 * 0.01 / (1 + 59 * 0.01))


def test_two_steps_have_no_identifiable_lag(acts):
    bins = [(start, start + 20) for start in range(50, 210, 20)]
    found = power(acts[:, :2], time_bins=bins, **FAST)
    assert np.isnan(found["lag_power"]).all()
    reason = "not identifiable: 2 driven steps, and onset and step length need 3"
    assert found["lag_reason"].values.tolist() == [reason]


def test_without_time_bins_no_lag_is_looked_for(acts):
    found = power(acts, **FAST)
    assert "no lag asked for" in found["lag_reason"].values[0]


def test_undriven_and_constant_steps_are_left_out_and_said(acts):
    late = acts.copy()
    late[:, 1] = 1.0
    found = power(late.assign_coords(driven=("time", [False, True, True, True])), **FAST)
    assert found["candidate"].values.tolist() == ["IT@2", "IT@3"]
    assert found.attrs["notes"] == [
        "IT@0 is left out: not driven",
        "IT@1 is left out: it does not vary over the stimuli",
    ]


def test_several_models_are_candidates_side_by_side(acts, tmp_path):
    paths = [tmp_path / "one.nc", tmp_path / "two.nc"]
    for path, seed in zip(paths, (0, 1), strict=True):
        whole = make_acts(steps=2, seed=seed).drop_vars("area").rename("activation")
        whole.assign_coords(unit=np.arange(24)).to_netcdf(path, group="IT")
    found = power(paths, trial_reliability=0.3, **FAST)
    assert found["candidate"].values.tolist() == ["one/IT@0", "one/IT@1", "two/IT@0", "two/IT@1"]
    assert found["group"].values.tolist() == ["one/IT", "two/IT"]
    assert np.diag(found["recovery"]).min() > 0.9


def test_scores_are_those_of_predict_on_simulated_recordings(acts):
    """The same design, simulated by simulate_recordings and scored by predict."""
    found = power(acts, trial_reliability=0.2, n_repetitions=10, **FAST)
    scores = np.zeros((2, 2))
    for row, planted in enumerate((0, 3)):
        for seed in range(4):
            recordings = simulate_recordings(
                acts, (planted,), n_neuroids=20, n_repetitions=10, n_dimensions=6,
                reliability=found.attrs["reliability"], rng=seed,
            )  # fmt: skip
            r = predict(acts, recordings, n_splits=4, progress=False)["score"]
            scores[row] += r.sel(area="IT", time=[0, 3]).values[:, 0] / 4
    expected = found["score"].sel(planted=["IT@0", "IT@3"], candidate=["IT@0", "IT@3"])
    np.testing.assert_allclose(scores, expected, atol=0.06)


@pytest.fixture(scope="module")
def recordings(acts):
    trials = simulate_recordings(
        acts, (0, 0, 2, 2), n_neuroids=15, n_repetitions=8, n_dimensions=6, reliability=0.8
    )
    return trials


def test_a_design_is_taken_from_recordings(acts, recordings):
    settings = {**FAST, "n_neuroids": None, "n_simulations": 3}
    found = power(acts, recordings, window=(70, 110), **settings)
    assert found.attrs["n_neuroids"] == 15
    assert found.attrs["n_repetitions"] == 8
    assert found.attrs["n_time_bins"] == 4
    # The mean of two bins of one signal: twice the trials.
    two = 2 * 0.8 / 1.8
    assert found.attrs["reliability"] == pytest.approx(two, abs=0.05)


def test_a_population_that_was_fitted_is_planted(acts, recordings):
    settings = {**FAST, "n_neuroids": None, "n_dimensions": None}
    found = power(acts, recordings, window=(110, 150), planted="fitted", **settings)
    assert found["recovery"].sel(planted="IT@2", candidate="IT@2") > 0.8
    with pytest.raises(InputError, match="needs recordings to fit"):
        power(acts, planted="fitted", **FAST)
    with pytest.raises(InputError, match=r"n_dimensions=6 \(--dimensions\) is of random mixtures"):
        power(acts, recordings, window=(110, 150), planted="fitted", **FAST)


def test_a_seed_gives_the_same(acts):
    settings = {**FAST, "n_simulations": 3, "trial_reliability": 0.02}
    one, same, other = (power(acts, rng=seed, **settings) for seed in (1, 1, 2))
    xr.testing.assert_identical(one, same)
    assert not one["score"].equals(other["score"])


def test_results_are_saved_opened_and_drawn(found, tmp_path):
    again = open_temporal(save_temporal(found, tmp_path / "power.nc"))
    xr.testing.assert_equal(again, found)
    ax = plot_power(again)
    assert [t.get_text() for t in ax.get_yticklabels()] == ["IT@0", "IT@1", "IT@2", "IT@3"]
    assert "60 stimuli x 10, 20 neuroids" in ax.get_title()
    with pytest.raises(InputError, match=r"given to save_temporal; expected .* or power"):
        save_temporal(xr.Dataset(), tmp_path / "none.nc")
    with pytest.raises(FileError):
        save_temporal(found, tmp_path / "power.nc")
    with pytest.raises(UnknownNameError, match="unknown matrix 'recover'"):
        plot_power(found, what="recover")
    with pytest.raises(InputError, match="was given to plot_power"):
        plot_power(xr.Dataset())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"areas": "it"}, r"unknown area 'it' \(did you mean 'IT'\?\)"),
        ({"planted": "radom"}, r"unknown kind of planting 'radom' \(did you mean 'random'\?\)"),
        ({"n_stimuli": 61}, r"n_stimuli=61 \(--n-stimuli\) was given, .* activations of 60"),
        ({"n_stimuli": 19}, "19 stimuli are too few for 4 folds"),
        ({"n_neuroids": 0}, "n_neuroids=0 was given; expected 1 or more"),
        ({"n_repetitions": 1.5}, "n_repetitions must be a whole number"),
        ({"trial_reliability": 1.0}, r"trial_reliability=1.0 \(--reliability\)"),
        ({"trial_reliability": [0.1, -0.1]}, "values above 0 and below 1"),
        ({"n_simulations": 1}, "n_simulations=1 was given; expected 2"),
        ({"level": 5}, "level=5 was given; expected a share"),
        ({"time_bins": [1, 2]}, r"expected \(start, end\) in ms"),
        ({"time_bins": [(70, 90), (50, 70)]}, "not sorted"),
        ({"time_bins": [(70, 90), (80, 100)]}, "the time bins overlap"),
        ({"time_bins": [(70, np.nan)]}, "no limits in ms"),
        ({"window": (70, 90)}, r"window= \(--window\) is of recordings, and none were given"),
        ({"onset_ms": 70.0}, "a lag was given for 0 time bins"),
        ({"time_bins": [(0, 9), (9, 18), (18, 27)], "onset_ms": 99}, "onset_ms=99.0 lies outside"),
        ({"time_bins": [(0, 9), (9, 18), (18, 27)], "step_ms": -1}, "step_ms=-1 was given"),
    ],
)  # fmt: skip
def test_a_wrong_design_is_refused(acts, settings, message):
    with pytest.raises(InputError, match=message):
        power(acts, **{**FAST, **settings})


def test_recordings_of_several_bins_need_a_window(acts, recordings):
    with pytest.raises(InputError, match=r"have 4 time bins, .* say which: window=\(70, 170\)"):
        power(acts, recordings, **FAST)


def test_activations_that_do_not_vary_are_refused(acts):
    with pytest.raises(InputError, match="no step of these activations varies"):
        power(acts * 0, **FAST)
    with pytest.raises(InputError, match="driven by the image"):
        power(acts.assign_coords(driven=("time", [False] * 4)), **FAST)
    with pytest.raises(InputError, match="an empty list of activations"):
        power([], **FAST)


def test_features_of_fewer_dimensions_than_are_mixed_are_named():
    acts = make_acts(units=4, steps=2)
    with pytest.warns(CornetkitWarning, match=r"fewer than 6 \(n_dimensions\): IT@0 \(4\)"):
        found = power(acts, trial_reliability=0.3, **FAST)
    assert any("IT@1 (4)" in note for note in found.attrs["notes"])


def test_few_unreliable_neuroids_do_not_settle_penalties_by_luck():
    """By a pilot of the 8 neuroids alone, some planted steps were found less than by chance."""
    acts = make_acts(n=60, steps=4, mix=0.4)
    found = [
        np.diag(
            power(
                acts, trial_reliability=0.02, n_neuroids=8, n_repetitions=4, n_splits=5,
                n_simulations=60, n_dimensions=8, rng=k, progress=False,
            )["recovery"]
        )
        for k in range(4)
    ]  # fmt: skip
    assert np.min(found) > 0.25
