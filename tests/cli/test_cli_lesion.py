"""`cornetkit record --lesion` and `--blank-from`."""

import json

import pytest

import cornetkit as ck


@pytest.fixture
def record(run, images, tmp_path):
    def call(*more, model="RT", times=5):
        counts = [] if times is None else ["--times", times]
        return run(
            "record", "--model", model, "--weights", "random", *counts, "--images", images,
            "--areas", "IT", "--pool", "mean", "--batch-size", 24, "--out", tmp_path / "acts.nc",
            *more,
        )  # fmt: skip

    return call


@pytest.mark.slow
def test_lesions_are_recorded_and_said(record, tmp_path):
    result = record("--lesion", "IT@4:0.0", "--lesion", "V4@3:freeze", "--blank-from", 2, "--json")
    assert result.code == 0, result.err
    assert "virtual lesion IT@4:0.0, V4@3:freeze, blank from step 2" in result.err
    assert "IT state x 0 at step 4, image blanked from step 2" in json.loads(result.out)["identity"]
    acts = ck.open_activations(tmp_path / "acts.nc")
    assert json.loads(acts.attrs["virtual_lesion"]) == {"V4": {"3": "freeze"}, "IT": {"4": 0.0}}


@pytest.mark.parametrize(
    ("more", "settings", "message"),
    [
        (["--lesion", "IT1"], {}, "--lesion IT1: expected AREA@STEP:FACTOR such as IT@1:0.0"),
        (["--lesion", "IT@9:0"], {}, "no state to lesion at step 9"),
        (["--lesion", "ITT@1:0"], {}, "unknown area to lesion 'ITT' (did you mean 'IT'?)"),
        (["--lesion", "IT@1:freez"], {}, "did you mean 'freeze'?"),
        (["--lesion", "IT@0:0"], {"model": "Z", "times": None}, "CORnet-Z has no recurrence"),
        (["--blank-from", 7], {}, "(--blank-from): CORnet-RT can be blanked from step 1 to 4"),
        (["--blank-from", 1], {"model": "Z", "times": None}, "takes the image in once"),
    ],
)
def test_what_cannot_be_lesioned_is_one_line(record, more, settings, message):
    result = record("--quiet", "--dry-run", *more, **settings)
    assert result.code == 1
    assert message in result.error
