"""What has no score is NaN with a reason, and touches nothing else."""

import numpy as np
import pytest
import xarray as xr

import cornetkit as ck

pytestmark = pytest.mark.filterwarnings("ignore::cornetkit.errors.CornetkitWarning")

OTHERS = [0, 2, 3]


@pytest.fixture(scope="module")
def data(planted):
    return planted(n_stimuli=60, n_units=10, n_neuroids=4)


def with_neuroid(recordings, values, neuroid=1):
    changed = recordings.copy()
    changed[..., neuroid] = values
    return changed


@pytest.mark.parametrize(
    ("values", "reason"),
    [(3.7, "same response to every stimulus"), (np.nan, "without any response")],
    ids=["constant", "all missing"],
)
def test_neuroid_without_a_score(data, quietly, values, reason):
    spoilt = with_neuroid(data.recordings, values)
    with pytest.warns(ck.CornetkitWarning, match=rf"1 of 4 neuroids \(n1\).*{reason}"):
        scores = ck.predict(data.features, spoilt)
    assert np.isnan(scores["r"].isel(neuroid=1)).all()
    assert np.isnan(scores["ceiling"].isel(neuroid=1)).all()
    plain = quietly(data.features, data.recordings.isel(neuroid=OTHERS))
    np.testing.assert_allclose(scores["r"].isel(neuroid=OTHERS), plain["r"], atol=1e-12)
    for name in ("score", "score_error", "score_low", "score_high", "ceiling_score", "normalized"):
        np.testing.assert_allclose(scores[name], plain[name], atol=1e-12, err_msg=name)


@pytest.mark.parametrize("method", ["pls", "ols", "best-unit"])
@pytest.mark.parametrize("values", [3.7, np.nan], ids=["constant", "all missing"])
def test_other_methods_leave_such_a_neuroid_out_too(data, quietly, method, values):
    spoilt = with_neuroid(data.recordings, values)
    settings = {"method": method} | ({"n_components": 3} if method == "pls" else {})
    scores = quietly(data.features, spoilt, **settings)
    plain = quietly(data.features, data.recordings.isel(neuroid=OTHERS), **settings)
    assert np.isnan(scores["r"].isel(neuroid=1)).all()
    np.testing.assert_allclose(scores["r"].isel(neuroid=OTHERS), plain["r"], atol=1e-10)


def test_no_neuroid_has_a_score(data):
    with pytest.warns(ck.CornetkitWarning, match="without any response"):
        scores = ck.predict(data.features, data.recordings * np.nan)
    for name in ("score", "score_error", "score_low", "score_high", "normalized"):
        assert np.isnan(scores[name]).all(), name


@pytest.mark.parametrize(
    "settings",
    [{"method": "pls"}, {"method": "ridge", "alpha_per": "all"}, {"method": "best-unit"}],
    ids=["joint PLS", "one penalty for all", "best unit"],
)
def test_methods_that_need_all_responses_refuse_missing_ones(data, settings):
    some = data.recordings.copy()
    some[some["stimulus"] == "s004", :, 2] = np.nan
    with pytest.raises(ck.CornetkitError, match=r"1 .*neuroids have no response to some stimuli"):
        ck.predict(data.features, some, **settings)


def test_a_neuroid_with_too_few_stimuli_has_no_score_and_is_named(data):
    few = data.recordings.copy()
    few[~few["stimulus"].isin(["s000", "s001", "s002"]), :, 2] = np.nan
    with pytest.warns(ck.CornetkitWarning, match=r"1 of 4 neuroids \(n2\) with no correlation"):
        scores = ck.predict(data.features, few)
    assert np.isnan(scores["r"].isel(neuroid=2)).all()
    assert np.isfinite(scores["score"]).all()


def test_splits_without_a_correlation_are_left_out_of_the_mean(planted):
    data = planted(n_stimuli=60, n_units=10, n_neuroids=1)
    sparse = data.recordings.where(data.recordings["stimulus"] < "s012", 0.0)
    with pytest.warns(ck.CornetkitWarning, match=r"\(n0\) without a correlation in some splits"):
        scores = ck.predict(data.features, sparse)
    r = scores["r"].squeeze()
    assert 0 < np.isnan(r).sum() < 10
    assert scores["score"].item() == pytest.approx(np.nanmean(r))
    assert scores["score_error"].item() == pytest.approx(np.nanstd(r) / np.sqrt(r.count()))
    assert scores["score_low"] <= scores["score"] <= scores["score_high"]


@pytest.mark.parametrize("method", ["ridge", "pls", "ols", "best-unit"])
def test_constant_features_have_no_score(data, method):
    flat = xr.full_like(data.features, 0.3)
    with pytest.warns(ck.CornetkitWarning) as caught:
        scores = ck.predict(flat, data.recordings, method=method)
    assert [str(w.message) for w in caught] == [
        "features step 0: all 10 units are constant over the stimuli, so it has no score (NaN)"
    ]
    assert np.isnan(scores["r"]).all()
    assert np.isnan(scores["score"]).all()


def test_some_constant_units_change_nothing(data, quietly):
    flat = xr.full_like(data.features.isel(unit=slice(3)), 0.1)
    more = xr.concat([data.features, flat], "unit")
    alphas = [0.1, 1.0, 10.0]
    first = quietly(data.features, data.recordings, alphas=alphas)
    second = quietly(more, data.recordings, alphas=alphas)
    np.testing.assert_allclose(first["r"], second["r"], atol=1e-12)


def test_features_that_are_not_finite_are_refused(data):
    spoilt = data.features.copy()
    spoilt[3, 2] = np.nan
    with pytest.raises(ck.CornetkitError, match="not finite for 1 of 60 stimuli"):
        ck.predict(spoilt, data.recordings)


@pytest.mark.parametrize("protocol", ["cornetkit", "brainscore"])
def test_one_repetition_has_no_ceiling_and_says_so(data, protocol):
    once = data.recordings[data.recordings["repetition"] == 0]
    with pytest.warns(ck.CornetkitWarning, match="no stimulus was repeated"):
        scores = ck.predict(data.features, once, protocol=protocol)
    assert np.isfinite(scores["score"]).all()
    for name in ("ceiling", "ceiling_score", "normalized"):
        assert np.isnan(scores[name]).all(), name


def test_an_odd_number_of_repetitions_is_noted(data):
    odd = data.recordings[data.recordings["repetition"] < 3]
    with pytest.warns(ck.CornetkitWarning, match="ceilings of 4 of 4 neuroids are extrapolated"):
        ck.predict(data.features, odd)


def test_an_even_number_of_repetitions_is_not_noted(data, quietly):
    notes = quietly(data.features, data.recordings).attrs["notes"]
    assert not [note for note in notes if "extrapolated" in note]


def test_pls_takes_fewer_components_where_the_features_allow_no_more(data, quietly):
    with pytest.warns(ck.CornetkitWarning, match="PLS took 10 components where 25 were asked for"):
        scores = ck.predict(data.features, data.recordings, method="pls")
    least_squares = quietly(data.features, data.recordings, method="ols")
    np.testing.assert_allclose(scores["r"], least_squares["r"], atol=1e-8)


@pytest.mark.parametrize(
    ("alphas", "side", "edge"),
    [([1e-4, 1e-3, 1.0], "highest", 1), ([1e4, 1e5, 1e6], "lowest", -1)],
    ids=["too low a grid", "too high a grid"],
)
def test_penalties_at_the_edge_of_the_grid_are_reported(planted, alphas, side, edge):
    data = planted(noise=3.0)
    with pytest.warns(ck.CornetkitWarning, match=f"penalty is the {side} of its grid in 100%"):
        scores = ck.predict(data.features, data.recordings, alphas=alphas)
    assert (scores["alpha_at_edge"] == edge).all()


def test_splits_of_few_held_out_stimuli_are_said(data):
    with pytest.warns(ck.CornetkitWarning, match=r"splits hold out \d stimuli \(median\)"):
        ck.predict(data.features, data.recordings, method="ols")


@pytest.mark.parametrize(
    ("settings", "way_out"),
    [
        ({"method": "pls", "n_components": 2}, r"use method='ridge' \(--method ridge\), or take"),
        ({"alpha_per": "all"}, r"use alpha_per='neuroid' \(--alpha-per neuroid\), or take"),
    ],
)
def test_a_fit_of_all_neuroids_together_needs_all_stimuli_and_says_what_does_not(
    planted, settings, way_out
):
    data = planted()
    values = data.recordings.values.copy()
    values[data.recordings["stimulus"].values == data.recordings["stimulus"].values[0], :, 0] = (
        np.nan
    )
    with pytest.raises(ck.CornetkitError, match=way_out):
        ck.predict(data.features, data.recordings.copy(data=values), progress=False, **settings)
