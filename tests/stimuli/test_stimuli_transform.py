"""The transform from image to model input, against torchvision."""

import json

import numpy as np
import pytest
from PIL import Image
from torchvision import transforms

from cornetkit.errors import InputError
from cornetkit.stimuli import Transform


def _image(size, mode="RGB"):
    pixels = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    return Image.fromarray(pixels).convert(mode)


@pytest.mark.parametrize("size", [(300, 200), (37, 91), (224, 224), (1, 1)])
def test_it_equals_torchvision(size):
    oracle = transforms.Compose(
        [
            transforms.Resize((224, 224)),
            transforms.ToTensor(),
            transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
        ]
    )
    image = _image(size)
    ours = Transform()(image)
    assert ours.shape == (3, 224, 224)
    assert ours.dtype == np.float32
    np.testing.assert_allclose(ours, oracle(image).numpy(), rtol=0, atol=1e-6)


def test_another_size_and_normalisation_equal_torchvision():
    oracle = transforms.Compose(
        [
            transforms.Resize((32, 32)),
            transforms.ToTensor(),
            transforms.Normalize((0.5, 0.4, 0.3), (1.0, 0.5, 0.25)),
        ]
    )
    ours = Transform(32, (0.5, 0.4, 0.3), (1.0, 0.5, 0.25))(_image((50, 40)))
    np.testing.assert_allclose(ours, oracle(_image((50, 40))).numpy(), rtol=0, atol=1e-6)


@pytest.mark.parametrize("size", [(300, 200), (37, 91), (500, 333), (256, 257), (1, 3), (256, 256)])
@pytest.mark.parametrize(("side", "short"), [(224, 256), (32, 37), (299, 342), (1, 1)])
def test_a_crop_equals_the_validation_transform_of_imagenet(size, side, short):
    oracle = transforms.Compose(
        [
            transforms.Resize(short),
            transforms.CenterCrop(side),
            transforms.ToTensor(),
            transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
        ]
    )
    image = _image(size)
    ours = Transform(side, resize="crop")(image)
    np.testing.assert_allclose(ours, oracle(image).numpy(), rtol=0, atol=1e-6)


def test_an_image_too_narrow_to_crop_is_refused_and_may_be_resized_straight():
    strip = Image.new("RGB", (5000, 1))
    with pytest.raises(InputError, match=r"5000 x 1 pixels is too narrow to crop.*without --crop"):
        Transform(resize="crop")(strip)
    assert Transform()(strip).shape == (3, 224, 224)


def test_a_crop_says_so_in_its_description():
    assert json.loads(Transform(resize="crop").to_json())["resize"] == "crop"


def test_a_grey_image_is_made_rgb():
    grey = _image((20, 20), "L")
    np.testing.assert_array_equal(Transform(8)(grey), Transform(8)(grey.convert("RGB")))


def test_a_batch_stacks_its_images():
    images = [_image((20, 20)), _image((30, 10))]
    batch = Transform(8).batch(images)
    np.testing.assert_array_equal(batch, np.stack([Transform(8)(image) for image in images]))


def test_its_description_says_everything():
    described = json.loads(Transform(mean=np.array([0.5, 0.5, 0.5])).to_json())
    assert described == {
        "size": 224,
        "mean": [0.5, 0.5, 0.5],
        "std": [0.229, 0.224, 0.225],
        "resize": "straight",
        "interpolation": "bilinear",
        "colour": "RGB",
    }


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"size": 0}, "size must be a whole number"),
        ({"size": 7.5}, "size must be a whole number"),
        ({"mean": (0.5, 0.5)}, "mean must be three numbers"),
        ({"std": (1, 0, 1)}, "std must be three numbers, one a colour channel, above 0"),
        ({"interpolation": "bicubic"}, "interpolation must be 'bilinear', not 'bicubic'"),
        ({"resize": "pad"}, "resize must be 'straight' or 'crop', not 'pad'"),
    ],
)
def test_what_it_cannot_do_is_refused_not_ignored(wrong, message):
    with pytest.raises(InputError, match=message):
        Transform(**wrong)
