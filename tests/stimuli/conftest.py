"""Small image files."""

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., Path]:
    """Write a noise image below tmp_path and return its path; the seed decides its content."""

    def write(name: str, seed: int = 0, mode: str = "RGB", size: tuple[int, int] = (12, 9)) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
        Image.fromarray(pixels).convert(mode).save(path)
        return path

    return write


@pytest.fixture
def save_png(tmp_path: Path) -> Callable[..., Path]:
    """Write pixels, (height, width, channels), as a PNG, byte by byte; fewer than 8 bits packed."""
    colour_types = {1: 0, 2: 4, 3: 2, 4: 6}

    def write(name: str, pixels: np.ndarray, bits: int | None = None) -> Path:
        height, width, channels = pixels.shape
        rows = pixels.astype(pixels.dtype.newbyteorder(">")).reshape(height, -1)
        if bits is not None:
            single = np.unpackbits(rows[:, :, None], axis=2)[:, :, -bits:]
            rows = np.packbits(single.reshape(height, -1), axis=1)
        bits = bits or 8 * pixels.itemsize
        head = struct.pack(">IIBBBBB", width, height, bits, colour_types[channels], 0, 0, 0)
        body = zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows))
        parts = [(b"IHDR", head), (b"IDAT", body), (b"IEND", b"")]
        path = tmp_path / name
        path.write_bytes(
            b"\x89PNG\r\n\x1a\n"
            + b"".join(
                struct.pack(">I", len(data))
                + kind
                + data
                + struct.pack(">I", zlib.crc32(kind + data))
                for kind, data in parts
            )
        )
        return path

    return write


@pytest.fixture
def save_tiff(tmp_path: Path) -> Callable[..., Path]:
    """Write an uncompressed TIFF tag by tag, so that it can hold what Pillow would not write."""

    def write(
        name: str,
        data: bytes,
        size: tuple[int, int],
        *,
        bits: int,
        channels: int = 1,
        photometric: int = 1,
        sample_format: int = 1,
        order: str = "<",
        planes: int = 1,
    ) -> Path:
        width, height = size
        count = channels if planes == 2 else 1  # strips, one a plane
        tags = {
            **{256: [width], 257: [height], 258: [bits] * channels, 259: [1]},
            **{262: [photometric], 273: [0] * count, 277: [channels], 278: [height]},
            **{279: [len(data) // count] * count, 284: [planes]},
            339: [sample_format] * channels,
        }
        longer = 8 + 2 + 12 * len(tags) + 4
        start = longer + sum(4 * len(v) for v in tags.values() if len(v) > 1)
        tags[273] = [start + k * (len(data) // count) for k in range(count)]
        entries, beyond = b"", b""
        for tag, values in tags.items():
            packed = struct.pack(f"{order}{len(values)}I", *values)
            entries += struct.pack(f"{order}HHI", tag, 4, len(values))
            if len(values) == 1:
                entries += packed
            else:
                entries += struct.pack(f"{order}I", longer + len(beyond))
                beyond += packed
        head = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HIH", 42, 8, len(tags))
        path = tmp_path / name
        path.write_bytes(head + entries + bytes(4) + beyond + data)
        return path

    return write


@pytest.fixture
def table(tmp_path: Path) -> Callable[..., Path]:
    """Write lines as a CSV and return its path."""

    def write(*lines: str, name: str = "stimuli.csv") -> Path:
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write
