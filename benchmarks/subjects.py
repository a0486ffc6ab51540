"""Faces to measure with: of your photos, or of the samples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import numpy as np
from numpy.typing import NDArray

from benchmarks.bench import Bench
from benchmarks.sample_photos import group_photo, portrait, varied
from faceguard.engine.patches import Patch, cut
from faceguard.errors import PhotoError, SettingsError
from faceguard.faces import detectors
from faceguard.faces.face import Face
from faceguard.photos import list_photos, read_photo

_SIDE = 256  # pixels: a face's longest side on the solver's canvas, as the Protector has it
_SMALLEST = 40  # pixels: faces to measure with are no smaller
_AROUND = 1.0  # of a face's size: how much of a photo is kept on each side


@dataclass(frozen=True, eq=False)
class Subject:
    """One face, and the part of a photo that it lies in.

    Attributes:
        pixels: uint8 (H, W, 3), RGB.
        face: In pixels of that part.
    """

    pixels: NDArray[np.uint8]
    face: Face

    @property
    def patch(self) -> Patch:
        """What the solver perturbs of it."""
        return cut(self.pixels, [self.face], side=_SIDE)[0]


def subjects(bench: Bench, number: int) -> list[Subject]:
    """So many faces, one of each photo: the largest; of the samples where no data are given.

    Raises:
        SettingsError: The data have not so many.
    """
    detector = detectors.load("mtcnn", str(bench.device), _SMALLEST)
    found: list[Subject] = []
    for pixels in _photos(bench):
        faces = detector.detect([pixels])[0]
        if faces:
            found.append(_around(pixels, faces[0]))
        if len(found) == number:
            return found
    raise SettingsError(f"{bench.data}: only {len(found)} photos with a face; {number} are needed")


def _photos(bench: Bench) -> Iterator[NDArray[np.uint8]]:
    if bench.data is None:
        yield from _samples()
        return
    for photo in list_photos(bench.data).photos:
        try:
            yield read_photo(photo.source).pixels
        except PhotoError as error:
            bench.note(f"left out: {error}")


def _samples() -> Iterator[NDArray[np.uint8]]:
    """The astronaut and the six people of the group photo in turn, each time varied; without end."""
    group = group_photo()
    people = [portrait()]
    if group is not None:
        faces = detectors.load("mtcnn", min_face=_SMALLEST).detect([group])[0]
        people += [_around(group, face).pixels for face in faces]
    for number in count():
        yield varied(people[number % len(people)], number)


def _around(pixels: NDArray[np.uint8], face: Face) -> Subject:
    """A face with what lies around it, so that photos of any size cost the same."""
    left, top, right, bottom = face.box
    margin = _AROUND * face.size
    height, width = pixels.shape[:2]
    x, y = max(0, int(left - margin)), max(0, int(top - margin))
    part = pixels[y : min(height, int(bottom + margin)), x : min(width, int(right + margin))]
    return Subject(np.ascontiguousarray(part), face.moved(1, -x, -y))
