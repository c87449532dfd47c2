"""Figures over time: what is drawn is what was found, undriven steps grey, no ms where unknown."""

import numpy as np
import pytest
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

import cornetkit as ck
from cornetkit.errors import InputError

N_BINS, STEPS = 4, [2, 3]


def matrix(in_ms=True, matched=True, baselines=("Gabor", "other animal")):
    """Return a step x bin matrix with the first bin without signal."""
    copies = ["all", "matched"][: 2 if matched else 1]
    c, b, s = len(copies), N_BINS, len(STEPS)
    start = 50.0 + 20 * np.arange(b) if in_ms else np.full(b, np.nan)
    rng = np.random.default_rng(0)
    normalized = rng.uniform(0.2, 0.9, (c, s, b))
    normalized[..., 0] = np.nan
    best = normalized.max(axis=1) if not np.isnan(normalized).all() else normalized[:, 0]
    best[:, 0] = np.nan
    over = ("copy", "time_bin")
    chosen = np.tile(np.array([2, 2, 3, 3]), (c, 5, 1))
    data = xr.Dataset(
        {
            "noise": (over, np.tile([True, False, False, False], (c, 1))),
            "ceiling_score": (over, np.full((c, b), 0.64)),
            "ceiling_low": (over, np.full((c, b), 0.49)),
            "ceiling_high": (over, np.full((c, b), 0.81)),
            "n_reliable": (over, np.tile([0, 5, 8, 9], (c, 1))),
            "best_step": (("copy", "split", "time_bin"), chosen),
            "best_step_main": (over, chosen[:, 0]),
        },
        coords={
            "copy": copies, "time": STEPS, "area": "IT",
            "time_bin_start": ("time_bin", start),
            "time_bin_end": ("time_bin", start + 20),
        },
        attrs={
            "n_stimuli": 1000, "n_neuroids": 9, "undriven_steps": "0, 1",
            "interval": "95%, over stimuli and neuroids: bootstrap",
        },
    )  # fmt: skip
    for name, dims, values in (
        ("normalized", ("copy", "time", "time_bin"), normalized),
        ("best_normalized", over, best),
    ):
        for suffix, shift in (("", 0.0), ("_low", -0.05), ("_high", 0.05)):
            data[f"{name}{suffix}"] = (dims, values + shift)
    if baselines:
        data = data.assign_coords(baseline=list(baselines))
        for suffix, shift in (("", 0.0), ("_low", -0.05), ("_high", 0.05)):
            values = np.full((c, len(baselines), b), 0.3 + shift)
            data[f"baseline_normalized{suffix}"] = (("copy", "baseline", "time_bin"), values)
    return data


def labelled(ax):
    return {line.get_label(): line for line in ax.lines if not line.get_label().startswith("_")}


def test_the_figure_shows_best_first_baselines_ceiling_and_the_matched_copy():
    data = matrix()
    axes = ck.plot_dynamics(data)
    assert axes.shape == (2,)
    assert isinstance(axes[0], Axes)
    lines = labelled(axes[0])
    assert list(lines) == [
        "ceiling", "best step (nested)", "first step (2)", "the same at matched reliability",
        "Gabor", "other animal",
    ]  # fmt: skip
    whole = data.sel(copy="all")
    np.testing.assert_array_equal(lines["best step (nested)"].get_ydata(), whole["best_normalized"])
    np.testing.assert_array_equal(
        lines["first step (2)"].get_ydata(), whole["normalized"].sel(time=2)
    )
    np.testing.assert_array_equal(lines["Gabor"].get_xdata(), [60, 80, 100, 120])
    dotted = [line for line in axes[0].lines if line.get_linestyle() == ":"]
    np.testing.assert_array_equal(
        dotted[0].get_ydata(), data.sel(copy="matched")["best_normalized"]
    )


def test_the_ceiling_is_one_with_the_band_of_its_root_and_absent_where_there_is_noise():
    axes = ck.plot_dynamics(matrix())
    np.testing.assert_array_equal(labelled(axes[0])["ceiling"].get_ydata(), [np.nan, 1, 1, 1])
    heights = axes[0].collections[0].get_paths()[0].vertices[:, 1]
    assert heights.min() == pytest.approx(np.sqrt(0.49 / 0.64))
    assert heights.max() == pytest.approx(np.sqrt(0.81 / 0.64))


def test_the_label_says_the_alignment_rule_and_n():
    label = ck.plot_dynamics(matrix())[1].get_xlabel()
    assert "ms after stimulus onset" in label
    assert "the best one, chosen inside training stimuli" in label
    assert "1,000 stimuli, 9 neuroids" in label


def test_undriven_steps_are_grey_and_have_no_score():
    below = ck.plot_dynamics(matrix())[1]
    spans = [p for p in below.patches if to_hex(p.get_facecolor()) == to_hex("0.9")]
    assert [p.get_y() + p.get_height() / 2 for p in spans] == [0, 1]
    ax = ck.plot_step_matrix(matrix())
    shown = ax.collections[0].get_array()
    assert np.ma.getmaskarray(shown)[:2].all()
    grey = [p for p in ax.patches if to_hex(p.get_facecolor()) == to_hex("0.85")]
    assert len(grey) == 2
    assert ax.get_ylim() == (-0.5, 3.5)


def test_the_word_for_undriven_steps_lies_inside_the_axes():
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    below = ck.plot_dynamics(matrix())[1]
    canvas = FigureCanvasAgg(below.figure)
    canvas.draw()
    word = below.texts[0].get_window_extent(canvas.get_renderer())
    assert word.x0 >= below.get_window_extent().x0


def test_the_strip_has_the_chosen_steps_and_the_number_of_reliable_neuroids():
    axes = ck.plot_dynamics(matrix())
    offsets = np.concatenate([c.get_offsets() for c in axes[1].collections])
    assert offsets[:, 1].tolist() == [2, 2, 3, 3]
    right = next(ax for ax in axes[1].figure.axes if ax not in list(axes))
    np.testing.assert_array_equal(right.lines[0].get_ydata(), [0, 5, 8, 9])


def test_bins_without_limits_are_numbered_and_nothing_is_said_in_ms():
    axes = ck.plot_dynamics(matrix(in_ms=False))
    assert axes[1].get_xlabel().startswith("number of the time bin (no limits in ms are known)")
    line = labelled(axes[0])["best step (nested)"]
    assert line.get_xdata().tolist() == [0, 1, 2, 3]


def test_without_a_matched_copy_or_baselines_there_are_no_such_lines():
    lines = labelled(ck.plot_dynamics(matrix(matched=False, baselines=()))[0])
    assert list(lines) == ["ceiling", "best step (nested)", "first step (2)"]
    with pytest.raises(InputError, match="copy='matched' was given; there is all"):
        ck.plot_step_matrix(matrix(matched=False), copy="matched")


def test_a_tree_is_taken_as_well_as_its_group():
    tree = xr.DataTree.from_dict({"/matrix": matrix()})
    one, other = (
        labelled(ck.plot_dynamics(x)[0])["first step (2)"].get_ydata() for x in (tree, matrix())
    )
    np.testing.assert_array_equal(one, other)


def alignment(identifiable="true"):
    over = ("copy", "family")
    values = np.full((1, 2), 80.0)
    return xr.Dataset(
        {
            "aligned_step": ((*over, "time_bin"), np.full((1, 2, N_BINS), 2)),
            "weight": ((*over, "time_bin", "time"), np.full((1, 2, N_BINS, 2), 0.5)),
            "score_mean": (over, np.array([[0.5, 0.4]])),
            **{n: (over, values) for n in ("onset_ms", "onset_low", "onset_high")},
            **{n: (over, values / 4) for n in ("step_ms", "step_low", "step_high")},
            **{n: matrix().sel(copy=["all"])[n] for n in ("ceiling_score", "noise")},
        },
        coords=matrix()
        .sel(copy=["all"])
        .coords.to_dataset()
        .drop_vars("baseline")
        .assign_coords(family=["affine", "free"])
        .coords,
        attrs=matrix().attrs | {"identifiable": identifiable},
    )


def test_the_alignment_shows_mean_steps_onset_and_what_cannot_be_told():
    ax = ck.plot_alignment(alignment())
    lines = labelled(ax)
    (affine, free) = lines
    assert affine == "affine: mean r 0.500\n  onset 80 (80 to 80), step 20 (20 to 20) ms"
    assert ax.get_legend().get_title().get_text() == "ceiling of the mean r: 0.600"
    grey = [patch.get_y() for patch in ax.patches if patch.get_gid() == "undriven"]
    assert grey == [-0.5, 0.5]
    np.testing.assert_array_equal(lines[free].get_ydata(), np.full(N_BINS, 2.5))
    assert not ax.texts
    said = ck.plot_alignment(alignment("with 2 driven steps ..."))
    assert said.texts[0].get_text() == "lag not identifiable"


@pytest.mark.parametrize("grows", [True, False])
def test_the_gain_marks_corrected_bins_and_claims(grows):
    dims = ("copy", "control", "time_bin")
    gain = np.array([[[0.0, 0.1, 0.2, 0.3], [0.0, 0.2, 0.3, 0.4]]])
    p = np.array([[[1.0, 0.2, 0.01, 0.01], [1.0, 0.01, 0.01, 0.01]]])
    base = matrix().sel(copy=["matched"])
    data = xr.Dataset(
        {
            "gain": (dims, gain), "gain_low": (dims, gain - 0.1), "gain_high": (dims, gain + 0.1),
            "p": (dims, p), "gain_slope": (dims[:2], np.ones((1, 2))),
            "better": ("time_bin", np.array([False, False, True, True])),
            "grows": ((), grows), "score_control": (dims, np.full((1, 2, 4), 0.5)),
            **{n: base[n] for n in ("ceiling_score", "noise")},
        },
        coords={
            **{n: base[n] for n in ("copy", "time_bin_start", "time_bin_end", "area")},
            "control": ["first step", "shuffled"],
        },
        attrs=base.attrs | {"claimed_on": "matched"},
    )  # fmt: skip
    ax = ck.plot_gain(data)
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    assert [line.get_xdata().tolist() for line in dots] == [[100, 120], [80, 100, 120]]
    bars = [line.get_xdata() for line in ax.lines if line.get_linewidth() == 3]
    assert [list(bar) for bar in bars] == [[90, 110], [110, 130]]
    black = [line.get_color() == "black" for line in ax.lines if line.get_linewidth() == 3]
    assert black == [grows, grows]
    assert ("does not grow over time" in ax.get_xlabel()) is not grows
    assert labelled(ax)["over shuffled"].get_ydata().tolist() == gain[0, 1].tolist()
    room = labelled(ax)["most to gain over first step:\nsqrt(reliability) - its r"]
    np.testing.assert_allclose(room.get_ydata(), [np.nan, 0.3, 0.3, 0.3])
    assert room.get_color() == labelled(ax)["over first step"].get_color()


def test_mappings_are_drawn_with_their_intervals():
    dims = ("copy", "mapping", "time_bin")
    score = np.arange(12.0).reshape(1, 3, 4) / 20
    base = matrix().sel(copy=["all"])
    data = xr.Dataset(
        {
            "score": (dims, score), "score_low": (dims, score - 0.1),
            "score_high": (dims, score + 0.1), "difference_mean": ("copy", [0.1]),
            **{n: base[n] for n in ("ceiling_score", "noise")},
        },
        coords={
            **{n: base[n] for n in ("copy", "time_bin_start", "time_bin_end", "area")},
            "mapping": ["shared", "per-bin", "static"],
        },
        attrs=base.attrs | {"alignment": "affine"},
    )  # fmt: skip
    ax = ck.plot_mappings(data)
    lines = labelled(ax)
    assert next(iter(lines)) == "shared (one for all bins)"
    np.testing.assert_array_equal(lines["per-bin (one a bin)"].get_ydata(), score[0, 1])
    ceiling = lines["ceiling, sqrt(reliability)"].get_ydata()
    np.testing.assert_allclose(ceiling, [np.nan, 0.8, 0.8, 0.8])
    assert "alignment: affine" in ax.get_xlabel()


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (ck.plot_dynamics, "expected the result of step_matrix, or of dynamics"),
        (ck.plot_step_matrix, "expected the result of step_matrix"),
        (ck.plot_alignment, "expected the result of align"),
        (ck.plot_mappings, "expected the result of shared_or_per_bin"),
        (ck.plot_gain, "expected the result of recurrence_gain"),
    ],
)
def test_something_else_is_refused_in_one_line(draw, message):
    with pytest.raises(InputError, match=message):
        draw(xr.Dataset({"x": 1}))


def test_between_bins_that_are_apart_the_matrix_is_empty():
    data = matrix(matched=False)
    late = [0.0, 0.0, 30.0, 30.0]
    data = data.assign_coords(
        {n: ("time_bin", data[n].values + late) for n in ("time_bin_start", "time_bin_end")}
    )
    (mesh,) = ck.plot_step_matrix(data).collections[:1]
    edges = mesh.get_coordinates()[0, :, 0]
    assert edges.tolist() == [50, 70, 90, 120, 140, 160]
    drawn = mesh.get_array()
    assert drawn.mask[:, 2].all()
    shown = data["normalized"].sel(copy="all").values
    np.testing.assert_allclose(np.ma.filled(drawn[2:], np.nan)[:, [0, 1, 3, 4]], shown)


def test_the_interval_of_a_point_that_stands_alone_is_a_bar():
    from matplotlib.figure import Figure

    from cornetkit.plotting.time_axis import band

    ax = Figure().subplots()
    low = np.array([0.1, np.nan, 0.2, 0.3])
    band(ax, np.arange(4.0), low, low + 0.5, "red")
    (bars,) = [c for c in ax.collections if hasattr(c, "get_segments")]
    np.testing.assert_allclose(bars.get_segments(), [[[0, 0.1], [0, 0.6]]])
