"""`cornetkit ost`: solved, tied and compared images in a table, and wrong input in a line."""

import json
import warnings

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import cornetkit as ck


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Activations of 5 steps and recordings of 5 bins of 30 images of 3 objects, and behaviour."""
    folder = tmp_path_factory.mktemp("ost")
    rng = np.random.default_rng(0)
    onset = rng.integers(0, 4, 30)
    pattern = 1.5 * rng.normal(size=(3, 16))[np.arange(30) % 3]
    values = 0.4 * rng.normal(size=(30, 5, 16))
    for k in range(30):
        values[k, onset[k] :] += pattern[k]
    ids = [f"s{k:02d}" for k in range(30)]
    objects = ("stimulus", [f"o{k % 3}" for k in range(30)])
    from cornetkit.activations import ActivationWriter, AreaLayout

    layout = AreaLayout("IT", (0, 1, 2, 3, 4), (16,), driven=(True,) * 5)
    writer = ActivationWriter(
        folder / "acts.nc", [layout], ids, metadata={"object_name": np.array(objects[1])},
        attrs={"model": "Z"},
    )  # fmt: skip
    writer.write({"IT": values.astype(np.float32)})
    writer.finish()
    trials = xr.DataArray(
        np.repeat(values[:, None], 2, axis=1) + 0.1 * rng.normal(size=(30, 2, 5, 16)),
        dims=("stimulus", "repetition", "time_bin", "neuroid"),
        coords={
            "stimulus": ids,
            "object_name": objects,
            "repetition": [0, 1],
            "time_bin_start": ("time_bin", 70 + 10.0 * np.arange(5)),
            "time_bin_end": ("time_bin", 80 + 10.0 * np.arange(5)),
            "neuroid": [f"n{k}" for k in range(16)],
        },
    )
    ck.save_recordings(ck.open_recordings(trials), folder / "it.nc")
    frame = pd.DataFrame({"stimulus": ids, "threshold": 1.0, "ost_ms": 70 + 10.0 * onset})
    frame.to_csv(folder / "ost.csv", index=False)
    return {name: folder / file for name, file in
            {"acts": "acts.nc", "neural": "it.nc", "behavior": "ost.csv"}.items()}  # fmt: skip


def test_the_table_has_what_is_censored_and_compared(run, files):
    result = run("ost", "--neural", files["neural"], "--behavior", files["behavior"])
    assert result.code == 0, result.err
    assert "30 images with a threshold (thresholds), 2 in a row" in result.out
    for head in ("solved", "at first", "tied", "both solve", "spearman", "all images"):
        assert head in result.out


def test_json_equals_the_python_result(run, files):
    arguments = ["--acts", files["acts"], "--behavior", files["behavior"], "--json", "--quiet"]
    row = json.loads(run("ost", *arguments).out)["rows"][0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ck.CornetkitWarning)
        expected = ck.ost(files["acts"], "object_name", files["behavior"], progress=False)
    for name in ("solved_fraction", "spearman", "spearman_low", "tie_fraction"):
        assert row[name] == pytest.approx(expected[name].item())
    assert row["area"] == "IT"


def test_a_model_and_neurons_are_compared_with_each_other(run, files):
    result = run("ost", "--acts", files["acts"], "--neural", files["neural"], "--behavior",
                 files["behavior"], "--json", "--quiet")  # fmt: skip
    found = json.loads(result.out)
    assert [row["source"] for row in found["rows"]] == ["it.nc", "acts.nc"]
    assert found["settings"]["compared_with"] == "the reference"
    assert found["rows"][1]["spearman"] > 0.5


def test_out_and_plot_are_written(run, files, tmp_path):
    out, plot = tmp_path / "o.nc", tmp_path / "o.svg"
    result = run("ost", "--neural", files["neural"], "--behavior", files["behavior"], "--out", out,
                 "--plot", plot, "--variant", "brainscore", "--quiet")  # fmt: skip
    assert result.code == 0, result.err
    assert ck.open_temporal(out).attrs["variant"] == "brainscore"
    assert b"<svg" in plot.read_bytes()
    assert "object solution times" in run("inspect", out).out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give --acts (activations), --neural (recordings), or both"),
        (["--acts", "{acts}", "--window", "20"], "--window is for recordings"),
        (["--neural", "{neural}", "--search", "200"], "is not START:END"),
        (["--neural", "{neural}", "--areas", "IT"], "--areas IT is for activations; add --acts"),
        (["--neural", "{neural}", "--labels", "object"], "did you mean 'object_name'?"),
        (["--neural", "{neural}", "--variant", "brain"], "did you mean 'brainscore'?"),
        (["--acts", "{acts}", "--areas", "V4"], "unknown area 'V4'"),
        (["--neural", "{neural}", "--plot", "x.gif"], ".png, .pdf or .svg"),
    ],
)
def test_wrong_input_is_one_line(run, files, arguments, message):
    given = [a.format(**files) for a in arguments]
    result = run("ost", *given, "--behavior", files["behavior"])
    assert result.code == 1
    assert message in result.error


def test_behaviour_is_asked_for(run, files):
    assert run("ost", "--neural", files["neural"]).code == 2
