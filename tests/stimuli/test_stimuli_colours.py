"""What becomes of each kind of image on the way to 8-bit RGB, against arithmetic of its own."""

import warnings

import numpy as np
import pytest
from PIL import Image

from cornetkit.errors import FileError
from cornetkit.stimuli.decode import check_image, read_rgb

RNG = np.random.default_rng(0)
GREY_16 = np.array([[0, 128, 129, 385, 386], [20_000, 32_768, 40_000, 65_406, 65_535]], np.uint16)
RGB_8 = RNG.integers(0, 256, (6, 8, 3), dtype=np.uint8)


def read(path):
    return np.asarray(read_rgb(path))


def scaled(values, top=65_535):
    """Values from 0 to top as 0 to 255, to the nearest, thrice."""
    return np.repeat(np.floor(values * (255 / top) + 0.5).astype(np.uint8)[..., None], 3, axis=-1)


def test_sixteen_bit_grey_is_scaled_not_cut_off():
    assert scaled(GREY_16)[..., 0].tolist() == [[0, 0, 1, 1, 2], [78, 128, 156, 254, 255]]


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.pgm"])
def test_sixteen_bit_grey_files_are_scaled(tmp_path, name):
    path = tmp_path / name
    Image.fromarray(GREY_16).save(path)
    np.testing.assert_array_equal(read(path), scaled(GREY_16))


@pytest.mark.parametrize("order", ["<", ">"])
def test_sixteen_bit_grey_tiff_of_either_byte_order_is_scaled(save_tiff, order):
    data = GREY_16.astype(f"{order}u2").tobytes()
    path = save_tiff("a.tif", data, (5, 2), bits=16, order=order)
    np.testing.assert_array_equal(read(path), scaled(GREY_16))


def test_sixteen_bit_grey_tiff_in_which_white_is_zero_is_turned_around(save_tiff):
    path = save_tiff("a.tif", GREY_16.astype("<u2").tobytes(), (5, 2), bits=16, photometric=0)
    np.testing.assert_array_equal(read(path), scaled(65_535 - GREY_16))


def test_eight_bit_grey_tiff_in_which_white_is_zero_is_turned_around(save_tiff):
    grey = RGB_8[..., 0]
    path = save_tiff("a.tif", grey.tobytes(), (8, 6), bits=8, photometric=0)
    np.testing.assert_array_equal(read(path)[..., 1], 255 - grey)


def test_twelve_bit_grey_tiff_is_scaled_by_its_own_white(save_tiff):
    values = np.array([[0, 1000, 2048, 4095]])
    packed = bytes.fromhex("".join(f"{v:03x}" for v in values.ravel()))
    path = save_tiff("a.tif", packed, (4, 1), bits=12)
    np.testing.assert_array_equal(read(path), scaled(values, 4095))


def test_grey_of_ten_bits_in_a_pgm_is_scaled_by_its_own_white(tmp_path):
    values = np.array([[0, 300, 700, 1023]], dtype=">u2")
    (tmp_path / "a.pgm").write_bytes(b"P5 4 1 1023\n" + values.tobytes())
    np.testing.assert_array_equal(read(tmp_path / "a.pgm"), scaled(values, 1023))


@pytest.mark.parametrize("bits", [2, 4])
def test_grey_png_of_few_bits_is_scaled_to_its_own_white(save_png, bits):
    values = np.arange(2**bits, dtype=np.uint8)[None]
    path = save_png("a.png", values[..., None], bits=bits)
    np.testing.assert_array_equal(read(path), scaled(values, 2**bits - 1))


@pytest.mark.parametrize("channels", [2, 3, 4])
def test_sixteen_bit_colour_png_keeps_the_upper_eight_bits_and_drops_alpha(save_png, channels):
    pixels = RNG.integers(0, 65_536, (6, 8, channels), dtype=np.uint16)
    expected = (pixels >> 8)[..., :3] if channels > 2 else (pixels >> 8)[..., [0, 0, 0]]
    np.testing.assert_array_equal(read(save_png("a.png", pixels)), expected)


@pytest.mark.parametrize("order", ["<", ">"])
def test_sixteen_bit_colour_tiff_keeps_the_upper_eight_bits(save_tiff, order):
    pixels = RNG.integers(0, 65_536, (6, 8, 3), dtype=np.uint16)
    data = pixels.astype(f"{order}u2").tobytes()
    path = save_tiff("a.tif", data, (8, 6), bits=16, channels=3, photometric=2, order=order)
    np.testing.assert_array_equal(read(path), pixels >> 8)


def test_eight_bit_colour_tiff_in_planes_is_put_together(save_tiff):
    data = np.moveaxis(RGB_8, -1, 0).tobytes()
    path = save_tiff("a.tif", data, (8, 6), bits=8, channels=3, photometric=2, planes=2)
    np.testing.assert_array_equal(read(path), RGB_8)


def test_sixteen_bit_planes_which_pillow_misreads_are_refused(save_tiff):
    data = np.zeros((3, 6, 8), np.uint16).tobytes()
    path = save_tiff("a.tif", data, (8, 6), bits=16, channels=3, photometric=2, planes=2)
    with pytest.raises(FileError, match=r"a\.tif has uncompressed planes of 16 bits"):
        read_rgb(path)


@pytest.mark.parametrize("read_or_check", [read_rgb, check_image])
@pytest.mark.parametrize(
    ("dtype", "sample_format", "message"),
    [
        ("<f4", 3, "has floating-point values, and nothing says which is black"),
        ("<i1", 2, "has signed or 32-bit values"),
        ("<i2", 2, "has signed or 32-bit values"),
        ("<i4", 2, "has signed or 32-bit values"),
        ("<u4", 1, "has signed or 32-bit values"),
    ],
)
def test_values_without_a_known_black_and_white_are_refused(
    save_tiff, read_or_check, dtype, sample_format, message
):
    data = np.arange(12, dtype=dtype).tobytes()
    bits = 8 * np.dtype(dtype).itemsize
    path = save_tiff("a.tif", data, (4, 3), bits=bits, sample_format=sample_format)
    with pytest.raises(FileError, match=rf"a\.tif {message}.*; save it with 8 or 16") as caught:
        read_or_check(path)
    assert "\n" not in str(caught.value)


def test_a_float_tiff_that_pillow_wrote_is_refused(tmp_path):
    Image.fromarray(np.linspace(0, 1, 12, dtype=np.float32).reshape(3, 4)).save(tmp_path / "a.tif")
    with pytest.raises(FileError, match="floating-point"):
        read_rgb(tmp_path / "a.tif")


@pytest.mark.parametrize(
    ("lab", "rgb"), [((255, 128, 128), (255, 255, 255)), ((0, 128, 128), (0, 0, 0))]
)
def test_lab_becomes_srgb(tmp_path, lab, rgb):
    Image.new("LAB", (4, 3), lab).save(tmp_path / "a.tif")
    np.testing.assert_allclose(read(tmp_path / "a.tif"), np.full((3, 4, 3), rgb), atol=1)


@pytest.mark.parametrize("extension", ["tif", "jpg"])
def test_cmyk_is_ink_on_white_without_a_colour_profile(tmp_path, extension):
    path = tmp_path / f"a.{extension}"
    inks = np.full((16, 16, 4), [200, 50, 0, 100], dtype=np.uint8)
    Image.frombytes("CMYK", (16, 16), inks.tobytes()).save(path, quality=100)
    expected = [(255 - c) * (255 - 100) / 255 for c in (200, 50, 0)]
    np.testing.assert_allclose(read(path).reshape(-1, 3), [expected] * 256, atol=1.5)


@pytest.mark.parametrize("extension", ["png", "webp", "tif"])
def test_alpha_is_dropped_not_blended(tmp_path, extension):
    pixels = np.concatenate([RGB_8, RNG.integers(0, 256, (6, 8, 1), dtype=np.uint8)], axis=-1)
    path = tmp_path / f"a.{extension}"
    Image.fromarray(pixels).save(
        path, **({"lossless": True, "exact": True} if extension == "webp" else {})
    )
    np.testing.assert_array_equal(read(path), RGB_8)


def test_grey_with_alpha_is_its_grey_thrice(save_png):
    path = save_png("a.png", RGB_8[..., :2])
    np.testing.assert_array_equal(read(path), RGB_8[..., [0, 0, 0]])


def test_one_bit_is_black_and_white(tmp_path):
    bits = RGB_8[..., 0] > 127
    for name in ("a.png", "a.tif", "a.bmp", "a.pgm"):
        Image.fromarray(bits).save(tmp_path / name)
        np.testing.assert_array_equal(read(tmp_path / name)[..., 2], np.where(bits, 255, 0))


@pytest.mark.parametrize(
    ("extension", "transparency"),
    [("png", None), ("png", 2), ("png", bytes([255, 0, 128])), ("gif", None), ("gif", 2)],
)
def test_a_palette_is_looked_up_and_its_transparency_dropped_in_silence(
    tmp_path, extension, transparency
):
    colours = RNG.integers(0, 256, (3, 3), dtype=np.uint8)
    indices = RNG.integers(0, 3, (6, 8), dtype=np.uint8)
    image = Image.frombytes("P", (8, 6), indices.tobytes())
    image.putpalette(colours.tobytes())
    path = tmp_path / f"a.{extension}"
    image.save(path, **({} if transparency is None else {"transparency": transparency}))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_array_equal(read(path), colours[indices])


@pytest.mark.parametrize("name", ["a.gif", "a.webp", "a.tif", "a.png"])
def test_of_several_frames_or_pages_the_first_is_taken(tmp_path, name):
    first, second = (Image.new("RGB", (8, 6), colour) for colour in ("red", "blue"))
    lossless = {"lossless": True} if name.endswith("webp") else {}
    first.save(tmp_path / name, save_all=True, append_images=[second], **lossless)
    with Image.open(tmp_path / name) as image:
        assert image.n_frames == 2
    np.testing.assert_array_equal(read(tmp_path / name), np.full((6, 8, 3), [255, 0, 0]))


def test_exif_rotation_is_not_applied(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees to show
    pixels = np.kron(RGB_8, np.ones((8, 8, 1), np.uint8))
    for name, settings in (("turned.jpg", {"exif": exif}), ("plain.jpg", {})):
        Image.fromarray(pixels).save(tmp_path / name, **settings)
    np.testing.assert_array_equal(read(tmp_path / "turned.jpg"), read(tmp_path / "plain.jpg"))
    assert read(tmp_path / "turned.jpg").shape == (48, 64, 3)


@pytest.mark.parametrize("name", ["a.bmp", "a.ppm", "a.png", "a.tif"])
def test_eight_bit_rgb_is_kept_as_it_is(tmp_path, name):
    Image.fromarray(RGB_8).save(tmp_path / name)
    np.testing.assert_array_equal(read(tmp_path / name), RGB_8)
