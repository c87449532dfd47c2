"""Recurrence gain: planted dynamics, static populations, controls, what is said of CORnet-S."""

import numpy as np
import pytest
from planted_time import drifting, noisier, planted_course, quietly, recorded

import cornetkit as ck
from cornetkit.errors import InputError
from cornetkit.temporal.fits import Fit
from cornetkit.temporal.gain_controls import rectified, shuffled, stacked
from cornetkit.temporal.recurrence_gain import loss_difference

SETTINGS = {"n_splits": 5, "n_draws": 40}
COURSE = planted_course()


@pytest.fixture(scope="module")
def acts():
    return drifting()


@pytest.fixture(scope="module")
def gain(acts):
    return quietly(ck.recurrence_gain, acts, recorded(acts, COURSE), **SETTINGS)


def static(acts, step, factors, seed, n_neuroids=12):
    """Return a population of one step whose gain changes, with noise that changes too."""
    course = [step] * len(factors)
    recordings = recorded(acts, course, rng=seed, n_neuroids=n_neuroids)
    gains = np.linspace(2, 0.5, len(factors))
    scaled = recordings.copy(data=(recordings.values * gains[:, None]).astype(np.float32))
    return noisier(scaled, np.asarray(factors), seed)


def test_a_planted_course_has_a_gain_over_every_control_where_later_steps_drive(gain):
    late = np.array([step is not None and step >= 2 for step in COURSE])
    assert gain["claimed"].values[late].all()
    assert not gain["claimed"].values[~late].any()
    assert (gain["gain_low"].sel(copy="matched").values[:, late] > 0).all()
    assert gain["grows"]
    assert gain.attrs["claimed_on"] == "matched"


def test_the_gain_is_the_paired_difference_of_r(gain, acts):
    recordings = recorded(acts, COURSE)
    settings = {"n_splits": 5, "areas": ["IT"], "progress": False}
    first = quietly(ck.predict, acts.sel(time=[1]), recordings, **settings)["r"].squeeze()
    every = quietly(ck.predict, acts, recordings, stack=("time", "unit"), **settings)["r"].squeeze()
    expected = (every - first).median("neuroid").mean("split")
    np.testing.assert_allclose(
        gain["gain"].sel(copy="all", control="first step"), expected, atol=1e-9
    )


def test_a_gain_that_grows_has_a_slope(gain):
    assert (gain["gain_slope_low"].values > 0).all()
    assert gain["gain_slope"].attrs["units"] == "r per 100 ms"


def test_the_shuffled_control_keeps_the_spectrum_of_later_steps():
    rng = np.random.default_rng(0)
    grams = [(x := rng.standard_normal((20, 6))) @ x.T for _ in range(3)]
    found = shuffled(grams, np.random.default_rng(1)) - grams[0]
    np.testing.assert_allclose(
        np.linalg.eigvalsh(found), np.linalg.eigvalsh(grams[1] + grams[2]), atol=1e-9
    )
    assert np.abs(found - grams[1] - grams[2]).max() > 1
    np.testing.assert_allclose(stacked(grams), grams[0] + grams[1] + grams[2])


def test_the_dimension_control_is_what_random_rectified_units_of_step_1_would_give():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((15, 8))
    X -= X.mean(axis=0)
    later = np.eye(15)
    found = rectified([X @ X.T, later], 60, np.random.default_rng(2)) - X @ X.T
    centred = np.eye(15) - 1 / 15
    assert np.trace(found) == pytest.approx(np.trace(centred @ later @ centred))
    units = np.maximum(X @ rng.standard_normal((8, 200_000)), 0)
    units -= units.mean(axis=0)
    limit = units @ units.T
    limit *= np.trace(found) / np.trace(limit)
    # 60 units against very many: the same products but for the noise of the draw.
    assert np.corrcoef(found.ravel(), limit.ravel())[0, 1] > 0.9


def test_the_loss_difference_equals_a_naive_loop():
    rng = np.random.default_rng(0)
    Y = rng.standard_normal((9, 2, 3))
    Y[4, 0, 1] = np.nan
    ours, theirs = (
        Fit(rng.standard_normal(Y.shape), np.empty(0), np.empty(0), []) for _ in range(2)
    )
    found = loss_difference(ours, [theirs], Y)
    for i in range(9):
        for b in range(2):
            each = [
                ((theirs.held_out[i, b, q] - Y[i, b, q]) ** 2
                 - (ours.held_out[i, b, q] - Y[i, b, q]) ** 2) / np.nanvar(Y[:, b, q])
                for q in range(3) if not np.isnan(Y[i, b, q])
            ]  # fmt: skip
            assert found[i, b] == pytest.approx(np.mean(each))


def test_a_feed_forward_variant_is_a_control_of_its_own(acts):
    variant = drifting(steps=1, undriven=0, seed=7)
    found = quietly(
        ck.recurrence_gain, acts, recorded(acts, COURSE), feedforward=variant, **SETTINGS
    )
    assert found["control"].values.tolist()[-1] == "feed-forward"
    assert (found["gain"].sel(control="feed-forward", copy="all").values[3:] > 0.3).all()


def test_a_variant_that_is_as_good_leaves_no_claim(acts):
    found = quietly(ck.recurrence_gain, acts, recorded(acts, COURSE), feedforward=acts, **SETTINGS)
    assert abs(found["gain"].sel(control="feed-forward")).max() < 1e-9
    assert not found["claimed"].values.any()


def test_cornet_s_step_0_is_said_to_be_no_feed_forward_baseline(acts):
    model_s = acts.assign_attrs(model="S")
    found = quietly(ck.recurrence_gain, model_s, recorded(acts, COURSE), **SETTINGS)
    assert any("step 0 of CORnet-S is no feed-forward" in note for note in found.attrs["notes"])
    other = quietly(ck.recurrence_gain, acts, recorded(acts, COURSE), **SETTINGS)
    assert not any("CORnet-S" in note for note in other.attrs["notes"])


def test_a_static_population_with_a_gain_has_no_recurrence_gain(acts):
    found = quietly(ck.recurrence_gain, acts, static(acts, 1, np.zeros(5), seed=3), **SETTINGS)
    assert not found["claimed"].values.any()
    assert (found["gain"].sel(control="first step").values < 0.02).all()


def test_one_driven_step_has_nothing_to_gain():
    acts = drifting(n=40, steps=3, undriven=2)
    with pytest.raises(InputError, match="IT has one driven step \\(2\\), so there is no"):
        quietly(ck.recurrence_gain, acts, recorded(acts, [2, 2]), **SETTINGS)


def test_unique_variance_is_that_of_partition_variance():
    pytest.importorskip("himalaya")
    acts = drifting(n=40, steps=3, units=12)
    recordings = recorded(acts, [1, 2], n_neuroids=4)
    found = quietly(
        ck.recurrence_gain, acts, recordings, unique=True, n_splits=3, n_draws=20,
        match_reliability=False,
    )  # fmt: skip
    expected = quietly(
        ck.partition_variance, acts, recordings, area="IT", steps=(1, 2), n_splits=3,
        progress=False,
    )  # fmt: skip
    np.testing.assert_allclose(
        found["unique"].sel(later_step=2), expected["unique_median"].sel(time=2), atol=1e-6
    )
    assert found["unique"].sel(later_step=2).values[1] > 0.2


def test_wrong_arguments_are_one_clear_line(acts):
    recordings = recorded(acts, COURSE)
    with pytest.raises(InputError, match="n_shuffles=0 was given; expected 1 or more"):
        quietly(ck.recurrence_gain, acts, recordings, n_shuffles=0, **SETTINGS)
    with pytest.raises(InputError, match=r"n_shuffles must be a whole number, not 2\.5"):
        quietly(ck.recurrence_gain, acts, recordings, n_shuffles=2.5, **SETTINGS)
    few = acts.isel(stimulus=slice(50))
    with pytest.raises(InputError, match="feed-forward variant lack 50 of 100 stimuli"):
        quietly(ck.recurrence_gain, acts, recordings, feedforward=few, **SETTINGS)


@pytest.mark.slow
@pytest.mark.parametrize("falling", [False, True], ids=["steady", "falling reliability"])
def test_static_populations_claim_recurrence_in_at_most_5_percent(falling):
    """40 simulations: 5 claims or more have a chance of 5 % at a rate of 5 %."""
    factors = np.linspace(0, 3, 5) if falling else np.full(5, 0.5)
    claims = 0
    for seed in range(40):
        acts = drifting(n=60, steps=5, units=20, seed=seed)
        recordings = static(acts, 1, factors, seed=seed, n_neuroids=8)
        found = quietly(ck.recurrence_gain, acts, recordings, n_splits=5, n_draws=20)
        claims += bool(found["claimed"].values.any())
    assert claims < 5


def test_a_static_code_of_a_late_step_gains_features_and_no_recurrence_is_claimed(acts):
    late = static(acts, 4, np.zeros(5), seed=3)
    found = quietly(ck.recurrence_gain, acts, late, **SETTINGS)
    assert found["better"].values.all()
    assert not found["grows"]
    assert not found["claimed"].values.any()
    assert any("does not grow over time" in note for note in found.attrs["notes"])


@pytest.mark.slow
def test_a_static_late_code_of_falling_reliability_claims_recurrence_in_at_most_5_percent():
    """Its gain over the first step is real, and the same at all times: one of features."""
    claims = better = 0
    for seed in range(40):
        acts = drifting(n=60, steps=4, units=20, seed=seed)
        recordings = static(acts, 2, np.linspace(0, 2, 5), seed=seed, n_neuroids=8)
        found = quietly(ck.recurrence_gain, acts, recordings, n_splits=5, n_draws=40)
        claims += bool(found["claimed"].values.any())
        better += bool(found["better"].values.any())
    assert claims < 5
    assert better > 20
