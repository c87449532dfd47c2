"""Which image is seen when, and how it is cropped."""

import numpy as np
import pytest
import torch
from tiny_runs import TINY

from cornetkit.training import recipe_settings
from cornetkit.training.data_open import open_data
from cornetkit.training.order import EpochOrder, Key, steps_of
from cornetkit.training.samples import Bad, TrainingSamples, collate
from cornetkit.training.settings import with_values


def batches(n=23, batch=8, accumulate=1, world=1, **given):
    """Return each step's images over all processes."""
    parts = [
        list(EpochOrder(n, batch, seed=given.get("seed", 0), epoch=given.get("epoch", 0),
                        rank=rank, world=world, accumulate=accumulate,
                        start=given.get("start", 0)))
        for rank in range(world)
    ]  # fmt: skip
    steps = len(parts[0]) // accumulate
    return [
        [key.image for part in parts for piece in part[s * accumulate : (s + 1) * accumulate]
         for key in piece]
        for s in range(steps)
    ]  # fmt: skip


def test_an_epoch_shows_every_image_once():
    found = batches()
    assert [len(batch) for batch in found] == [8, 8, 7]
    assert sorted(k for batch in found for k in batch) == list(range(23))
    assert steps_of(23, 8) == 3


@pytest.mark.parametrize(("world", "accumulate"), [(2, 1), (1, 4), (2, 2), (8, 1)])
def test_several_processes_and_parts_see_the_batches_of_one(world, accumulate):
    assert batches(world=world, accumulate=accumulate) == batches()


def test_the_order_can_be_entered_anywhere():
    assert batches(start=2) == batches()[2:]


def test_epochs_and_seeds_have_orders_of_their_own():
    assert batches(epoch=1) != batches()
    assert batches(seed=1) != batches()
    assert batches() == batches()


def test_a_small_rest_leaves_a_process_with_nothing():
    order = EpochOrder(9, 8, seed=0, epoch=0, rank=1, world=2)
    assert [len(part) for part in order] == [4, 0]
    assert len(order) == 2


@pytest.fixture
def samples(images):
    settings = with_values(recipe_settings("Z"), TINY, "test")
    return TrainingSamples(open_data(images).train, settings)


def test_a_crop_follows_from_seed_epoch_and_image_alone(samples):
    first = samples[Key(0, 3)].pixels
    torch.rand(5)
    samples[Key(0, 4)]
    assert torch.equal(samples[Key(0, 3)].pixels, first)
    assert not torch.equal(samples[Key(1, 3)].pixels, first)
    samples.seed = 1
    assert not torch.equal(samples[Key(0, 3)].pixels, first)


def test_torchs_random_state_is_as_it_was(samples):
    before = torch.random.get_rng_state()
    samples[Key(0, 0)]
    assert torch.equal(torch.random.get_rng_state(), before)


def test_a_batch_holds_the_images_as_channels_last_bytes(samples):
    part = collate([samples[Key(0, 0)], Bad("x.png", "is empty"), samples[Key(0, 7)]])
    assert part.pixels.shape == (2, 3, 32, 32)
    assert part.pixels.dtype == torch.uint8
    assert part.pixels.is_contiguous(memory_format=torch.channels_last)
    assert part.labels.tolist() == [0, 1]
    assert [one.name for one in part.bad] == ["x.png"]
    np.testing.assert_array_equal(part.pixels[1].permute(1, 2, 0), samples[Key(0, 7)].pixels)
