"""Decoding every image once, so that a bad one is found before hours of recording are spent."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from PIL import Image
from tqdm import tqdm

from .decode import UnreadableImageError, check_image
from .transform import Transform

_MOST_THREADS = 8


def find_bad(
    paths: Sequence[Path], *, transform: Transform | None = None, progress: bool | None = False
) -> dict[int, str]:
    """Decode every image in threads (Pillow does so without Python's lock).

    Parameters
    ----------
    paths
        Image files.
    transform
        What they have to fit: a crop takes no image that is very narrow.
    progress
        Show a progress bar on stderr; None: on terminals only.

    Returns
    -------
    dict of int to str
        Position of each image that cannot be read, in order, and the reason, without its path.
    """
    bad = {}
    pool = ThreadPoolExecutor(min(_MOST_THREADS, os.cpu_count() or 1))
    # Set here once, as filters belong to all threads; a file that is too large is an error anyway.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            reasons = tqdm(
                pool.map(partial(_reason, transform=transform), paths),
                total=len(paths),
                unit="image",
                desc="check",
                disable=None if progress is None else not progress,
                file=sys.stderr,
                leave=False,
            )
            for index, reason in enumerate(reasons):
                if reason is not None:
                    bad[index] = reason
        finally:
            pool.shutdown(cancel_futures=True)  # so that Ctrl-C need not wait for all the rest
    return bad


def _reason(path: Path, transform: Transform | None) -> str | None:
    try:
        check_image(path)
    except UnreadableImageError as error:
        return error.reason
    if transform is None:
        return None
    with Image.open(path) as image:  # what was decoded may have been a smaller version of it
        return transform.cannot_take(*image.size)
