"""`cornetkit behavior`: accuracy by step, and agreement with subjects."""

import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import cornetkit as ck


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Activations of two steps that hold three objects, and trials that follow the later one."""
    folder, rng = tmp_path_factory.mktemp("behaviour"), np.random.default_rng(0)
    codes = np.arange(24) % 3
    names = np.array(["cat", "dog", "owl"])
    centres = rng.standard_normal((3, 8))[codes]
    values = [far * centres + rng.standard_normal((24, 8)) for far in (0.1, 1.5)]
    acts = xr.DataArray(
        np.stack(values, axis=1),
        dims=("stimulus", "time", "unit"),
        coords={
            "stimulus": [f"im{k:02d}" for k in range(24)],
            "object_name": ("stimulus", names[codes]),
            "time": [0, 1],
            "unit": np.arange(8),
        },
        name="activation",
    )
    acts.to_netcdf(folder / "acts.nc", group="IT")
    P = ck.choice_probabilities(acts, progress=False).sel(time=1, area="features")
    rows = []
    for k, own in enumerate(codes):
        for other in {0, 1, 2} - {own}:
            p = float(P[k, other] / (P[k, other] + P[k, own]))
            wrong = rng.random(8) < 0.1 + 0.8 * p
            rows += [
                (f"im{k:02d}", names[own], names[other], names[other if w else own]) for w in wrong
            ]
    table = pd.DataFrame(rows, columns=["stimulus", "sample", "distractor", "choice"])
    table.to_csv(folder / "trials.csv", index=False)
    return folder


def test_a_row_for_each_step_without_behaviour(run, files):
    result = run("behavior", "--acts", files / "acts.nc", "--quiet")
    assert result.code == 0, result.err
    assert "24 stimuli, chance 0.333" in result.out
    rows = [line.split() for line in result.out.splitlines() if line.startswith("IT")]
    assert [row[1] for row in rows] == ["0", "1"]
    assert float(rows[1][2]) > float(rows[0][2])


def test_json_equals_the_python_result(run, files):
    arguments = ["--acts", files / "acts.nc", "--behavior", files / "trials.csv", "--halves", 5]
    result = run("behavior", *arguments, "--json", "--quiet")
    assert result.code == 0, result.err
    found = json.loads(result.out)
    P = ck.choice_probabilities(files / "acts.nc", progress=False)
    scores = ck.behavior_scores(P, files / "trials.csv", n_halves=5)
    kappa = ck.error_consistency(P, files / "trials.csv")
    for row in found["rows"]:
        here = {"area": "IT", "time": row["step"]}
        for signature in ("i1", "i1n", "i2", "i2n"):
            one = scores.sel(signature=signature, **here)
            np.testing.assert_allclose(row[signature]["r"], one["score"])
            np.testing.assert_allclose(row[signature]["consistency"], one["consistency"])
        np.testing.assert_allclose(row["kappa"]["kappa"], kappa["kappa"].sel(here))
    assert found["ceilings"]["i1"] == pytest.approx(float(scores["ceiling"].sel(signature="i1")))


def test_the_table_says_what_its_columns_are(run, files):
    result = run(
        "behavior", "--acts", files / "acts.nc", "--behavior", files / "trials.csv", "--halves", 3
    )
    assert "trials.csv: 384 trials of 24 stimuli; cornetkit, 3 halves" in result.out
    assert "kappa: being right on the same trials" in result.out


def test_results_are_written_whole(run, files, tmp_path):
    out = tmp_path / "b.nc"
    arguments = ["behavior", "--acts", files / "acts.nc", "--quiet", "--out", out]
    assert run(*arguments).code == 0
    assert "accuracy" in ck.open_behavior(out)
    assert "--overwrite" in run(*arguments).error
    more = ["--behavior", files / "trials.csv", "--halves", 3, "--overwrite"]
    assert run(*arguments, *more).code == 0
    assert "consistency" in ck.open_behavior(out)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--labels", "object"], "did you mean 'object_name'?"),
        (["--areas", "V9"], "unknown area 'V9'"),
        (["--behavior", "none.csv"], "no file of trials none.csv"),
        (["--behavior", "TRIALS", "--variant", "brain"], "unknown variant 'brain'"),
        (["--behavior", "TRIALS", "--join", "left"], "join must be"),
        (["--halves", 3], "--halves is for trials of subjects; add --behavior FILE.csv"),
        (["--variant", "brainscore"], "--variant is for trials of subjects"),
        (["--join", "inner"], "--join is for trials of subjects"),
    ],
)
def test_a_mistake_is_one_line(run, files, more, message):
    more = [files / "trials.csv" if part == "TRIALS" else part for part in more]
    result = run("behavior", "--acts", files / "acts.nc", "--quiet", *more)
    assert result.code == 1
    assert message in result.error


def test_trials_that_do_not_fit_are_told_before_anything_is_decoded(run, files, monkeypatch):
    def decoded(*_, **__):
        raise AssertionError("it was decoded first")

    monkeypatch.setattr(ck, "choice_probabilities", decoded)
    trials = ["behavior", "--acts", files / "acts.nc", "--behavior", files / "trials.csv"]
    assert "unknown variant 'brain'" in run(*trials, "--quiet", "--variant", "brain").error
    assert "join must be" in run(*trials, "--quiet", "--join", "left").error


def test_images_that_were_not_recorded_are_named(run, files, tmp_path):
    table = pd.read_csv(files / "trials.csv").replace("im03", "im99")
    table.to_csv(tmp_path / "t.csv", index=False)
    arguments = ["behavior", "--acts", files / "acts.nc", "--behavior", tmp_path / "t.csv"]
    result = run(*arguments, "--quiet")
    assert (
        "1 of the 24 stimuli of the trials are not among the 24 of the model (im99" in result.error
    )
    assert run(*arguments, "--quiet", "--join", "inner", "--halves", 3).code == 0


@pytest.mark.parametrize("with_trials", [False, True])
def test_a_figure_is_drawn_of_what_was_compared(run, files, tmp_path, with_trials):
    more = ["--behavior", files / "trials.csv", "--halves", 3] if with_trials else []
    drawn = tmp_path / "b.png"
    result = run("behavior", "--acts", files / "acts.nc", "--quiet", "--plot", drawn, *more)
    assert result.code == 0, result.err
    assert drawn.stat().st_size > 5000
    again = run("behavior", "--acts", files / "acts.nc", "--quiet", "--plot", drawn, *more)
    assert again.code == 1
    assert "b.png" in again.error
