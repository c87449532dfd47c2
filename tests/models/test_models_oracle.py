"""The models against their step equations, written out once more, and exact counts."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cornetkit.models import MODELS, CORnetR, CORnetRT, CORnetS, CORnetZ
from cornetkit.models.network import CORnet

AREAS = ("V1", "V2", "V4", "IT")
Weights = dict[str, Tensor]


def conv(w: Weights, name: str, x: Tensor, stride: int = 1) -> Tensor:
    kernel = w[f"{name}.weight"]
    return F.conv2d(x, kernel, w.get(f"{name}.bias"), stride, padding=kernel.shape[-1] // 2)


def group_norm(w: Weights, name: str, x: Tensor) -> Tensor:
    grouped = x.reshape(len(x), 32, -1)
    centred = grouped - grouped.mean(-1, keepdim=True)
    scaled = centred / (centred.square().mean(-1, keepdim=True) + 1e-5).sqrt()
    gain, shift = (w[f"{name}.{part}"][:, None, None] for part in ("weight", "bias"))
    return scaled.reshape(x.shape) * gain + shift


def batch_norm(w: Weights, name: str, x: Tensor) -> Tensor:
    keys = ("running_mean", "running_var", "weight", "bias")
    mean, var, gain, shift = (w[f"{name}.{key}"][:, None, None] for key in keys)
    return (x - mean) / (var + 1e-5).sqrt() * gain + shift


def pool(x: Tensor) -> Tensor:
    return F.max_pool2d(x, 3, 2, 1)


def step_outputs_z(w: Weights, images: Tensor) -> dict[str, list[Tensor]]:
    out, x = {}, images
    for area in AREAS:
        x = pool(conv(w, f"{area}.conv", x, stride=2 if area == "V1" else 1).relu())
        out[area] = [x]
    return out


def step_outputs_recurrent(w: Weights, images: Tensor, times: int, delay: int) -> dict:
    """Let y[a, t] be the output of area a (0 is V1) at step t; it reads y[a - 1, t - delay]."""
    y: dict[tuple[int, int], Tensor] = {}
    for t in range(times):
        for a, area in enumerate(AREAS):
            drive = torch.zeros(
                len(images), 64 * 2**a, images.shape[2] // 4 // 2**a, images.shape[3] // 4 // 2**a
            ).to(images)
            if a == 0 or t > 0:
                source = images if a == 0 else y[a - 1, t - delay]
                x = conv(w, f"{area}.conv_input", source, stride=4 if a == 0 else 2)
                drive = group_norm(w, f"{area}.norm_input", x).relu()
            if t > 0:
                drive = drive + y[a, t - 1]
            y[a, t] = group_norm(w, f"{area}.norm1", conv(w, f"{area}.conv1", drive)).relu()
    return {area: [y[a, t] for t in range(times)] for a, area in enumerate(AREAS)}


def step_outputs_s(w: Weights, images: Tensor, times: tuple[int, ...]) -> dict[str, list[Tensor]]:
    x = pool(batch_norm(w, "V1.norm1", conv(w, "V1.conv1", images, stride=2)).relu())
    x = batch_norm(w, "V1.norm2", conv(w, "V1.conv2", x)).relu()
    out = {"V1": [x]}
    for area, steps in zip(AREAS[1:], times, strict=True):
        x = conv(w, f"{area}.conv_input", x)
        skip = batch_norm(w, f"{area}.norm_skip", conv(w, f"{area}.skip", x, stride=2))
        out[area] = []
        for t in range(steps):
            for part, stride in (("1", 1), ("2", 1 if t else 2), ("3", 1)):
                x = batch_norm(
                    w, f"{area}.norm{part}_{t}", conv(w, f"{area}.conv{part}", x, stride)
                )
                x = (x + skip if part == "3" else x).relu()
            skip = x
            out[area].append(x)
    return out


CASES = {
    "Z": (lambda: CORnetZ(), step_outputs_z),
    "R": (lambda: CORnetR(), lambda w, x: step_outputs_recurrent(w, x, 5, delay=0)),
    "R-2": (lambda: CORnetR(times=2), lambda w, x: step_outputs_recurrent(w, x, 2, delay=0)),
    "RT": (lambda: CORnetRT(), lambda w, x: step_outputs_recurrent(w, x, 5, delay=1)),
    "RT-1": (lambda: CORnetRT(times=1), lambda w, x: step_outputs_recurrent(w, x, 1, delay=1)),
    "RT-8": (lambda: CORnetRT(times=8), lambda w, x: step_outputs_recurrent(w, x, 8, delay=1)),
    "S": (lambda: CORnetS(), lambda w, x: step_outputs_s(w, x, (2, 4, 2))),
}


def shake(model: CORnet, generator: torch.Generator) -> None:
    """Move every weight and statistic off the value that would hide a missing term."""
    for name, tensor in model.state_dict().items():
        if not name.endswith("num_batches_tracked"):
            noise = torch.rand(tensor.shape, generator=generator)
            tensor.add_(noise * (0.05 if tensor.ndim > 1 else 0.5) * tensor.abs().mean().add(0.1))


@pytest.mark.parametrize("case", CASES)
def test_every_step_follows_the_equations(case: str) -> None:
    make, oracle = CASES[case]
    generator = torch.Generator().manual_seed(7)
    model = make().eval()
    # Not square: height and width must not be mixed up anywhere.
    images = torch.randn(2, 3, 32, 64, generator=generator)
    kept: dict[str, list[Tensor]] = {area: [] for area in AREAS}
    for area in AREAS:
        model.get_submodule(f"{area}.output").register_forward_hook(
            lambda _m, _i, out, area=area: kept[area].append(out.clone())
        )
    with torch.no_grad():
        shake(model, generator)
        logits = model(images)
        weights = {k: v.double() for k, v in model.state_dict().items()}
        expected = oracle(weights, images.double())
        pooled = expected["IT"][-1].mean((2, 3))
    for area in AREAS:
        assert len(kept[area]) == len(expected[area]) == model.steps[area]
        for found, wanted in zip(kept[area], expected[area], strict=True):
            assert found.shape == wanted.shape
            assert (found - wanted).abs().max() <= 1e-4 * wanted.abs().max()
    wanted_logits = pooled @ weights["decoder.linear.weight"].T + weights["decoder.linear.bias"]
    assert (logits - wanted_logits).abs().max() <= 1e-4 * wanted_logits.abs().max()


COUNTS = {  # parameters, without the decoder, state-dict keys, MACs, conv and linear calls
    "Z": (2_071_656, 1_558_656, 10, 812_158_976, 5),
    "R": (5_208_936, 4_695_936, 30, 3_153_772_544, 38),
    "RT": (5_208_936, 4_695_936, 30, 3_153_772_544, 38),
    "S": (53_416_616, 52_903_616, 164, 16_431_747_072, 33),
}
AREA_COUNTS = {
    "Z": (9_472, 73_856, 295_168, 1_180_160),
    "R": (46_592, 221_824, 886_016, 3_541_504),
    "RT": (46_592, 221_824, 886_016, 3_541_504),
    "S": (46_528, 2_519_808, 10_078_720, 40_258_560),
}
S_COUNTS = {
    (1, 1, 1): (53_391_272, 6.670),
    (2, 2, 2): (53_407_400, 12.527),
    (4, 4, 4): (53_439_656, 24.242),
    (10, 10, 10): (53_536_424, 59.386),
}


def parameters(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def work(model: CORnet) -> tuple[int, int]:
    """Count multiply-accumulates and calls for one image, through hooks, computing nothing."""
    macs: list[int] = []
    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            module.register_forward_hook(
                lambda m, _i, out: macs.append(out.numel() * m.weight[0].numel())
            )
    model(torch.empty(1, 3, 224, 224, device="meta"))
    return sum(macs), len(macs)


@pytest.fixture
def on_meta():
    with torch.device("meta"):
        yield


@pytest.mark.usefixtures("on_meta")
@pytest.mark.parametrize("letter", MODELS)
def test_counts_equal_the_originals(letter: str) -> None:
    model = MODELS[letter]().eval()
    found = (parameters(model), parameters(model) - parameters(model.decoder))
    assert (*found, len(model.state_dict()), *work(model)) == COUNTS[letter]
    assert tuple(parameters(getattr(model, area)) for area in AREAS) == AREA_COUNTS[letter]
    assert parameters(model.decoder) == 513_000


@pytest.mark.usefixtures("on_meta")
@pytest.mark.parametrize("times", S_COUNTS)
def test_counts_of_other_step_counts(times: tuple[int, int, int]) -> None:
    model = CORnetS(times=times).eval()
    macs, _ = work(model)
    assert (parameters(model), round(macs / 1e9, 3)) == S_COUNTS[times]


@pytest.mark.usefixtures("on_meta")
def test_state_dict_names_are_the_originals() -> None:
    bn = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
    group = ("weight", "bias")
    decoder = {"decoder.linear.weight", "decoder.linear.bias"}

    z = {f"{a}.conv.{p}" for a in AREAS for p in group}
    assert set(CORnetZ().state_dict()) == z | decoder

    parts = [f"{m}.{p}" for m in ("conv_input", "norm_input", "norm1") for p in group]
    r = {f"{a}.{part}" for a in AREAS for part in [*parts, "conv1.weight"]}
    assert set(CORnetR().state_dict()) == set(CORnetRT(times=9).state_dict()) == r | decoder

    s = {"V1.conv1.weight", "V1.conv2.weight"} | {f"V1.norm{k}.{p}" for k in "12" for p in bn}
    for area, steps in zip(AREAS[1:], (2, 4, 2), strict=True):
        s |= {f"{area}.{c}.weight" for c in ("conv_input", "skip", "conv1", "conv2", "conv3")}
        s |= {f"{area}.norm_skip.{p}" for p in bn}
        s |= {f"{area}.norm{k}_{t}.{p}" for k in "123" for t in range(steps) for p in bn}
    assert set(CORnetS().state_dict()) == s | decoder
