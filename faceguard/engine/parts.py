"""Groups of patches, worked on in parts: one large canvas makes a batch as large for all others in it.

A part is padded as a batch of the whole group would be, and what is random is drawn for the whole group. So
crops and gradients are those of that batch, in a fraction of its memory: to the last bit on one thread, while
several round their sums as they come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from faceguard.engine.extraction import Handling, plain_crops
from faceguard.engine.patches import Batch, Patch, batch, common_size, padded
from recognizers.crops import CropSpec

_AT_ONCE = 32
_MOST_PADDING = 500_000  # pixels in a part; about half of what a usual training batch has in faces


@dataclass(frozen=True, eq=False)
class Part:
    """Some patches of a group.

    Attributes:
        rows: Which of the group's patches.
        faces: Which of the group's faces.
        batch: The patches, padded as the whole group would be.
    """

    rows: slice
    faces: slice
    batch: Batch

    def worn(self, deltas: Sequence[Tensor]) -> Tensor:
        """The part's perturbations (B, 3, H, W), padded, of all the group's (3, h, w)."""
        images = self.batch.images
        return padded(deltas[self.rows], (images.shape[2], images.shape[3])).to(images.device)

    def unpadded(self, deltas: Tensor) -> list[Tensor]:
        """Perturbations (B, 3, H, W) at their patches' own sizes."""
        pairs = zip(deltas, self.batch.patches, strict=True)
        return [delta[:, : patch.size[0], : patch.size[1]].clone() for delta, patch in pairs]


class Parts:
    """A group's parts, one at a time: each pass over several makes them anew.

    Args:
        patches: The group.
        device: Where parts go.
    """

    def __init__(self, patches: Sequence[Patch], device: torch.device) -> None:
        self._patches = patches
        self._device = device
        self._size = common_size(patches)
        self._rows = list(_split(patches, self._size))

    def __len__(self) -> int:
        return len(self._rows)

    @cached_property
    def _whole(self) -> Part:
        return Part(slice(None), slice(None), batch(self._patches, self._device, self._size))

    def __iter__(self) -> Iterator[Part]:
        if len(self) == 1:
            yield self._whole
            return
        face = 0
        for rows in self._rows:
            patches = self._patches[rows]
            faces = slice(face, face + sum(len(patch.faces) for patch in patches))
            yield Part(rows, faces, batch(patches, self._device, self._size))
            face = faces.stop

    @torch.no_grad()
    def crops(self, deltas: Sequence[Tensor], handling: Handling, crop: CropSpec) -> Tensor:
        """The faces of the group as they are cut out: (F, 3, size, size), without gradients.

        Args:
            deltas: The group's perturbations, each (3, h, w).
            handling: How the group's faces are handled.
            crop: What the recogniser is shown.
        """
        seen = [handling.crops(part.batch, part.worn(deltas), crop, part.faces) for part in self]
        return torch.cat(seen)

    def gradients(
        self,
        deltas: Sequence[Tensor],
        handling: Handling,
        crop: CropSpec,
        loss: Callable[[Tensor], Tensor],
        costs: Callable[[Tensor, Tensor], Tensor] | None = None,
    ) -> Iterator[tuple[Part, Tensor, Tensor]]:
        """Each part with its perturbations and the loss's gradient in them, both (B, 3, H, W).

        Args:
            deltas: The group's perturbations, each (3, h, w).
            handling: How the group's faces are handled.
            crop: What the recogniser is shown.
            loss: A scalar, of the crops of all the group's faces.
            costs: What images cost under their perturbations beside that, both (B, 3, H, W): a scalar, the
                sum over images.
        """
        if len(self) == 1:
            delta = self._whole.worn(deltas).requires_grad_()
            total = loss(handling.crops(self._whole.batch, delta, crop))
            if costs is not None:
                total = total + costs(self._whole.batch.images, delta)
            (gradient,) = torch.autograd.grad(total, delta)
            yield self._whole, delta.detach(), gradient
            return
        crops = self.crops(deltas, handling, crop).requires_grad_()
        (pull,) = torch.autograd.grad(loss(crops), crops)
        for part in self:  # cut out once more: to keep what backward needs for all parts would take too much
            delta = part.worn(deltas).requires_grad_()
            crops = handling.crops(part.batch, delta, crop, part.faces)
            total = (crops * pull[part.faces]).sum()
            if costs is not None:
                total = total + costs(part.batch.images, delta)
            (gradient,) = torch.autograd.grad(total, delta)
            yield part, delta.detach(), gradient


def plain_crops_of(patches: Sequence[Patch], crop: CropSpec) -> Iterator[Tensor]:
    """The faces of any number of patches as they are, in their order: some at a time, (F, 3, size, size)."""
    for start in range(0, len(patches), _AT_ONCE):
        for part in Parts(patches[start : start + _AT_ONCE], torch.device("cpu")):
            yield plain_crops(part.batch, torch.zeros_like(part.batch.images), crop)


def _split(patches: Sequence[Patch], size: tuple[int, int]) -> Iterator[slice]:
    """Runs of patches that have little padding together."""
    start = padding = 0
    for row, patch in enumerate(patches):
        own = size[0] * size[1] - patch.size[0] * patch.size[1]
        if row > start and padding + own > _MOST_PADDING:
            yield slice(start, row)
            start, padding = row, 0
        padding += own
    yield slice(start, len(patches))
