"""Several forwards, and the ids of their stimuli."""

import numpy as np
import pytest
import torch

from cornetkit.errors import InputError
from cornetkit.recording import Recorder


def test_forwards_are_appended_in_their_order(tiny, inputs):
    with torch.no_grad(), Recorder(tiny) as recorder:
        tiny(inputs(2, 32, seed=0))
        tiny(inputs(3, 32, seed=1))
    with torch.no_grad(), Recorder(tiny) as at_once:
        tiny(torch.cat([inputs(2, 32, seed=0), inputs(3, 32, seed=1)]))
    array = recorder.activations()["late"]
    assert array.sizes["stimulus"] == 5
    np.testing.assert_allclose(array, at_once.activations()["late"], atol=1e-6)


def test_stimuli_without_ids_are_numbered(tiny, inputs):
    with Recorder(tiny) as recorder:
        tiny(inputs(2, 32))
        tiny(inputs(1, 32))
    assert recorder.activations()["early"]["stimulus"].values.tolist() == [0, 1, 2]


def test_ids_are_given_at_once_or_batch_by_batch(tiny, inputs):
    with Recorder(tiny) as recorder:
        recorder.stimuli(["b", "a"])
        tiny(inputs(2, 32))
        recorder.stimuli("c")
        tiny(inputs(1, 32))
        assert recorder.activations()["early"]["stimulus"].values.tolist() == ["b", "a", "c"]


def test_asking_does_not_forget_but_taking_does(tiny, inputs):
    with Recorder(tiny) as recorder:
        tiny(inputs(2, 32))
        first = recorder.activations()
        assert first["late"].equals(recorder.activations()["late"])
        tiny(inputs(1, 32))
        assert recorder.activations()["late"].sizes["stimulus"] == 3
        assert recorder.take()["late"].shape[0] == 3
        with pytest.raises(InputError, match="nothing was recorded"):
            recorder.take()


def test_a_wrong_number_of_ids_is_refused(tiny, inputs):
    with Recorder(tiny) as recorder:
        recorder.stimuli(["a", "b", "c"])
        tiny(inputs(2, 32))
        with pytest.raises(InputError, match="3 stimulus ids were given for 2 recorded stimuli"):
            recorder.activations()


def test_repeated_ids_are_refused(tiny, inputs):
    with Recorder(tiny) as recorder:
        recorder.stimuli(["a", "a"])
        tiny(inputs(2, 32))
        with pytest.raises(InputError, match="1 of them is repeated: a"):
            recorder.activations()


def test_nothing_recorded_is_refused(tiny):
    with Recorder(tiny) as recorder, pytest.raises(InputError, match="nothing was recorded"):
        recorder.activations()


def test_a_forward_that_fails_adds_no_row_and_loses_none(tiny, inputs):
    with Recorder(tiny) as recorder:
        tiny(inputs(2, 32))
        before = recorder.activations()["early"].copy(deep=True)
        with pytest.raises(RuntimeError):
            tiny(torch.zeros(2, 5, 32, 32))
        assert recorder.activations()["early"].equals(before)
        tiny(inputs(1, 32))
        assert recorder.activations()["late"].sizes["stimulus"] == 3


def test_a_forward_that_fails_half_way_adds_no_half_row(tiny, inputs):
    handle = tiny.late.register_forward_pre_hook(lambda module, args: 1 / 0)
    with Recorder(tiny) as recorder:
        with pytest.raises(ZeroDivisionError):
            tiny(inputs(2, 64))
        handle.remove()
        tiny(inputs(3, 32))  # of another size: the failed one must have left no shape behind
        acts = recorder.activations()
    assert {array.sizes["stimulus"] for array in acts.values()} == {3}


def test_other_sizes_in_one_recorder_are_refused(tiny, inputs):
    with Recorder(tiny) as recorder:
        tiny(inputs(2, 32))
        with pytest.raises(InputError, match=r"'early' gave 1 steps of shape \(4, 16, 16\), but 1"):
            tiny(inputs(2, 64))
        assert recorder.activations()["early"].sizes["stimulus"] == 2


def test_an_interrupted_forward_does_not_block_the_next_one(tiny, inputs):
    def interrupt(module: object, args: object) -> None:
        raise KeyboardInterrupt

    handle = tiny.late.register_forward_pre_hook(interrupt)
    with Recorder(tiny) as recorder:
        with pytest.raises(KeyboardInterrupt):
            tiny(inputs(2, 32))
        handle.remove()
        tiny(inputs(3, 32))
        assert recorder.activations()["late"].sizes["stimulus"] == 3


def test_sub_modules_that_are_called_by_themselves_are_not_recorded(tiny, inputs):
    with Recorder(tiny) as recorder:
        tiny.early(inputs(2, 32))
        with pytest.raises(InputError, match="nothing was recorded"):
            recorder.take()
