"""`cornetkit record`: reductions, what it takes, and going on with complete files."""

import json
import shutil
from types import SimpleNamespace

import numpy as np
import pytest

import cornetkit as ck


@pytest.fixture
def record(run, images, tmp_path):
    """Return a function that records V4 and IT of an untrained Z into acts.nc."""

    def call(*arguments):
        return run(
            *("record", "--model", "Z", "--weights", "random", "--images", images),
            *("--areas", "V4,IT", "--out", tmp_path / "acts.nc", *arguments),
        )

    return call


@pytest.mark.parametrize(
    ("arguments", "settings"),
    [
        (["--pool", "mean"], {"pool": "mean"}),
        (["--units", "50", "--reduction-seed", "4"], {"units": 50, "reduction_seed": 4}),
        (["--project", "40"], {"project": 40}),
        (["--dtype", "float16"], {"dtype": "float16"}),
        (["--logits"], {"logits": True}),
    ],
)
def test_options_are_the_arguments_of_record(record, images, tmp_path, arguments, settings):
    result = record(*arguments)
    assert result.code == 0, result.err
    model = ck.load_model("Z", weights="random")
    expected = ck.record(model, images, areas=["V4", "IT"], **settings)
    with ck.open_activations(tmp_path / "acts.nc") as acts:
        assert list(acts) == list(expected)
        for area in acts:
            np.testing.assert_array_equal(acts[area], expected[area])


def test_reductions_that_exclude_each_other_are_one_line(record, tmp_path):
    result = record("--pool", "mean", "--units", "5", "--quiet")
    assert result.code == 1
    assert "give one of pool (--pool), units (--units) and project (--project)" in result.error
    assert list(tmp_path.iterdir()) == []


def test_it_says_in_one_line_what_it_takes_before_it_goes_on(record):
    lines = record("--batch-size", "4").err.splitlines()
    assert "acts.nc: 8.46 MB on disk, peak memory about " in lines[1]
    assert lines[2].startswith("16 of 24 images, ")
    assert lines[3].startswith("wrote ")
    assert len(lines) == 4


def test_quiet_says_nothing(record):
    assert record("--quiet").err == ""


def test_a_dry_run_says_what_it_would_take_and_writes_nothing(record, tmp_path):
    result = record("--dry-run", "--units", "30000")
    assert result.code == 0
    lines = result.out.splitlines()
    assert lines[0] == f"would write {tmp_path / 'acts.nc'}: 24 images"
    assert lines[1:3] == ["  V4: 1 step x 30,000 units", "  IT: 1 step x 25,088 units"]
    assert lines[3].startswith("  on disk 6.")
    assert lines[-1] == "  fewer than 30,000 units, all recorded: IT (25,088)"
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_leaves_what_is_there_and_says_so(record, tmp_path):
    (tmp_path / "acts.nc").write_text("mine")
    result = record("--dry-run")
    assert result.code == 0
    assert "is there already: --overwrite would replace it" in result.out
    assert (tmp_path / "acts.nc").read_text() == "mine"


def test_a_dry_run_that_would_not_fit_says_what_would(record, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda place: SimpleNamespace(free=1000))
    result = record("--dry-run")
    assert result.code == 0
    assert "does not fit on the disk; less would be --areas IT (2.41 MB), --pool mean" in result.out


def test_a_dry_run_for_machines(record, tmp_path):
    found = json.loads(record("--dry-run", "--json", "--quiet").out)
    assert found["areas"] == {"V4": [1, 50176], "IT": [1, 25088]}
    assert found["bytes_on_disk"] > 4 * 24 * (50176 + 25088)
    assert found["n_stimuli"] == 24


def test_what_does_not_fit_is_refused_in_one_line(record, tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda place: SimpleNamespace(free=1000))
    result = record("--quiet")
    assert result.code == 1
    assert "1 kB are free" in result.error
    for option in ("--areas IT", "--pool mean", "--units 5000", "--dtype float16"):
        assert option in result.error
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (["--units", "9"], "reduction_units was none, is 9"),
        (["--seed", "1"], "weights_sha256 was"),
        (["--areas", "IT"], "areas was"),
    ],
)
def test_resuming_a_complete_file_of_something_else_is_refused(record, tmp_path, change, message):
    assert record("--quiet").code == 0
    before = (tmp_path / "acts.nc").read_bytes()
    result = record("--resume", "--quiet", *change)
    assert result.code == 1
    assert "is complete, but was made with other settings" in result.error
    assert message in result.error
    assert (tmp_path / "acts.nc").read_bytes() == before


def test_resuming_a_complete_file_says_so_and_what_it_holds(record):
    assert record("--quiet").code == 0
    result = record("--resume", "--json")
    assert "is complete already (8.46 MB): V4 1 x 50,176, IT 1 x 25,088" in result.err
    assert json.loads(result.out)["images_per_second"] is None


def test_a_dry_run_needs_no_published_weights(run, images, tmp_path, monkeypatch):
    from cornetkit.errors import WeightsError
    from cornetkit.models import zoo

    def offline(*arguments):
        raise WeightsError("no network")

    monkeypatch.setattr(zoo, "official_file", offline)
    line = ("record", "--model", "Z", "--images", images, "--out", tmp_path / "acts.nc")
    result = run(*line, "--areas", "IT", "--dry-run")
    assert result.code == 0, result.err
    assert "published weights are not at hand: sizes are told with random ones" in result.err
    assert run(*line).code == 1


def test_a_table_beside_the_images_is_offered(run, images, tmp_path):
    folder = tmp_path / "stim"
    shutil.copytree(images, folder)
    (folder / "stimuli.csv").write_text("stimulus_id,filename\n")
    line = ("record", "--model", "Z", "--weights", "random", "--images", folder)
    result = run(*line, "--areas", "IT", "--dry-run", "--out", tmp_path / "acts.nc")
    assert f"if stimuli.csv is about them: --images {folder / 'stimuli.csv'}" in result.err
