"""One optimisation step in its variants."""

import numpy as np
import pytest
import torch
from tiny_runs import TINY

import cornetkit as ck
from cornetkit.models.strided import StridedConv2d
from cornetkit.stimuli import Transform
from cornetkit.training import recipe_settings, small_maps
from cornetkit.training.engine import Engine, make_optimizer
from cornetkit.training.processes import Processes
from cornetkit.training.samples import Part
from cornetkit.training.settings import with_values
from cornetkit.training.small_maps import as_product

CPU = Processes(0, 1, torch.device("cpu"))


def engine(letter="Z", times=None, **given):
    settings = with_values(recipe_settings(letter), TINY | {"lr": 0.01} | given, "test")
    return Engine(ck.load_model(letter, "random", times=times, num_classes=3), settings, CPU)


def part(n=4, seed=0):
    generator = torch.Generator().manual_seed(seed)
    pixels = torch.randint(0, 256, (n, 3, 32, 32), dtype=torch.uint8, generator=generator)
    return Part(pixels, torch.arange(n) % 3, [f"{k}" for k in range(n)], [])


def test_pixels_are_normalised_as_for_recording():
    one = part(1)
    from PIL import Image

    image = Image.fromarray(one.pixels[0].permute(1, 2, 0).numpy())
    np.testing.assert_array_equal(engine().images(one.pixels)[0], Transform(size=32)(image))


@pytest.mark.parametrize(("letter", "times"), [("S", (1, 2, 1)), ("RT", 4), ("R", 2), ("Z", 1)])
def test_checkpointing_activations_changes_neither_gradients_nor_running_values(letter, times):
    found = []
    for flag in (False, True):
        one = engine(letter, times, checkpoint_activations=flag)
        one.backward([part()], 4)
        found.append(
            {name: p.grad.clone() for name, p in one.model.named_parameters()}
            | dict(one.model.named_buffers())
        )
    for name, value in found[0].items():
        assert torch.equal(value, found[1][name]), name


def test_checkpointing_activations_leaves_evaluation_and_names_alone():
    one = engine("S", (1, 1, 1), checkpoint_activations=True)
    expected = ck.load_model("S", "random", times=(1, 1, 1), num_classes=3)
    x = one.images(part().pixels)
    with torch.no_grad():
        assert torch.allclose(one.model.eval()(x), expected(x), atol=1e-5)
    assert one.model.state_dict().keys() == expected.state_dict().keys()


def test_accumulated_parts_give_the_gradient_of_the_whole_batch():
    whole, parts = engine(), engine()
    batch = part(5)
    pieces = [Part(batch.pixels[k], batch.labels[k], [], []) for k in (slice(0, 3), slice(3, 5))]
    a = whole.backward([batch], 5)
    b = parts.backward(pieces, 5)
    assert torch.allclose(a, b)
    for p, q in zip(whole.model.parameters(), parts.model.parameters(), strict=True):
        assert torch.allclose(p.grad, q.grad, atol=1e-6)


def test_clipping_bounds_the_norm_of_the_gradient():
    one = engine(clip_norm=0.001)
    one.backward([part()], 4)
    one.update(0.0)
    norm = torch.cat([p.grad.flatten() for p in one.model.parameters()]).norm()
    assert float(norm) == pytest.approx(0.001, rel=1e-3)


def test_the_running_mean_of_the_weights_is_that_of_the_formula():
    one = engine(ema_decay=0.6)
    name = "decoder.linear.weight"
    mean = None
    for step in range(12):
        one.backward([part(seed=step)], 4)
        one.update(0.01)
        now = one.model.state_dict()[name].double().clone()
        # The first is taken as it is; then the mean follows, quickly at first.
        decay = min(0.6, (1 + step) / (10 + step))
        mean = now if mean is None else decay * mean + (1 - decay) * now
    assert torch.allclose(one.averaged.state_dict()[name].double(), mean, atol=1e-6)
    assert one.judged is one.averaged


@pytest.mark.parametrize("decay_norms", [True, False])
def test_biases_and_norms_decay_only_where_they_are_meant_to(decay_norms):
    settings = with_values(recipe_settings("S"), {"decay_norms": decay_norms}, "test")
    model = ck.load_model("S", "random", times=(1, 1, 1), num_classes=3)
    optimizer = make_optimizer(model, settings, torch.device("cpu"))
    decay = {
        id(p): group["weight_decay"] for group in optimizer.param_groups for p in group["params"]
    }
    assert decay[id(model.V1.conv1.weight)] == 1e-4
    assert decay[id(model.V1.norm1.weight)] == (1e-4 if decay_norms else 0)
    assert decay[id(model.decoder.linear.bias)] == (1e-4 if decay_norms else 0)
    assert len(decay) == len(list(model.parameters()))


def test_adamw_takes_the_steps_of_its_formula():
    one = engine(optimizer="adamw", momentum=0.8, weight_decay=0.1, clip_norm=0)
    name, beta, lr = "decoder.linear.weight", 0.8, 0.01
    weight = dict(one.model.named_parameters())[name]
    expected = weight.detach().double().clone()
    first = second = torch.zeros_like(expected)
    for step in range(1, 5):
        one.backward([part(seed=step)], 4)
        gradient = weight.grad.double()
        one.update(lr)
        first = beta * first + (1 - beta) * gradient
        second = 0.999 * second + 0.001 * gradient**2
        unbiased = first / (1 - beta**step), second / (1 - 0.999**step)
        expected = expected * (1 - lr * 0.1) - lr * unbiased[0] / (unbiased[1].sqrt() + 1e-8)
        assert torch.allclose(weight.double(), expected, atol=1e-6)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("shape", [(2, 4, 4, 4), (3, 4, 2, 2), (1, 4, 3, 2)])
def test_a_convolution_as_a_product_is_torchs(stride, shape):
    torch.manual_seed(0)
    conv = StridedConv2d(4, 6, kernel_size=3, stride=2, padding=1, bias=False).double()
    found = []
    for function in (lambda x: conv(x, stride), lambda x: as_product(conv, x, stride)):
        x = torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
        x.requires_grad_()
        y = function(x)
        conv.weight.grad = None
        (y * torch.arange(y.numel()).reshape(y.shape)).sum().backward()
        found.append((y.detach(), x.grad, conv.weight.grad))
    for a, b in zip(*found, strict=True):
        assert a.shape == b.shape
        assert torch.allclose(a, b)
    assert torch.equal(as_product(conv, x), as_product(conv, x, 2))


@pytest.mark.parametrize(("image_size", "areas"), [(32, ["V4", "IT"]), (64, ["IT"]), (96, [])])
def test_only_convolutions_of_small_maps_become_products(monkeypatch, image_size, areas):
    called = []

    def noted(conv, images, stride=None):
        called.append(images.shape[1])
        return as_product(conv, images, stride)

    monkeypatch.setattr(small_maps, "as_product", noted)
    model = ck.load_model("S", "random", times=(1, 1, 1), num_classes=3)
    with torch.no_grad():
        x = torch.rand(1, 3, image_size, image_size)
        expected = model(x)
        small_maps.multiply_small_maps(model, image_size)
        assert torch.allclose(model(x), expected, rtol=1e-4, atol=1e-5)
    assert called == [{"V4": 1024, "IT": 2048}[area] for area in areas]


@pytest.mark.parametrize("precision", ["float32", "bf16"])
def test_products_are_for_bf16_so_that_float32_stays_that_of_a_plain_loop(precision):
    one = engine("S", (1, 1, 1), precision=precision)
    assert ("forward" in vars(one.model.IT.conv2)) == (precision == "bf16")


@pytest.mark.parametrize("letter", ["Z", "R", "RT", pytest.param("S", marks=pytest.mark.slow)])
def test_every_model_trains_at_64_pixels(letter):
    one = engine(letter, image_size=64, memory_format="channels_last")
    pixels = torch.randint(0, 256, (2, 3, 64, 64), dtype=torch.uint8)
    before = one.model.decoder.linear.weight.clone()
    sums = one.backward([Part(pixels, torch.tensor([0, 1]), ["a", "b"], [])], 2)
    one.update(0.01)
    assert torch.isfinite(sums).all()
    assert not torch.equal(before, one.model.decoder.linear.weight)
