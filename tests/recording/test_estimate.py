"""What a recording is said to take, against what it takes."""

import importlib
import shutil
from types import SimpleNamespace

import pytest

from cornetkit.errors import FileError, InputError
from cornetkit.recording import estimate, record

SETTINGS = [{}, {"pool": "mean"}, {"units": 50}, {"project": 40}, {"dtype": "float16"}]


def _free(monkeypatch, disk=None, memory=None):
    if disk is not None:
        monkeypatch.setattr(shutil, "disk_usage", lambda place: SimpleNamespace(free=disk))
    if memory is not None:
        for name in ("estimate", "prepare"):
            room = importlib.import_module(f"cornetkit.recording.{name}")
            monkeypatch.setattr(room, "available_bytes", lambda: memory)


@pytest.mark.parametrize("settings", SETTINGS)
def test_the_bytes_on_disk_are_those_of_the_file(tiny, images, tmp_path, settings):
    stimuli = images(40)
    found = estimate(tiny, stimuli, tmp_path / "acts.nc", **settings)
    record(tiny, stimuli, tmp_path / "acts.nc", **settings).close()
    # The bookkeeping of HDF5 is all there is to a file as small as this one.
    assert found.bytes_on_disk == pytest.approx((tmp_path / "acts.nc").stat().st_size, abs=20_000)


def test_areas_steps_and_units_are_those_of_the_file(tiny, images, tmp_path):
    found = estimate(tiny, images(3), units=50)
    assert found.areas == {"early": (1, 50), "late": (2, 50)}
    assert found.n_stimuli == 3


def test_one_batch_is_run_and_nothing_written(tiny, images, tmp_path):
    stimuli = images(9)
    batches = []
    tiny.register_forward_pre_hook(lambda *_: batches.append(1))
    found = estimate(tiny, stimuli, tmp_path / "sub" / "acts.nc", batch_size=2)
    assert len(batches) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["stim"]
    assert found.images_per_second > 0
    assert found.seconds == pytest.approx(9 / found.images_per_second)


def test_it_reads_as_a_few_lines(tiny, images):
    lines = str(estimate(tiny, images(3), units=300)).splitlines()
    assert lines[:3] == ["3 images", "  early: 1 step x 256 units", "  late: 2 steps x 256 units"]
    assert lines[3].startswith("  on disk ")
    assert lines[4].startswith("  peak memory about ")
    assert lines[5].endswith(" images/s")
    assert lines[6:] == ["  fewer than 300 units, all recorded: early (256), late (256)"]


def test_the_peak_is_above_what_the_process_has_and_a_batch(tiny, images):
    import resource

    found = estimate(tiny, images(3))
    assert found.peak_memory > resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1000


def test_what_does_not_fit_is_said_with_what_would_be_less(tiny, images, monkeypatch):
    _free(monkeypatch, disk=1000)
    (note,) = estimate(tiny, images(40), batch_size=2).notes
    assert note == (
        "does not fit on the disk; less would be --areas late (81.9 kB), --pool mean (1.92 kB), "
        "--dtype float16 (61.4 kB)"
    )


def test_refusals_name_the_options_that_would_take_less(tiny, images, tmp_path, monkeypatch):
    _free(monkeypatch, disk=1000)
    with pytest.raises(FileError, match=r"or record less: --areas late \(20\.5 kB\), --pool mean"):
        record(tiny, images(10), tmp_path / "acts.nc")
    with pytest.raises(FileError, match=r"or record less: --dtype float16 \(80 bytes\)$"):
        record(tiny, images(10), tmp_path / "acts.nc", areas="early", pool="mean")
    with pytest.raises(FileError, match=r"or record less: fewer images$"):
        record(tiny, images(10), tmp_path / "a.nc", areas="early", pool="mean", dtype="float16")


def test_units_are_offered_where_there_are_many(random_model, images, tmp_path, monkeypatch):
    _free(monkeypatch, disk=1000)
    message = r"less: --pool mean \(4\.1 kB\), --units 5000 \(40 kB\), --dtype float16 \(100 kB\)$"
    with pytest.raises(FileError, match=message):
        record(random_model("Z"), images(2), tmp_path / "acts.nc", areas="IT")


def test_a_batch_whose_pixels_fill_the_memory_is_refused_before_it_is_read(
    tiny, images, monkeypatch
):
    stimuli = images(3)
    tiny.register_forward_pre_hook(lambda *_: 1 / 0)
    _free(monkeypatch, memory=50_000)
    message = r"pixels of batches of 3 images take 73\.7 kB, but 50 kB of memory are free; give a"
    with pytest.raises(InputError, match=message):
        record(tiny, stimuli, batch_size=100)
