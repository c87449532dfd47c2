"""Figures of scores."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from matplotlib.axes import Axes

from cornetkit.errors import InputError
from cornetkit.plotting import plot_scores


def made(n_bins=1, areas=("V4", "IT"), n_steps=3, ceiling=0.64):
    """Return scores that rise with the step, IT's first step undriven."""
    shape = (len(areas), n_steps, n_bins)
    score = 0.1 + 0.1 * np.arange(np.prod(shape)).reshape(shape) / np.prod(shape)
    driven = np.ones(shape[:2], bool)
    driven[-1, 0] = False
    score[-1, 0] = np.nan
    dims = ("area", "time", "time_bin")
    return xr.Dataset(
        {
            "score": (dims, score),
            "score_error": (dims, np.full(shape, 0.01)),
            "ceiling_score": ("time_bin", np.full(n_bins, ceiling)),
        },
        coords={
            "area": list(areas),
            "time": np.arange(n_steps),
            "neuroid": np.arange(9),
            "driven": (("area", "time"), driven),
            "time_bin_start": ("time_bin", 50.0 + 20 * np.arange(n_bins)),
            "time_bin_end": ("time_bin", 70.0 + 20 * np.arange(n_bins)),
        },
    )


def lines(ax):
    """Return the lines with a label by it."""
    return {line.get_label(): line for line in ax.lines if not line.get_label().startswith("_")}


def labels(ax):
    return [text.get_text() for text in ax.figure.legends[0].get_texts()]


def test_one_bin_gives_one_axes_for_all_areas():
    axes = plot_scores(made(), title="S")
    assert axes.shape == (1,)
    assert isinstance(axes[0], Axes)
    ticks = [tick.get_text() for tick in axes[0].get_xticklabels()]
    assert ticks == ["0", "1\nV4", "2", "0", "1\nIT", "2"]
    assert labels(axes[0]) == ["ceiling, sqrt(reliability)", "V4", "IT"]
    assert axes[0].get_ylabel() == "Pearson r, median of 9 neuroids"


def test_steps_that_the_image_has_not_reached_are_grey_and_have_no_score():
    ax = plot_scores(made())[0]
    (grey,) = [patch for patch in ax.patches if patch.get_gid() == "undriven"]
    assert (grey.get_x(), grey.get_width()) == (2.5, 1.0)
    assert "grey: not reached by the image" in ax.get_xlabel()
    drawn = np.concatenate([container.lines[0].get_xdata() for container in ax.containers])
    assert drawn.tolist() == [0, 1, 2, 4, 5]
    over_time = plot_scores(made(n_bins=3))
    said = [[text.get_text() for text in ax.texts] for ax in over_time]
    assert said == [[], ["not reached by the image: step 0"]]


def test_a_step_that_an_area_does_not_have_is_not_called_unreached():
    scores = made()
    scores["driven"][0, 1:] = False
    ticks = [tick.get_text() for tick in plot_scores(scores)[0].get_xticklabels()]
    assert ticks == ["0\nV4", "0", "1\nIT", "2"]


@pytest.mark.parametrize("n_areas", [1, 2, 5])
def test_a_long_title_does_not_run_into_the_legend(n_areas):
    scores = made(n_bins=4, areas=[f"A{k}" for k in range(n_areas)], n_steps=8)
    title = "CORnet-RT, untrained, and a simulated IT population that follows RT's steps"
    figure = plot_scores(scores, title=title)[0].figure
    figure.draw_without_rendering()
    title_box = figure._suptitle.get_window_extent()
    assert not title_box.overlaps(figure.legends[0].get_window_extent())
    assert title_box.x0 >= 0
    assert title_box.x1 <= figure.bbox.width


def test_one_bin_shows_the_scores():
    scores = made()
    drawn = [container.lines[0].get_ydata() for container in plot_scores(scores)[0].containers]
    np.testing.assert_array_equal(drawn[0], scores["score"][0, :, 0])
    np.testing.assert_array_equal(drawn[1], scores["score"][1, 1:, 0])


def test_several_bins_give_an_axes_for_each_area_and_a_line_for_each_driven_step():
    scores = made(n_bins=4)
    axes = plot_scores(scores)
    assert [ax.get_title() for ax in axes] == ["V4", "IT"]
    assert list(lines(axes[1])) == ["step 1", "step 2", "ceiling, sqrt(reliability)"]
    step = lines(axes[1])["step 2"]
    np.testing.assert_array_equal(step.get_xdata(), [60, 80, 100, 120])
    np.testing.assert_array_equal(step.get_ydata(), scores["score"][1, 2])
    assert axes[0].get_xlabel() == "ms after stimulus onset"


def test_unknown_bin_limits_are_said():
    scores = made(n_bins=2).assign_coords(time_bin_start=("time_bin", [np.nan, np.nan]))
    axes = plot_scores(scores)
    assert axes[0].get_xlabel() == "time bin (limits not known)"
    np.testing.assert_array_equal(lines(axes[0])["step 0"].get_xdata(), [0, 1])


@pytest.mark.parametrize("n_bins", [1, 3])
def test_the_ceiling_is_drawn_in_units_of_r(n_bins):
    for ax in plot_scores(made(n_bins)):
        np.testing.assert_allclose(lines(ax)["ceiling, sqrt(reliability)"].get_ydata(), 0.8)


@pytest.mark.parametrize("ceiling", [np.nan, -0.2])
@pytest.mark.parametrize("n_bins", [1, 3])
def test_no_ceiling_line_where_there_is_no_ceiling(n_bins, ceiling):
    for ax in plot_scores(made(n_bins, ceiling=ceiling)):
        assert "ceiling, sqrt(reliability)" not in lines(ax)


@pytest.mark.parametrize("n_bins", [1, 3])
def test_the_best_of_the_baseline_is_drawn(n_bins):
    baseline = made(n_bins, areas=("pixels",), n_steps=2)
    baseline["score"][0, 1] = 0.33
    for ax in plot_scores(made(n_bins), baseline=baseline):
        np.testing.assert_allclose(lines(ax)["pixels"].get_ydata(), 0.33)


@pytest.mark.parametrize("n_bins", [1, 3])
def test_several_baselines_are_told_apart_by_name_and_style(n_bins):
    several = {}
    for k, name in enumerate(("pixels", "gabor", "untrained Z")):
        several[name] = made(n_bins, areas=("any",), n_steps=1)
        several[name]["score"][:] = 0.1 * k
    for ax in plot_scores(made(n_bins), baseline=several):
        drawn = lines(ax)
        for k, name in enumerate(several):
            np.testing.assert_allclose(drawn[name].get_ydata(), 0.1 * k)
        assert len({str(drawn[name]._dash_pattern) for name in several}) == 3
    assert list(lines(plot_scores(made(n_bins), baseline={})[0])) == list(
        lines(plot_scores(made(n_bins))[0])
    )


def test_one_of_several_baselines_with_other_bins_is_named():
    several = {"pixels": made(1), "gabor": made(3)}
    with pytest.raises(InputError, match="baseline gabor has 3 time bins, the scores have 1"):
        plot_scores(made(1), baseline=several)


def test_a_baseline_without_scores_is_drawn_as_nothing():
    baseline = made(2, areas=("pixels",)) * np.nan
    baseline["driven"] = (("area", "time"), np.ones((1, 3), bool))
    for ax in plot_scores(made(2), baseline=baseline):
        assert np.isnan(lines(ax)["pixels"].get_ydata()).all()


def test_a_baseline_of_other_bins_is_refused():
    with pytest.raises(InputError, match="baseline has 3 time bins, the scores have 1"):
        plot_scores(made(1), baseline=made(3))


def test_something_else_than_scores_is_refused():
    with pytest.raises(InputError, match="the scores lack ceiling_score; expected the result of"):
        plot_scores(made().drop_vars("ceiling_score"))


def test_the_figure_can_be_saved(tmp_path):
    axes = plot_scores(made(2), title="CORnet-S")
    axes[0].figure.savefig(tmp_path / "scores.png")
    assert (tmp_path / "scores.png").stat().st_size > 1000


def test_scores_of_predict_can_be_drawn(tmp_path):
    import cornetkit as ck

    rng = np.random.default_rng(0)
    features = xr.DataArray(
        rng.standard_normal((30, 5)), dims=("stimulus", "unit"), coords={"stimulus": np.arange(30)}
    )
    recordings = xr.DataArray(
        features.values[:, None, None, :3] + rng.standard_normal((30, 2, 2, 3)),
        dims=("stimulus", "repetition", "time_bin", "neuroid"),
        coords={"stimulus": np.arange(30), "neuroid": list("abc")},
    )
    scores = ck.predict(features, recordings, method="ols", n_splits=6)
    assert plot_scores(scores).shape == (1,)
    assert plot_scores(scores.isel(time_bin=[0])).shape == (1,)


def test_pyplot_is_not_touched():
    code = (
        "import sys, numpy as np, xarray as xr; from test_plot_scores import made;"
        "from cornetkit.plotting import plot_scores; plot_scores(made(2));"
        "sys.exit('matplotlib.pyplot' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parent)


def test_lines_of_a_title_stay_lines():
    figure = plot_scores(made(), title="CORnet-S\nand an IT population")[0].figure
    assert figure.get_suptitle() == "CORnet-S\nand an IT population"
