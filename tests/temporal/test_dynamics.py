"""dynamics(): groups that equal the single functions, files, the table."""

import numpy as np
import pytest
import xarray as xr
from planted_time import drifting, planted_course, quietly, recorded

import cornetkit as ck

SETTINGS = {"n_splits": 4, "n_draws": 20}
MINE = ["matrix", "rsa", "alignment", "mapping", "gain", "generalization"]


@pytest.fixture(scope="module")
def acts():
    return drifting(n=60, steps=6)


@pytest.fixture(scope="module")
def recordings(acts):
    return recorded(acts, planted_course(last=5), n_neuroids=8, reliability=0.8)


@pytest.fixture(scope="module")
def tree(acts, recordings):
    return quietly(ck.dynamics, acts, recordings, analyses=MINE, progress=False, **SETTINGS)


def test_every_analysis_is_a_group(tree):
    assert list(tree.children) == MINE
    assert tree.attrs["analyses"] == ", ".join(MINE)


@pytest.mark.parametrize(
    ("group", "function", "settings"),
    [
        ("matrix", ck.step_matrix, {}),
        ("alignment", ck.align, {}),
        ("mapping", ck.shared_or_per_bin, {}),
        ("gain", ck.recurrence_gain, {}),
        ("generalization", ck.generalize_mapping, {"steps": (1, 5)}),
    ],
)
def test_a_group_is_what_its_function_returns(tree, acts, recordings, group, function, settings):
    given = SETTINGS if group != "generalization" else {"n_splits": SETTINGS["n_splits"]}
    alone = quietly(function, acts, recordings, **given, **settings)
    xr.testing.assert_allclose(tree[group].to_dataset().drop_attrs(), alone.drop_attrs())


def test_the_file_opens_with_xarray_alone_and_holds_everything(tree, tmp_path):
    path = ck.save_dynamics(tree, tmp_path / "dynamics.nc")
    plain = xr.open_datatree(path)
    assert set(plain.children) == set(MINE)
    plain.close()
    with xr.open_dataset(path, group="matrix") as matrix:
        assert matrix["best_score"].dims == ("copy", "time_bin")
    again = ck.open_dynamics(path)
    assert again.attrs["notes"] == tree.attrs["notes"]
    for name in MINE:
        one, other = (x[name].to_dataset() for x in (tree, again))
        xr.testing.assert_equal(one, other)
        assert other.attrs["notes"] == one.attrs["notes"]
    assert ck.save_dynamics(again, tmp_path / "again.nc").exists()


def test_what_was_let_go_of_is_made_again_when_asked_for(acts, recordings):
    from cornetkit.temporal.design import make_design
    from cornetkit.temporal.fitted import Fitted

    design = quietly(make_design, acts, recordings, "IT", n_splits=4, match_reliability=False)
    fitted = Fitted.of(design, "neuroid", 20)
    first = [w.copy() for w in fitted.steps("all", weigh=True)[0].weighed]
    fitted.drop_weighed()
    assert fitted.steps("all")[0].weighed == []
    np.testing.assert_array_equal(fitted.steps("all", weigh=True)[0].weighed, first)


def test_a_path_gives_the_same_as_arrays(acts, recordings, tree, tmp_path):
    ck.save_recordings(recordings, tmp_path / "it.nc")
    acts.drop_vars("area").to_netcdf(tmp_path / "acts.nc", group="IT")
    found = quietly(
        ck.dynamics, tmp_path / "acts.nc", str(tmp_path / "it.nc"), analyses=["matrix"],
        progress=False, **SETTINGS,
    )  # fmt: skip
    np.testing.assert_allclose(found["matrix"]["score"], tree["matrix"]["score"], atol=1e-6)


def test_the_table_has_a_row_a_bin(tree, recordings):
    table = ck.dynamics_table(tree)
    assert table["bin_ms"].tolist()[:2] == ["50-70", "70-90"]
    planted = recordings["planted_step"].values
    assert (table["best_step"].values[planted > 0] == planted[planted > 0]).all()
    assert (table["matched_step"].values[planted > 0] == planted[planted > 0]).all()
    assert np.isnan(table["best_norm"].values[planted < 0]).all()
    assert {"gain", "gain_p", "claimed"} <= set(table.columns)
    alone = ck.dynamics_table(tree["matrix"].to_dataset())
    assert "gain" not in alone.columns


def test_one_driven_step_leaves_out_the_gain_and_says_so():
    acts = drifting(n=40, steps=2)
    recordings = recorded(acts, [1, 1], n_neuroids=6)
    found = quietly(ck.dynamics, acts, recordings, progress=False, **SETTINGS)
    assert "gain" not in found.children
    assert any("one driven step" in note for note in found.attrs["notes"])


def test_notes_become_warnings(acts, recordings):
    with pytest.warns(ck.CornetkitWarning) as told:
        ck.dynamics(acts, recordings, analyses=["matrix"], progress=False, **SETTINGS)
    assert any("image has not arrived by step 0" in str(w.message) for w in told)


@pytest.mark.parametrize(
    ("analyses", "message"),
    [
        (["matrx"], "did you mean 'matrix'"),
        ([], "analyses= names none"),
        (["decoding"], "does not say what to decode"),
    ],
)
def test_wrong_analyses_are_one_clear_line(acts, recordings, analyses, message):
    with pytest.raises(ck.CornetkitError, match=message):
        ck.dynamics(acts, recordings, analyses=analyses, **SETTINGS)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ("object", "unknown coordinate of the stimuli of the recordings 'object'"),
        ("name", "label 's000' has 1 stimulus; cross-validation over stimuli needs at least 2"),
    ],
)
def test_labels_are_looked_at_before_anything_is_fitted(
    acts, recordings, labels, message, monkeypatch
):
    def fitted(*_):
        raise AssertionError("something was fitted first")

    monkeypatch.setattr("cornetkit.temporal.fitted.fit_gram", fitted)
    named = recordings.assign_coords(name=("presentation", recordings["stimulus"].values))
    with pytest.raises(ck.CornetkitError, match=message):
        quietly(ck.dynamics, acts, named, labels=labels, **SETTINGS)


@pytest.mark.parametrize(
    ("first", "families"),
    [
        (70, ["committed", "nearest-start", "overlap", "center"]),
        (150, ["committed"]),  # others take step 0 for early bins: the image has not reached it
        (900, []),
    ],
)
def test_only_alignments_that_fit_the_bins_are_made(acts, recordings, first, families):
    starts = first + 60.0 * (acts["time"].values - 1)  # of step 1, the first that is driven
    timed = acts.assign_coords(time_start_ms=("time", starts), time_end_ms=("time", starts + 60))
    bins = 110 + 20.0 * np.arange(recordings.sizes["time_bin"])
    moved = recordings.assign_coords(
        time_bin_start=("time_bin", bins), time_bin_end=("time_bin", bins + 20)
    )
    tree = quietly(ck.dynamics, timed, moved, analyses=["alignment"], progress=False, **SETTINGS)
    assert tree["alignment"]["family"].values.tolist() == [
        *families, "affine", "monotone", "kernel", "free"
    ]  # fmt: skip
    left_out = [note for note in tree.attrs["notes"] if "was left out" in note]
    assert len(left_out) == 4 - len(families)


@pytest.mark.parametrize(
    ("analyses", "settings", "message"),
    [
        ("gain", {"baselines": {"one": 1}}, r"baselines= \(--baselines\) is for the matrix"),
        ("matrix", {"feedforward": 1}, r"feedforward=1 \(--feedforward\) is for the recurrence"),
        ("matrix", {"unique": True}, r"unique=True \(--unique\) is for the recurrence gain"),
        ("matrix", {"labels": "object"}, r"labels='object' \(--labels\) is for decoding, and"),
    ],
)
def test_what_no_analysis_uses_is_refused(acts, recordings, analyses, settings, message):
    with pytest.raises(ck.CornetkitError, match=message):
        ck.dynamics(acts, recordings, analyses=[analyses], **settings, **SETTINGS)


def test_a_feed_forward_variant_needs_a_step_to_gain_from(acts, recordings):
    one = acts.isel(time=[0, 1])
    assert one["driven"].values.tolist() == [False, True]
    with pytest.raises(ck.CornetkitError, match="IT has one driven step"):
        ck.dynamics(one, recordings, feedforward=one, progress=False, **SETTINGS)


def test_files_of_others_are_refused(tree, tmp_path):
    with pytest.raises(ck.CornetkitError, match="expected the result of dynamics"):
        ck.save_dynamics(tree["matrix"].to_dataset(), tmp_path / "x.nc")
    path = ck.save_dynamics(tree, tmp_path / "d.nc")
    with pytest.raises(ck.CornetkitError, match="is there already"):
        ck.save_dynamics(tree, path)
    with pytest.raises(ck.CornetkitError, match=r"holds no scores but a result of dynamics"):
        ck.open_scores(path)
    with pytest.raises(ck.CornetkitError, match=r"make one with: cornetkit dynamics --out"):
        ck.open_dynamics(tmp_path / "none.nc")
    with pytest.raises(ck.CornetkitError, match="there is no step x bin matrix"):
        ck.dynamics_table(tree["gain"].to_dataset())


def test_nothing_depends_on_the_level_of_responses(acts, recordings):
    """Intervals come from predictions in single precision, of responses less their level."""
    settings = {"analyses": MINE, "progress": False, **SETTINGS}
    high = quietly(ck.dynamics, acts, recordings.astype(np.float64) + 1e4, **settings)
    low = quietly(ck.dynamics, acts, recordings.astype(np.float64), **settings)
    for name, group in low.children.items():
        for variable, values in group.data_vars.items():
            if values.dtype.kind == "f" and np.isfinite(values).any():
                np.testing.assert_allclose(high[name][variable], values, atol=1e-5)
