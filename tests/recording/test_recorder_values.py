"""What the Recorder keeps is what the layers gave, against hooks and loops of our own."""

import numpy as np
import pytest
import torch
from torchvision.models import resnet18

from cornetkit.recording import Recorder

SIDES = {"V1": (64, 16), "V2": (128, 8), "V4": (256, 4), "IT": (512, 2)}
STEPS = {"Z": (1, 1, 1, 1), "S": (1, 2, 4, 2), "R": (5, 5, 5, 5), "RT": (5, 5, 5, 5)}


def _recorded(model, images, areas=None):
    with torch.no_grad(), Recorder(model, areas) as recorder:
        model(images)
    return recorder.activations()


def _hooked(model, images, names):
    """Record with plain hooks, each output copied at once."""
    kept = {name: [] for name in names}
    handles = [
        model.get_submodule(name).register_forward_hook(
            lambda module, args, output, name=name: kept[name].append(output.clone())
        )
        for name in names
    ]
    with torch.no_grad():
        model(images)
    for handle in handles:
        handle.remove()
    return {name: torch.stack(calls, 1).flatten(2).numpy() for name, calls in kept.items()}


@pytest.mark.parametrize("letter", ["Z", "R", "RT", "S"])
def test_every_area_at_every_step_is_what_a_hook_sees(letter, random_model, inputs):
    model, images = random_model(letter), inputs()
    acts = _recorded(model, images)
    expected = _hooked(model, images, [f"{area}.output" for area in SIDES])
    assert list(acts) == list(SIDES)
    for (area, (channels, side)), steps in zip(SIDES.items(), STEPS[letter], strict=True):
        assert acts[area].shape == (2, steps, channels * side * side)
        assert acts[area].dtype == np.float32
        np.testing.assert_array_equal(acts[area], expected[f"{area}.output"])


def test_rt_is_what_a_loop_over_its_areas_computes(random_model, inputs):
    model, images = random_model("RT"), inputs()
    names = list(SIDES)
    states = {a: torch.zeros(2, c, side, side) for a, (c, side) in SIDES.items()}
    expected = {area: [] for area in names}
    with torch.no_grad():
        for step in range(5):
            before = dict(states)
            for k, area in enumerate(names):
                incoming = images if k == 0 else before[names[k - 1]] if step else None
                states[area] = getattr(model, area)(incoming, before[area])
                expected[area].append(states[area].flatten(1))
    acts = _recorded(model, images)
    for area in names:
        np.testing.assert_allclose(acts[area], torch.stack(expected[area], 1), atol=1e-6)


def test_a_layer_before_an_in_place_relu_keeps_its_negative_values(random_model, inputs):
    model, images = random_model("S"), inputs()
    acts = _recorded(model, images, ["IT.norm3_0"])
    conv = _hooked(model, images, ["IT.conv3"])["IT.conv3"][:, 0].reshape(2, 512, 2, 2)
    norm = model.get_submodule("IT.norm3_0")
    # Batch norm in eval mode, written out.
    scale = (norm.weight / torch.sqrt(norm.running_var + norm.eps)).detach().numpy()
    shift = (norm.bias - norm.running_mean * torch.from_numpy(scale)).detach().numpy()
    expected = conv * scale[:, None, None] + shift[:, None, None]
    assert (acts["IT.norm3_0"] < 0).any()
    np.testing.assert_allclose(acts["IT.norm3_0"][:, 0], expected.reshape(2, -1), atol=1e-5)


def test_steps_of_a_layer_that_is_overwritten_in_place_are_kept_apart(tiny, inputs):
    images = inputs(3, 32)
    acts = _recorded(tiny, images)
    with torch.no_grad():
        first = tiny.late(tiny.norm(tiny.early(images)))
        second = tiny.late(first.relu())
    assert (acts["late"] < 0).any()
    np.testing.assert_allclose(acts["late"][:, 0], first.flatten(1), atol=1e-6)
    np.testing.assert_allclose(acts["late"][:, 1], second.flatten(1), atol=1e-6)


def test_a_unit_is_found_by_its_channel_and_place(tiny, inputs):
    images = inputs(3, 32)
    with torch.no_grad():
        expected = tiny.early(images)
    array = _recorded(tiny, images)["early"].isel(time=0)
    here = (array["channel"] == 2) & (array["y"] == 1) & (array["x"] == 6)
    np.testing.assert_array_equal(array[:, here].values[:, 0], expected[:, 2, 1, 6])


def test_channels_last_input_gives_the_same_units_in_the_same_order(random_model, inputs):
    model, images = random_model("Z"), inputs()
    acts = _recorded(model, images)
    other = _recorded(model, images.to(memory_format=torch.channels_last))
    for area in acts:
        np.testing.assert_allclose(other[area], acts[area], atol=1e-5)
        assert other[area]["channel"].equals(acts[area]["channel"])


def test_any_torch_model_is_recorded_by_naming_its_layers(inputs):
    model, images = resnet18(weights=None), inputs()
    acts = _recorded(model, images, {"IT": "layer4", "V1": "relu"})
    model.eval()
    with torch.no_grad():
        x = images
        for name in ("conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4"):
            x = model.get_submodule(name)(x)
    assert list(acts) == ["IT", "V1"]
    np.testing.assert_allclose(acts["IT"][:, 0], x.flatten(1), rtol=1e-4, atol=1e-5)
    assert "driven" not in acts["IT"].coords
    assert acts.attrs["model"] == "ResNet"


def test_an_area_of_a_cornet_can_be_recorded_under_another_name(random_model, inputs):
    model = random_model("RT")
    acts = _recorded(model, inputs(), {"inferior temporal": "IT"})
    array = acts["inferior temporal"]
    assert array["driven"].values.tolist() == [False, False, False, True, True]
    np.testing.assert_array_equal(array, _recorded(model, inputs(), "IT")["IT"])


def test_a_module_under_two_names_is_recorded_under_either(tiny, inputs):
    tiny.alias = tiny.early
    acts = _recorded(tiny, inputs(2, 32), ["alias", "early"])
    np.testing.assert_array_equal(acts["alias"], acts["early"])


def test_half_precision_outputs_are_kept_as_float32(tiny, inputs):
    images = inputs(2, 32).bfloat16()
    tiny.bfloat16()
    acts = _recorded(tiny, images, "early")
    with torch.no_grad():
        expected = tiny.early(images).float().flatten(1)
    assert acts["early"].dtype == np.float32
    np.testing.assert_array_equal(acts["early"][:, 0], expected)


def test_a_default_device_does_not_take_the_copies_along(tiny, inputs):
    images = inputs(2, 32)
    with torch.device("meta"):
        acts = _recorded(tiny, images, "early")
    assert np.isfinite(acts["early"]).all()
