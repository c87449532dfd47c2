"""Who is called at which step, when the image arrives, and which milliseconds are committed."""

import pytest
import torch

from cornetkit.errors import UnknownNameError
from cornetkit.models import MODELS, CORnetR, CORnetRT, CORnetS, CORnetZ
from cornetkit.models.network import CORnet

MAKERS = {
    "Z": lambda: CORnetZ(),
    "R": lambda: CORnetR(),
    "R-1": lambda: CORnetR(times=1),
    "RT": lambda: CORnetRT(),
    "RT-1": lambda: CORnetRT(times=1),
    "RT-3": lambda: CORnetRT(times=3),
    "S": lambda: CORnetS(),
    "S-132": lambda: CORnetS(times=(1, 3, 2)),
}


@pytest.fixture(scope="module", params=MAKERS)
def model(request):
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(3)
        return MAKERS[request.param]().eval()


def calls(model: CORnet, images: torch.Tensor) -> dict[str, list[torch.Tensor]]:
    """Return what each submodule gave at each call, cloned at once."""
    kept: dict[str, list[torch.Tensor]] = {n: [] for n, _ in model.named_modules() if n}
    handles = [
        model.get_submodule(name).register_forward_hook(
            lambda _m, _i, out, name=name: kept[name].append(out.clone())
        )
        for name in kept
    ]
    with torch.no_grad():
        model(images)
    for handle in handles:
        handle.remove()
    # An area is recorded through its output, which speaks once a step.
    return kept | {area: kept[f"{area}.output"] for area in model.areas}


@pytest.fixture(scope="module")
def two_runs(model: CORnet) -> list[dict[str, list[torch.Tensor]]]:
    images = torch.randn(2, 1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    return [calls(model, image) for image in images]


def test_schedule_has_one_entry_for_every_call(model, two_runs):
    assert {n: len(model.schedule(n)) for n in two_runs[0]} == {
        n: len(outputs) for n, outputs in two_runs[0].items()
    }


def test_driven_equals_the_measured_dependence_on_the_image(model, two_runs):
    first, second = two_runs
    measured = {
        name: [not torch.equal(a, b) for a, b in zip(first[name], second[name], strict=True)]
        for name in first
    }
    assert {name: model.driven(name) for name in measured} == measured


def test_first_driven_is_where_the_outputs_begin_to_differ(model, two_runs):
    first, second = two_runs
    for area in model.areas:
        differs = [not torch.equal(a, b) for a, b in zip(first[area], second[area], strict=True)]
        assert len(differs) == model.steps[area]
        found = differs.index(True) if any(differs) else None
        claimed = model.first_driven[area]
        assert found == (claimed if claimed < model.steps[area] else None)


@pytest.mark.parametrize(
    ("letter", "layer", "steps"),
    [
        ("S", "IT.norm3_0", [0]),
        ("S", "IT.norm3_1", [1]),
        ("S", "IT.norm_skip", [0]),
        ("S", "IT.conv_input", [0]),
        ("S", "V4.conv2", [0, 1, 2, 3]),
        ("S", "V1.norm2", [0]),
        ("S", "V2", [0, 1]),
        ("S", "decoder.linear", [1]),
        ("RT", "V2.conv_input", [1, 2, 3, 4]),
        ("RT", "V1.conv_input", [0, 1, 2, 3, 4]),
        ("RT", "IT.nonlin_input", [1, 2, 3, 4]),
        ("RT", "IT.norm1", [0, 1, 2, 3, 4]),
        ("R", "V4.norm_input", [1, 2, 3, 4]),
        ("R", "decoder", [4]),
        ("Z", "IT.pool", [0]),
    ],
)
def test_schedule_names_the_step_of_each_call(letter, layer, steps):
    with torch.device("meta"):
        assert MODELS[letter]().schedule(layer) == steps


def test_step_norms_are_called_in_the_order_of_their_steps() -> None:
    model = CORnetS(times=(1, 3, 1)).eval()
    order: list[str] = []
    for name, module in model.named_modules():
        if name.startswith("V4.norm3_"):
            module.register_forward_hook(lambda _m, _i, _o, name=name: order.append(name))
    with torch.no_grad():
        model(torch.zeros(1, 3, 32, 32))
    assert order == ["V4.norm3_0", "V4.norm3_1", "V4.norm3_2"]


@pytest.mark.parametrize(("layer", "near"), [("it", "IT"), ("V4.conv_inputs", "V4.conv_input")])
def test_unknown_layers_are_refused_with_the_nearest_name(layer: str, near: str) -> None:
    for ask in (CORnetRT().schedule, CORnetRT().driven):
        with pytest.raises(UnknownNameError, match=rf"layer '{layer}' \(did you mean '{near}'\?\)"):
            ask(layer)


def test_the_model_itself_is_no_layer() -> None:
    with pytest.raises(UnknownNameError):
        CORnetZ().schedule("")


@pytest.mark.parametrize(
    ("letter", "steps", "first"),
    [
        ("Z", (1, 1, 1, 1), (0, 0, 0, 0)),
        ("R", (5, 5, 5, 5), (0, 1, 1, 1)),
        ("RT", (5, 5, 5, 5), (0, 1, 2, 3)),
        ("S", (1, 2, 4, 2), (0, 0, 0, 0)),
    ],
)
def test_default_steps_and_arrival(letter, steps, first):
    with torch.device("meta"):
        model = MODELS[letter]()
    assert model.letter == letter
    assert tuple(model.steps[area] for area in model.areas) == steps
    assert tuple(model.first_driven[area] for area in model.areas) == first


@pytest.mark.parametrize(
    ("letter", "times", "area", "windows"),
    [
        ("Z", 1, "V1", [(50, 150)]),
        ("Z", 1, "IT", [(100, 200)]),
        ("S", (2, 4, 2), "V1", [(50, 150)]),
        ("S", (2, 4, 2), "V2", [(70, 170), (170, 270)]),
        ("S", (2, 4, 2), "V4", [(90, 140), (140, 190), (190, 240), (240, 290)]),
        ("S", (2, 4, 2), "IT", [(100, 200), (200, 300)]),
        ("S", (2, 2, 2), "IT", [(70, 170), (170, 270)]),
        ("S", (2, 2, 2), "V2", None),
        ("S", (4, 8, 4), "IT", [(70, 120), (120, 170), (170, 220), (220, 270)]),
        ("S", (1, 1, 1), "IT", None),
        ("R", 5, "V1", [(50, 80), (80, 110), (110, 140), (140, 170), (170, 200)]),
        ("R", 5, "V2", [None, (60, 110), (110, 140), (140, 170), (170, 200)]),
        ("R", 5, "IT", [None, (70, 110), (140, 170), (170, 200), (200, 250)]),
        ("R", 4, "IT", None),
        ("RT", 5, "IT", None),
    ],
)
def test_committed_windows(letter, times, area, windows):
    with torch.device("meta"):
        assert MODELS[letter](times=times).timing_ms[area] == windows


def test_ten_step_it_tiles_twenty_milliseconds_from_seventy() -> None:
    with torch.device("meta"):
        windows = CORnetS(times=(10, 10, 10)).timing_ms["IT"]
    assert windows == [(start, start + 20) for start in range(70, 270, 20)]


@pytest.mark.parametrize("name", MAKERS)
def test_windows_are_one_a_step(name: str) -> None:
    with torch.device("meta"):
        model = MAKERS[name]()
    for area, windows in model.timing_ms.items():
        assert windows is None or len(windows) == model.steps[area]


def test_editing_one_models_windows_leaves_the_next_model_alone() -> None:
    windows = CORnetZ().timing_ms["V1"]
    assert windows is not None
    windows.clear()
    assert CORnetZ().timing_ms["V1"] == [(50, 150)]
