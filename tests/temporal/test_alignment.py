"""Alignment of steps to time bins: planted onset and step length, rules, what cannot be told."""

import numpy as np
import pytest
import xarray as xr
from planted_time import (
    ONSET_MS,
    STARTS,
    STEP_MS,
    WIDTH_MS,
    drifting,
    noisier,
    planted_course,
    quietly,
    recorded,
)

import cornetkit as ck
from cornetkit.temporal.alignment_families import (
    Grid,
    fit_affine,
    fit_kernel,
    fit_monotone,
    kernel_weights,
)

SETTINGS = {"n_splits": 5, "n_draws": 40, "match_reliability": False}
SIGNAL = [step is not None for step in planted_course()]


@pytest.fixture(scope="module")
def acts():
    return drifting()


@pytest.fixture(scope="module")
def recordings(acts):
    return recorded(acts, planted_course())


@pytest.fixture(scope="module")
def aligned(acts, recordings):
    return quietly(ck.align, acts, recordings, **SETTINGS).sel(copy="all")


def timed(acts, start=ONSET_MS, width=STEP_MS):
    """Return activations with committed times of their driven steps."""
    begin = start + width * (acts["time"].values - 1.0)
    return acts.assign_coords(time_start_ms=("time", begin), time_end_ms=("time", begin + width))


def test_affine_recovers_onset_and_step_length_within_one_bin(aligned):
    found = aligned.sel(family="affine")
    assert abs(float(found["onset_ms"]) - ONSET_MS) < WIDTH_MS
    assert abs(float(found["step_ms"]) - STEP_MS) < WIDTH_MS
    assert float(found["onset_low"]) <= ONSET_MS <= float(found["onset_high"])
    assert float(found["step_low"]) <= STEP_MS <= float(found["step_high"])
    assert aligned.attrs["identifiable"] == "true"


def test_every_fitted_family_finds_the_planted_steps(aligned, recordings):
    planted = recordings["planted_step"].values[SIGNAL]
    for family in ("affine", "monotone", "free"):
        steps = aligned["aligned_step"].sel(family=family).values[SIGNAL]
        assert (steps == planted).all(), family
    np.testing.assert_allclose(aligned["weight"].sel(family="affine").sum("time"), 1.0, atol=1e-12)


def test_the_kernel_finds_a_planted_weighted_sum():
    rng = np.random.default_rng(0)
    n_steps, centre = 6, 60.0 + 20 * np.arange(10)
    true = kernel_weights(np.array([70.0]), np.array([25.0]), np.array([25.0]), centre, n_steps)[0]
    steps = rng.standard_normal((n_steps, 400))
    response = true @ steps
    products = np.broadcast_to(steps @ steps.T / 400, (10, n_steps, n_steps))
    cross = response @ steps.T / 400
    grid = Grid.over(centre - 10, centre + 10, n_steps)
    found = fit_kernel(np.asarray(products), cross, grid, centre)
    assert abs(found.onset_ms - 70) <= 10
    assert abs(found.step_ms - 25) <= 5
    assert abs(found.constant_ms - 25) <= 12.5
    np.testing.assert_allclose(found.weights, true, atol=0.15)


def test_kernel_weights_are_causal_and_add_up_to_one():
    weights = kernel_weights(
        np.array([50.0]), np.array([30.0]), np.array([40.0]), np.array([20.0, 60.0, 100.0]), 4
    )[0]
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    assert weights[0].tolist() == [1, 0, 0, 0]  # before the first step it stands alone
    assert weights[1].tolist() == [1, 0, 0, 0]
    np.testing.assert_allclose(weights[2, 0] / weights[2, 1], np.exp(-30 / 40))
    assert weights[2, 2:].tolist() == [0, 0]  # steps that have not begun


def test_monotone_equals_the_best_of_all_monotone_paths():
    from itertools import combinations_with_replacement

    rng = np.random.default_rng(3)
    for _ in range(20):
        explained = rng.standard_normal((4, 5))
        paths = list(combinations_with_replacement(range(4), 5))
        best = max(sum(explained[s, b] for b, s in enumerate(path)) for path in paths)
        index = fit_monotone(explained).weights.argmax(axis=1)
        assert (np.diff(index) >= 0).all()
        assert explained[index, np.arange(5)].sum() == pytest.approx(best)


def test_affine_equals_a_naive_search_over_its_grid():
    rng = np.random.default_rng(4)
    start = 50.0 + 20 * np.arange(6)
    grid = Grid.over(start, start + 20, 4)
    explained = rng.standard_normal((4, 6))
    best = -np.inf
    for onset, length in zip(grid.onset, grid.length, strict=True):
        index = [int(np.clip((c + 10 - onset) // length, 0, 3)) for c in start + 1e-7]
        best = max(best, sum(explained[s, b] for b, s in enumerate(index)))
    index = fit_affine(explained, grid).weights.argmax(axis=1)
    assert explained[index, np.arange(6)].sum() == pytest.approx(best)


def test_ends_are_those_of_all_onsets_and_lengths_that_give_the_same_steps():
    rng = np.random.default_rng(5)
    start = 50.0 + 20 * np.arange(9)
    grid = Grid.over(start, start + 20, 7)
    onsets, lengths = np.meshgrid(np.arange(20, 160, 0.5), np.arange(5, 60, 0.25), indexing="ij")
    given = np.floor((start + 10 - onsets[..., None]) / lengths[..., None])
    given = np.clip(given, 0, 6).astype(int)
    held = 0
    for _ in range(20):
        onset, length = rng.uniform(70, 110), rng.uniform(18, 40)
        steps = np.clip((start + 10 - onset) // length, 0, 6).astype(int)
        explained = np.eye(7)[steps].T
        ends = grid.ends(grid.best(explained))
        held += (ends[0] <= onset <= ends[1]) and (ends[2] <= length <= ends[3])
        same = (given == steps).all(axis=-1)
        if same.any():
            dense = [
                onsets[same].min(),
                onsets[same].max(),
                lengths[same].min(),
                lengths[same].max(),
            ]
            assert (ends[[0, 2]] <= np.array(dense)[[0, 2]] + 1e-6).all()
            assert (ends[[1, 3]] >= np.array(dense)[[1, 3]] - 1e-6).all()
            inside = np.array_equal(grid.best(explained).steps, steps)
            assert not inside or np.abs(ends - dense).max() < 2
    assert held == 20


@pytest.mark.slow
def test_intervals_hold_the_planted_onset_and_step_length():
    """By the ends of what was tried, not of all that gives the same steps, in 42 % of 150."""
    rng = np.random.default_rng(7)
    held = []
    for k in range(40):
        onset, length = rng.uniform(70, 110), rng.uniform(18, 40)
        middle = STARTS + WIDTH_MS / 2
        steps = np.clip(1 + (middle - onset) // length, 1, 9).astype(int)
        course = [int(s) if t >= onset else None for s, t in zip(steps, middle, strict=True)]
        acts = drifting(n=80, steps=10, seed=k)
        trials = recorded(acts, course, n_neuroids=12, reliability=0.4, rng=k)
        found = quietly(
            ck.align, acts, trials, family="affine", match_reliability=False, rng=k,
            n_splits=5, n_draws=100,
        ).squeeze()  # fmt: skip
        held.append(
            (
                found["onset_low"] <= onset <= found["onset_high"],
                found["step_low"] <= length <= found["step_high"],
            )
        )
    assert np.mean(held, axis=0).min() >= 0.87  # 95 %, and 2.3 standard errors


def test_a_wrong_committed_mapping_scores_lower_on_held_out_stimuli(acts, recordings):
    families = ["committed", "nearest-start", "center", "overlap"]
    later = recordings.isel(time_bin=slice(2, None))
    right = quietly(ck.align, timed(acts), later, family=families, **SETTINGS)
    wrong = quietly(ck.align, timed(acts, start=ONSET_MS - 60), later, family=families[1:3],
                    **SETTINGS)  # fmt: skip
    assert right["aligned_step"].sel(family="committed").values[0].tolist() == planted_course()[2:]
    for family in families[1:3]:
        scores = [float(x["score_mean"].sel(family=family)[0]) for x in (right, wrong)]
        assert scores[0] > scores[1] + 0.1, family


def test_a_bin_outside_of_committed_times_has_no_step(acts, recordings):
    found = quietly(ck.align, timed(acts), recordings, family="committed", **SETTINGS)
    steps = found["aligned_step"].values[0, 0]
    assert steps[:2].tolist() == [-1, -1]
    assert np.isnan(found["score"].values[0, 0, :2]).all()
    assert np.isfinite(found["score"].values[0, 0, 2:]).all()


def test_a_table_is_followed(acts, recordings):
    table = {float(start): step or 1 for start, step in zip(STARTS, planted_course(), strict=True)}
    found = quietly(ck.align, acts, recordings, family="table", table=table, **SETTINGS)
    assert found["aligned_step"].values[0, 0].tolist() == list(table.values())


def test_rules_are_fitted_on_other_stimuli_than_they_are_scored_on(acts):
    """On noise the free rule, 7 steps to choose from, scores nothing."""
    rng = np.random.default_rng(8)
    null = recorded(acts, planted_course())
    null = null.copy(data=rng.standard_normal(null.shape).astype(np.float32))
    found = quietly(ck.align, acts, null, family=["free", "affine", "kernel"], **SETTINGS)
    assert abs(found["score_mean"].values).max() < 0.04


def test_two_driven_steps_say_that_the_lag_is_not_identifiable():
    acts = drifting(n=60, steps=5, undriven=3)
    recordings = recorded(acts, [3, 3, 3, 4, 4])
    found = quietly(ck.align, acts, recordings, family="affine", **SETTINGS)
    assert any("lag is not identifiable" in note for note in found.attrs["notes"])
    assert "with 2 driven steps of IT the lag is not identifiable" in found.attrs["identifiable"]
    assert np.isnan(found["onset_ms"]).all()
    assert np.isnan(found["step_low"]).all()
    assert found["aligned_step"].values[0, 0].tolist() == [3, 3, 3, 4, 4]


def test_bins_without_limits_make_no_claims_in_ms(acts, recordings):
    blind = recordings.drop_vars(["time_bin_start", "time_bin_end"])
    with pytest.raises(ck.CornetkitError, match="family='affine' is in ms"):
        quietly(ck.align, acts, blind, **SETTINGS)
    found = quietly(ck.align, acts, blind, family=["monotone", "free"], **SETTINGS)
    assert np.isnan(found["onset_ms"]).all()
    assert "no limits in ms" in found.attrs["identifiable"]
    assert isinstance(found, xr.Dataset)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"family": "afine"}, "did you mean 'affine'"),
        ({"family": []}, "family= names none"),
        ({"family": "table"}, "family='table' and table= go together"),
        ({"family": "committed"}, "no times are known for the steps of IT"),
        ({"family": "nearest-start"}, "no times are known for the steps of IT"),
        ({"family": "table", "table": {50.0: 0}}, "the image has not reached|has no step"),
    ],
)
def test_wrong_arguments_are_one_clear_line(acts, recordings, settings, message):
    with pytest.raises(ck.CornetkitError, match=message):
        quietly(ck.align, acts, recordings, **(SETTINGS | settings))


def test_a_change_of_steps_adds_to_one_step_where_it_was_planted(aligned):
    assert float(aligned["change_low"]) > 0.02
    assert float(aligned["change_low"]) < float(aligned["change"]) < float(aligned["change_high"])


@pytest.mark.parametrize("step", [1, 4, 7], ids=["first", "middle", "last"])
def test_a_static_code_has_no_identifiable_lag(acts, step):
    """Of the middle step a fitted length would have an interval of a few ms, and be false."""
    recordings = recorded(acts, [step] * len(STARTS), n_neuroids=8)
    found = quietly(ck.align, acts, recordings, family=["affine", "kernel"], **SETTINGS)
    assert "one step for all bins predicts as well" in found.attrs["identifiable"]
    assert found.attrs["identifiable"] in found.attrs["notes"]
    for name in ("onset_ms", "onset_low", "step_ms", "step_high", "constant_ms"):
        assert np.isnan(found[name]).all(), name


def test_a_static_code_of_falling_reliability_has_no_identifiable_lag(acts):
    """At low reliability an earlier step predicts better: a lag that runs backwards or stands."""
    recordings = recorded(acts, [4] * len(STARTS), n_neuroids=8)
    falling = noisier(recordings, np.linspace(0, 3, len(STARTS)))
    found = quietly(
        ck.align, acts, falling, family="affine", **SETTINGS | {"match_reliability": True}
    )
    assert "copy matched" in found.attrs["identifiable"]
    assert np.isnan(found["step_ms"]).all()


def test_noise_has_no_identifiable_lag(acts, recordings):
    rng = np.random.default_rng(5)
    null = recordings.copy(data=rng.standard_normal(recordings.shape).astype(np.float32))
    found = quietly(ck.align, acts, null, family="affine", **SETTINGS)
    assert "can be told from noise" in found.attrs["identifiable"]
    assert np.isnan(found["onset_ms"]).all()
