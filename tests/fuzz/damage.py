"""Damage to the bytes of a file, drawn by a seeded generator."""

from __future__ import annotations

import numpy as np


def damaged(content: bytes, rng: np.random.Generator) -> tuple[str, bytes]:
    """Return what was done, and the content with that done to it."""
    how = str(rng.choice(list(_WAYS)))
    return how, _WAYS[how](content, rng)


def _flip(content: bytes, rng: np.random.Generator) -> bytes:
    changed = bytearray(content)
    for at in rng.integers(len(changed), size=int(2 ** rng.uniform(0, 5.65))):
        changed[at] = int(rng.integers(256))
    return bytes(changed)


def _flip_head(content: bytes, rng: np.random.Generator) -> bytes:
    """Flip where a format says what it holds."""
    head = min(len(content), 2048)
    return _flip(content[:head], rng) + content[head:]


def _cut(content: bytes, rng: np.random.Generator) -> bytes:
    return content[: int(rng.integers(len(content)))]


def _swap(content: bytes, rng: np.random.Generator) -> bytes:
    size = max(1, min(512, len(content) // 4))
    first, second = sorted(int(at) * size for at in rng.choice(len(content) // size, 2, False))
    a, b = content[first : first + size], content[second : second + size]
    return content[:first] + b + content[first + size : second] + a + content[second + size :]


def _zero(content: bytes, rng: np.random.Generator) -> bytes:
    at = int(rng.integers(len(content)))
    size = min(int(rng.integers(1, 4096)), len(content) - at)
    return content[:at] + bytes(size) + content[at + size :]


def _append(content: bytes, rng: np.random.Generator) -> bytes:
    return content + rng.bytes(int(rng.integers(1, 4096)))


_WAYS = {
    "flip": _flip,
    "flip the head": _flip_head,
    "cut": _cut,
    "swap": _swap,
    "zero": _zero,
    "append": _append,
}
