"""Pixels and Gabor energies as activations, and what goes for all baselines."""

import json

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import convolve

import cornetkit as ck
from cornetkit.errors import FileError, InputError, UnknownNameError
from cornetkit.recording import baselines
from cornetkit.recording.baselines_gabor import FREQUENCIES, gabor_energies
from cornetkit.stimuli import ImageSet, Transform


def grating(cycles, degrees, side=64, phase=0.0):
    """Return a grey grating whose luminance varies along `degrees` from the x axis."""
    y, x = np.mgrid[:side, :side] / side
    along = x * np.cos(np.deg2rad(degrees)) + y * np.sin(np.deg2rad(degrees))
    values = 127.5 + 100 * np.cos(2 * np.pi * cycles * along + phase)
    return Image.fromarray(np.round(values).astype(np.uint8))


def test_pixels_are_what_pillow_makes_of_each_image(images):
    stimuli = images(3)
    array = baselines(stimuli, "pixels", size=8)["pixels"]
    assert array.dims == ("stimulus", "time", "unit")
    assert array.shape == (3, 1, 64)
    for name, path in zip(stimuli.ids, stimuli.paths, strict=True):
        with Image.open(path) as image:
            grey = image.convert("RGB").convert("L").resize((8, 8), Image.Resampling.BILINEAR)
        found = array.sel(stimulus=name).values.reshape(8, 8)
        np.testing.assert_array_equal(found, np.asarray(grey, dtype=np.float32))


def test_they_are_labelled_like_any_area(images):
    stimuli = images(2)
    acts = baselines(stimuli)
    assert list(acts) == ["pixels", "gabor"]
    for kind, n_units in (("pixels", 256), ("gabor", 2048)):
        array = acts[kind]
        assert array.shape == (2, 1, n_units)
        assert array["driven"].values.tolist() == [True]
        assert array["area"].item() == kind
        assert array.attrs["model"] == kind
        assert array.attrs["resize"] == "straight"
        assert array.attrs["stimuli_sha256"] == stimuli.sha256
    assert acts["pixels"]["x"].values[:17].tolist() == [*range(16), 0]
    assert acts["pixels"].attrs["size"] == 16


def test_a_path_is_loaded_and_metadata_goes_along(images, tmp_path):
    images(2)
    table = tmp_path / "stimuli.csv"
    table.write_text("stimulus_id,filename,kind\na,stim/im0.png,car\nb,stim/im1.png,face\n")
    assert baselines(table, "pixels")["pixels"]["kind"].values.tolist() == ["car", "face"]
    found = baselines(tmp_path / "stim", "pixels")["pixels"]
    assert found["stimulus"].values.tolist() == ["im0", "im1"]


@pytest.mark.parametrize("kind", ["pixels", "gabor"])
def test_crop_shows_the_square_that_a_cropped_model_is_shown(images, kind):
    stimuli = images(2)
    square = ImageSet(stimuli.ids, [p.with_name(f"square_{p.name}") for p in stimuli.paths])
    shown = Transform(resize="crop")
    for whole, path in zip(stimuli.paths, square.paths, strict=True):
        with Image.open(whole) as image:
            shown.resized(image.convert("L")).save(path)
    cropped = baselines(stimuli, kind, crop=True)[kind]
    np.testing.assert_array_equal(cropped, baselines(square, kind)[kind])
    assert cropped.attrs["resize"] == "crop"
    assert not np.array_equal(cropped, baselines(stimuli, kind)[kind])


def test_crop_follows_the_activations_they_stand_beside(images, tiny):
    stimuli = images(2)
    for crop, way in ((False, "straight"), (True, "crop")):
        acts = ck.record(tiny, stimuli, crop=crop, progress=False)
        assert baselines(stimuli, "pixels", model=acts)["pixels"].attrs["resize"] == way


def test_bad_images_are_left_out_where_that_is_asked_for(images):
    stimuli = images(3)
    stimuli.paths[1].write_bytes(b"")
    acts = baselines(stimuli, skip_bad=True)
    assert acts["gabor"]["stimulus"].values.tolist() == ["im0", "im2"]
    assert json.loads(acts["pixels"].attrs["skipped"]) == {"im1": "is empty (0 bytes)"}
    with pytest.raises(FileError, match=r"im1\.png is empty"):
        baselines(stimuli)


def test_an_image_that_is_too_narrow_to_crop_is_named(images):
    stimuli = images(2)
    Image.new("L", (1, 3000)).save(stimuli.paths[1])
    with pytest.raises(InputError, match=r"im1\.png: an image of 1 x 3000 pixels is too narrow"):
        baselines(stimuli, crop=True)


@pytest.mark.parametrize("frequency", FREQUENCIES)
@pytest.mark.parametrize("orientation", [0.0, 45.0, 90.0, 157.5])
def test_a_grating_drives_its_own_filter_most(frequency, orientation):
    energies = gabor_energies(grating(frequency, orientation)).mean(axis=(1, 2))
    best = int(energies.argmax())
    assert (FREQUENCIES[best // 8], best % 8 * 22.5) == (frequency, orientation)


def test_energy_does_not_depend_on_the_phase_of_a_grating():
    one, other = (gabor_energies(grating(8, 0, phase=p))[16] for p in (0.0, 1.3))
    np.testing.assert_allclose(one, other, atol=0.02)


def test_energies_are_those_of_convolutions_with_quadrature_pairs(images):
    grey = images(1).image(0).convert("L")
    found = gabor_energies(grey)
    small = np.asarray(grey.resize((64, 64), Image.Resampling.BILINEAR), float) / 255
    # One filter, written down in space: the inverse transform of a log-Gaussian lobe.
    fy, fx = np.meshgrid(*2 * [np.fft.fftfreq(64) * 64], indexing="ij")
    radius, angle = np.hypot(fx, fy), np.arctan2(fy, fx)
    radius[0, 0] = np.inf
    away = (angle - np.pi / 4 + np.pi) % (2 * np.pi) - np.pi
    lobe = np.exp(
        -(np.log(radius / 4) ** 2) / (2 * np.log(0.65) ** 2) - away**2 / 2 / (np.pi / 8) ** 2
    )
    kernel = np.fft.fftshift(np.fft.ifft2(lobe))
    even, odd = (convolve(small, part, mode="wrap") for part in (kernel.real, kernel.imag))
    energy = (even**2 + odd**2).reshape(8, 8, 8, 8).mean(axis=(1, 3))
    np.testing.assert_allclose(found[8 + 2], np.log(energy + 1e-6), atol=1e-3)


def test_gabor_units_say_what_they_prefer(images):
    array = baselines(images(1), "gabor")["gabor"]
    assert sorted(set(array["frequency"].values)) == [2, 4, 8, 16]
    assert sorted(set(array["orientation"].values)) == [22.5 * k for k in range(8)]
    unit = array.isel(unit=10 * 64)
    assert (unit["frequency"].item(), unit["orientation"].item()) == (4, 45)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"size": 0}, "size must be at least 1 pixel, not 0"),
        ({"kinds": ()}, "no kind of baseline was given"),
        ({"kinds": "labels"}, "the stimuli have no labels; give images as a CSV"),
        ({"kinds": "untrained"}, r"untrained seeds need a model: give its name \(model='S'\)"),
        ({"kinds": "untrained", "model": "Z", "seeds": ()}, "seeds is empty"),
        ({"kinds": "untrained", "model": "Z", "seeds": (1, 1)}, "seeds must be unique"),
        ({"kinds": "untrained", "model": "Z", "seeds": 1.5}, "must be a whole number, not 1.5"),
        ({"kinds": "untrained", "model": "Z", "seeds": "x"}, "must be a whole number, not 'x'"),
        ({"kinds": "untrained", "model": "Z", "seeds": (0, -1)}, "must be 0 or more, not -1"),
        ({"kinds": "untrained", "model": object()}, "cannot be made anew with other random"),
        ({"kinds": "animal"}, "the baseline animal is made from recordings"),
        ({"stimuli": None}, "the baseline pixels is made from the images; give stimuli"),
        ({"stimuli": None, "kinds": "labels"}, "made from stimuli or recordings; give one"),
        ({"stimuli": ImageSet([], [])}, "there are no images"),
    ],
)
def test_what_is_missing_or_wrong_is_said(images, arguments, message):
    arguments = {"stimuli": images(2)} | arguments
    with pytest.raises(InputError, match=message):
        baselines(**arguments)


def test_a_misspelt_kind_gets_the_nearest():
    with pytest.raises(UnknownNameError, match=r"unknown baseline 'pixel' .did you mean 'pixels'"):
        baselines(None, "pixel")
