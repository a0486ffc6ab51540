"""Photos that look the same although their files differ: recompressed, resized or slightly edited copies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

MOST_PHOTOS = 20_000  # every photo is held against every other one
_DIFFERENT_BITS = 10  # of 256; photos of one scene have more, recompressed and resized ones fewer
_BLOCK = 2048


def look_alikes(looks: Sequence[bytes]) -> list[tuple[int, int]]:
    """Pairs of places whose difference hashes are nearly equal, the earlier one first.

    Args:
        looks: Hashes of 32 bytes, as in `evaluation.trackers.detections`; at most `MOST_PHOTOS`.

    Raises:
        ValueError: There are more.
    """
    if len(looks) > MOST_PHOTOS:
        raise ValueError(f"{len(looks)} photos are too many to hold each against each other one")
    if not looks:
        return []
    bits = np.unpackbits(np.frombuffer(b"".join(looks), np.uint8).reshape(len(looks), -1), axis=1)
    signs = bits.astype(np.float32) * 2 - 1
    found: list[tuple[int, int]] = []
    for start in range(0, len(signs), _BLOCK):
        agreeing = signs[start : start + _BLOCK] @ signs.T
        rows, columns = np.nonzero(agreeing >= signs.shape[1] - 2 * _DIFFERENT_BITS)
        found += [(int(r) + start, int(c)) for r, c in zip(rows, columns, strict=True) if r + start < c]
    return found
