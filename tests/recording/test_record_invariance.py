"""What must not change a stimulus's activations: order, batches, company. And memory."""

import gc
import importlib
import shutil
import weakref
from types import SimpleNamespace

import numpy as np
import pytest

from cornetkit.activations import ActivationWriter
from cornetkit.errors import FileError, InputError
from cornetkit.recording import record


@pytest.mark.parametrize("batch_size", [2, 3, 5])
def test_the_order_of_stimuli_changes_nothing(batch_size, random_model, images):
    stimuli = images(5)
    acts = record(random_model("Z"), stimuli, batch_size=batch_size)
    other = record(random_model("Z"), stimuli.select([3, 0, 4, 2, 1]), batch_size=batch_size)
    for area in acts:
        aligned = other[area].sel(stimulus=acts[area]["stimulus"])
        np.testing.assert_array_equal(aligned, acts[area])


def test_a_last_batch_that_is_not_full_changes_nothing(random_model, images):
    stimuli = images(5)
    acts = record(random_model("Z"), stimuli, batch_size=3)
    other = record(random_model("Z"), stimuli.select([0, 1, 2, 4]), batch_size=3)
    np.testing.assert_array_equal(other["IT"], acts["IT"].isel(stimulus=[0, 1, 2, 4]))


def test_every_forward_has_the_same_number_of_images(tiny, images):
    shapes = []
    tiny.register_forward_pre_hook(lambda module, args: shapes.append(tuple(args[0].shape)))
    acts = record(tiny, images(5), batch_size=3)
    assert shapes == [(3, 3, 32, 32)] * 2
    assert acts["late"].sizes["stimulus"] == 5


@pytest.mark.parametrize("letter", ["Z", "RT"])
def test_the_batch_size_changes_nothing_but_rounding(letter, random_model, images):
    stimuli = images(3)
    one = record(random_model(letter), stimuli, batch_size=1)
    all_at_once = record(random_model(letter), stimuli, batch_size=32)
    for area in one:
        scale = float(np.abs(one[area]).max())
        np.testing.assert_allclose(all_at_once[area], one[area], rtol=0, atol=1e-5 * scale)


def test_the_number_of_areas_changes_nothing(random_model, images):
    stimuli = images(2)
    together = record(random_model("S"), stimuli, areas=["V4", "IT", "IT.norm1_1"])
    alone = record(random_model("S"), stimuli, areas="IT")
    np.testing.assert_array_equal(alone["IT"], together["IT"])


@pytest.mark.parametrize("count", [6, 24])
def test_batches_do_not_pile_up_in_memory(tiny, images, tmp_path, monkeypatch, count):
    alive = []
    most = []
    write = ActivationWriter.write

    def watched(self, values):
        alive.append(weakref.ref(values["late"]))
        write(self, values)
        gc.collect()
        most.append(sum(reference() is not None for reference in alive))

    monkeypatch.setattr(ActivationWriter, "write", watched)
    record(tiny, images(count), tmp_path / "acts.nc", batch_size=2)
    assert len(most) == count // 2
    assert max(most) == 1


def test_images_are_read_one_batch_ahead_and_no_further(tiny, images, monkeypatch):
    stimuli = images(8)
    read = []
    original = type(stimuli).image
    monkeypatch.setattr(
        type(stimuli), "image", lambda self, index: read.append(index) or original(self, index)
    )
    ahead = []
    tiny.register_forward_pre_hook(lambda *_: ahead.append(len(read)))
    record(tiny, stimuli, batch_size=2)
    assert sorted(read) == list(range(8))  # each once
    assert all(count <= 2 * (k + 2) for k, count in enumerate(ahead))


def test_what_would_not_fit_into_memory_is_refused_with_its_size(tiny, images, monkeypatch):
    # The module, not the function of the same name that the package shows.
    room = importlib.import_module("cornetkit.recording.estimate")
    monkeypatch.setattr(room, "available_bytes", lambda: 20_000)
    message = r"of 10 images take 30\.7 kB, but 20 kB of memory are free; give out='acts\.nc'"
    stimuli = images(10)
    with pytest.raises(InputError, match=message):
        record(tiny, stimuli)
    assert len(record(tiny, stimuli.select(range(6)))) == 2  # 18.4 kB


def test_what_would_not_fit_on_the_disk_is_refused_with_its_size(
    tiny, images, tmp_path, monkeypatch
):
    monkeypatch.setattr(shutil, "disk_usage", lambda place: SimpleNamespace(free=20_000))
    with pytest.raises(FileError, match=r"would take 71 kB, but 20 kB are free in"):
        record(tiny, images(10), tmp_path / "acts.nc")
    assert [p.name for p in tmp_path.iterdir()] == ["stim"]
