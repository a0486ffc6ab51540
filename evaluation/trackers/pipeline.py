"""What a tracker does with a photo: read it, edit it, find the face, align it, embed it.

Alignment samples plainly, without anti-aliasing, as insightface does; `antialias=True` averages what a
reduction drops, as dlib does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from evaluation.cache import Cache, key_of
from evaluation.datasets.dataset import DataPhoto
from evaluation.defenders.edits import UNEDITED, Edit, Pixels
from evaluation.progress import Progress, Silent
from evaluation.trackers.detections import Detections
from evaluation.trackers.face_choice import FaceChoice, chosen
from evaluation.trackers.identity import detector_identity, recognizer_identity
from evaluation.trackers.sighting import Obstacle, Sighting
from faceguard.engine.sight import aligned_crops
from faceguard.errors import PhotoError
from faceguard.faces.detector import Detector
from faceguard.faces.face import Face
from faceguard.photos import decode_photo
from recognizers import ARCFACE_112, CropSpec, Recognizer
from recognizers.ensemble import Ensemble

_PHOTOS_AT_ONCE = 8
_CROPS_AT_ONCE = 32

Embeddings = NDArray[np.float32]


@dataclass(frozen=True)
class Looking:
    """How photos are looked at.

    Attributes:
        faces: Which face counts where there are several.
        antialias: Whether alignment averages what a reduction drops.
        flip: Whether an embedding is the mean of the face's and of its mirror image's, as in insightface's
            verification.
        aligned: Whether each photo is a face aligned to ArcFace's 112 pixels already: none is looked for.
    """

    faces: FaceChoice = FaceChoice.LARGEST
    antialias: bool = False
    flip: bool = False
    aligned: bool = False


class Pipeline:
    """Turns photos into embeddings, each step once only where there is a cache.

    Args:
        detector: What finds faces.
        device: Where the recognisers run.
        looking: How photos are looked at.
        cache: Where detections and embeddings are kept; in memory where None.
        progress: What is told how far it has come.
    """

    def __init__(
        self,
        detector: Detector,
        device: torch.device,
        looking: Looking | None = None,
        cache: Cache | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.detector = detector
        self.device = device
        self.looking = looking or Looking()
        self._cache = cache or Cache()
        self._progress = progress or Silent()
        self._detector_identity = detector_identity(detector)

    def look(self, photos: Sequence[DataPhoto], edit: Edit = UNEDITED) -> list[Sighting]:
        """Finds the face that counts on each photo.

        Args:
            photos: The photos.
            edit: What is done to their pixels first.

        Returns:
            One sighting for each, in their order; those that are of no use say why.
        """
        self._progress.stage(f"finding faces{_after(edit)}", len(photos))
        seen: list[Sighting] = []
        for start in range(0, len(photos), _PHOTOS_AT_ONCE):
            seen += self._look_at(photos[start : start + _PHOTOS_AT_ONCE], edit)
            self._progress.step(len(seen) - start)
        return seen

    def embed(self, seen: Sequence[Sighting], recognizers: Sequence[Recognizer]) -> dict[str, Embeddings]:
        """What recognisers make of faces.

        Args:
            seen: Sightings with a face.
            recognizers: Each with a name of its own.

        Returns:
            Recogniser name -> (N, D), float32, as the network gives them: not brought to unit length.
        """
        return {recognizer.name: self._embed_with(recognizer, seen) for recognizer in recognizers}

    def crops(self, seen: Sequence[Sighting], crop: CropSpec) -> Iterator[Tensor]:
        """The aligned crops of faces one by one: float32 (3, size, size), RGB, 0..1."""
        for sighting in seen:
            yield self._crop(_pixels(sighting), _face_of(sighting), crop)

    def _look_at(self, photos: Sequence[DataPhoto], edit: Edit) -> list[Sighting]:
        files: list[bytes | PhotoError] = []
        for photo in photos:
            try:
                files.append(photo.read())
            except PhotoError as error:
                files.append(error)
        digests = ["" if isinstance(f, PhotoError) else hashlib.sha256(f).hexdigest() for f in files]
        keys = [self._detection_key(digest, edit) for digest in digests]
        known = self._cache.get([key for key, digest in zip(keys, digests, strict=True) if digest])
        decoded: dict[bytes, Pixels] = {}
        for place, (photo, file, key) in enumerate(zip(photos, files, keys, strict=True)):
            if isinstance(file, PhotoError) or key in known or key in decoded:
                continue
            try:
                decoded[key] = edit(decode_photo(file, photo.path).pixels)
            except PhotoError as error:
                files[place] = error
        found = dict(zip(decoded, self._detect(list(decoded.values())), strict=True))
        self._cache.put({key: detections.to_bytes() for key, detections in found.items()})
        found |= {key: Detections.from_bytes(value) for key, value in known.items()}
        return [
            self._sighting(photo, edit, digest, file if isinstance(file, PhotoError) else found[key])
            for photo, file, key, digest in zip(photos, files, keys, digests, strict=True)
        ]

    def _detect(self, photos: Sequence[Pixels]) -> list[Detections]:
        if not photos:
            return []
        if self.looking.aligned:
            faces = [[_aligned_face(pixels)] for pixels in photos]
        else:
            faces = self.detector.detect(photos)
        return [Detections.of(pixels, its) for pixels, its in zip(photos, faces, strict=True)]

    def _sighting(
        self, photo: DataPhoto, edit: Edit, digest: str, found: Detections | PhotoError
    ) -> Sighting:
        if isinstance(found, PhotoError):
            return Sighting(photo, edit, digest, None, 0, Obstacle.UNREADABLE, found.reason)
        count = len(found.faces)
        face = chosen(found.faces, self.looking.faces, found.height, found.width)
        obstacle, reason = None, ""
        if not count:
            obstacle, reason = Obstacle.NO_FACE, "no face was found"
        elif face is None:
            obstacle, reason = Obstacle.SEVERAL_FACES, f"{count} faces were found"
        size = (found.height, found.width)
        return Sighting(photo, edit, digest, face, count, obstacle, reason, size, found.look)

    def _embed_with(self, recognizer: Recognizer, seen: Sequence[Sighting]) -> Embeddings:
        if isinstance(recognizer, Ensemble):
            each = [torch.from_numpy(self._embed_with(member, seen)) for member in recognizer.members]
            return recognizer.joined(each).numpy()
        identity = recognizer_identity(recognizer)
        keys = [self._embedding_key(sighting, identity) for sighting in seen]
        found = {
            key: np.frombuffer(value, np.float32)
            for key, value in self._cache.get(keys).items()
            if len(value) == 4 * recognizer.dimension
        }
        missing = {key: sighting for key, sighting in zip(keys, seen, strict=True) if key not in found}
        self._progress.stage(f"looking with {recognizer.name}", len(seen))
        self._progress.step(len(seen) - len(missing))
        todo = list(missing.items())
        for start in range(0, len(todo), _CROPS_AT_ONCE):
            part = todo[start : start + _CROPS_AT_ONCE]
            crops = torch.stack(list(self.crops([sighting for _, sighting in part], recognizer.crop)))
            vectors = self._embeddings(recognizer, crops)
            new = {key: vector for (key, _), vector in zip(part, vectors, strict=True)}
            self._cache.put({key: vector.tobytes() for key, vector in new.items()})
            found |= new
            self._progress.step(len(part))
        if not keys:
            return np.zeros((0, recognizer.dimension), np.float32)
        return np.stack([found[key] for key in keys])

    @torch.no_grad()
    def _embeddings(self, recognizer: Recognizer, crops: Tensor) -> Embeddings:
        crops = crops.to(self.device)
        vectors = recognizer.embed(crops)
        if self.looking.flip:
            vectors = (vectors + recognizer.embed(crops.flip(-1))) / 2
        return vectors.float().cpu().numpy().astype(np.float32, copy=False)

    def _crop(self, pixels: Pixels, face: Face, crop: CropSpec) -> Tensor:
        return aligned_crops(pixels, [face], crop, antialias=self.looking.antialias)[0]

    def _detection_key(self, digest: str, edit: Edit) -> bytes:
        how = {"aligned": True} if self.looking.aligned else self._detector_identity
        return key_of({"what": "detections", "photo": digest, "edit": edit.name, "detector": how})

    def _embedding_key(self, sighting: Sighting, recognizer: dict[str, object]) -> bytes:
        return key_of(
            {
                "what": "embedding",
                "photo": sighting.sha256,
                "edit": sighting.edit.name,
                "landmarks": _face_of(sighting).landmarks.astype("<f4").tobytes().hex(),
                "antialias": self.looking.antialias,
                "mirrored": "mean" if self.looking.flip else "no",
                "recognizer": recognizer,
            }
        )


def _face_of(sighting: Sighting) -> Face:
    if sighting.face is None:
        raise ValueError(f"{sighting.photo.name} has no face to look at: {sighting.reason}")
    return sighting.face


def _pixels(sighting: Sighting) -> Pixels:
    photo = decode_photo(sighting.photo.read(), sighting.photo.path)
    if photo.sha256 != sighting.sha256:
        raise PhotoError(photo.path, "has changed since faces were looked for; run the same command again")
    return sighting.edit(photo.pixels)


def _aligned_face(pixels: Pixels) -> Face:
    """The face of a photo that is aligned already: the template's landmarks at the photo's size."""
    height, width = pixels.shape[:2]
    landmarks = (np.array(ARCFACE_112.template, np.float32) + 0.5) * (width / ARCFACE_112.size) - 0.5
    return Face((0.0, 0.0, float(width), float(height)), landmarks.astype(np.float32), 1.0)


def _after(edit: Edit) -> str:
    return f" after {edit.name}" if edit.name else ""
