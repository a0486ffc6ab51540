"""What a tracker does to a photo's pixels before it looks for faces, to wash a protection out.

Each edit takes and gives uint8 (H, W, 3), RGB. They chain with "+": `half+jpeg75` halves the size and then
compresses.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from faceguard.errors import SettingsError

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Edit:
    """Edits in a row.

    Attributes:
        name: What a person types for it; says all that decides the result. Empty for none.
        steps: What is done, in order.
    """

    name: str = ""
    steps: tuple[Callable[[Pixels], Pixels], ...] = ()

    def __call__(self, pixels: Pixels) -> Pixels:
        """The edited photo, which may have another size."""
        for step in self.steps:
            pixels = step(pixels)
        return pixels


UNEDITED = Edit()


def jpeg(pixels: Pixels, quality: int) -> Pixels:
    """Saved as a JPEG (4:2:0) and read again."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality)
    return np.array(Image.open(buffer).convert("RGB"))


def resized(pixels: Pixels, share: float) -> Pixels:
    """Brought to a share of its size, averaging what is dropped."""
    size = (max(1, int(pixels.shape[1] * share)), max(1, int(pixels.shape[0] * share)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def blurred(pixels: Pixels, sigma: float) -> Pixels:
    """Through a Gaussian of so many pixels' standard deviation."""
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), sigma), np.uint8)


def median(pixels: Pixels, side: int) -> Pixels:
    """Each value replaced by the median of a square around it."""
    return np.asarray(cv2.medianBlur(np.ascontiguousarray(pixels), side), np.uint8)


def grey(pixels: Pixels) -> Pixels:
    """Its luminance (ITU-R BT.601) in all three channels."""
    luminance = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)
    return np.repeat(luminance[:, :, None], 3, axis=2)


def bit_depth(pixels: Pixels, bits: int) -> Pixels:
    """Rounded to so many bits for each value, evenly from 0 to 255 (Xu et al. 2018)."""
    steps = 2**bits - 1
    return np.asarray(np.round(np.round(pixels / 255 * steps) / steps * 255), np.uint8)


@dataclass(frozen=True)
class _Kind:
    """A family of edits: its name, the numbers it takes, and what it does with one."""

    number: str
    fits: Callable[[float], bool]
    make: Callable[[float], Callable[[Pixels], Pixels]]


_KINDS = {
    "jpeg": _Kind(
        "a quality from 1 to 95",
        lambda n: 1 <= n <= 95 and n == int(n),
        lambda n: lambda pixels: jpeg(pixels, int(n)),
    ),
    "resize": _Kind(
        "a share above 0 and below 1", lambda n: 0 < n < 1, lambda n: lambda pixels: resized(pixels, n)
    ),
    "blur": _Kind(
        "a standard deviation in pixels, above 0 and up to 20",
        lambda n: 0 < n <= 20,
        lambda n: lambda pixels: blurred(pixels, n),
    ),
    "median": _Kind(
        "an odd side in pixels, from 3 to 15",
        lambda n: n in range(3, 16, 2),
        lambda n: lambda pixels: median(pixels, int(n)),
    ),
    "bits": _Kind(
        "a number of bits from 1 to 7",
        lambda n: n in range(1, 8),
        lambda n: lambda pixels: bit_depth(pixels, int(n)),
    ),
}
_PLAIN: dict[str, Callable[[Pixels], Pixels]] = {"half": lambda pixels: resized(pixels, 0.5), "grey": grey}

NAMES = (*_PLAIN, "jpegQ", "resizeSHARE", "blurSIGMA", "medianSIDE", "bitsN")


def parse(name: str) -> Edit:
    """The edits of a name such as "jpeg75", "half+jpeg75" or "blur1.5".

    Raises:
        SettingsError: There is no such edit, or its number is out of range.
    """
    return Edit(name, tuple(_step(part) for part in name.split("+")))


def is_edit(part: str) -> bool:
    """Whether one part of a name is meant as an edit, be its number right or wrong."""
    return part in _PLAIN or part.rstrip("0123456789.") in _KINDS


def _step(part: str) -> Callable[[Pixels], Pixels]:
    if part in _PLAIN:
        return _PLAIN[part]
    kind = part.rstrip("0123456789.")
    if kind not in _KINDS:
        raise SettingsError(f"no edit {part!r}; there are {', '.join(NAMES)}, and several with +")
    try:
        number = float(part[len(kind) :])
    except ValueError:
        number = float("nan")
    if not _KINDS[kind].fits(number):
        raise SettingsError(f"{part!r}: {kind} takes {_KINDS[kind].number}")
    return _KINDS[kind].make(number)
