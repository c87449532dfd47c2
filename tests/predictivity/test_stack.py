"""Steps, and areas, side by side: equal to concatenating their units by hand."""

import numpy as np
import pytest
import xarray as xr

import cornetkit as ck

N = 40


def area(name, n_units, n_steps=3, driven=None, seed=0):
    rng = np.random.default_rng(seed)
    return xr.DataArray(
        rng.standard_normal((N, n_steps, n_units)),
        dims=("stimulus", "time", "unit"),
        coords={
            "stimulus": [f"s{i:03d}" for i in range(N)],
            "time": np.arange(n_steps),
            "area": name,
            "driven": ("time", [True] * n_steps if driven is None else driven),
            "time_start_ms": ("time", 50.0 + 10 * np.arange(n_steps)),
            "time_end_ms": ("time", 60.0 + 10 * np.arange(n_steps)),
        },
    )


@pytest.fixture(scope="module")
def data(planted):
    acts = {"V4": area("V4", 6, 2, seed=1), "IT": area("IT", 9, 3, [False, True, True], seed=2)}
    recordings = planted(n_stimuli=N, n_bins=2).recordings
    signal = acts["IT"].values[:, 1, :4] + acts["V4"].values[:, 1, :4]
    return acts, recordings + np.repeat(signal[:, None], 4, axis=0).reshape(-1, 1, 4)


def side_by_side(*steps):
    values = np.concatenate([s.values for s in steps], axis=1)
    return xr.DataArray(
        values, dims=("stimulus", "unit"), coords={"stimulus": steps[0]["stimulus"].values}
    )


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"method": "pls", "n_components": 4},
        {"method": "ols"},
        {"method": "best-unit"},
        {"standardize": True},
    ],
    ids=str,
)
def test_stacked_steps_equal_units_put_side_by_side(data, quietly, settings):
    acts, recordings = data
    stacked = quietly(acts, recordings, stack=("time", "unit"), **settings)
    for name, steps in {"V4": [0, 1], "IT": [1, 2]}.items():
        by_hand = side_by_side(*(acts[name].sel(time=t, drop=True) for t in steps))
        expected = quietly(by_hand, recordings, **settings)
        np.testing.assert_allclose(
            stacked["r"].sel(area=name), expected["r"].isel(area=0), atol=1e-10
        )


def test_stacked_areas_equal_units_put_side_by_side(data, quietly):
    acts, recordings = data
    stacked = quietly(acts, recordings, stack=("area", "time", "unit"))
    parts = [acts["V4"].sel(time=t, drop=True) for t in (0, 1)]
    parts += [acts["IT"].sel(time=t, drop=True) for t in (1, 2)]
    expected = quietly(side_by_side(*parts), recordings)
    np.testing.assert_allclose(stacked["r"], expected["r"], atol=1e-10)
    assert stacked["area"].values.tolist() == ["V4+IT"]
    assert stacked["steps"].values.tolist() == [["V4 0,1; IT 1,2"]]


def test_a_stack_is_one_entry_that_says_what_is_in_it(data, quietly):
    acts, recordings = data
    for stack in (("time", "unit"), "time,unit", ["unit", "time"]):
        scores = quietly(acts, recordings, stack=stack)
        assert scores["time"].values.tolist() == [-1]
        assert scores["time"].attrs["meaning"].startswith("-1: several steps")
        assert scores["steps"].values.tolist() == [["0,1"], ["1,2"]]
        assert scores["time_start_ms"].values.tolist() == [[50], [60]]
        assert scores["time_end_ms"].values.tolist() == [[70], [80]]
        assert scores.attrs["stack"] == "time,unit"
        assert "left out steps that the image has not reached: IT 0" in scores.attrs["notes"]
    assert ck.score_table(scores)["step"].tolist() == ["0,1", "0,1", "1,2", "1,2"]
    assert quietly(acts, recordings).attrs["stack"] == "none"


def test_an_area_without_a_driven_step_stays_nan(data, quietly):
    acts, recordings = data
    never = acts | {"IT": acts["IT"].assign_coords(driven=("time", [False] * 3))}
    scores = quietly(never, recordings, stack=("time", "unit"))
    assert scores["driven"].values.tolist() == [[True], [False]]
    assert np.isnan(scores["score"].sel(area="IT")).all()
    both = quietly(never, recordings, stack=("area", "time", "unit"))
    assert both["area"].values.tolist() == ["V4"]


def test_a_figure_names_the_steps_of_a_stack(data, quietly):
    acts, recordings = data
    scores = quietly(acts, recordings.isel(time_bin=[0]), stack=("time", "unit"))
    ax = ck.plot_scores(scores)[0]
    assert [t.get_text() for t in ax.get_xticklabels()] == ["0,1\nV4", "1,2\nIT"]
