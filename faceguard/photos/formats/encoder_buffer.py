"""Room for Pillow to encode a JPEG in."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image, ImageFile

_BYTES = 2  # for each value: what libjpeg makes of pure noise at steps of 1 takes 1.4
_lock = threading.Lock()
_wanted: list[int] = []
_before = 0


@contextmanager
def encoder_buffer(image: Image.Image, profile: bytes = b"") -> Iterator[None]:
    """Inside, an optimised or progressive JPEG of any detail can be saved.

    libjpeg writes those in one go, into a buffer for which Pillow allows two bytes a pixel: too few for noisy
    photos at the finest quantisation. That it may be larger is a setting of the whole process, put back
    afterwards. What of it is not written to takes no memory where the system hands that out by use.

    Args:
        image: What is saved.
        profile: The colour profile that is saved with it.
    """
    size = _BYTES * image.width * image.height * len(image.getbands()) + 2 * len(profile)
    _begin(size)
    try:
        yield
    finally:
        _end(size)


def _begin(size: int) -> None:
    global _before
    with _lock:
        if not _wanted:
            _before = ImageFile.MAXBLOCK
        _wanted.append(size)
        ImageFile.MAXBLOCK = max(_before, *_wanted)


def _end(size: int) -> None:
    with _lock:
        _wanted.remove(size)
        ImageFile.MAXBLOCK = max([_before, *_wanted])
