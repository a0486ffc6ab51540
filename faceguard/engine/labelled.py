"""Labelled patches: a data set's faces as a tracker would train on them, each with the person it shows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from faceguard.engine.patches import Patch
from faceguard.faces.face import Face
from recognizers.crops import CropSpec
from recognizers.training.randomness import seed_for


@dataclass(frozen=True, eq=False)
class LabelledPatches:
    """Patches and who they show.

    Attributes:
        patches: The patches; all faces of one patch carry its label.
        labels: The place in `people` of each patch's person.
        people: The people's names. A name decides what is random about a person, not its place.
    """

    patches: tuple[Patch, ...]
    labels: tuple[int, ...]
    people: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.patches) != len(self.labels):
            raise ValueError(f"{len(self.patches)} patches need as many labels, not {len(self.labels)}")
        if any(not 0 <= label < len(self.people) for label in self.labels):
            raise ValueError(
                f"labels are 0..{len(self.people) - 1}, not {min(self.labels)}..{max(self.labels)}"
            )

    def labels_of_faces(self, places: Sequence[int]) -> Tensor:
        """Whom each face of the patches at some places shows: (F,), int64."""
        labels = [self.labels[place] for place in places for _ in self.patches[place].faces]
        return torch.tensor(labels, dtype=torch.int64)

    def groups(self, size: int, *key: int | str) -> Iterator[list[int]]:
        """All patches once, in groups of about `size`, in an order that depends on the key alone.

        Args:
            size: How many patches make a group; the last one may be larger by less than half, so that no
                group is too small for normalisation over it.
            key: Seed, purpose and number of the pass.
        """
        generator = torch.Generator().manual_seed(seed_for(*key))
        order = torch.randperm(len(self.patches), generator=generator).tolist()
        count = max(1, round(len(order) / size))
        for part in np.array_split(np.array(order, dtype=np.int64), count):
            yield part.tolist()


def patch_of_crop(crop: Tensor, spec: CropSpec, mask: Tensor | None = None, grey: bool = False) -> Patch:
    """A crop that is already aligned, as a patch: its pixels are its canvas.

    Args:
        crop: uint8 or float 0..1, (3, size, size), RGB.
        spec: How it is aligned; the landmarks are taken to lie on its template.
        mask: (1, size, size), 0..1: how much of the budget each place may use; all where not given.
        grey: All channels must change alike.
    """
    size = crop.shape[-1]
    if tuple(crop.shape) != (3, spec.size, spec.size):
        raise ValueError(f"a crop is (3, {spec.size}, {spec.size}), not {tuple(crop.shape)}")
    pixels = (crop if crop.dtype == torch.uint8 else crop.float()).cpu()
    bits = pixels if crop.dtype == torch.uint8 else (pixels * 255).round().to(torch.uint8)
    return Patch(
        (0, 0, size, size),
        pixels,
        torch.ones(1, 1, 1).expand(1, size, size) if mask is None else mask,
        np.eye(3),
        (Face((0, 0, size, size), np.array(spec.template, dtype=np.float32), 1.0),),
        (0,),
        grey,
        int.from_bytes(hashlib.sha256(bits.contiguous().numpy().tobytes()).digest()[:7], "big"),
    )


def patches_of_crops(crops: Tensor, labels: Sequence[int] | Tensor, spec: CropSpec) -> LabelledPatches:
    """Aligned crops (N, 3, size, size), uint8 or float 0..1, with labels (N,); people go by number."""
    numbers = [int(label) for label in labels]
    names = sorted(set(numbers))
    places = {number: place for place, number in enumerate(names)}
    return LabelledPatches(
        tuple(patch_of_crop(crop, spec) for crop in crops),
        tuple(places[number] for number in numbers),
        tuple(map(str, names)),
    )
