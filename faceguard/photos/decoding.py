"""Runs image decoders: strictly, and with one kind of error."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image, ImageFile

from faceguard.errors import PhotoError

_lock = threading.Lock()
_running = 0
_before: tuple[int | None, bool] = (None, False)


@contextmanager
def decoding() -> Iterator[None]:
    """Turns whatever a decoder raises into a ``PhotoError``.

    Inside, Pillow accepts no half-decoded photo, and its own size limits are off, as photos are measured
    against ``max_pixels`` first. Both are settings of the whole process: they are put back afterwards.

    Raises:
        PhotoError: The photo is cut off or damaged, or there is not enough memory.
    """
    _begin()
    try:
        yield
    except PhotoError:
        raise
    except MemoryError as error:
        raise PhotoError(None, "there is not enough memory to decode it") from error
    except Exception as error:  # decoders raise whatever they like on damaged files
        text = str(error) or type(error).__name__
        if "truncated" in text.lower() or isinstance(error, EOFError):
            raise PhotoError(None, f"truncated: {text}") from error
        raise PhotoError(None, f"damaged: it cannot be decoded ({text})") from error
    finally:
        _end()


def _begin() -> None:
    global _running, _before
    with _lock:
        if _running == 0:
            _before = Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES
            Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES = None, False
        _running += 1


def _end() -> None:
    global _running
    with _lock:
        _running -= 1
        if _running == 0:
            Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES = _before
