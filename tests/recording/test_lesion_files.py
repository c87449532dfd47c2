"""Files of lesioned models: what they say, and that they are not mixed with others."""

import json

import pytest

from cornetkit.errors import InputError
from cornetkit.recording import estimate, record, verify
from cornetkit.stimuli import Transform

SETTINGS = {"areas": ["V4", "IT"], "pool": "mean", "batch_size": 2, "transform": Transform(size=32)}


class Cut(Exception):
    """Ends a recording."""


@pytest.fixture
def rt(random_model):
    return random_model("RT", 6)


def test_the_lesion_is_in_the_file_and_in_its_identity(rt, images, tmp_path):
    out = tmp_path / "acts.nc"
    acts = record(rt, images(3), out, lesion=["IT@4:0.5", "V4@3:freeze"], blank_from=5, **SETTINGS)
    assert json.loads(acts.attrs["virtual_lesion"]) == {"V4": {"3": "freeze"}, "IT": {"4": 0.5}}
    assert acts.attrs["blank_from"] == 5
    assert acts.attrs["blank"] == "zero after normalisation"
    assert acts.attrs["identity"].endswith(
        "; virtual lesion: V4 state kept at step 3, IT state x 0.5 at step 4, image blanked from "
        "step 5 on"
    )


def test_a_factor_of_one_gives_the_file_of_no_lesion(rt, images, tmp_path):
    stimuli = images(3)
    record(rt, stimuli, tmp_path / "one.nc", lesion={"IT": {4: 1.0}}, **SETTINGS)
    record(rt, stimuli, tmp_path / "none.nc", **SETTINGS)
    assert (tmp_path / "one.nc").read_bytes() == (tmp_path / "none.nc").read_bytes()


LESIONS = [{"lesion": {"IT": {4: 0.0}}}, {"lesion": {"IT": {4: 0.5}}}, {"blank_from": 2}, {}]


@pytest.mark.parametrize("first", [0, 3])
def test_an_unfinished_file_is_not_taken_up_with_another_lesion(rt, images, tmp_path, first):
    stimuli, out, calls = images(4), tmp_path / "acts.nc", []

    def cut(module, args):
        calls.append(1)
        if len(calls) > 2:  # one that shows the memory, and a batch
            raise Cut

    handle = rt.register_forward_pre_hook(cut)
    with pytest.raises(Cut):
        record(rt, stimuli, out, **LESIONS[first], **SETTINGS)
    handle.remove()
    for other in LESIONS:
        if other != LESIONS[first]:
            with pytest.raises(InputError, match=r"begun with other settings: .*(lesion|blank)"):
                record(rt, stimuli, out, **other, **SETTINGS)
    acts = record(rt, stimuli, out, **LESIONS[first], **SETTINGS)
    assert acts["IT"].sizes["stimulus"] == 4


@pytest.mark.parametrize(("made", "asked"), [(0, 3), (3, 0), (0, 1), (2, 3)])
def test_a_complete_file_is_not_taken_for_one_of_another_lesion(rt, images, tmp_path, made, asked):
    stimuli, out = images(2), tmp_path / "acts.nc"
    record(rt, stimuli, out, **LESIONS[made], **SETTINGS).close()
    record(rt, stimuli, out, resume=True, **LESIONS[made], **SETTINGS).close()
    with pytest.raises(InputError, match=r"made with other settings: .*(lesion|blank_from)"):
        record(rt, stimuli, out, resume=True, **LESIONS[asked], **SETTINGS)


def test_a_lesioned_file_is_verified_with_its_lesion(rt, images, tmp_path):
    stimuli, out = images(2), tmp_path / "acts.nc"
    lesion = {"lesion": {"IT": {4: 0.0, 5: "freeze"}}, "blank_from": 3}
    record(rt, stimuli, out, **lesion, **SETTINGS).close()
    assert verify(out, stimuli).exact


def test_an_estimate_takes_the_lesion(rt, images):
    assert estimate(rt, images(2), lesion="IT@4:0", **SETTINGS).areas["IT"] == (6, 512)
    with pytest.raises(InputError, match="no state to lesion at step 9"):
        estimate(rt, images(2), lesion="IT@9:0", **SETTINGS)
