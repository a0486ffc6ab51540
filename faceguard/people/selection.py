"""Whose faces are protected: only those of the people on some reference photos, or all but those of some.

from faceguard import PersonSelection, Protector
guard = Protector(selection=PersonSelection(references=["me.jpg"]))
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

import recognizers
from faceguard.engine.sight import aligned_crops
from faceguard.errors import PhotoError, SettingsError
from faceguard.faces import detectors
from faceguard.faces.choice import Choice
from faceguard.faces.detector import Detector
from faceguard.faces.face import Face
from faceguard.people.references import MARGIN, THRESHOLD, Match, Reference, References, Verdict
from faceguard.photos import Photo
from faceguard.photos.loading import PhotoSource, load_photo
from faceguard.settings import devices
from faceguard.settings.key import key_of
from recognizers import Recognizer, RecognizerError

_RECOGNISER = "dlib"
_DOMINANT = 2.0  # times the next face's size: who stands out on a reference
_SMALLEST = 40  # pixels: of a smaller face, recognisers see too little to compare others with


class PersonSelection:
    """Chooses faces by reference photos.

    Faces are compared by dlib's recogniser: Euclidean distance to the nearest reference, 0.6 counting as the
    same person, as dlib's documentation has it. Within 0.05 of that the choice is unsure; so it is for all
    but the nearest of several faces on a photo that match the same person. An unsure face is protected, since
    too much protection does less harm than too little: where it may be a person to protect, and likewise
    where it may be one to leave. A face that is surely both is protected, and unsure too.

    Several photos of a person, with different light and poses, find more of their faces. A selection does not
    change once it is made: several threads may choose with it at once.

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
            if isinstance(photos, str | bytes | np.ndarray) or not isinstance(photos, Collection):
                raise SettingsError("references and exceptions are lists of photos, such as ['me.jpg']")
        if not len(references) and not len(exceptions):
            raise SettingsError("choosing people takes at least one reference photo")
        self._device = devices.choose(device)
        try:
            self._recognizer: Recognizer = recognizers.load(_RECOGNISER, self._device)
            finder = detectors.load(detector, device)
        except (ValueError, RecognizerError) as error:
            raise SettingsError(str(error)) from error
        wanted, left = (
            [self._reference(source, number, finder) for number, source in enumerate(photos, 1)]
            for photos in (references, exceptions)
        )
        self._wanted = References(wanted) if wanted else None
        self._left = References(left) if left else None
        self._digests = [sorted({each.sha256 for each in side}) for side in (wanted, left)]
        if self._wanted is not None and self._left is not None:
            both = self._wanted.in_common(self._left)
            if both is not None:
                raise SettingsError(
                    f"{both[0]} and {both[1]} show the same person, once to be protected and once to be left"
                )

    @property
    def settings(self) -> dict[str, object]:
        """What decides its choices, as JSON values: the references by their content, not by their names."""
        return {
            "references": self._digests[0],
            "exceptions": self._digests[1],
            "recognizer": self._recognizer.name,
            "threshold": THRESHOLD,
            "margin": MARGIN,
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
        nobody: list[Match | None] = [None] * len(faces)
        wanted = self._wanted.matches(seen) if self._wanted is not None else nobody
        left = self._left.matches(seen) if self._left is not None else nobody
        choices = [_choice(to_protect, to_leave) for to_protect, to_leave in zip(wanted, left, strict=True)]
        return [replace(face, choice=choice) for face, choice in zip(faces, choices, strict=True)]

    def choose_all(self, photos: Sequence[Photo], faces: Sequence[Sequence[Face]]) -> list[list[Face]]:
        """The same for several photos."""
        return [self.choose(photo, its) for photo, its in zip(photos, faces, strict=True)]

    def _reference(self, source: PhotoSource, number: int, finder: Detector) -> Reference:
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
        return Reference(name, photo.sha256, self._embeddings(photo, faces[:1])[0])

    @torch.no_grad()
    def _embeddings(self, photo: Photo, faces: Sequence[Face]) -> Tensor:
        """(F, D): the mean over each face and its mirror image, which tells people apart a little better."""
        crops = aligned_crops(photo.pixels, faces, self._recognizer.crop).to(self._device)
        both = self._recognizer.embed(torch.cat([crops, crops.flip(3)])).float().cpu()
        return both.view(2, len(faces), -1).mean(0)


def checked(selection: PersonSelection | None) -> PersonSelection | None:
    """The same selection.

    Raises:
        SettingsError: It is something else, such as a reference's path.
    """
    if selection is not None and not isinstance(selection, PersonSelection):
        raise SettingsError(f"a selection is a PersonSelection([...]), not {selection!r}")
    return selection


def _choice(to_protect: Match | None, to_leave: Match | None) -> Choice:
    """What becomes of a face, of which each side's references say something; None where there are none."""
    wanted = to_protect.verdict if to_protect is not None else Verdict.YES
    left = to_leave.verdict if to_leave is not None else Verdict.NO
    both = to_protect is not None and wanted is left is Verdict.YES
    protect = wanted is not Verdict.NO and (left is not Verdict.YES or both)
    unsure = wanted is not Verdict.NO and (both or Verdict.UNSURE in (wanted, left))
    nearest = min((m for m in (to_protect, to_leave) if m is not None), key=lambda match: match.distance)
    return Choice(protect, unsure, nearest.distance, nearest.reference)
