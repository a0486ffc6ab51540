"""Keeps JPEG's rounding from taking back what was changed in a photo.

A JPEG holds blocks as cosine coefficients, in whole multiples of its quantisation tables' steps. Those of a
JPEG that was read lie on such multiples, or beside them where its decoder has smoothed colours that pixels
share; what is changed by less than half a step falls back on them, and a fine perturbation loses more than it
gains. Here changes are rounded by what that is worth.

Where the perturbation tells which way it pulls, a change is rounded up where that gains much for how far it
is seen, and down where it gains little: adversarial rounding (Shi et al., On Generating JPEG Adversarial
Images, ICME 2021), with the structural similarity's measure of what is seen. Where it does not, changes of
luminance are rounded up in busy blocks, in what the original has already.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from faceguard.photos.jpeg_planes import LUMINANCE, Plane, Values, coefficients, values_of
from faceguard.photos.pull import Pull
from faceguard.photos.samples import Pixels

_NEAREST = 0.5  # of a step: from there up, else down
_UP_FROM = 0.2  # where nothing is known of the pull, and it is hardly seen
_BUSY = 12.0  # steps of 255: the standard deviation of luminance above which a block hides changes
_WORTH_IT = 440.0  # what epsilon gains for what is seen of it, to be rounded up from `_UP_IF_WORTH_IT` on
_WORTHLESS = 220.0  # below, it is rounded down up to `_DOWN_IF_WORTHLESS`
_UP_IF_WORTH_IT, _DOWN_IF_WORTHLESS = 0.02, 0.95
_FARTHEST = 3.0  # epsilons: where a channel would move further, a change has to be worth more
_SEEN = (0.03 * 255) ** 2  # C2 of Wang et al. 2004, equation 13, at a deviation in steps of 255


def rows_with_changes_kept(
    pixels: Pixels, before: Pixels, planes: Sequence[Plane], pull: Pull | None = None
) -> Iterator[tuple[int, Pixels]]:
    """Pixels of which an ordinary JPEG encoder makes coefficients that keep more of a change.

    Blocks in which nothing changed stay as they are, and so do those that the right and the lower edge cut.

    Args:
        pixels: uint8 (H, W, 3), RGB, or (H, W), grey, as stored: to be encoded.
        before: The same as read from the JPEG.
        planes: The JPEG's, luminance first.
        pull: What is gained where they grow.

    Yields:
        For each row of tiles in which any changed, its first row of pixels and its pixels, as high as the
        largest blocks and as wide as the whole ones: a row at a time, as photos are large.
    """
    height, width = (max(plane.extent[axis] for plane in planes) for axis in (0, 1))
    across = pixels.shape[1] // width * width
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    for top in range(0, pixels.shape[0] // height * height, height):
        new, old = (
            _tiles(photo[top : top + height, :across].reshape(height, across, channels), width)
            for photo in (pixels, before)
        )
        changed = (new != old).any((1, 2, 3))
        if changed.any():
            pulled = None
            if pull is not None:
                rows = pull.epsilon * pull.rows(top, top + height, across, channels)
                pulled = _Pulled(_tiles(rows, width)[changed], pull.epsilon * _FARTHEST)
            new[changed] = _rounded(_Tiles(new[changed], old[changed]), planes, pulled)
            yield top, new.swapaxes(0, 1).reshape(height, across, *pixels.shape[2:])


def _tiles(rows: NDArray[Any], width: int) -> NDArray[Any]:
    """Some rows (h, W, C) cut into tiles, (B, h, width, C)."""
    height, across, channels = rows.shape
    return rows.reshape(height, across // width, width, channels).swapaxes(0, 1).copy()


@dataclass(frozen=True, eq=False)
class _Tiles:
    """Tiles of a photo, as they are to be and as they were read: uint8 (B, h, w, C)."""

    new: Pixels
    old: Pixels

    @cached_property
    def changed(self) -> NDArray[np.bool_]:
        """(B, h, w): the pixels that changed."""
        different = self.new != self.old
        # Channel by channel: over an axis of three, `any` takes several times as long.
        each = [different[..., channel] for channel in range(different.shape[3])]
        return np.asarray(np.logical_or.reduce(each), np.bool_)

    @cached_property
    def luminance(self) -> Values:
        """(B, h, w), as read."""
        weights = LUMINANCE if self.old.shape[3] == 3 else (1.0,)
        return np.asarray(self.old @ np.array(weights, np.float32))


@dataclass(frozen=True, eq=False)
class _Pulled:
    """Tiles of a pull.

    Attributes:
        gains: (B, h, w, C): what each channel gains in growing by a step of 255, times epsilon.
        farthest: How far a plane may move a channel, in steps of 255, without having to be worth more.
    """

    gains: Values
    farthest: float


def _rounded(tiles: _Tiles, planes: Sequence[Plane], pulled: _Pulled | None) -> Pixels:
    """Tiles (B, h, w, C) whose coefficients lie on multiples of the steps, rounded as this file says."""
    moved = tiles.new.astype(np.float32)
    for plane in planes if pulled is not None else planes[:1]:
        moved += plane.pixels(_moves(tiles, plane, pulled))
    return np.asarray(np.clip(np.rint(moved, out=moved), 0, 255), np.uint8)


def _moves(tiles: _Tiles, plane: Plane, pulled: _Pulled | None) -> Values:
    """How a plane's blocks (B, rows, columns, 8, 8) move to where they are rounded to."""
    touched = plane.per_block(tiles.changed).any(3)
    deviation = plane.per_block(tiles.luminance).std(3)[..., None, None]
    start, wanted = (
        coefficients(plane.blocks(pixels.astype(np.float32) - 128)) for pixels in (tiles.old, tiles.new)
    )
    start = np.rint(start / plane.steps)
    change = wanted / plane.steps - start
    if pulled is None:
        whole = _whole(change, np.where((start != 0) & (deviation > _BUSY), _UP_FROM, _NEAREST))
    else:
        # A step gains in proportion to its height, and is seen by its square, less where more is going on.
        gain = coefficients(plane.gains(pulled.gains)) * np.sign(change)
        gain *= (2 * deviation**2 + _SEEN) / (plane.steps * plane.seen())
        whole = _whole_by(gain, change, plane, pulled.farthest)
    moves = values_of((start + whole) * plane.steps - wanted)
    moves[~touched] = 0
    return moves


def _whole_by(gain: Values, change: Values, plane: Plane, farthest: float) -> Values:
    """Changes in whole steps, by what each gains: by more where a block would move a channel too far.

    Where nothing gains enough for that, changes that do gain are rounded to the nearest step.
    """
    whole = np.empty_like(change)
    worth_it = np.full((*change.shape[:3], 1, 1), _WORTH_IT, np.float32)
    asked = np.ones(change.shape[:3], bool)
    while asked.any():
        up_from = np.where(gain[asked] > worth_it[asked], _UP_IF_WORTH_IT, _NEAREST)
        up_from[gain[asked] < _WORTHLESS] = _DOWN_IF_WORTHLESS
        whole[asked] = _whole(change[asked], up_from)
        far = np.abs(values_of(whole * plane.steps)).max((3, 4)) * np.abs(plane.colour).max() > farthest
        asked = far & (worth_it[..., 0, 0] < gain.max((3, 4)))
        worth_it[asked] *= 2
    return whole


def _whole(change: Values, up_from: NDArray[np.floating[Any]]) -> Values:
    """Changes in whole steps, of which a part from some share of a step on becomes a step."""
    return np.asarray(np.copysign(np.floor(np.abs(change) + 1 - up_from), change), np.float32)
