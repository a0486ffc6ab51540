"""A picture of what protecting did: before | after | difference, whole and face by face."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

_PANEL = 480  # pixels: the width of one column
_GAP = 12
_CAPTION = 34
_FONT_SIZE = 20
_FACES = 2  # the largest ones, each in a row of its own
_BACKGROUND, _INK = (255, 255, 255), (30, 30, 30)

Box = tuple[float, float, float, float]


def comparison(
    before: NDArray[np.uint8], after: NDArray[np.uint8], boxes: Sequence[Box], amplify: float = 16
) -> Image.Image:
    """Draws before | after | difference: a row for the whole photo, and one for each of its largest faces.

    Args:
        before: uint8 (H, W, 3), RGB, upright.
        after: The same photo protected, of the same shape.
        boxes: The faces, as (left, top, right, bottom) in photo pixels, the largest first.
        amplify: What the difference is multiplied by; grey is no change.

    Returns:
        An RGB picture, about 1,500 pixels wide.

    Raises:
        ValueError: The two differ in shape, or `amplify` is not above 0.
    """
    if before.shape != after.shape:
        raise ValueError(f"before {before.shape} and after {after.shape} are not the same photo")
    if not amplify > 0:
        raise ValueError(f"the difference is amplified by more than 0, not {amplify}")
    height, width = before.shape[:2]
    rows = [(0, 0, width, height), *(_around(box, width, height) for box in boxes[:_FACES])]
    changed = difference(before, after, amplify)
    panels = [[_panel(picture, row) for picture in (before, after, changed)] for row in rows]
    heights = [row[0].height for row in panels]
    size = (3 * _PANEL + 4 * _GAP, _CAPTION + sum(heights) + (len(rows) + 1) * _GAP)
    sheet = Image.new("RGB", size, _BACKGROUND)
    pencil = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(_FONT_SIZE)
    for column, caption in enumerate(("before", "after", f"{amplify:g} times the difference")):
        centre = _GAP + column * (_PANEL + _GAP) + _PANEL / 2
        pencil.text((centre, _GAP + _CAPTION / 2), caption, _INK, font, anchor="mm")
    top = _GAP + _CAPTION
    for row_panels, row_height in zip(panels, heights, strict=True):
        for column, panel in enumerate(row_panels):
            sheet.paste(panel, (_GAP + column * (_PANEL + _GAP), top))
        top += row_height + _GAP
    return sheet


def difference(before: NDArray[np.uint8], after: NDArray[np.uint8], amplify: float) -> NDArray[np.uint8]:
    """What changed between two pictures of one shape, amplified around grey: uint8 of that shape."""
    return np.asarray(cv2.addWeighted(after, amplify, before, -amplify, 128), np.uint8)


def _around(box: Box, width: int, height: int) -> tuple[int, int, int, int]:
    """A square around a face with some of what surrounds it, cut at the photo's edges."""
    left, top, right, bottom = box
    half = 0.7 * max(right - left, bottom - top)
    x, y = (left + right) / 2, (top + bottom) / 2
    left, right = np.clip([x - half, x + half], 0, width)
    top, bottom = np.clip([y - half, y + half], 0, height)
    return int(left), int(top), max(int(left) + 1, round(right)), max(int(top) + 1, round(bottom))


def _panel(picture: NDArray[np.uint8], part: tuple[int, int, int, int]) -> Image.Image:
    left, top, right, bottom = part
    cut = Image.fromarray(np.ascontiguousarray(picture[top:bottom, left:right]))
    height = max(1, round(_PANEL * (bottom - top) / (right - left)))
    return cut.resize((_PANEL, height), Image.Resampling.LANCZOS)
