"""The samples of one photo as its file stores them, and their 8-bit RGB view."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from faceguard.photos.pull import Pull

Pixels = npt.NDArray[np.uint8]
SampleArray = npt.NDArray[np.unsignedinteger[Any]]


@dataclass(frozen=True, eq=False)
class Samples:
    """Samples in the stored orientation.

    Attributes:
        colour: uint8 or uint16, shape (H, W) for grey, (H, W, 3) for RGB, (H, W, 4) for CMYK where 0
            means no ink.
        alpha: None, or shape (H, W) of the same type as ``colour``; 0 is transparent. Where a TIFF file
            has further channels, they are here too, in shape (H, W, N).
        before: What ``colour`` was before it was changed, for formats that round what they store; None where
            that is not known.
        pull: Which way to round them, where the format can.
    """

    colour: SampleArray
    alpha: SampleArray | None = None
    before: SampleArray | None = None
    pull: Pull | None = None

    @property
    def grey(self) -> bool:
        """Whether there is one colour channel only."""
        return self.colour.ndim == 2

    @property
    def plain(self) -> bool:
        """Whether the 8-bit view holds everything: 8-bit grey or RGB without alpha."""
        return self.colour.dtype == np.uint8 and self.alpha is None and not self.cmyk

    @property
    def cmyk(self) -> bool:
        """Whether the colour is cyan, magenta, yellow and black."""
        return not self.grey and self.colour.shape[2] == 4

    def view(self) -> Pixels:
        """The colour as uint8 RGB, shape (H, W, 3); alpha is left out, not composited."""
        colour = self._eight_bit()
        if self.grey:
            return np.repeat(colour[:, :, None], 3, axis=2)
        return _rgb_of_cmyk(colour) if self.cmyk else np.ascontiguousarray(colour)

    def with_view(self, view: Pixels) -> Samples:
        """These samples, changed so that their view becomes ``view``; untouched pixels stay identical.

        Args:
            view: uint8 RGB, shape (H, W, 3), in the stored orientation.

        Returns:
            New samples of the same type and channels. 16-bit samples move by 257 per step of the view,
            clipped; CMYK keeps K and changes C, M and Y.
        """
        old = self._eight_bit()
        if self.grey:
            new = np.ascontiguousarray(view[:, :, 0])
        else:
            new = _cmyk_with_rgb(old, view) if self.cmyk else view
        if self.colour.dtype == np.uint8:
            return Samples(new, self.alpha)
        moved = new.astype(np.int32) - old
        moved *= 257
        moved += self.colour
        return Samples(moved.clip(0, 65535).astype(np.uint16), self.alpha)

    def _eight_bit(self) -> Pixels:
        if self.colour.dtype == np.uint8:
            return self.colour.astype(np.uint8, copy=False)
        # Rounding to the nearest multiple of 257 makes a change by 257 * d one of exactly d here.
        return ((self.colour.astype(np.uint32) + 128) // 257).astype(np.uint8)


def _rgb_of_cmyk(cmyk: Pixels) -> Pixels:
    light = 255 - cmyk[:, :, 3].astype(np.uint32)
    rgb = np.empty((*cmyk.shape[:2], 3), np.uint8)
    for channel in range(3):
        paper = 255 - cmyk[:, :, channel].astype(np.uint32)
        rgb[:, :, channel] = (2 * light * paper + 255) // 510
    return rgb


def _cmyk_with_rgb(cmyk: Pixels, rgb: Pixels) -> Pixels:
    old = _rgb_of_cmyk(cmyk)
    light = np.maximum(255 - cmyk[:, :, 3].astype(np.uint32), 1)
    changed = cmyk.copy()
    for channel in range(3):
        paper = (2 * 255 * rgb[:, :, channel].astype(np.uint32) + light) // (2 * light)
        ink = (255 - np.minimum(paper, 255)).astype(np.uint8)
        same = rgb[:, :, channel] == old[:, :, channel]
        changed[:, :, channel] = np.where(same, cmyk[:, :, channel], ink)
    return changed
