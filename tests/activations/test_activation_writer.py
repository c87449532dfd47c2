"""Writing bit by bit: when a file gets its name, and what may be done about one that is there."""

import os
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from cornetkit.activations import ActivationWriter, AreaLayout
from cornetkit.activations.writer import check_output
from cornetkit.errors import FileError, InputError


def _names(path):
    return sorted(p.name for p in path.parent.iterdir())


def test_a_file_gets_its_name_only_when_it_is_complete(make_writer, values, path):
    writer = make_writer()
    for begin in (0, 2):
        writer.write({a: x[begin : begin + 2] for a, x in values.items()})
        assert _names(path) == ["acts.nc.partial", "acts.nc.partial.journal"]
    writer.finish()
    assert _names(path) == ["acts.nc"]


def test_an_incomplete_file_is_not_finished(make_writer, values):
    writer = make_writer()
    writer.write({a: x[:3] for a, x in values.items()})
    with pytest.raises(InputError, match="3 of 4 stimuli were written; not complete"):
        writer.finish()
    writer.close()


def test_where_nothing_was_written_nothing_is_left(make_writer, path):
    make_writer().close()
    assert _names(path) == []


def test_where_the_file_cannot_be_made_nothing_is_left(make_writer, path, monkeypatch):
    def full(self: ActivationWriter) -> None:
        self.partial.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ActivationWriter, "_create", full)
    with pytest.raises(FileError, match=r"cannot write .*acts\.nc: No space left on device"):
        make_writer()
    assert _names(path) == []


def test_closing_twice_and_after_finishing_is_harmless(write, make_writer, path, values):
    writer = make_writer()
    writer.write(values)
    writer.finish()
    writer.close()
    writer.close()
    assert _names(path) == ["acts.nc"]


def test_equal_content_gives_equal_bytes(write, path):
    write()
    first = path.read_bytes()
    write(overwrite=True)
    assert path.read_bytes() == first


def test_memory_does_not_grow_with_the_number_of_stimuli(tmp_path):
    layout = AreaLayout("IT", (0, 1), (8, 8, 8))
    batch = {"IT": np.ones((16, 2, 512), "float32")}

    def peak(n_batches: int) -> int:
        writer = ActivationWriter(
            tmp_path / f"{n_batches}.nc", [layout], list(range(16 * n_batches))
        )
        tracemalloc.start()
        for _ in range(n_batches):
            writer.write(batch)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        writer.finish()
        return most

    peak(1)
    assert peak(40) < peak(4) + batch["IT"].nbytes


def test_a_complete_file_is_not_written_over_unasked(write, make_writer, path):
    write()
    with pytest.raises(FileError, match=r"acts\.nc is there already; give overwrite=True"):
        make_writer()
    assert _names(path) == ["acts.nc"]


def test_overwriting_replaces_the_old_file_only_when_the_new_one_is_complete(
    write, make_writer, path, values
):
    write()
    old = path.read_bytes()
    writer = make_writer(overwrite=True, attrs={"model": "Y"})
    writer.write(values)
    assert path.read_bytes() == old
    writer.finish()
    assert path.read_bytes() != old


def test_two_writers_of_one_output_are_refused(make_writer, values, path):
    writer = make_writer()
    with pytest.raises(FileError, match=r"another process is writing .*acts\.nc"):
        make_writer()
    with pytest.raises(FileError, match="another process is writing"):
        make_writer(overwrite=True)
    writer.write(values)
    writer.finish()
    assert _names(path) == ["acts.nc"]


def test_a_writer_that_comes_while_another_one_finishes_is_refused(
    make_writer, values, path, monkeypatch
):
    replace = os.replace
    refused = []

    def meanwhile(source: Path, target: Path) -> None:
        with pytest.raises(FileError, match="another process is writing"):
            make_writer()
        refused.append(target)
        replace(source, target)

    monkeypatch.setattr(os, "replace", meanwhile)
    writer = make_writer()
    writer.write(values)
    writer.finish()
    assert refused == [path]
    assert _names(path) == ["acts.nc"]


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(FileError, match=r"the folder .*nowhere of the output a\.nc does not exist"):
        check_output(tmp_path / "nowhere" / "a.nc", overwrite=False)


def test_a_folder_is_refused_with_a_name_in_it(tmp_path):
    with pytest.raises(FileError, match=r"is a folder; give a file name in it"):
        check_output(tmp_path, overwrite=True)


def test_a_folder_without_permission_is_refused(path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda place, mode: Path(place) != path.parent)
    with pytest.raises(FileError, match="no permission to write into"):
        check_output(path, overwrite=False)


def test_a_full_disk_is_said_and_what_is_written_stays(make_writer, values, path):
    class Full:
        """Stands for the open file, on a disk that is full."""

        def __getitem__(self, group: str) -> None:
            raise RuntimeError("NetCDF: HDF error")

        def close(self) -> None:
            raise RuntimeError("NetCDF: HDF error")

    writer = make_writer()
    writer.write({a: x[:2] for a, x in values.items()})
    real, writer._dataset = writer._dataset, Full()
    with pytest.raises(FileError, match=r"after 2 of 4 stimuli: .*disk is probably full"):
        writer.write({a: x[2:] for a, x in values.items()})
    writer.close()
    real.close()
    assert make_writer().done == 2


@pytest.mark.parametrize(
    "wrong", [{"V4": (2, 1, 17)}, {"IT": (2, 2, 16)}, {"IT": (1, 3, 16)}, {"V4": (5, 1, 18)}]
)
def test_values_of_another_shape_are_refused(make_writer, wrong):
    shapes = {"V4": (2, 1, 18), "IT": (2, 3, 16)} | wrong
    writer = make_writer()
    with pytest.raises(InputError, match="has shape"):
        writer.write({area: np.zeros(shape, "float32") for area, shape in shapes.items()})
    writer.close()


def test_a_closed_writer_refuses_to_write(make_writer, values):
    writer = make_writer()
    writer.close()
    with pytest.raises(InputError, match="is closed"):
        writer.write(values)


def test_no_stimuli_or_no_areas_are_refused(make_writer):
    with pytest.raises(InputError, match="0 stimuli and 2 areas"):
        make_writer(ids=[], metadata={})
    with pytest.raises(InputError, match="4 stimuli and 0 areas"):
        make_writer(layouts=[])
