"""Steps, the arrival of the image, and milliseconds."""

import numpy as np
import pytest
import torch

from cornetkit.models import load_model
from cornetkit.recording import Recorder

NAN = (np.nan, np.nan)
LATE = [NAN, (70, 110), (140, 170), (170, 200), (200, 250)]


def _labels(model, areas=None):
    with torch.no_grad(), Recorder(model, areas) as recorder:
        model(torch.zeros(1, 3, 64, 64))
    return recorder.activations()


def _steps(array):
    return array["time"].values.tolist(), array["driven"].values.tolist()


@pytest.mark.parametrize(
    ("letter", "first_driven"),
    [("Z", (0, 0, 0, 0)), ("S", (0, 0, 0, 0)), ("R", (0, 1, 1, 1)), ("RT", (0, 1, 2, 3))],
)
def test_a_step_is_driven_from_the_step_on_at_which_the_image_arrives(
    letter, first_driven, random_model
):
    for array, first in zip(_labels(random_model(letter)).values(), first_driven, strict=True):
        steps = list(range(array.sizes["time"]))
        assert _steps(array) == (steps, [step >= first for step in steps])


def test_driven_is_what_can_be_not_what_was_measured(random_model):
    # One blank image: nothing varies over stimuli, yet the image arrives at the same steps.
    assert _steps(_labels(random_model("RT"))["IT"])[1] == [False, False, False, True, True]
    assert _steps(_labels(random_model("RT", 2))["IT"])[1] == [False, False]


@pytest.mark.parametrize(
    ("letter", "area", "windows"),
    [
        ("Z", "IT", [(100, 200)]),
        ("S", "V4", [(90, 140), (140, 190), (190, 240), (240, 290)]),
        ("S", "IT", [(100, 200), (200, 300)]),
        ("R", "V1", [(50, 80), (80, 110), (110, 140), (140, 170), (170, 200)]),
        ("R", "IT", LATE),
    ],
)
def test_milliseconds_are_the_committed_ones(letter, area, windows, random_model):
    array = _labels(random_model(letter))[area]
    found = list(zip(array["time_start_ms"].values, array["time_end_ms"].values, strict=True))
    np.testing.assert_array_equal(found, windows)


def test_rt_has_no_milliseconds(random_model):
    assert "time_start_ms" not in _labels(random_model("RT"))["IT"].coords


@pytest.mark.parametrize("letter", ["R", "RT"])
def test_layers_that_are_first_called_at_step_one_are_labelled_so(letter, random_model):
    acts = _labels(random_model(letter), ["V2.conv_input", "V2.norm_input", "V1.conv_input"])
    assert _steps(acts["V2.conv_input"]) == ([1, 2, 3, 4], [True] * 4)
    assert acts["V2.norm_input"]["time"].values.tolist() == [1, 2, 3, 4]
    assert acts["V1.conv_input"]["time"].values.tolist() == [0, 1, 2, 3, 4]
    if letter == "R":
        assert acts["V2.conv_input"]["time_start_ms"].values.tolist() == [60, 110, 140, 170]


def test_layers_that_are_called_once_have_one_step(random_model):
    acts = _labels(random_model("S"), ["V4.conv_input", "V4.skip", "V4.norm2_3", "decoder"])
    steps = {name: array["time"].values.tolist() for name, array in acts.items()}
    assert steps == {"V4.conv_input": [0], "V4.skip": [0], "V4.norm2_3": [3], "decoder": [1]}
    assert acts["decoder"].sizes["unit"] == 1000


def test_the_area_and_units_are_labelled(random_model):
    array = _labels(random_model("Z"))["V4"]
    assert array["area"].item() == "V4"
    assert {"channel", "y", "x"} <= set(array.coords)
    assert array["channel"].values.max() == 255


def test_steps_of_other_models_are_counted(tiny):
    with torch.no_grad(), Recorder(tiny) as recorder:
        tiny(torch.zeros(1, 3, 32, 32))
    assert recorder.activations()["late"]["time"].values.tolist() == [0, 1]


def test_activations_say_whose_weights_they_are():
    model = load_model("Z", weights="random", seed=3)
    with Recorder(model, areas=["IT"]) as recorder:
        model(torch.zeros(1, 3, 64, 64))
    attrs = recorder.activations().attrs
    assert attrs["identity"] == "untrained (random weights, seed 3)"
    assert attrs["weights_sha256"] == model.provenance["weights_sha256"]
    assert attrs["areas"] == '{"IT": "IT.output"}'
