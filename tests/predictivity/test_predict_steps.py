"""Areas, recurrent steps and time bins keep their labels."""

import numpy as np
import pytest
import xarray as xr

import cornetkit as ck


def steps_of(features, n_steps, driven=None, name="IT"):
    """Return an area whose step k is the features plus k times noise."""
    rng = np.random.default_rng(11)
    layers = [features.values + k * rng.standard_normal(features.shape) for k in range(n_steps)]
    coords = {"stimulus": features["stimulus"].values, "time": np.arange(n_steps), "area": name}
    if driven is not None:
        coords["driven"] = ("time", driven)
    values = np.stack(layers, axis=1)
    return xr.DataArray(values, dims=("stimulus", "time", "unit"), coords=coords)


@pytest.fixture(scope="module")
def data(planted):
    return planted(n_stimuli=50, n_units=8, n_neuroids=3, n_bins=3)


@pytest.mark.parametrize(
    "settings",
    [
        {"method": "ridge"},
        {"method": "ridge", "alpha_per": "all"},
        {"method": "pls", "n_components": 3},
        {"method": "ols"},
        {"method": "best-unit"},
        {"protocol": "brainscore", "n_components": 3},
    ],
    ids=str,
)
def test_several_time_bins_equal_one_by_one(data, quietly, settings):
    together = quietly(data.features, data.recordings, **settings)
    assert together.sizes["time_bin"] == 3
    for k in range(3):
        alone = quietly(data.features, data.recordings.isel(time_bin=[k]), **settings)
        for name in ("r", "score", "score_error", "ceiling", "ceiling_score", "normalized"):
            np.testing.assert_allclose(
                together[name].isel(time_bin=[k]), alone[name], atol=1e-10, err_msg=name
            )


def test_several_steps_equal_one_by_one(data, quietly):
    area = steps_of(data.features, 3)
    together = quietly(area, data.recordings)
    for k in range(3):
        alone = quietly(area.isel(time=k, drop=True), data.recordings)
        np.testing.assert_allclose(together["r"].isel(time=[k]), alone["r"], atol=1e-12)


def test_areas_with_different_steps_leave_the_others_nan(data, quietly):
    acts = {"V4": steps_of(data.features, 1), "IT": steps_of(data.features, 3)}
    scores = quietly(acts, data.recordings)
    assert scores["area"].values.tolist() == ["V4", "IT"]
    assert scores["driven"].values.tolist() == [[True, False, False], [True, True, True]]
    assert np.isnan(scores["score"].sel(area="V4").isel(time=slice(1, None))).all()
    assert np.isfinite(scores["score"].sel(area="IT")).all()


def test_undriven_steps_are_left_out_with_one_note_and_never_scored(data):
    acts = {
        "V4": steps_of(data.features, 4, [False, True, True, True]),
        "IT": steps_of(data.features, 4, [False, False, False, True]),
    }
    with pytest.warns(ck.CornetkitWarning) as caught:
        scores = ck.predict(acts, data.recordings, method="ols")
    said = [str(w.message) for w in caught]
    assert [note for note in said if "step" in note] == [
        "left out steps that the image has not reached: V4 0; IT 0, 1, 2"
    ]
    assert scores.attrs["notes"] == said
    assert scores["time"].values.tolist() == [0, 1, 2, 3]
    assert (np.isfinite(scores["score"]).all("time_bin") == scores["driven"]).all()
    assert (scores["driven"].sel(area="IT") == [False, False, False, True]).all()


def test_no_driven_step_at_all_is_an_error(data):
    never = steps_of(data.features, 2, [False, False])
    with pytest.raises(ck.CornetkitError, match="reaches none of the 2 steps of IT; record more"):
        ck.predict(never, data.recordings)


def test_areas_are_chosen_by_name(data, quietly):
    acts = {"V4": steps_of(data.features, 1), "IT": steps_of(data.features, 2)}
    both = quietly(acts, data.recordings)
    for areas in (["IT"], "IT"):
        one = quietly(acts, data.recordings, areas=areas)
        assert one["area"].values.tolist() == ["IT"]
        np.testing.assert_array_equal(one["r"], both["r"].sel(area=["IT"]))


def test_areas_of_different_stimuli_are_refused(data):
    acts = {"V4": steps_of(data.features, 1), "IT": steps_of(data.features[1:], 1)}
    with pytest.raises(ck.CornetkitError, match="area IT holds other stimuli than V4"):
        ck.predict(acts, data.recordings)


def test_times_of_steps_and_bins_come_along(data, quietly):
    area = steps_of(data.features, 2).assign_coords(
        time_start_ms=("time", [0.0, 50.0]), time_end_ms=("time", [50.0, 100.0])
    )
    scores = quietly(area, data.recordings)
    assert scores["time_start_ms"].sel(area="IT").values.tolist() == [0, 50]
    assert scores["time_end_ms"].sel(area="IT").values.tolist() == [50, 100]
    assert scores["time_bin_start"].values.tolist() == [70, 90, 110]
    assert scores["time_bin_end"].values.tolist() == [90, 110, 130]


def test_window_averages_the_recordings(data, quietly):
    scores = quietly(data.features, data.recordings, window=(70, 110))
    mean = data.recordings.isel(time_bin=slice(2)).mean("time_bin").expand_dims("time_bin", 1)
    expected = quietly(data.features, mean)
    assert scores["time_bin_start"].values.tolist() == [70]
    assert scores["time_bin_end"].values.tolist() == [110]
    np.testing.assert_allclose(scores["r"], expected["r"], atol=1e-10)
    np.testing.assert_allclose(scores["ceiling"], expected["ceiling"], atol=1e-10)
    assert scores.attrs["window"] == [70, 110]


def test_bins_rebins_the_recordings(data, quietly):
    scores = quietly(data.features, data.recordings, bins=60)
    whole = quietly(data.features, data.recordings, window=(70, 130))
    assert scores.sizes["time_bin"] == 1
    np.testing.assert_allclose(scores["r"], whole["r"], atol=1e-12)
    assert scores.attrs["bins"] == 60


def test_responses_that_merging_bins_costs_are_noted(data, quietly):
    missing = data.recordings.copy()
    missing[::2, 0] = np.nan  # half the trials in one of three bins
    scores = quietly(data.features, missing, window=(70, 110))
    # Of two bins three quarters were there, and half are left: a third is lost.
    assert scores.attrs["notes"][0].startswith("merging time bins cost 33.3% of the responses")
    for recordings, window in (
        (missing, (90, 130)),  # the bin with the gaps is not in it
        (data.recordings.where(data.recordings["repetition"] > 0), (70, 110)),  # missing in all
    ):
        notes = quietly(data.features, recordings, window=window).attrs["notes"]
        assert not [note for note in notes if "merging" in note]


def test_steps_without_a_word_on_whether_they_are_driven_are_taken_as_driven(data, quietly):
    told, silent = steps_of(data.features, 1, [True], "V4"), steps_of(data.features, 1)
    assert quietly(told, data.recordings).attrs["driven"] == "stated by the activations"
    scores = quietly(silent, data.recordings)
    assert scores["driven"].all()
    assert scores.attrs["driven"] == "not stated by the activations, taken as driven"
    both = quietly({"V4": told, "IT": silent}, data.recordings).attrs["driven"]
    assert both == "not stated by the activations for IT, taken as driven"


def test_times_that_are_no_steps_are_refused(data):
    area = steps_of(data.features, 2)
    with pytest.raises(ck.CornetkitError, match=r"must be recurrent steps \(whole numbers\)"):
        ck.predict(area.assign_coords(time=[0.5, 0.7]), data.recordings)
    with pytest.raises(ck.CornetkitError, match="steps of area IT must be unique"):
        ck.predict(area.assign_coords(time=[1, 1]), data.recordings)


def test_activations_from_a_file_and_in_memory_agree(data, quietly, tmp_path):
    area = steps_of(data.features, 2, [True, True]).rename("activation")
    path = tmp_path / "acts.nc"
    area.to_netcdf(path, group="IT")
    np.testing.assert_allclose(
        quietly(path, data.recordings)["r"], quietly(area, data.recordings)["r"], atol=1e-12
    )
