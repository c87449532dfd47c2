"""A recording that is cut short is taken up where it ended, and becomes the undisturbed one."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from cornetkit.activations import ActivationWriter
from cornetkit.errors import FileError, InputError
from cornetkit.models import load_model
from cornetkit.recording import record
from cornetkit.stimuli import ImageSet, Transform


class Cut(Exception):
    """Stands for whatever ends a recording."""


@pytest.fixture
def out(tmp_path):
    """Where the file goes, in a folder of its own."""
    folder = tmp_path / "out"
    folder.mkdir()
    return folder / "acts.nc"


@pytest.fixture
def cut_short(tiny, images, out):
    """Record 7 images in batches of two, cut short by the third batch; return the images."""
    stimuli = images(7)
    _cut(tiny, stimuli, out, after=2)
    return stimuli


def _cut(model, stimuli, out, after, error=Cut):
    calls = []

    def hook(module, args):
        calls.append(1)
        if len(calls) > after:
            raise error

    handle = model.register_forward_pre_hook(hook)
    with pytest.raises(error):
        record(model, stimuli, out, batch_size=2)
    handle.remove()


def _names(out):
    return sorted(path.name for path in out.parent.iterdir())


def test_the_same_call_again_goes_on_and_gives_the_undisturbed_file(tiny, cut_short, out):
    assert _names(out) == ["acts.nc.partial", "acts.nc.partial.journal"]
    record(tiny, cut_short, out, batch_size=2)
    assert _names(out) == ["acts.nc"]
    record(tiny, cut_short, out.with_name("undisturbed.nc"), batch_size=2)
    assert out.read_bytes() == out.with_name("undisturbed.nc").read_bytes()


def test_what_is_there_is_not_recorded_again(tiny, cut_short, out):
    batches = []
    tiny.register_forward_pre_hook(lambda *_: batches.append(1))
    record(tiny, cut_short, out, batch_size=2, resume=True)
    assert len(batches) == 1 + 2  # one that shows the shapes, two of four that were missing


def test_resuming_says_so_unless_told_to_be_quiet(tiny, cut_short, out, capsys):
    record(tiny, cut_short, out, batch_size=2)
    captured = capsys.readouterr()
    assert "resuming" in captured.err
    assert "at image 4" in captured.err
    assert captured.out == ""
    out.unlink()
    _cut(tiny, cut_short, out, after=2)
    capsys.readouterr()
    record(tiny, cut_short, out, batch_size=2, progress=False)
    assert capsys.readouterr().err == ""


def test_an_image_that_cannot_be_read_in_the_middle_leaves_what_was_recorded(
    tiny, images, out, monkeypatch
):
    stimuli = images(7)
    original = ImageSet.image

    def missing(self, index):
        if index == 5:
            raise FileError("im5.png is not there any more")
        return original(self, index)

    monkeypatch.setattr(ImageSet, "image", missing)
    with pytest.raises(FileError, match=r"im5\.png"):
        record(tiny, stimuli, out, batch_size=2)
    assert out.with_name("acts.nc.partial.journal").read_text() == "2\n4\n"
    monkeypatch.undo()
    acts = record(tiny, stimuli, out, batch_size=2)
    assert acts["late"].identical(record(tiny, stimuli, batch_size=2)["late"])


def test_ctrl_c_leaves_what_was_recorded_and_no_hooks(tiny, images, out, count_hooks):
    stimuli = images(7)
    tiny.train()
    _cut(tiny, stimuli, out, after=1, error=KeyboardInterrupt)
    assert count_hooks(tiny) == 0
    assert tiny.training
    assert _names(out) == ["acts.nc.partial", "acts.nc.partial.journal"]
    acts = record(tiny, stimuli, out, batch_size=2)
    assert acts["late"].identical(record(tiny, stimuli, batch_size=2)["late"])


def test_ctrl_c_while_a_batch_is_written_leaves_the_ones_before(tiny, images, out, monkeypatch):
    stimuli = images(7)
    write = ActivationWriter.write

    def interrupted(self, values):
        if self.done == 4:
            raise KeyboardInterrupt
        write(self, values)

    monkeypatch.setattr(ActivationWriter, "write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        record(tiny, stimuli, out, batch_size=2)
    monkeypatch.undo()
    acts = record(tiny, stimuli, out, batch_size=2)
    assert acts["late"].identical(record(tiny, stimuli, batch_size=2)["late"])


def test_where_nothing_was_recorded_nothing_is_left(tiny, images, out, monkeypatch):
    _cut(tiny, images(4), out, after=0)
    assert _names(out) == []

    def interrupted(self, values):
        raise KeyboardInterrupt

    monkeypatch.setattr(ActivationWriter, "write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        record(tiny, images(4), out, batch_size=2)
    assert _names(out) == []


def test_another_batch_size_is_refused_by_name(tiny, cut_short, out):
    with pytest.raises(InputError, match="other settings: batch_size was 2, is 3;"):
        record(tiny, cut_short, out, batch_size=3)
    assert _names(out) == ["acts.nc.partial", "acts.nc.partial.journal"]
    record(tiny, cut_short, out, batch_size=2)


def test_other_areas_are_refused_by_name(tiny, cut_short, out):
    with pytest.raises(InputError, match="other settings: areas was early, late, is late;"):
        record(tiny, cut_short, out, batch_size=2, areas="late")


def test_another_layer_under_the_same_name_is_refused(tiny, cut_short, out):
    with pytest.raises(InputError, match="other settings: areas early was early, is norm;"):
        record(tiny, cut_short, out, batch_size=2, areas={"early": "norm", "late": "late"})


def test_other_weights_are_refused_by_name(tiny, cut_short, out):
    with torch.no_grad():
        tiny.late.bias += 1
    with pytest.raises(InputError, match="other settings: weights_sha256 was"):
        record(tiny, cut_short, out, batch_size=2)


def test_another_seed_is_refused_by_name(images, out):
    stimuli = images(4)
    # The first forward of a CORnet only measures what it takes.
    _cut(load_model("Z", weights="random", seed=1), stimuli, out, after=2)
    with pytest.raises(InputError, match="other settings: seed was 1, is 2,"):
        record(load_model("Z", weights="random", seed=2), stimuli, out, batch_size=2)


def test_other_content_of_a_stimulus_is_refused_by_name(tiny, cut_short, out):
    cut_short.paths[6].write_bytes(cut_short.paths[0].read_bytes())
    changed = ImageSet(cut_short.ids, cut_short.paths)
    with pytest.raises(InputError, match="other settings: stimuli_sha256 was"):
        record(tiny, changed, out, batch_size=2)


def test_another_order_of_the_same_stimuli_is_refused(tiny, cut_short, out):
    with pytest.raises(InputError, match="the stimuli or their order of early differ"):
        record(tiny, cut_short.select([6, 5, 4, 3, 2, 1, 0]), out, batch_size=2)


def test_another_transform_or_precision_is_refused_by_name(tiny, cut_short, out):
    with pytest.raises(InputError, match="other settings: transform std was"):
        record(tiny, cut_short, out, batch_size=2, transform=Transform(32, std=(1, 1, 1)))
    with pytest.raises(InputError, match="other settings: precision was float32, is bf16"):
        record(tiny, cut_short, out, batch_size=2, precision="bf16")


def test_overwriting_starts_anew(tiny, cut_short, out):
    acts = record(tiny, cut_short, out, batch_size=3, overwrite=True)
    np.testing.assert_allclose(acts["early"], record(tiny, cut_short)["early"], atol=1e-3)
    assert _names(out) == ["acts.nc"]


def test_a_second_process_on_the_same_output_is_refused(tiny, cut_short, out):
    code = (
        "import fcntl, sys\n"
        "journal = open(sys.argv[1], 'a+')\n"
        "fcntl.flock(journal, fcntl.LOCK_EX)\n"
        "print('locked', flush=True)\n"
        "sys.stdin.read()\n"
    )
    journal = out.with_name("acts.nc.partial.journal")
    with subprocess.Popen(
        [sys.executable, "-c", code, journal], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"locked\n"
        with pytest.raises(FileError, match=r"another process is writing .*acts\.nc"):
            record(tiny, cut_short, out, batch_size=2)
    assert record(tiny, cut_short, out, batch_size=2)["late"].sizes["stimulus"] == 7


def test_a_complete_file_is_refused(tiny, images, out):
    stimuli = images(2)
    record(tiny, stimuli, out)
    before = out.read_bytes()
    with pytest.raises(FileError, match="is there already; give overwrite=True"):
        record(tiny, stimuli, out)
    assert out.read_bytes() == before


def test_a_complete_file_is_replaced_when_asked_for(tiny, images, out):
    stimuli = images(2)
    record(tiny, stimuli, out)
    acts = record(tiny, stimuli, out, areas="late", overwrite=True)
    assert list(acts) == ["late"]


def test_a_complete_file_is_returned_on_resume_without_a_forward(tiny, images, out):
    stimuli = images(2)
    record(tiny, stimuli, out)
    tiny.register_forward_pre_hook(lambda *_: 1 / 0)
    acts = record(tiny, stimuli, out, batch_size=1, resume=True)
    assert acts["late"].sizes["stimulus"] == 2


def test_a_complete_file_of_something_else_is_not_returned(tiny, images, out):
    stimuli = images(2)
    record(tiny, stimuli, out)
    with pytest.raises(InputError, match="is complete, but was made with other settings: areas"):
        record(tiny, stimuli, out, areas="late", resume=True)
    with pytest.raises(InputError, match="other settings: stimuli_sha256"):
        record(tiny, stimuli.select([0]), out, resume=True)


def test_resume_starts_where_nothing_is_there(tiny, images, out):
    assert record(tiny, images(2), out, resume=True)["late"].sizes["stimulus"] == 2
