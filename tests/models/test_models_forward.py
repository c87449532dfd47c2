"""What goes in, what is refused, and forwards that do not disturb each other."""

import copy
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from cornetkit.errors import InputError
from cornetkit.models import MODELS, CORnetR, CORnetRT, CORnetS, CORnetZ

LETTERS = tuple(MODELS)


@pytest.fixture(scope="module", params=LETTERS)
def model(request):
    return MODELS[request.param](num_classes=5).eval()


@pytest.mark.parametrize(
    ("shape", "why"),
    [
        ((3, 224, 224), r"got \(3, 224, 224\): add the batch"),
        ((224, 224), r"got \(224, 224\)"),
        ((2, 1, 64, 64), "has 1 channels"),
        ((2, 64, 64, 3), "has 64 channels"),
        ((1, 3, 100, 64), "resize"),
        ((1, 3, 64, 230), "multiples of 32"),
        ((1, 3, 0, 32), "multiples of 32"),
    ],
)
def test_images_of_another_shape_are_refused_in_one_line(model, shape, why):
    with pytest.raises(InputError, match=why) as caught:
        model(torch.zeros(shape))
    assert "\n" not in str(caught.value)
    assert model.name in str(caught.value)


def test_bytes_and_arrays_are_refused_in_words(model):
    with pytest.raises(InputError, match=r"torch\.uint8: scale to 0-1"):
        model(torch.zeros(1, 3, 32, 32, dtype=torch.uint8))
    with pytest.raises(InputError, match="got list"):
        model([1.0])


@pytest.mark.parametrize("size", [(32, 32), (64, 160)])
def test_any_multiple_of_32_divides_to_the_same_grid(model, size):
    shapes: dict[str, list[tuple[int, ...]]] = {}
    for area in model.areas:
        model.get_submodule(f"{area}.output").register_forward_hook(
            lambda _m, _i, out, area=area: shapes.setdefault(area, []).append(tuple(out.shape))
        )
    with torch.no_grad():
        assert model(torch.zeros(2, 3, *size)).shape == (2, 5)
    for k, area in enumerate(model.areas):
        expected = (2, 64 * 2**k, size[0] // 4 // 2**k, size[1] // 4 // 2**k)
        assert set(shapes[area]) == {expected}


@pytest.mark.parametrize("times", [0, -1, 2.0, "3", True, None, (2, 4, 2)])
@pytest.mark.parametrize("cls", [CORnetR, CORnetRT])
def test_recurrent_steps_must_be_a_whole_number_from_one(cls, times):
    with pytest.raises(InputError, match=r"times of CORnet-RT? .* whole number of 1 or more"):
        cls(times=times)


@pytest.mark.parametrize("times", [2, (2, 4), (2, 4, 2, 1), None, "242"])
def test_cornet_s_takes_three_step_counts(times):
    with pytest.raises(InputError, match=r"three step counts \(V2, V4, IT\), like times=\(2, 4, 2"):
        CORnetS(times=times)


def test_cornet_s_names_the_area_of_a_bad_count() -> None:
    with pytest.raises(InputError, match="in V4 must be a whole number of 1 or more, not 0"):
        CORnetS(times=(2, 0, 2))


@pytest.mark.parametrize("times", [0, 2, True, (1, 1, 1)])
def test_cornet_z_runs_one_step(times):
    with pytest.raises(InputError, match="CORnet-Z has no recurrence"):
        CORnetZ(times=times)


@pytest.mark.parametrize("cls", MODELS.values())
@pytest.mark.parametrize("num_classes", [0, 2.5])
def test_classes_are_counted_from_one(cls, num_classes):
    with torch.device("meta"), pytest.raises(InputError, match="num_classes must be a whole"):
        cls(num_classes=num_classes)


def test_threads_sharing_a_model_give_what_each_gives_alone(model):
    images = torch.randn(4, 1, 3, 32, 32, generator=torch.Generator().manual_seed(1))

    def logits(image: torch.Tensor) -> torch.Tensor:
        with torch.no_grad():
            return model(image)

    alone = [logits(image) for image in images]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(logits, images.repeat(2, 1, 1, 1, 1)))
    for k, found in enumerate(together):
        torch.testing.assert_close(found, alone[k % 4], rtol=1e-5, atol=1e-6)


def test_a_forward_changes_neither_the_images_nor_the_model(model):
    images = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(2))
    before = images.clone(), copy.deepcopy(model.state_dict())
    strides = [getattr(module, "stride", None) for module in model.modules()]
    with torch.no_grad():
        model(images)
    assert torch.equal(images, before[0])
    assert all(torch.equal(v, before[1][k]) for k, v in model.state_dict().items())
    assert strides == [getattr(module, "stride", None) for module in model.modules()]


def test_every_weight_gets_a_gradient(model):
    images = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(2))
    model.zero_grad()
    model(images).square().sum().backward()
    without = [n for n, p in model.named_parameters() if p.grad is None or not p.grad.any()]
    model.zero_grad()
    assert without == []


def test_gradients_are_those_of_the_function_despite_in_place_steps() -> None:
    generator = torch.Generator().manual_seed(5)
    model = CORnetRT(times=4, num_classes=2).double().eval()
    image = torch.randn(1, 3, 32, 32, generator=generator, dtype=torch.float64, requires_grad=True)
    direction = torch.randn(image.shape, generator=generator, dtype=torch.float64)
    model(image)[0, 0].backward()
    step = 1e-7
    with torch.no_grad():
        ahead, behind = (model(image + s * direction)[0, 0] for s in (step, -step))
    measured = (ahead - behind) / (2 * step)
    assert image.grad is not None
    torch.testing.assert_close(measured, (image.grad * direction).sum(), rtol=1e-4, atol=1e-9)
