"""latency(): onsets come of what stimuli differ in, not of the mean rate."""

import warnings

import numpy as np
import pytest
from planted_courses import make_trials
from scipy.stats import f_oneway

import cornetkit as ck
from cornetkit.temporal.stimulus_variance import Deal


@pytest.fixture(autouse=True)
def quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ck.CornetkitWarning)
        yield


@pytest.fixture(scope="module")
def trials():
    """Three neuroids with onsets at bins 5, 6, 7 of 9; one whose rate alone jumps; one silent."""
    rng = np.random.default_rng(0)
    means = np.zeros((20, 9, 5))
    for k, onset in enumerate((5, 6, 7)):
        means[:, onset:, k] = 2 * rng.normal(size=(20, 1))
    means[:, 5:, 3] = 30.0
    found = make_trials(means, n_repetitions=6, start=-60.0)
    return found.assign_coords(region=("neuroid", ["V4", "IT", "IT", "IT", "V4"]))


def test_planted_onsets_are_found_and_a_change_of_rate_is_none(trials):
    found = ck.latency(trials, n_permutations=60)
    np.testing.assert_array_equal(found["onset_bin"], [5, 6, 7, np.nan, np.nan])
    np.testing.assert_array_equal(found["onset_start_ms"].values[:3], [40, 60, 80])
    assert (found["reliability"].values[7:, :3] > 0.8).all()


def test_shares_accumulate_area_by_area(trials):
    found = ck.latency(trials, n_permutations=60)
    assert found["area"].values.tolist() == ["IT", "V4"]
    np.testing.assert_array_equal(found["n_neuroids"], [3, 2])
    np.testing.assert_allclose(found["cumulative_share"].values[0, 5:], np.array([0, 1, 2, 2]) / 3)
    np.testing.assert_allclose(found["cumulative_share"].values[1, 4:6], [0, 0.5])


def test_f_equals_scipy_with_missing_trials_too():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 5, 40)
    values = rng.normal(size=(40, 3)) + codes[:, None]
    values[rng.uniform(size=40) < 0.3, 1] = np.nan
    found = Deal(values, 5).f(codes)
    for k in range(3):
        there = ~np.isnan(values[:, k])
        groups = [values[there & (codes == c), k] for c in range(5)]
        assert found[k] == pytest.approx(f_oneway(*groups).statistic)


def test_noise_has_an_onset_in_alpha_of_neuroids():
    noise = make_trials(np.zeros((10, 8, 200)), n_repetitions=4)
    found = ck.latency(noise, n_permutations=99)
    assert (found["p"].values <= 0.05).any(axis=0).mean() < 0.10


def test_neuroids_that_never_respond_have_no_f(trials):
    silent = trials.copy()
    silent[:, :, :, 4] = 0.0
    found = ck.latency(silent, n_permutations=20)
    assert np.isnan(found["f"].values[:, 4]).all()
    assert np.isnan(found["onset_bin"].values[4])


def test_bins_without_limits_have_no_ms(trials):
    found = ck.latency(trials.drop_vars(["time_bin_start", "time_bin_end"]), n_permutations=20)
    assert "onset_start_ms" not in found
    assert "pre_onset_rate" not in found.attrs


@pytest.mark.parametrize(
    ("change", "settings", "message"),
    [
        (lambda t: t.isel(repetition=[0]), {}, "fewer than 2 repetitions"),
        (lambda t: t.isel(time_bin=[0]), {}, "no time bins (1 was found)"),
        (lambda t: t, {"by": "regoin"}, "did you mean 'region'?"),
        (lambda t: t, {"alpha": 2}, "a number between 0 and 1"),
    ],
)
def test_wrong_input_is_one_line(trials, change, settings, message):
    with pytest.raises(ck.CornetkitError) as error:
        ck.latency(change(trials), **({"n_permutations": 5} | settings))
    assert message in str(error.value)


def test_too_few_permutations_are_told(trials):
    found = ck.latency(trials, n_permutations=5)
    assert any("cannot reach p = 0.05" in note for note in found.attrs["notes"])


@pytest.mark.realdata
def test_real_it_becomes_reliable_after_100_ms(shared_folder):
    found = ck.latency(str(shared_folder / "data" / "it_zhang_desimone" / "it.nc"), window=50,
                       n_permutations=60)  # fmt: skip
    start = found["time_bin_start"].values
    half = np.nanmedian(found["half_correlation"].values, axis=1)
    # Of its README: 0-50 .01, 50-100 .04, 100-150 .25.
    for begin, expected in ((0, 0.01), (50, 0.04), (100, 0.25)):
        assert abs(half[start == begin][0] - expected) < 0.03
    assert 100 <= np.nanmedian(found["onset_start_ms"]) <= 150
    assert found.attrs["pre_onset_rate"] < 0.1


def test_order_of_trials_changes_nothing(trials):
    rows = ck.open_recordings(trials)
    order = np.random.default_rng(0).permutation(rows.sizes["presentation"])
    one, other = (ck.latency(x, n_permutations=60) for x in (rows, rows.isel(presentation=order)))
    for name in ("p", "f", "reliability"):
        np.testing.assert_allclose(other[name], one[name], atol=1e-9)
