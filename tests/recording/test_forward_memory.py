"""A batch that does not fit in memory is refused before it is run, or told in words."""

import numpy as np
import pytest
import torch

import cornetkit.recording.forward_memory as forward_memory
from cornetkit.errors import InputError
from cornetkit.models import load_model
from cornetkit.recording import estimate, record
from cornetkit.stimuli import Transform

SMALL = Transform(size=32)


@pytest.fixture
def free(monkeypatch):
    """Return a function that says how many bytes of memory are free."""

    def say(count):
        monkeypatch.setattr(forward_memory, "available_bytes", lambda: count)

    return say


def test_what_is_held_is_counted_over_steps_and_images(
    tiny, images, free, count_hooks, monkeypatch
):
    monkeypatch.setattr(forward_memory, "CORnet", type(tiny))
    # early: 4 x 8 x 8 once, late: twice; 768 values of 4 bytes, held twice, of 4 images.
    settings = {"areas": ["early", "late"], "batch_size": 4, "transform": SMALL}
    needed = 2 * 4 * 3 * 4 * 8 * 8 * 4
    largest = 4 * (3 * 32 * 32 + 4 * 8 * 8) * 4  # of the first convolution, and what it reads
    assert largest + needed // 2 > needed
    free(largest + needed // 2)
    assert set(record(tiny, images(4), **settings)) == {"early", "late"}
    free(largest + needed // 2 - 1)
    with pytest.raises(InputError, match=r"one batch of 4 images takes .*\(--batch-size 3\), or"):
        record(tiny, images(4), **settings)
    assert count_hooks(tiny) == 0


def test_other_models_are_run_on_the_batches_only(tiny, images, free):
    calls = []
    tiny.register_forward_hook(lambda module, args, output: calls.append(len(args[0])))
    free(1)
    record(tiny, images(4), batch_size=2, transform=SMALL)
    assert calls == [2, 2]


@pytest.mark.parametrize("run", [record, estimate])
@pytest.mark.parametrize("letter", ["R", "RT"])
def test_many_steps_are_refused_after_the_first_ones(images, free, letter, run):
    model = load_model(letter, weights="random", times=200_000)
    free(10**9)
    with pytest.raises(InputError) as caught:
        run(model, images(2), areas=["IT"], transform=SMALL)
    # 512 units of 4 bytes at 200,000 steps, of 2 images, held twice
    assert str(caught.value) == (
        "one batch of 2 images takes 1.64 GB, but 1 GB of memory are free; give "
        "batch_size=1 (--batch-size 1), or fewer steps (--times)"
    )


def test_the_values_are_those_of_batches_alone(tiny, images):
    acts = record(tiny, images(3), batch_size=2, transform=SMALL)
    pixels = torch.from_numpy(SMALL.batch(list(images(3))))
    with torch.no_grad():
        early = tiny.early(pixels).flatten(1)
    np.testing.assert_allclose(acts["early"].values[:, 0], early, rtol=1e-5, atol=1e-6)
    assert acts["early"].sizes["stimulus"] == 3


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to"),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"),
    ],
)
def test_want_of_memory_in_a_forward_is_told_in_words(tiny, images, tmp_path, error):
    def fail(module, args):
        if len(args[0]) > 2:
            raise error

    tiny.norm.register_forward_pre_hook(fail)
    with pytest.raises(InputError, match=r"memory for batches of 8 images; .*--batch-size 2\)"):
        record(tiny, images(8), tmp_path / "acts.nc", batch_size=8, transform=SMALL)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == []


def test_other_errors_of_a_model_stay_what_they_are(tiny, images):
    def fail(module, args):
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    tiny.norm.register_forward_pre_hook(fail)
    with pytest.raises(RuntimeError, match="mat1 and mat2"):
        record(tiny, images(2), transform=SMALL)
