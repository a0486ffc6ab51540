"""Whose faces are protected: only those of the people on some reference photos, or all but those of some.

from faceguard import PersonSelection, Protector
guard = Protector(selection=PersonSelection(references=["me.jpg"]))
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from pathlib import Path

import torch
from torch import Tensor

import recognizers
from faceguard import devices
from faceguard.engine.sight import aligned_crops
from faceguard.errors import PhotoError, SettingsError
from faceguard.faces import detectors
from faceguard.faces.choice import Choice
from faceguard.faces.detector import Detector
from faceguard.faces.face import Face
from faceguard.photos import Photo
from faceguard.photos.loading import PhotoSource, load_photo
from faceguard.settings_key import key_of
from recognizers import Recognizer, RecognizerError

_RECOGNISER = "dlib"
_THRESHOLD = 0.6
_MARGIN = 0.05
_DOMINANT = 2.0
_SMALLEST = 40  # pixels: of a smaller face, recognisers see too little to compare others with


class _Verdict(Enum):
    """Whether a face is one of the people on some references."""

    NO = "no"
    UNSURE = "unsure"
    YES = "yes"


@dataclass(frozen=True, eq=False)
class _Reference:
    """The face of a reference photo."""

    name: str
    sha256: str
    embedding: Tensor


class PersonSelection:
    """Chooses faces by reference photos.

    Faces are compared by dlib's recogniser: Euclidean distance to the nearest reference, 0.6 counting as the
    same person, as dlib's documentation has it. Within 0.05 of that the choice is unsure. An unsure face is
    protected, since too much protection does less harm than too little: where it may be a person to protect,
    and likewise where it may be one to leave. A face that is surely both is protected and unsure too.

    Several photos of a person, with different light and poses, find more of their faces. Choosing neither
    changes nor keeps the references; it can be done from several threads at once.

    Args:
        references: Photos of the people to protect, one person on each; none for everybody.
        exceptions: Photos of people whose faces are to stay as they are, one person on each.
        detector: What finds the faces on them, from `faceguard.faces.detectors.available()`.
        device: "auto", "cpu" or "cuda".

    Raises:
        SettingsError: There is no photo at all, a photo cannot be read, shows no face, a too small one, or
            several of which none is twice as large as the others, or the same person is both to be protected
            and to be left.
    """

    def __init__(
        self,
        references: Sequence[PhotoSource] = (),
        exceptions: Sequence[PhotoSource] = (),
        *,
        detector: str = "mtcnn",
        device: str = "auto",
    ) -> None:
        for photos in (references, exceptions):
            if isinstance(photos, str | bytes | Path):
                raise SettingsError("references and exceptions are lists of photos, such as ['me.jpg']")
        if not len(references) and not len(exceptions):
            raise SettingsError("choosing people takes at least one reference photo")
        self._device = devices.choose(device)
        try:
            self._recognizer: Recognizer = recognizers.load(_RECOGNISER, self._device)
            finder = detectors.load(detector, device)
        except (ValueError, RecognizerError) as error:
            raise SettingsError(str(error)) from error
        self._references, self._exceptions = (
            [self._reference(source, number, finder) for number, source in enumerate(photos, 1)]
            for photos in (references, exceptions)
        )
        self._refuse_contradictions()

    @cached_property
    def settings(self) -> dict[str, object]:
        """What decides its choices, as JSON values: the references by their content, not by their names."""
        return {
            "references": sorted({reference.sha256 for reference in self._references}),
            "exceptions": sorted({reference.sha256 for reference in self._exceptions}),
            "recognizer": self._recognizer.name,
            "threshold": _THRESHOLD,
            "margin": _MARGIN,
        }

    @property
    def key(self) -> str:
        """A short hash of `settings`: equal keys mean equal choices."""
        return key_of(self.settings)

    def choose(self, photo: Photo, faces: Sequence[Face]) -> list[Face]:
        """Decides about the faces of a photo.

        Args:
            photo: The photo.
            faces: Its faces.

        Returns:
            The same faces in the same order, each with its `choice`.
        """
        if not faces:
            return []
        seen = self._embeddings(photo, faces)
        return [replace(face, choice=self._choice(own)) for face, own in zip(faces, seen, strict=True)]

    def _choice(self, face: Tensor) -> Choice:
        nearest = [_nearest(face, side) for side in (self._references, self._exceptions) if side]
        distance, reference = min(nearest)
        wanted = _verdict(face, self._references) if self._references else _Verdict.YES
        excepted = _verdict(face, self._exceptions)
        both = bool(self._references) and wanted is _Verdict.YES and excepted is _Verdict.YES
        protect = wanted is not _Verdict.NO and (excepted is not _Verdict.YES or both)
        unsure = wanted is not _Verdict.NO and (_Verdict.UNSURE in (wanted, excepted) or both)
        return Choice(protect, unsure, round(distance, 3), reference)

    def _reference(self, source: PhotoSource, number: int, finder: Detector) -> _Reference:
        try:
            photo = load_photo(source)
        except PhotoError as error:
            raise SettingsError(f"a reference cannot be used: {error}") from error
        name = photo.path.name if isinstance(source, str | Path) and photo.path else f"reference {number}"
        where = str(source) if isinstance(source, str | Path) else name
        (faces,) = finder.detect([photo.pixels])
        if not faces:
            raise SettingsError(
                f"{where}: no face found on this reference; give a photo in which the person's face is "
                "larger, sharper and turned to the camera"
            )
        if len(faces) > 1 and faces[0].size < _DOMINANT * faces[1].size:
            raise SettingsError(
                f"{where}: shows {len(faces)} faces, and none is {_DOMINANT:g} times as large as the others; "
                "a reference shows one person: cut their face out, or give another photo"
            )
        if faces[0].size < _SMALLEST:
            raise SettingsError(
                f"{where}: the face is {faces[0].size:.0f} pixels large, and it takes {_SMALLEST}: give a "
                "photo in which it is larger"
            )
        return _Reference(name, photo.sha256, self._embeddings(photo, faces[:1])[0])

    def _refuse_contradictions(self) -> None:
        for reference in self._references:
            for exception in self._exceptions:
                if _distance(reference.embedding, exception.embedding) <= _THRESHOLD - _MARGIN:
                    raise SettingsError(
                        f"{reference.name} and {exception.name} show the same person, once to be protected "
                        "and once to be left"
                    )

    @torch.no_grad()
    def _embeddings(self, photo: Photo, faces: Sequence[Face]) -> Tensor:
        """(F, D): the mean over each face and its mirror image, which tells people apart a little better."""
        crops = aligned_crops(photo.pixels, faces, self._recognizer.crop).to(self._device)
        both = self._recognizer.embed(torch.cat([crops, crops.flip(3)])).float().cpu()
        return both.view(2, len(faces), -1).mean(0)


def _distance(first: Tensor, second: Tensor) -> float:
    return float(torch.linalg.vector_norm(first - second))


def _nearest(face: Tensor, references: Sequence[_Reference]) -> tuple[float, str]:
    return min((_distance(face, reference.embedding), reference.name) for reference in references)


def _verdict(face: Tensor, references: Sequence[_Reference]) -> _Verdict:
    if not references:
        return _Verdict.NO
    distance, _ = _nearest(face, references)
    if distance > _THRESHOLD + _MARGIN:
        return _Verdict.NO
    return _Verdict.YES if distance <= _THRESHOLD - _MARGIN else _Verdict.UNSURE
