"""Who is compared with whom, and what a tracker makes of what each of them leaves of a face."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from benchmarks.peer_attacks import EPSILON, FaceClassifier, Peer
from benchmarks.subjects import Subject
from faceguard import methods
from faceguard.engine.patches import put_back
from faceguard.engine.sight import aligned_crops
from faceguard.engine.views import ViewSettings
from faceguard.faces.alignment import similarity_transform
from faceguard.measures.ordinary_copy import COPY_SCALE, ordinary_copy
from faceguard.people.typical_face import typical_features
from faceguard.photos.samples import Pixels
from recognizers import Recognizer

_PLAIN = ViewSettings(resized=0, blurred=0, recompressed=0, jitter=0)

PLACES = ("crop", "photo", "copy")
"""Where an effect is judged: in the crop that was attacked, in the same crop of the photo that it was brought
into, and in that of an ordinary copy of this photo (half the size, JPEG quality 75)."""


@dataclass(frozen=True, eq=False)
class Faces:
    """Up to one batch of faces.

    Attributes:
        subjects: The faces in their photos.
        recogniser: The surrogate that is attacked, and that judges.
        device: Where it runs.
    """

    subjects: Sequence[Subject]
    recogniser: Recognizer
    device: torch.device

    @cached_property
    def crops(self) -> Tensor:
        """(F, 3, size, size): as the surrogate is shown the clean photos, in whole steps of 255."""
        return rounded(self._crops([subject.pixels for subject in self.subjects], 1))

    @cached_property
    def clean(self) -> Tensor:
        """(F, D): what the surrogate makes of the clean crops."""
        return self._embedded(self.crops)

    def in_crops(self, crops: Tensor) -> Tensor:
        """(F,): the cosine similarity of crops to the clean ones."""
        return F.cosine_similarity(self._embedded(crops), self.clean)

    def in_photos(self, photos: Sequence[Pixels]) -> Tensor:
        """(F,): the same of photos."""
        return self.in_crops(self._crops(photos, 1))

    def in_copies(self, photos: Sequence[Pixels]) -> Tensor:
        """(F,): the same of ordinary copies of photos."""
        return self.in_crops(self._crops([ordinary_copy(photo) for photo in photos], COPY_SCALE))

    def _crops(self, photos: Sequence[Pixels], scale: float) -> Tensor:
        faces = [subject.face.moved(scale, 0, 0) for subject in self.subjects]
        crop = self.recogniser.crop
        each = [aligned_crops(photo, [face], crop) for photo, face in zip(photos, faces, strict=True)]
        return torch.cat(each).to(self.device)

    @torch.no_grad()
    def _embedded(self, crops: Tensor) -> Tensor:
        return self.recogniser.embed(crops).float()


class Contender(Protocol):
    """Whoever perturbs faces.

    Attributes:
        name: Who it is.
        step: The size of its steps in steps of 255; None where it has none to be set.
    """

    @property
    def name(self) -> str: ...
    @property
    def step(self) -> float | None: ...

    def craft(self, faces: Faces, steps: int) -> object:
        """What is timed: from clean crops or photos to what `judged` takes."""
        ...

    def judged(self, faces: Faces, crafted: object) -> dict[str, Tensor]:
        """(F,) similarities to the clean embeddings, by place."""
        ...


@dataclass(frozen=True)
class CropContender:
    """A peer: it perturbs crops."""

    peer: Peer
    size: float

    @property
    def name(self) -> str:
        """The peer's."""
        return self.peer.name

    @property
    def step(self) -> float | None:
        """In steps of 255."""
        return self.size * 255

    def craft(self, faces: Faces, steps: int) -> Tensor:
        """Perturbed crops, found from the clean ones; their clean embeddings are part of the work."""
        model = FaceClassifier(faces.recogniser, faces.crops, self.peer.as_module)
        return self.peer.attack(model, faces.crops, steps, self.size)

    def judged(self, faces: Faces, crafted: object) -> dict[str, Tensor]:
        """Judges the rounded crops, and the photos that they are carried back into."""
        assert isinstance(crafted, Tensor)
        crops = rounded(crafted)
        photos = carried_back(faces, crops)
        found = (faces.in_crops(crops), faces.in_photos(photos), faces.in_copies(photos))
        return dict(zip(PLACES, found, strict=True))


@dataclass(frozen=True)
class FaceguardContender:
    """The usual cloak, through photo pixels; its photos are whole numbers already.

    Attributes:
        name: What it is called.
        views: Whether it looks through all views, or at the plain crop and its mirror image only.
        step: It has its own.
    """

    name: str
    views: bool = True
    step: float | None = None

    def craft(self, faces: Faces, steps: int) -> list[Pixels]:
        """Protected photos, found from the clean ones."""
        usual = methods.load_cloak("cloak", EPSILON * 255)
        solver = replace(usual.solver, steps=steps)
        cloak = replace(usual, solver=solver if self.views else replace(solver, views=_PLAIN))
        patches = [subject.patch for subject in faces.subjects]
        with torch.no_grad():
            own = faces.recogniser.view(faces.crops)
        photos = [subject.pixels.copy() for subject in faces.subjects]
        typical = typical_features(faces.recogniser, faces.device)
        found = cloak(patches, [faces.recogniser], [own], [typical], faces.device)
        for photo, patch, perturbation in zip(photos, patches, found, strict=True):
            put_back(photo, patch, perturbation.delta, cloak.budget)
        return photos

    def judged(self, faces: Faces, crafted: object) -> dict[str, Tensor]:
        """Judges the photos; the crop is the photo's."""
        assert isinstance(crafted, list)
        plain = faces.in_photos(crafted)
        return dict(zip(PLACES, (plain, plain, faces.in_copies(crafted)), strict=True))


def rounded(crops: Tensor) -> Tensor:
    """Crops in whole steps of 255."""
    return (crops.clamp(0, 1) * 255).round() / 255


def carried_back(faces: Faces, crops: Tensor) -> list[Pixels]:
    """Photos with the perturbations of their crops in the crops' places, none larger than the budget."""
    photos = []
    for subject, after, before in zip(faces.subjects, crops, faces.crops, strict=True):
        height, width = subject.pixels.shape[:2]
        delta = ((after - before) * 255).permute(1, 2, 0).cpu().numpy()
        matrix = similarity_transform(subject.face.landmarks, faces.recogniser.crop)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        moved = np.rint(cv2.warpAffine(np.ascontiguousarray(delta), matrix, (width, height), flags=flags))
        limit = EPSILON * 255
        photos.append(np.clip(subject.pixels + np.clip(moved, -limit, limit), 0, 255).astype(np.uint8))
    return photos
