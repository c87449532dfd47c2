"""compare_rsa(): what makes two results ones of the same brain, and p over several places."""

import numpy as np
import pytest
import xarray as xr
from scipy import stats

import cornetkit as ck
from cornetkit.errors import InputError

pytestmark = pytest.mark.filterwarnings("ignore::cornetkit.errors.CornetkitWarning")
IDS = [f"s{k:02d}" for k in range(24)]


def features(seed, noise=0.0):
    values = np.random.default_rng([7, 1]).standard_normal((24, 12))
    values = values + noise * np.random.default_rng([7, seed]).standard_normal(values.shape)
    return xr.DataArray(values, dims=("stimulus", "unit"), coords={"stimulus": IDS})


def recordings(seed, n_bins=1):
    rng = np.random.default_rng([8, seed])
    weights = rng.standard_normal((12, n_bins * 6))
    values = features(0).values @ weights + rng.standard_normal((24, n_bins * 6))
    return xr.DataArray(
        values.reshape(24, n_bins, 6),
        dims=("stimulus", "time_bin", "neuroid"),
        coords={
            "stimulus": IDS,
            "time_bin_start": ("time_bin", 70.0 + 20 * np.arange(n_bins)),
            "time_bin_end": ("time_bin", 90.0 + 20 * np.arange(n_bins)),
            "neuroid": [f"n{k}" for k in range(6)],
        },
    )


def rsa(*args, **more):
    return ck.rsa(*args, bootstrap=40, ceiling="none", **more)


def soft(*args, **more):
    return ck.soft_matching(*args, bootstrap=40, **more)


def cka(*args, **more):
    return ck.cka(*args, bootstrap=40, **more)


@pytest.mark.parametrize("measure", [rsa, soft, cka])
def test_results_of_other_recordings_are_refused(measure):
    a, b = measure(features(0), recordings(0)), measure(features(2, 1.0), recordings(1))
    with pytest.raises(InputError, match="different recordings or RDMs of the brain"):
        ck.compare_rsa(a, b)


def test_results_of_other_rdms_are_refused():
    a, b = (rsa(features(0), ck.rdm(recordings(k)).isel(time_bin=0)) for k in (0, 1))
    with pytest.raises(InputError, match="different recordings or RDMs of the brain"):
        ck.compare_rsa(a, b)


def test_recordings_in_another_order_are_the_same():
    moved = recordings(0).isel(stimulus=np.random.default_rng(0).permutation(24))
    a, b = rsa(features(0), recordings(0)), rsa(features(2, 1.0), moved)
    assert np.isfinite(ck.compare_rsa(a, b)["p"]).all()


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (lambda x, y: ck.one_to_one(x, y, bootstrap=40), "differ in method: soft and one-to-one"),
        (lambda x, y: soft(x, y, n_splits=3), "differ in n_splits: 5 and 3"),
    ],
)
def test_other_matchings_are_refused(other, message):
    with pytest.raises(InputError, match=message):
        ck.compare_rsa(soft(features(0), recordings(0)), other(features(0), recordings(0)))


def test_biased_and_unbiased_cka_are_not_compared():
    a, b = (cka(features(0), recordings(0), unbiased=u) for u in (True, False))
    with pytest.raises(InputError, match="differ in unbiased: true and false"):
        ck.compare_rsa(a, b)


def test_a_result_differs_from_itself_by_nothing():
    a = rsa(features(0), recordings(0, 2))
    found = ck.compare_rsa(a, a)
    np.testing.assert_array_equal(found["p"], 1)
    np.testing.assert_array_equal(found["p_corrected"], 1)


def test_p_of_several_places_is_corrected_by_the_largest_t():
    x, y = recordings(0, 3), features(2, 1.0)
    found = ck.compare_rsa(rsa(features(0), x), rsa(y, x))
    z = found["resampled"].values
    largest = np.abs((z - z.mean(axis=0)) / z.std(axis=0)).max(axis=1)
    half = (found["difference_high"] - found["difference"]).values
    size = np.abs(found["difference"].values) / (half / stats.t.ppf(0.975, 23))
    by_hand = [(1 + (largest >= one).sum()) / 41 for one in size]
    np.testing.assert_allclose(found["p_corrected"], np.fmax(by_hand, found["p"].values))


def test_one_place_needs_no_correction():
    found = ck.compare_rsa(rsa(features(0), recordings(0)), rsa(features(2, 1.0), recordings(0)))
    np.testing.assert_array_equal(found["p_corrected"], found["p"])


def test_a_comparison_is_saved_and_opened(tmp_path):
    found = ck.compare_rsa(rsa(features(0), recordings(0)), rsa(features(2, 1.0), recordings(0)))
    again = ck.open_rsa(ck.save_rsa(found, tmp_path / "c.nc"))
    xr.testing.assert_equal(again, found)
    assert again.attrs["a"] == "the first Dataset"
