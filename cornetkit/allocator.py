"""glibc's allocator, told to keep the large buffers of one pass for the next."""

from __future__ import annotations

import ctypes
import functools

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_KEEP_BYTES = 1 << 30


@functools.cache
def keep_large_buffers() -> bool:
    """Stop glibc from giving every large buffer back to the system; returns whether it could.

    By default each feature map is mapped, zeroed page by page and unmapped again in every layer.
    Values do not change; elsewhere than on glibc nothing happens.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    kept = mallopt(_M_MMAP_THRESHOLD, _KEEP_BYTES) and mallopt(_M_TRIM_THRESHOLD, _KEEP_BYTES)
    return bool(kept)
