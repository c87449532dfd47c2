"""After recording the model is as before, whatever happened."""

import pytest
import torch

from cornetkit.errors import InputError, UnknownNameError
from cornetkit.recording import Recorder


def test_hooks_are_gone_after_success(tiny, inputs, count_hooks):
    with Recorder(tiny) as recorder:
        tiny(inputs(2, 32))
        assert count_hooks(tiny) > 0
    assert count_hooks(tiny) == 0
    assert recorder.activations()["early"].sizes["stimulus"] == 2


def test_hooks_are_gone_after_a_failing_forward(tiny, count_hooks):
    with pytest.raises(RuntimeError), Recorder(tiny):
        tiny(torch.zeros(1, 7, 32, 32))
    assert count_hooks(tiny) == 0


def test_hooks_are_gone_after_an_interruption(tiny, count_hooks):
    with pytest.raises(KeyboardInterrupt), Recorder(tiny):
        raise KeyboardInterrupt
    assert count_hooks(tiny) == 0


def test_hooks_are_gone_after_a_bad_request(tiny, count_hooks):
    with pytest.raises(UnknownNameError):
        Recorder(tiny, ["early", "nowhere"])
    with pytest.raises(InputError), Recorder(tiny, "unused"):
        tiny(torch.zeros(1, 3, 32, 32))
    assert count_hooks(tiny) == 0


def test_hooks_are_gone_when_hooking_itself_fails(tiny, count_hooks, monkeypatch):
    def fail(hook: object) -> None:
        raise RuntimeError("no more hooks")

    monkeypatch.setattr(tiny.late, "register_forward_hook", fail)
    tiny.train()
    with pytest.raises(RuntimeError, match="no more hooks"), Recorder(tiny):
        pass
    assert count_hooks(tiny) == 0
    assert tiny.training


def test_hooks_of_others_stay(tiny, inputs, count_hooks):
    calls = []
    tiny.early.register_forward_hook(lambda *_: calls.append(1))
    with Recorder(tiny):
        tiny(inputs(1, 32))
    assert count_hooks(tiny) == 1
    assert calls == [1]


@pytest.mark.parametrize("fails", [False, True])
def test_the_mode_of_every_sub_module_is_restored(tiny, inputs, fails):
    tiny.train()
    tiny.norm.eval()
    before = {name: module.training for name, module in tiny.named_modules()}
    try:
        with Recorder(tiny):
            assert not any(module.training for module in tiny.modules())
            tiny(inputs(2, 32 if not fails else 1))
    except RuntimeError:
        assert fails
    assert {name: module.training for name, module in tiny.named_modules()} == before


def test_batch_norm_statistics_are_untouched(tiny, inputs):
    tiny.train()
    before = {name: tensor.clone() for name, tensor in tiny.state_dict().items()}
    with torch.no_grad(), Recorder(tiny):
        tiny(inputs(4, 32))
    assert all(torch.equal(tensor, before[name]) for name, tensor in tiny.state_dict().items())


def test_the_device_is_restored_when_the_forward_fails(tiny, monkeypatch):
    # Without a GPU: look at where the model is told to go.
    moves = []
    monkeypatch.setattr(tiny, "to", lambda device: moves.append(str(device)))
    with pytest.raises(RuntimeError), Recorder(tiny, device="cpu"):
        tiny(torch.zeros(1, 7, 32, 32))
    assert moves == ["cpu", "cpu"]


def test_parameters_are_the_same_objects_after_moving(tiny, inputs):
    before = [id(parameter) for parameter in tiny.parameters()]
    with Recorder(tiny, device=torch.device("cpu")):
        tiny(inputs(1, 32))
    assert [id(parameter) for parameter in tiny.parameters()] == before


def test_a_recorder_can_be_used_again_but_not_twice_at_once(tiny, inputs, count_hooks):
    recorder = Recorder(tiny)
    with recorder:
        tiny(inputs(1, 32))
        with pytest.raises(InputError, match="in use already"):
            recorder.__enter__()
    with recorder:
        tiny(inputs(1, 32))
    assert recorder.activations()["early"].sizes["stimulus"] == 2
    assert count_hooks(tiny) == 0


def test_training_goes_on_as_without_it(tiny, inputs):
    with Recorder(tiny):
        tiny(inputs(1, 32)).sum().backward()
    recorded = tiny.early.weight.grad.clone()
    tiny.zero_grad()
    tiny(inputs(1, 32)).sum().backward()
    assert torch.equal(recorded, tiny.early.weight.grad)
