"""Models and layers that cannot be recorded are refused in words."""

import threading

import pytest
import torch
from torch import nn

from cornetkit.errors import InputError, UnknownNameError
from cornetkit.recording import Recorder


class Net(nn.Module):
    """One layer of whatever kind, called on the images."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, images: torch.Tensor) -> object:
        return self.layer(images)


class Gives(nn.Module):
    """A layer that gives whatever a function makes of its input."""

    def __init__(self, function) -> None:
        super().__init__()
        self.function = function

    def forward(self, images: torch.Tensor) -> object:
        return self.function(images)


def _refusal(layer, shape=(2, 3, 4, 4)):
    model = Net(layer)
    with Recorder(model, "layer") as recorder:
        with pytest.raises(InputError) as caught:
            model(torch.zeros(shape))
        with pytest.raises(InputError, match="nothing was recorded"):
            recorder.take()
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("areas", "message"),
    [
        ("it", r"unknown area or layer 'it' \(did you mean 'IT'\?\)"),
        (["V4", "IT.nrom3_0"], r"unknown area or layer 'IT\.nrom3_0' \(did you mean 'IT\.norm3_0'"),
        ({"IT": "layer4"}, r"unknown area or layer 'layer4'.*known: V1, V2, V4, IT, V1\.conv1"),
        ("", r"unknown area or layer ''"),
    ],
)
def test_an_unknown_area_is_refused_with_the_nearest(random_model, areas, message):
    with pytest.raises(UnknownNameError, match=message):
        Recorder(random_model("S"), {"all": ""} if areas == "" else areas)


def test_no_areas_are_refused(random_model):
    with pytest.raises(InputError, match="no areas were given"):
        Recorder(random_model("Z"), [])
    with pytest.raises(InputError, match=r"Linear states no areas; say what .*\{'IT': 'layer4'\}"):
        Recorder(nn.Linear(2, 2))


@pytest.mark.parametrize("name", ["a/b", "", " IT"])
def test_a_name_that_a_file_cannot_hold_is_refused(tiny, name):
    with pytest.raises(InputError, match="areas cannot be called"):
        Recorder(tiny, {name: "early"})


def test_what_is_no_torch_model_is_refused():
    with pytest.raises(InputError, match=r"expected a torch\.nn\.Module, got str; load one"):
        Recorder("S")


def test_data_parallel_models_are_refused(tiny):
    with pytest.raises(InputError, match=r"DataParallel runs replicas.* inside: model\.module"):
        Recorder(nn.DataParallel(tiny), "module.early")


def test_compiled_models_are_refused(tiny):
    with pytest.raises(InputError, match="the model is compiled, and compiled code skips hooks"):
        Recorder(torch.compile(tiny))
    with pytest.raises(InputError, match="sub-module 'layer' is compiled"):
        Recorder(Net(torch.compile(tiny)), "layer")
    tiny.late.compile()
    with pytest.raises(InputError, match="sub-module 'late' is compiled"):
        Recorder(tiny)


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_scripted_and_traced_models_are_refused():
    layer = nn.Conv2d(3, 2, 1)
    scripted = torch.jit.script(layer)
    traced = torch.jit.trace(layer, torch.zeros(1, 3, 4, 4))
    for module in (scripted, traced):
        with pytest.raises(InputError, match="sub-module 'layer' is a scripted or traced module"):
            Recorder(Net(module), "layer")


def test_symbolically_traced_models_are_recorded_as_their_hooks_fire(tiny):
    graph = torch.fx.symbolic_trace(Net(nn.Conv2d(3, 2, 1)))
    with Recorder(graph, "layer") as recorder:
        graph(torch.zeros(2, 3, 4, 4))
    assert recorder.activations()["layer"].sizes["unit"] == 32


def test_a_layer_that_changes_its_shape_over_steps_is_refused(random_model):
    model = random_model("S")
    message = r"'IT\.conv1' changes its shape over steps \(2048x4x4 then 2048x2x2\)"
    with torch.no_grad(), Recorder(model, "IT.conv1"), pytest.raises(InputError, match=message):
        model(torch.zeros(1, 3, 64, 64))


def test_a_layer_that_is_not_called_is_refused(tiny, random_model):
    with Recorder(tiny, ["unused"]), pytest.raises(InputError, match="'unused' ran 0 times"):
        tiny(torch.zeros(1, 3, 32, 32))
    with pytest.raises(InputError, match=r"layer 'V2\.conv_input' is never called in this CORnetR"):
        Recorder(random_model("R", 1), "V2.conv_input")


def test_a_model_that_runs_other_steps_than_it_states_is_refused(random_model, monkeypatch):
    model = random_model("R")
    monkeypatch.setitem(model.steps, "IT", 4)
    recorder = Recorder(model, "IT")
    monkeypatch.setitem(model.steps, "IT", 5)
    message = "'IT' ran 5 times in a forward, expected 4; was the model changed"
    with torch.no_grad(), recorder, pytest.raises(InputError, match=message):
        model(torch.zeros(1, 3, 64, 64))


def test_layers_that_give_no_single_tensor_are_refused():
    assert "gives a tuple, expected one tensor" in _refusal(Gives(lambda x: (x, x)))
    assert "gives a dict" in _refusal(Gives(lambda x: {"out": x}))
    assert "gives a tensor of 1 dims" in _refusal(Gives(lambda x: x[:, 0, 0, 0]))


def test_layers_that_have_not_the_stimuli_first_are_refused():
    first = "layer 'layer' gives 3 rows where the input has 2, so its first dim is not the stimuli"
    assert first in _refusal(Gives(lambda x: x.transpose(0, 1)))
    assert "gives 6 rows where the input has 2" in _refusal(nn.Flatten(0, 1))


def test_two_forwards_at_once_are_refused_and_the_first_is_kept(tiny, inputs):
    first, second = inputs(2, 32), inputs(3, 32)
    errors = []

    def second_forward() -> None:
        try:
            tiny(second)
        except InputError as error:
            errors.append(str(error))

    def meanwhile(module: object, args: object) -> None:
        handle.remove()
        thread = threading.Thread(target=second_forward)
        thread.start()
        thread.join()

    handle = tiny.late.register_forward_pre_hook(meanwhile)
    with Recorder(tiny) as recorder:
        tiny(first)
    assert len(errors) == 1
    assert "two forwards at once in one Recorder" in errors[0]
    assert recorder.activations()["late"].shape == (2, 2, 256)


@pytest.mark.parametrize("device", ["gpu", "cuda:99", "meta", 1.5])
def test_devices_that_are_not_there_are_refused(tiny, device):
    with pytest.raises(InputError, match=r"unknown device|torch sees|computes no values"):
        Recorder(tiny, device=device)
