"""Figures of RDMs: order, categories, what is left out."""

import subprocess
import sys

import numpy as np
import pytest
import xarray as xr
from matplotlib.axes import Axes

from cornetkit.errors import InputError, UnknownNameError
from cornetkit.plotting import plot_rdm

IDS = list("abcdef")
KINDS = ["face", "house", "face", "house", "face", "house"]


def made(*leading):
    """Return RDMs with the distance |i - j| of six stimuli, over leading (name, labels)."""
    i = np.arange(6.0)
    square = np.abs(i[:, None] - i[None, :])
    shape = [len(labels) for _, labels in leading]
    return xr.DataArray(
        np.broadcast_to(square, (*shape, 6, 6)).copy(),
        dims=(*(name for name, _ in leading), "stimulus_a", "stimulus_b"),
        coords={
            **dict(leading),
            "stimulus_a": IDS,
            "stimulus_b": IDS,
            "kind": ("stimulus_a", KINDS),
        },
        attrs={"metric": "correlation"},
    )


def shown(ax):
    return np.asarray(ax.images[0].get_array().filled(np.nan))


def test_each_place_has_a_panel_with_its_name():
    axes = plot_rdm(made(("area", ["V4", "IT"]), ("time", [0, 1])))
    assert all(isinstance(ax, Axes) for ax in axes)
    names = [ax.get_title() for ax in axes]
    assert names == ["V4, step 0", "V4, step 1", "IT, step 0", "IT, step 1"]


def test_rdms_without_a_distance_have_no_panel():
    rdms = made(("time", [0, 1]))
    rdms[0] = np.nan
    assert [ax.get_title() for ax in plot_rdm(rdms)] == ["step 1"]


def test_categories_sort_the_stimuli_and_colour_bars():
    axes = plot_rdm(made(), category="kind")
    expected = made().sel(stimulus_a=list("acebdf"), stimulus_b=list("acebdf")).values
    np.testing.assert_array_equal(shown(axes[0])[0, 1:], expected[0, 1:])
    left, above = axes[0].child_axes
    assert [tick.get_text() for tick in left.get_yticklabels()] == ["face", "house"]
    assert np.asarray(left.images[0].get_array()).ravel().tolist() == [0, 0, 0, 1, 1, 1]
    assert above.images


def test_an_order_decides_and_may_be_a_choice():
    axes = plot_rdm(made(), order=list("fad"), category=dict(zip(IDS, KINDS, strict=True)))
    np.testing.assert_array_equal(shown(axes[0])[0, 1:], [5, 2])


def test_the_diagonal_is_left_blank():
    assert np.isnan(shown(plot_rdm(made())[0]).diagonal()).all()


def test_percentiles_share_the_rank_of_ties():
    values = shown(plot_rdm(made(), ranks=True)[0])
    assert values[0, 5] == pytest.approx(100 * 29.5 / 30)
    assert values[0, 1] == values[3, 4] == pytest.approx(100 * 5.5 / 30)


def test_pairs_are_drawn_like_the_square():
    square = made()
    rows, columns = np.triu_indices(6, 1)
    pairs = xr.DataArray(
        square.values[rows, columns],
        dims="pair",
        coords={"stimulus_a": ("pair", np.array(IDS)[rows]),
                "stimulus_b": ("pair", np.array(IDS)[columns])},
    )  # fmt: skip
    np.testing.assert_array_equal(shown(plot_rdm(pairs)[0]), shown(plot_rdm(square)[0]))


def test_it_is_saved_without_pyplot(tmp_path):
    plot_rdm(made(), category="kind", title="x")[0].figure.savefig(tmp_path / "rdm.png")
    assert (tmp_path / "rdm.png").stat().st_size > 1000
    code = "import sys, cornetkit.plotting.rdm; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_what_cannot_be_drawn_is_told():
    with pytest.raises(UnknownNameError, match="did you mean 'kind'"):
        plot_rdm(made(), category="knd")
    with pytest.raises(InputError, match="names 1 stimuli that the RDMs do not hold \\(z\\)"):
        plot_rdm(made(), order=["a", "z"])
    with pytest.raises(InputError, match="nothing to draw"):
        plot_rdm(made() * np.nan)
    with pytest.raises(InputError, match="61 RDMs were given"):
        plot_rdm(made(("subject", np.arange(61))))
    with pytest.raises(InputError, match="no label for 5 stimuli"):
        plot_rdm(made(), category={"a": 1})
    with pytest.raises(InputError, match="lack stimulus_b"):
        plot_rdm(made().drop_vars("stimulus_b"))
