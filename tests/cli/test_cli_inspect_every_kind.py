"""`cornetkit inspect` reads a file of every kind that cornetkit writes."""

import json
import warnings

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from cornetkit_cli.inspect_readers import READERS
from cornetkit_cli.main import group

import cornetkit as ck
from cornetkit.result_contents import CONTENTS

BESIDE = ("activations", "recordings", "checkpoint")
# A word or number of what each file holds, as made below.
SAID = {
    "activations": "40 stimuli (s00, s01, s02 and 37 more)",
    "recordings": "320 trials of 40 stimuli",
    "checkpoint": "trained: recipe shapes, data shapes, epoch 1",
    "scores": "8 rows; the best:",
    "ceilings": "noise ceilings of 6 neuroids in 4 time bins",
    "reverse predictivity": "40 stimuli, 8 neuroids",
    "partition of variance": "IT steps 1 and 2",
    "error modes": "expected error with 36 training stimuli",
    "comparison of scores": "comparison of scores, two places (a, b) of scores.nc",
    "comparison of similarity": "IT@2 of rsa.nc (a) and IT@1 of rsa.nc (b)",
    "rdms": "40 stimuli (s00, s01, s02 and 37 more), 3 times; metric correlation",
    "rsa": "RDMs of 40 stimuli, compared by spearman",
    "rdm ceilings": "noise ceilings of RDMs, compared by spearman",
    "one-to-one matching": "one-to-one matching of CORnet-S",
    "soft matching": "soft matching of CORnet-S",
    "dynamics": "groups: matrix, alignment",
    "decoding": "decoding: 2 labels (coordinate object_name) of 40 stimuli; chance 0.500",
    "object solution times": "object solution times of 40 stimuli",
    "generalisation of a mapping": "generalisation of a mapping of 40 stimuli",
    "rdm movie": "rdm movie of 40 stimuli",
    "latency": "latency of 40 stimuli",
    "trajectories": "trajectories of 40 stimuli",
    "power": "how often it scores best, by what was planted:",
    "behavior": "consistency: r with half of the trials / sqrt(r between halves)",
    "speed and accuracy": "40 stimuli, chance 0.500",
    "evaluation": "500 images",
}


def cornetkit(*arguments):
    """Run a command that has to work."""
    code = group.main([*map(str, arguments)], prog_name="cornetkit", standalone_mode=False)
    assert not code


def make_inputs(folder):
    """Write activations of three steps that hold two objects, recordings and trials that follow."""
    rng = np.random.default_rng(0)
    names = np.array(["cat", "dog"])[np.arange(40) % 2]
    values = rng.standard_normal((40, 3, 12)) + 2 * (names == "cat")[:, None, None]
    acts = xr.DataArray(
        values.astype(np.float32),
        dims=("stimulus", "time", "unit"),
        coords={
            "stimulus": [f"s{k:02d}" for k in range(40)],
            "object_name": ("stimulus", names),
            "time": [0, 1, 2],
            "driven": ("time", [False, True, True]),
        },
        name="activation",
    )
    acts.to_netcdf(folder / "acts.nc", group="IT")
    settings = {"n_neuroids": 6, "n_repetitions": 8, "n_dimensions": 6, "reliability": 0.9}
    recordings = ck.simulate_recordings(acts, (None, 1, 1, 2), **settings)
    ck.save_recordings(recordings, folder / "it.nc")
    rows = [
        (f"s{k:02d}", own, other, other if rng.random() < 0.05 + 0.01 * k else own)
        for k, own in enumerate(names)
        for other in {"cat", "dog"} - {own}
        for _ in range(8)
    ]
    head = ["stimulus", "sample", "distractor", "choice"]
    pd.DataFrame(rows, columns=head).to_csv(folder / "trials.csv", index=False)
    thresholds = pd.DataFrame({"stimulus": acts["stimulus"].values, "threshold": 0.5})
    thresholds.to_csv(folder / "thresholds.csv", index=False)


@pytest.fixture(scope="module")
def every_file(every_result, tmp_path_factory):
    """A file of each kind, by its name: from the command line where a command writes such."""
    folder = tmp_path_factory.mktemp("every")
    files = {name: folder / f"{name.replace(' ', '_')}.nc" for name in (*CONTENTS, *BESIDE)}
    make_inputs(folder)
    files |= {"activations": folder / "acts.nc", "recordings": folder / "it.nc"}
    acts, it = ("--acts", folder / "acts.nc"), ("--neural", folder / "it.nc")
    few, best = ("--n-splits", 3, "--quiet"), folder / "z/checkpoints/best.pth"
    files["checkpoint"] = best
    objects = ("behavior", *acts, *few)
    shown = ("train", "--model", "Z", "--data", "shapes", "--out", folder / "z", "--quiet")
    lines = {
        "scores": ("predict", *acts, *it, "--bootstrap", 50, "--quiet"),
        "comparison of scores": ("compare", files["scores"], "--between", "IT@2", "IT@1"),
        "ceilings": ("ceiling", *it),
        "rsa": ("rsa", *acts, *it, "--bootstrap", 50),
        "comparison of similarity": ("compare", files["rsa"], "--between", "IT@2", "IT@1"),
        "dynamics": ("dynamics", *acts, *it, *few, "--analyses", "matrix,alignment,gain",
                     "--draws", 20),
        "decoding": ("decode", *acts, "--labels", "object_name", *few),
        "object solution times": ("ost", *acts, "--behavior", folder / "thresholds.csv", *few),
        "power": ("power", *acts, "--simulations", 4, "--dimensions", 5, *few),
        "speed and accuracy": objects,
        "behavior": (*objects, "--behavior", folder / "trials.csv", "--halves", 5),
        "checkpoint": (*shown, "--set", "image_size=32", "--subset", 2, "--epochs", 1),
        "evaluation": ("evaluate", "--weights", best, "--data", "shapes"),
    }  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ck.CornetkitWarning)
        for name, line in lines.items():
            cornetkit(*line, *(() if name == "checkpoint" else ("--out", files[name])))
        for name, (result, save, _) in every_result.items():
            if name not in lines:
                save(result, files[name])
    return files


def test_every_kind_of_file_has_a_reader():
    assert set(READERS) == {*CONTENTS, *BESIDE}


@pytest.mark.parametrize("kind", [*BESIDE, *CONTENTS])
def test_a_file_of_each_kind_is_inspected(run, every_file, kind):
    shown = run("inspect", every_file[kind])
    assert (shown.code, shown.err) == (0, "")
    assert shown.out.startswith(f"{every_file[kind]}: ")
    assert SAID[kind] in shown.out
    found = json.loads(run("inspect", every_file[kind], "--json").out)
    assert (found["kind"], found["file"]) == (kind, str(every_file[kind]))


@pytest.mark.parametrize("kind", [*BESIDE, *CONTENTS])
def test_an_inspected_file_is_left_as_it_was(run, every_file, kind):
    before = every_file[kind].read_bytes()
    run("inspect", every_file[kind])
    assert every_file[kind].read_bytes() == before


def test_behaviour_shows_the_consistency_of_each_step(run, every_file):
    result = ck.open_behavior(every_file["behavior"])
    shown = run("inspect", every_file["behavior"]).out.splitlines()
    (head,) = (line.split() for line in shown if line.split()[:2] == ["area", "step"])
    assert head == ["area", "step", "i1", "i1n", "i2", "i2n"]
    (last,) = (line.split() for line in shown if line.split()[:2] == ["IT", "2"])
    value = float(result["consistency"].sel(signature="i1", area="IT", time=2))
    assert value == value
    assert last[2] == f"{value:.3f}"
    assert not [line for line in shown if line.split()[:2] == ["IT", "0"]]  # not driven
    assert "no choice probabilities" not in "\n".join(shown)


def test_behaviour_of_subjects_alone_is_inspected(run, every_file, tmp_path):
    trials = every_file["recordings"].parent / "trials.csv"
    result = ck.behavior_scores(trials, trials, n_halves=5, n_resamples=0)
    shown = run("inspect", ck.save_behavior(result, tmp_path / "b.nc"))
    assert shown.code == 0, shown.err
    assert "agreement of behaviour, a source and 320 trials" in shown.out


def test_accuracy_by_step_equals_the_file(run, every_file):
    rows = json.loads(run("inspect", every_file["speed and accuracy"], "--json").out)["rows"]
    result = ck.open_behavior(every_file["speed and accuracy"]).sel(area="IT", time=[1, 2])
    assert [(row["area"], row["step"]) for row in rows] == [("IT", 1), ("IT", 2)]
    for name, head in (("accuracy", "accuracy"), ("gain_low", "gain low")):
        np.testing.assert_allclose([row[head] for row in rows], result[name].values)


def test_power_shows_what_the_command_shows(run, every_file):
    result = ck.open_temporal(every_file["power"])
    rows = json.loads(run("inspect", every_file["power"], "--json").out)["rows"]
    assert [row["recovery"] for row in rows] == result["recovery"].values.ravel().tolist()
    assert {row["planted"] for row in rows} == set(result["planted"].values.tolist())


def test_a_checkpoint_that_says_nothing_is_told_by_its_names(run, tmp_path):
    import torch

    for letter, words in (
        ("Z", "weights of CORnet-Z, verified by its names and shapes"),
        ("RT", "weights of a model that it does not name, identity not verified"),
    ):
        path = tmp_path / f"{letter}.pth"
        torch.save(ck.load_model(letter, weights="random").state_dict(), path)
        shown = run("inspect", path)
        assert (shown.code, shown.err) == (0, "")
        assert words in shown.out


def test_pickled_code_is_refused(run, tmp_path):
    import pickle

    path = tmp_path / "p.pth"
    path.write_bytes(pickle.dumps(pd.DataFrame({"a": [1]})))
    assert "was refused" in (error := run("inspect", path).error) or "no checkpoint" in error
