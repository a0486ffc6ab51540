"""Which patches are crafted at once: those of like size, so that little of a batch is padding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from faceguard.engine.patches import Patch, common_size

_FACES = 12  # more than an album's batch holds, so that none is split
_PIXELS = 12 * 256 * 256

Placed = tuple[int, Patch]
"""A patch with a number, such as that of the photo it is of."""


def grouped(patches: Sequence[Placed]) -> Iterator[list[Placed]]:
    """Patches by size, in groups of twelve faces and the pixels of twelve usual canvases at most.

    A batch has the size of its largest canvas for each patch, so a large one among small ones costs dearly.
    One that is larger than that is a group of its own.
    """
    group: list[Placed] = []
    for placed in sorted(patches, key=lambda placed: (placed[1].size, placed[1].key)):
        more = [*group, placed]
        if group and (_faces(more) > _FACES or _pixels(more) > _PIXELS):
            yield group
            group = []
        group.append(placed)
    if group:
        yield group


def _faces(group: Sequence[Placed]) -> int:
    return sum(len(patch.faces) for _, patch in group)


def _pixels(group: Sequence[Placed]) -> int:
    """The pixels of a group's patches, brought to one size."""
    height, width = common_size([patch for _, patch in group])
    return len(group) * height * width
