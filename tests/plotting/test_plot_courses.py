"""Figures over time: chance, ms or bin numbers, and steps that the image has not reached."""

import warnings

import numpy as np
import pytest
import xarray as xr
from matplotlib.axes import Axes

import cornetkit as ck

QUIET = {"progress": False}


@pytest.fixture(scope="module")
def acts():
    rng = np.random.default_rng(0)
    objects = np.array([f"o{k % 3}" for k in range(30)])
    values = rng.normal(size=(30, 5, 12))
    values[:, 2:] += 2 * rng.normal(size=(3, 12))[np.arange(30) % 3][:, None]
    return xr.DataArray(
        np.abs(values),
        dims=("stimulus", "time", "unit"),
        coords={
            "stimulus": [f"s{k:02d}" for k in range(30)],
            "object_name": ("stimulus", objects),
            "time": np.arange(5),
            "driven": ("time", [False, False, True, True, True]),
            "area": "IT",
        },
    )


@pytest.fixture(scope="module")
def trials(acts):
    rng = np.random.default_rng(1)
    means = np.repeat(acts.values[:, None], 3, axis=1)
    return xr.DataArray(
        means + 0.3 * rng.normal(size=means.shape),
        dims=("stimulus", "repetition", "time_bin", "neuroid"),
        coords={
            "stimulus": acts["stimulus"].values,
            "object_name": ("stimulus", acts["object_name"].values),
            "repetition": np.arange(3),
            "time_bin_start": ("time_bin", 20.0 * np.arange(5) - 20),
            "time_bin_end": ("time_bin", 20.0 * np.arange(5)),
            "neuroid": [f"n{k}" for k in range(12)],
        },
    )


@pytest.fixture(scope="module")
def results(acts, trials):
    behavior = dict.fromkeys(acts["stimulus"].values.tolist(), 0.8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ck.CornetkitWarning)
        neural = ck.ost(trials, "object_name", behavior, **QUIET)
        return {
            "decode": ck.decode(acts, n_permutations=19, **QUIET),
            "neural": ck.decode(trials, **QUIET),
            "ost": ck.ost(acts, "object_name", behavior, reference=neural, **QUIET),
            "mapping": ck.generalize_mapping(acts, trials, area="IT"),
            "movie": ck.rdm_movie(acts),
            "latency": ck.latency(trials, n_permutations=19),
            "trajectories": ck.trajectories(acts),
        }


PLOTS = {
    "decode": ck.plot_decoding,
    "neural": ck.plot_decoding,
    "ost": ck.plot_ost,
    "mapping": ck.plot_generalization,
    "movie": ck.plot_rdm_movie,
    "latency": ck.plot_latency,
    "trajectories": ck.plot_trajectories,
}


@pytest.mark.parametrize("name", PLOTS)
def test_every_result_is_drawn_on_axes_and_saved(results, name, tmp_path):
    axes = PLOTS[name](results[name], title="a title")
    assert all(isinstance(ax, Axes) for ax in axes)
    axes[0].figure.savefig(tmp_path / "figure.png")
    assert (tmp_path / "figure.png").stat().st_size > 5000


@pytest.mark.parametrize("name", ["decode", "ost", "trajectories"])
def test_undriven_steps_are_grey(results, name):
    axes = PLOTS[name](results[name])
    ax = axes[1] if name == "trajectories" else axes[0]
    assert sum(patch.get_gid() == "undriven" for patch in ax.patches) == 2


def test_a_movie_has_a_grey_panel_for_undriven_steps_and_units_on_its_frames(results):
    first, *others = ck.plot_rdm_movie(results["movie"])
    assert first.get_gid() == "undriven"
    assert first.get_title() == "step 0, 1"
    assert [ax.get_title() for ax in others[:-1]] == ["step 2", "step 3", "step 4"]
    neural = results["movie"].isel(area=0, drop=True).rename(time="time_bin", time_other="other")
    limits = 20.0 * np.arange(5)
    neural = neural.drop_vars("driven").assign_coords(
        time_bin_start=("time_bin", limits), time_bin_end=("time_bin", limits + 20)
    )
    assert ck.plot_rdm_movie(neural)[0].get_title() == "50 ms"


def test_nothing_is_drawn_at_undriven_steps(results):
    line = ck.plot_decoding(results["decode"])[0].lines[0]
    np.testing.assert_array_equal(np.isnan(line.get_ydata()), [True, True, False, False, False])


def test_a_cluster_is_in_the_legend_once_and_only_where_there_is_one(results):
    def entries(p):
        result = results["decode"].copy()
        result["p_cluster"] = result["p_cluster"] * 0 + p
        ax = ck.plot_decoding(result)[0]
        return [text.get_text() for text in ax.get_legend().get_texts()]

    assert "in a cluster" not in entries(1.0)
    assert entries(0.01).count("in a cluster") == 1


def test_two_areas_in_a_cluster_share_an_entry(results):
    one = results["decode"]
    sides = [one, one.assign_coords(area=["V4"])]
    both = xr.concat(sides, dim="area", data_vars="minimal", coords="minimal", compat="override")
    both = both.assign_attrs(one.attrs).assign(p_cluster=both["p_cluster"] * 0 + 0.01)
    ax = ck.plot_decoding(both)[0]
    named = [text.get_text() for text in ax.get_legend().get_texts()]
    assert named == ["IT", "in a cluster", "V4", "chance 0.333"]


@pytest.mark.parametrize("name", PLOTS)
def test_no_legend_repeats_an_entry(results, name):
    for ax in PLOTS[name](results[name]):
        legend = ax.get_legend()
        named = [] if legend is None else [text.get_text() for text in legend.get_texts()]
        assert len(named) == len(set(named))


def test_chance_is_drawn_where_it_is(results):
    lines = {line.get_label(): line for line in ck.plot_decoding(results["decode"])[0].lines}
    np.testing.assert_allclose(lines["chance 0.333"].get_ydata(), 1 / 3)


def test_the_axis_is_in_ms_only_where_bins_have_limits(results):
    assert "ms after stimulus onset" in ck.plot_decoding(results["neural"])[0].get_xlabel()
    bare = results["neural"].drop_vars(["time_bin_start", "time_bin_end"])
    assert "number of the time bin" in ck.plot_decoding(bare)[0].get_xlabel()


def test_a_course_without_values_says_so_and_has_no_ticks(results):
    bare = results["trajectories"].copy()
    bare["sparseness"] = bare["sparseness"] * np.nan
    ax = ck.plot_trajectories(bare)[4]
    assert [text.get_text() for text in ax.texts] == ["no values"]
    assert len(ax.get_yticks()) == 0
    assert not ck.plot_trajectories(results["trajectories"])[4].texts


def test_the_times_compared_with_are_called_solution_times(results):
    assert ck.plot_ost(results["ost"])[1].get_xlabel() == "solution time (the reference)"


def test_images_solved_at_the_first_time_are_open_points(results):
    ax = ck.plot_ost(results["ost"])[1]
    faces = [line.get_markerfacecolor() for line in ax.lines]
    assert "none" in faces


@pytest.mark.parametrize("name", PLOTS)
def test_other_results_are_refused(results, name):
    other = results["latency" if name != "latency" else "movie"]
    with pytest.raises(ck.CornetkitError, match="expected the result of"):
        PLOTS[name](other)


def test_an_area_or_step_that_is_not_there_is_told(results):
    with pytest.raises(ck.CornetkitError, match="no area 'V4'"):
        ck.plot_rdm_movie(results["movie"], area="V4")
    with pytest.raises(ck.CornetkitError, match="no step 9"):
        ck.plot_generalization(results["mapping"], step=9)


def test_labels_say_how_many_stimuli_there_were(results):
    n = results["movie"].attrs["n_stimuli"]
    assert f"{n} stimuli" in ck.plot_rdm_movie(results["movie"])[0].get_ylabel()
    assert f"{n} stimuli" in ck.plot_generalization(results["mapping"])[1].get_xlabel()


def test_states_of_every_two_times_are_drawn_as_they_are(results):
    result = results["trajectories"]
    ax = ck.plot_trajectories(result)[5]
    drawn = np.ma.filled(ax.collections[0].get_array().astype(float), np.nan)
    np.testing.assert_array_equal(drawn, result["state_correlation"].values[0])
    assert "state correlation" in ax.get_title()


def test_states_of_recordings_have_no_name_of_an_area(trials):
    neural = ck.trajectories(trials)
    assert ck.plot_trajectories(neural)[5].get_title() == "state correlation"
