"""Virtual lesions: the state that a step reads is scaled or kept, or the image taken away."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from cornetkit.errors import InputError, UnknownNameError
from cornetkit.models import CORnetR, CORnetRT, CORnetS, CORnetZ
from cornetkit.recording import Recorder

AREAS = ("V1", "V2", "V4", "IT")


@pytest.fixture(scope="module")
def rt():
    torch.manual_seed(0)
    return CORnetRT(times=6).eval()


@pytest.fixture(scope="module")
def r():
    torch.manual_seed(0)
    return CORnetR(times=4).eval()


@pytest.fixture(scope="module")
def s():
    torch.manual_seed(0)
    return CORnetS().eval()


def shown(model, images, **settings):
    """Return {area: array (stimulus, step, unit)} of one forward."""
    with torch.no_grad(), Recorder(model, **settings) as recorder:
        model(images)
        return recorder.take()


def by_hand(model, images, delay, change=lambda area, step, state: state, blank_from=None):
    """Run R (delay 0) or RT (delay 1) by its equations; `change` acts on each state that is read.

    A state that `change` returns as a tuple is the output itself.
    """
    out = {}
    for t in range(model.times):
        for below, area in zip((None, *AREAS), AREAS, strict=False):
            block = getattr(model, area)
            state = out.get((area, t - 1), 0.0)
            state = change(area, t, state) if t else state
            if isinstance(state, tuple):
                out[area, t] = state[0]
                continue
            drive = 0.0
            if below is None or t > 0:
                source = out[below, t - delay] if below else images
                if below is None and blank_from is not None and t >= blank_from:
                    source = torch.zeros_like(images)
                drive = F.relu(block.norm_input(block.conv_input(source)))
            drive = drive + state
            if not isinstance(drive, torch.Tensor):  # step 0 above V1: nothing has arrived
                side = images.shape[-1] // 4 // 2 ** AREAS.index(area)
                drive = torch.zeros(len(images), block.conv1.in_channels, side, side)
            out[area, t] = F.relu(block.norm1(block.conv1(drive)))
    return {
        a: torch.stack([out[a, t].flatten(1) for t in range(model.times)], 1).numpy() for a in AREAS
    }


def assert_same(found, expected):
    assert set(found) == set(expected)
    for area in expected:
        np.testing.assert_allclose(found[area], expected[area], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("letter", "delay"), [("rt", 1), ("r", 0)])
def test_a_scaled_state_follows_the_equations(letter, delay, request, inputs):
    model, images = request.getfixturevalue(letter), inputs()

    def change(area, step, state):
        return state * 0.25 if (area, step) in (("V2", 2), ("IT", 3)) else state

    with torch.no_grad():
        expected = by_hand(model, images, delay, change)
    assert_same(shown(model, images, lesion={"V2": {2: 0.25}, "IT": {3: 0.25}}), expected)


def test_a_frozen_state_is_the_output_of_its_step(rt, inputs):
    def change(area, step, state):
        return (state,) if (area, step) == ("V4", 3) else state

    with torch.no_grad():
        expected = by_hand(rt, inputs(), 1, change)
    found = shown(rt, inputs(), lesion={"V4": {3: "freeze"}})
    assert_same(found, expected)
    np.testing.assert_array_equal(found["V4"][:, 3], found["V4"][:, 2])


@pytest.mark.parametrize(("letter", "delay"), [("rt", 1), ("r", 0)])
def test_a_blanked_image_is_zero_from_its_step_on(letter, delay, request, inputs):
    model = request.getfixturevalue(letter)
    with torch.no_grad():
        expected = by_hand(model, inputs(), delay, blank_from=2)
    assert_same(shown(model, inputs(), blank_from=2), expected)


def test_a_lesion_of_s_changes_what_the_next_step_reads(s, inputs):
    whole = shown(s, inputs())
    found = shown(s, inputs(), lesion={"IT": {1: 0.5}})
    np.testing.assert_array_equal(found["IT"][:, 0], whole["IT"][:, 0])
    block = s.IT
    state = 0.5 * torch.from_numpy(whole["IT"][:, 0]).reshape(2, 512, 2, 2)
    with torch.no_grad():
        x = F.relu(block.norm1_1(F.conv2d(state, block.conv1.weight)))
        x = F.relu(block.norm2_1(F.conv2d(x, block.conv2.weight, padding=1)))
        expected = F.relu(block.norm3_1(F.conv2d(x, block.conv3.weight)) + state)
    np.testing.assert_allclose(found["IT"][:, 1], expected.flatten(1), rtol=1e-4, atol=1e-5)


@pytest.mark.slow
def test_a_frozen_area_of_s_hands_its_state_on(s, inputs):
    found = shown(s, inputs(), lesion={"V4": {2: "freeze"}})
    whole = shown(s, inputs())
    np.testing.assert_array_equal(found["V4"][:, 2], whole["V4"][:, 1])
    assert not np.array_equal(found["V4"][:, 3], whole["V4"][:, 3])
    assert not np.array_equal(found["IT"], whole["IT"])


@pytest.mark.parametrize("value", [0.0, 0.5, "freeze"])
def test_a_lesion_at_a_step_leaves_the_earlier_steps_bit_equal(rt, inputs, value):
    whole, found = shown(rt, inputs()), shown(rt, inputs(), lesion={"IT": {4: value}})
    np.testing.assert_array_equal(found["IT"][:, :4], whole["IT"][:, :4])
    assert not np.array_equal(found["IT"][:, 4], whole["IT"][:, 4])
    for area in AREAS[:3]:
        np.testing.assert_array_equal(found[area], whole[area])


@pytest.mark.parametrize("letter", ["rt", "r", pytest.param("s", marks=pytest.mark.slow)])
def test_a_factor_of_one_is_bit_equal_to_no_lesion(letter, request, inputs):
    model = request.getfixturevalue(letter)
    whole = shown(model, inputs())
    model.lesion = {area: {1: 1.0} for area in AREAS[1:]}  # past the check, which drops ones
    try:
        found = shown(model, inputs())
    finally:
        model.lesion = {}
    for area in AREAS:
        np.testing.assert_array_equal(found[area], whole[area])


def test_driven_says_where_the_image_no_longer_reaches(s, rt, inputs):
    with torch.no_grad(), Recorder(s, lesion={"V2": {1: 0.0}}) as recorder:
        s(inputs())
        acts = recorder.activations()
    assert acts["V2"]["driven"].values.tolist() == [True, False]
    assert not acts["IT"]["driven"].values.any()
    assert np.ptp(acts["IT"].values, axis=0).max() == 0
    with torch.no_grad(), Recorder(rt, lesion={"V1": {1: 0.0}}, blank_from=1) as recorder:
        rt(inputs())
        acts = recorder.activations()
    for area in AREAS:
        varies = np.ptp(acts[area].values, axis=0).max(axis=1) > 0
        assert acts[area]["driven"].values.tolist() == varies.tolist()


def test_a_frozen_step_calls_no_sub_layer(rt, s, inputs):
    for model, area, step in ((rt, "IT", 4), (s, "V4", 1)):
        with torch.no_grad(), Recorder(
            model, areas=[f"{area}.conv3" if model is s else f"{area}.conv1"],
            lesion=f"{area}@{step}:freeze",
        ) as recorder:  # fmt: skip
            model(inputs())
            (acts,) = recorder.activations().values()
        assert step not in acts["time"].values
        assert len(acts["time"]) == model.steps[area] - 1


def test_the_model_is_whole_again_afterwards(rt, inputs):
    whole = rt(inputs())
    recorder = Recorder(rt, lesion={"IT": {4: 0.0}}, blank_from=3)
    assert rt.lesion == {}  # not before it is used
    with pytest.raises(InputError), recorder:
        rt(inputs()[0])
    assert rt.lesion == {}
    assert rt.blank_from is None
    assert torch.equal(rt(inputs()), whole)


def test_other_models_are_recorded_as_before_and_their_lesion_refused(tiny, inputs):
    with Recorder(tiny) as recorder:
        tiny(inputs(side=32))
    assert recorder.lesion.words == ""
    with pytest.raises(InputError, match=r"CORnet's areas; Tiny is another model: record it with"):
        Recorder(tiny, lesion={"late": {1: 0.0}})
    with pytest.raises(InputError, match="clock of a CORnet; Tiny is another model"):
        Recorder(tiny, blank_from=1)


@pytest.mark.parametrize(
    ("lesion", "message"),
    [
        ({"TI": {1: 0.0}}, r"unknown area to lesion 'TI' \(did you mean 'IT'\?\); known: V2, V4"),
        ({"IT": {7: 0.0}}, r"IT of CORnet-S has no state to lesion at step 7; .* read one: 1$"),
        ({"V4": {0: 0.0}}, r"at step 0; .*: 1, 2, 3; step 0 reads no earlier state"),
        ({"V1": {1: 0.0}}, r"V1 of CORnet-S has one step .* that have one: V2, V4, IT"),
        ({"IT": {1: "frezee"}}, r"IT@1 is 'frezee' \(did you mean 'freeze'\?\)"),
        ({"IT": {1: -0.5}}, r"IT@1 is -0.5; expected a factor of 0 or more"),
        ({"IT": {1: float("nan")}}, r"IT@1 is nan; expected a factor"),
        ({"IT": {1: True}}, r"IT@1 is True; expected a factor"),
        ({"IT": {1: None}}, r"IT@1 is None; expected a factor"),
        ({"IT": {"one": 0.0}}, r"no state to lesion at step 'one'"),
        ({"IT": 1}, r"the lesion of IT is 1; expected steps and factors such as \{1: 0.0\}"),
        (0.5, r"lesion=0.5 was given; expected areas, steps and factors"),
        ("IT1:0", r"--lesion IT1:0: expected AREA@STEP:FACTOR such as IT@1:0.0"),
        (["IT@1:0", "IT@1:1"], r"--lesion IT@1 was given twice"),
    ],
)  # fmt: skip
def test_a_lesion_that_cannot_be_made_is_refused_in_words(s, lesion, message):
    with pytest.raises(InputError, match=message):
        Recorder(s, lesion=lesion)


def test_an_unknown_area_is_an_unknown_name(s):
    with pytest.raises(UnknownNameError):
        Recorder(s, lesion={"MT": {1: 0.0}})


def test_models_without_recurrence_say_so():
    with pytest.raises(InputError, match=r"CORnet-Z has no recurrence .* take CORnet-R, RT or S"):
        Recorder(CORnetZ(), lesion={"IT": {1: 0.0}})
    with pytest.raises(InputError, match="CORnet-RT has no recurrence at these step counts"):
        Recorder(CORnetRT(times=1), lesion={"IT": {0: 0.0}})


@pytest.mark.parametrize(
    ("make", "step", "message"),
    [
        (CORnetS, 1, "CORnet-S takes the image in once, so it cannot be blanked"),
        (CORnetZ, 1, "CORnet-Z takes the image in once"),
        (CORnetRT, 5, r"blank_from=5 \(--blank-from\): CORnet-RT can be blanked from step 1 to 4$"),
        (CORnetRT, 0, "from 0 on there would be no image at all"),
        (CORnetRT, 1.5, "blank_from=1.5"),
        (lambda: CORnetR(times=1), 1, "none: it has one step"),
    ],
)
def test_a_blank_that_cannot_be_shown_is_refused_in_words(make, step, message):
    with pytest.raises(InputError, match=message):
        Recorder(make(), blank_from=step)
