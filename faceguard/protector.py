"""The library's front door against enrolment: photos in, cloaked photos out."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Collection, Sequence
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from faceguard import __version__, methods
from faceguard.album.protecting import protect_album
from faceguard.album.run import AlbumRun
from faceguard.cancel import CancelToken, token_of
from faceguard.engine.patch_groups import grouped
from faceguard.engine.patches import Patch, cut, put_back
from faceguard.engine.perturbation import Perturbation
from faceguard.engine.sight import views
from faceguard.errors import PhotoError, SettingsError
from faceguard.faces import detectors
from faceguard.faces.face import Face
from faceguard.measures.quality import face_quality
from faceguard.measures.similarity import similarities
from faceguard.people import strangers
from faceguard.people.others import Others, look_at_others
from faceguard.people.person_means import People
from faceguard.people.selection import PersonSelection, checked
from faceguard.people.sparing import parted, spared_pixels, sparing
from faceguard.photos import Photo, Pull, PulledPart, as_written
from faceguard.photos.loading import PhotoSource, load_photo
from faceguard.results import ProtectionResult
from faceguard.settings import devices
from faceguard.settings.callbacks import callback_of
from faceguard.settings.key import key_of
from faceguard.settings.strengths import epsilon_of
from faceguard.settings.surrogates import load_surrogates
from faceguard.settings.whole_numbers import whole_number
from recognizers import Views

_SIDE = 256  # pixels: a face's longest side on the solver's canvas
_FINEST = 0.7  # canvas pixels: the Gaussian that leaves of a pull what a copy in less detail still shows


class Protector:
    """Protects photos from being recognised (enrolment), each for itself; `faceguard.JointProtector` is its
    counterpart for methods that need all photos together, such as those against training.

    Args:
        strength: "low", "medium" or "high": 4, 8 or 16 steps of 255 that a pixel may move at most.
        epsilon: That budget as a number, instead of a strength; above 0, at most 255.
        method: The method's name, from `faceguard.methods.available("enrolment")`.
        surrogates: The recognisers that the protection is crafted on, from `recognizers.available()`;
            an ensemble, such as "dlib+onnx:PATH", means its members.
        detector: What finds the faces, from `faceguard.faces.detectors.available()`.
        device: "auto", "cpu" or "cuda".
        seed: Decides everything random, together with each photo's content.
        min_face: The smallest face to protect, in photo pixels.
        selection: Whose faces are protected; None for everybody's.
        others: Photos of other people, or folders of such, whose first 200 faces are looked at, not changed:
            from them and from other people's faces in the album a cloak learns what all faces have, so that
            recognisers it was not crafted on lose the person more often. Faces that look like somebody's in
            the album count as theirs.

    Attributes:
        unread_others: Why photos of others were passed over that cannot be read.

    Raises:
        SettingsError: A setting cannot be used.
    """

    def __init__(
        self,
        *,
        strength: str = "medium",
        epsilon: float | None = None,
        method: str = "cloak",
        surrogates: Sequence[str] = ("dlib",),
        detector: str = "mtcnn",
        device: str = "auto",
        seed: int = 0,
        min_face: int = 24,
        selection: PersonSelection | None = None,
        others: Collection[str | PathLike[str]] = (),
    ) -> None:
        self.epsilon = epsilon_of(strength, epsilon)
        self.seed = whole_number("seed", seed, least=0)
        self._min_face = whole_number("min_face", min_face, least=1)
        self._selection = checked(selection)
        self.device = devices.choose(device)
        try:
            self._method = methods.load_cloak(method, self.epsilon)
            self._detector = detectors.load(detector, device, self._min_face)
        except ValueError as error:
            raise SettingsError(str(error)) from error
        self._surrogates = load_surrogates(surrogates, self.device)
        self._others: Others | None = None
        if others:
            self._others = look_at_others(others, self._detector, self._surrogates, self.device)
        self.unread_others = [] if self._others is None else list(self._others.unread)

    @property
    def settings(self) -> dict[str, object]:
        """Everything that decides the result, readable, for manifests and reports."""
        people = {} if self._selection is None else {"people": self._selection.settings}
        others = {} if self._others is None else {"others": self._others.key}
        return {
            **people,
            **others,
            "faceguard": __version__,
            "method": self._method.name,
            "epsilon": self.epsilon,
            "surrogates": [surrogate.name for surrogate in self._surrogates],
            "detector": self._detector.name,
            "min_face": self._min_face,
            "seed": self.seed,
            "strangers": strangers.packages(),
            "settings": dataclasses.asdict(self._method),
        }

    @property
    def settings_key(self) -> str:
        """A short hash of `settings`: equal keys give equal protection."""
        return key_of(self.settings)

    def find_faces(self, photos: Sequence[Photo]) -> list[list[Face]]:
        """The faces of each photo, largest first; with a selection, each has its `choice`."""
        found = self._detector.detect([photo.pixels for photo in photos])
        return found if self._selection is None else self._selection.choose_all(photos, found)

    def for_people(self, selection: PersonSelection | None) -> Protector:
        """The same protector for other people: networks and settings are shared, nothing is loaded again."""
        other = copy.copy(self)
        other._selection = selection
        return other

    def people(self) -> People:
        """A memory of who is in an album, which knows of no more than the others; see `remember`."""
        people = People(self._surrogates)
        for seen in () if self._others is None else self._others.seen:
            people.add(seen)
        return people

    def remember(self, people: People, photo: Photo, faces: Sequence[Face]) -> None:
        """Adds a photo's faces to a memory of who is in an album, those included that are to stay."""
        for its in parted(faces):
            if its:
                people.add(self._seen(photo, its), its)

    def prepare(self, people: People, cancel: CancelToken | None = None) -> None:
        """Nothing: a cloak needs no more than the memory."""

    def protect(
        self,
        photo: PhotoSource,
        *,
        progress: Callable[[float], None] | None = None,
        cancel: CancelToken | None = None,
    ) -> ProtectionResult:
        """Protects one photo; may be called from several threads at once.

        Args:
            photo: A path, the bytes of a file, a PIL image, or a uint8 array (H, W, 3), RGB, or (H, W), grey.
            progress: Told how much of the crafting is done, 0..1, in the caller's thread; not called for a
                photo without a face to protect.
            cancel: Stops the work from another thread, between two of the solver's steps.

        Raises:
            PhotoError: The photo cannot be read, or there is not enough memory to protect it.
            SettingsError: `progress` cannot be called, or `cancel` is no token.
            Cancelled: The token was cancelled.
        """
        loaded = load_photo(photo)
        try:
            return self.protect_photos([loaded], cancel=cancel, progress=progress)[0]
        except (MemoryError, torch.OutOfMemoryError) as error:
            raise PhotoError(loaded.path, "there is not enough memory to protect it") from error

    def protect_album(
        self, inputs: str | Path | Sequence[str | Path], output: str | Path, **options: Any
    ) -> AlbumRun[People]:
        """Protects folders and photos into an output folder; see `faceguard.protect_album`."""
        return protect_album(self, inputs, output, **options)

    def protect_photos(
        self,
        photos: Sequence[Photo],
        faces: Sequence[Sequence[Face]] | None = None,
        people: People | None = None,
        cancel: CancelToken | None = None,
        progress: Callable[[float], None] | None = None,
    ) -> list[ProtectionResult]:
        """Protects photos together, their faces in shared batches.

        Args:
            photos: The photos.
            faces: Their faces, where they were already looked for.
            people: Who is in the album they come from; without it, the photos are each other's album. Faces
                that it remembers are not looked at again.
            cancel: Stops the work from another thread, between two of the solver's steps.
            progress: Told how much of the crafting is done, 0..1.

        Raises:
            SettingsError: `progress` cannot be called, or `cancel` is no token.
            Cancelled: The token was cancelled.
        """
        progress, stop = callback_of("progress", progress), token_of(cancel)
        stop.check()
        both = [parted(its) for its in (self.find_faces(photos) if faces is None else faces)]
        found, left = [chosen for chosen, _ in both], [others for _, others in both]
        spared = [spared_pixels(p.pixels.shape, *its) for p, its in zip(photos, both, strict=True)]
        patches = [
            (index, sparing(patch, spared[index]))
            for index, photo in enumerate(photos)
            for patch in cut(photo.pixels, found[index], side=_SIDE, grey=photo.grey)
        ]
        known = [None if people is None else people.of(its) for its in found]
        new = [
            [] if ours else self._seen(photo, its)
            for ours, photo, its in zip(known, photos, found, strict=True)
        ]
        if people is None:
            people = self.people()
            for seen in new:
                people.add(seen)
            for photo, others in zip(photos, left, strict=True):
                self.remember(people, photo, others)
        embedded = [ours or [each.embedding for each in seen] for ours, seen in zip(known, new, strict=True)]
        clean = [[of[surrogate] for of in embedded] for surrogate in range(len(self._surrogates))]
        pixels = [photo.pixels.copy() for photo in photos]
        pulls: list[list[PulledPart]] = [[] for _ in photos]
        groups, steps = list(grouped(patches)), self._method.solver.steps
        for number, group in enumerate(groups):
            own = [torch.stack([each[i][f] for i, p in group for f in p.indices]) for each in clean]
            perturbations = self._method(
                [p for _, p in group],
                self._surrogates,
                people.means(own),
                people.typical(own, self.device),
                self.device,
                self.seed,
                partial(_on_step, stop, progress, number * steps, len(groups) * steps),
            )
            for (index, patch), perturbation in zip(group, perturbations, strict=True):
                put_back(pixels[index], patch, perturbation.delta, self._method.budget)
                pulls[index].append(_pulled(patch, perturbation))
        for index, photo in enumerate(photos):
            pixels[index][spared[index]] = photo.pixels[spared[index]]
        return [
            self._result(
                photo, pixels[i], Pull(pulls[i], self.epsilon), found[i], left[i], [each[i] for each in clean]
            )
            for i, photo in enumerate(photos)
        ]

    def _seen(self, photo: Photo, faces: Sequence[Face]) -> list[Views]:
        """What each surrogate makes of a photo's faces."""
        return [views(photo.pixels, faces, s, self.device) for s in self._surrogates]

    def _result(
        self,
        photo: Photo,
        pixels: NDArray[np.uint8],
        pull: Pull,
        faces: Sequence[Face],
        left: Sequence[Face],
        clean: Sequence[Tensor],
    ) -> ProtectionResult:
        if not faces:
            return ProtectionResult(photo, photo.pixels, (), None, {}, self.epsilon, tuple(left))
        written = as_written(photo, pixels, pull)
        known = {s.name: own for s, own in zip(self._surrogates, clean, strict=True)}
        similarity = similarities(photo.pixels, written, faces, self._surrogates, self.device, known)
        quality = face_quality(photo.pixels, written, [face.box for face in faces])
        return ProtectionResult(
            photo, pixels, tuple(faces), quality, similarity, self.epsilon, tuple(left), pull
        )


def _pulled(patch: Patch, perturbation: Perturbation) -> PulledPart:
    """Which way to round a patch's pixels, as far as they may move, and as far as copies of it show them."""
    pull = (perturbation.pull.cpu() * patch.mask).permute(1, 2, 0).numpy()
    return PulledPart(patch.box, np.asarray(cv2.GaussianBlur(pull, (0, 0), _FINEST), np.float32))


def _on_step(
    stop: CancelToken, progress: Callable[[float], None] | None, before: int, steps: int, step: int
) -> None:
    """After a step of a group that so many steps came before: stops if that was asked for, else tells."""
    stop.check()
    if progress is not None:
        progress((before + step) / steps)
