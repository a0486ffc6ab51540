"""The library's front door for methods that craft for all photos of an album together.

These are the poisons, which answer training: recognisers that learn from the photos learn nothing. And person
masks, which answer enrolment, and combined protection, which answers both.

from faceguard import JointProtector
from faceguard.labels import FolderLabels
for outcome in JointProtector(FolderLabels((Path("people"),))).protect_album("people", "out"):
    print(outcome.relative, outcome.status.value)
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

import recognizers
from faceguard import __version__, methods
from faceguard.album.protecting import protect_album
from faceguard.album.run import AlbumRun
from faceguard.cancel import CancelToken, token_of
from faceguard.engine.face_clusters import MATCHER, FaceClusters, looks
from faceguard.engine.masks import Masks, worn
from faceguard.engine.patches import put_back
from faceguard.errors import SettingsError
from faceguard.faces import detectors
from faceguard.faces.face import Face
from faceguard.joint.crafting import Crafting, OnRound
from faceguard.joint.cutting import mask_patches, own_patches
from faceguard.joint.labelled_album import LabelledAlbum, Place
from faceguard.joint.stored_masks import digest_of, ready_masks
from faceguard.labels import ONE_PERSON, Labels, OneLabel
from faceguard.measures.quality import face_quality
from faceguard.measures.similarity import similarities
from faceguard.methods.joint_method import JointMethod
from faceguard.people import strangers
from faceguard.people.selection import PersonSelection, checked
from faceguard.people.sparing import Spared, parted, spared_pixels
from faceguard.photos import Photo, as_written
from faceguard.results import ProtectionResult
from faceguard.settings import devices
from faceguard.settings.callbacks import callback_of
from faceguard.settings.key import key_of
from faceguard.settings.names import name_of
from faceguard.settings.paths import path_of
from faceguard.settings.strengths import epsilon_of
from faceguard.settings.surrogates import load_surrogates, surrogate_names
from faceguard.settings.whole_numbers import whole_number
from recognizers import Recognizer, RecognizerError

_NAMED = 5  # people in a message


class JointProtector:
    """Protects photos together: all have to be there before the first is written, since what each one needs
    depends on the others. `faceguard.Protector` is its counterpart for cloaks, which need one photo alone.

    By most methods a recogniser trained on the photos does not learn whom they show; by some a finished one
    does not recognise them: see `faceguard.methods.threat_of`.

    Args:
        labels: Says who each photo shows; all of a photo's faces go by its label. Not asked for methods that
            need none, see `faceguard.methods.needs_labels`: each face goes by what it looks like.
        method: The method's name, one for which `faceguard.methods.needs_album`.
        strength: "low", "medium" or "high": 4, 8 or 16 steps of 255 that a pixel may move at most.
        epsilon: That budget as a number, instead of a strength; above 0, at most 255.
        surrogates: The recognisers that the protection is crafted on, from `recognizers.available()`, for
            methods that are crafted on finished ones; None for dlib.
        detector: What finds the faces, from `faceguard.faces.detectors.available()`.
        device: "auto", "cpu" or "cuda".
        seed: Decides everything random, together with the photos' content.
        min_face: The smallest face to protect, in photo pixels.
        selection: Whose faces are protected; None for everybody's.
        masks: A file of masks that the photos shall wear, so that nothing is crafted; for methods with one
            perturbation for each person.
        keep_masks: Where the crafted masks are written, for photos to come. People whose masks are there
            already, made with the same settings, keep them.
        keep_key: Where the key to ungeneralizable photos is written, see
            `faceguard.methods.authorised_key`, or that of online alignment, see
            `faceguard.methods.alignment_key`; one that is there already is used again, if it knows all the
            people. Who has it learns from the photos: it must not be published with them.
        on_round: Told how far crafting is: the round's number, and the share of faces that the model still
            named wrongly.

    Raises:
        SettingsError: A setting cannot be used.
    """

    def __init__(
        self,
        labels: Labels | None = None,
        *,
        method: str = "error-minimizing-classwise",
        strength: str = "medium",
        epsilon: float | None = None,
        surrogates: Sequence[str] | None = None,
        detector: str = "mtcnn",
        device: str = "auto",
        seed: int = 0,
        min_face: int = 24,
        selection: PersonSelection | None = None,
        masks: str | Path | None = None,
        keep_masks: str | Path | None = None,
        keep_key: str | Path | None = None,
        on_round: OnRound | None = None,
    ) -> None:
        self.epsilon = epsilon_of(strength, epsilon)
        self.seed = whole_number("seed", seed, least=0)
        self.device = devices.choose(device)
        if not isinstance(labels, Labels | None):
            raise SettingsError(f"labels are OneLabel, FolderLabels or FileLabels, not {labels!r}")
        self._labels = labels or OneLabel()
        self._min_face = whole_number("min_face", min_face, least=1)
        self._selection = checked(selection)
        self._keep_masks = None if keep_masks is None else path_of("keep_masks", keep_masks)
        self._keep_key = None if keep_key is None else path_of("keep_key", keep_key)
        self._on_round = callback_of("on_round", on_round)
        method = name_of("method", method, example="separable")
        surrogates = None if surrogates is None else surrogate_names(surrogates)
        try:
            self._method: JointMethod = methods.load_joint_method(method, self.epsilon, surrogates)
            self._detector = detectors.load(detector, device, self._min_face)
            labelled = methods.needs_labels(method)
            self._matcher: Recognizer | None = None if labelled else recognizers.load(MATCHER, self.device)
        except (ValueError, RecognizerError) as error:
            raise SettingsError(str(error)) from error
        self._surrogates: list[Recognizer] = []
        if methods.takes_surrogates(method):
            self._surrogates = load_surrogates(("dlib",) if surrogates is None else surrogates, self.device)
        if isinstance(self._labels, OneLabel) and self._method.fewest_people > 1 and masks is None:
            raise SettingsError(
                f"{method} needs photos of at least {self._method.fewest_people} people, and labels that say "
                "who each photo shows; for one person's album use separable"
            )
        self._masks = (
            None
            if masks is None
            else ready_masks(path_of("masks", masks), self._method, by_looks=not labelled)
        )

        one = self._labels.person if labelled and isinstance(self._labels, OneLabel) else None
        if self._masks is not None and one is not None and one not in self._masks.of:
            raise SettingsError(f"{masks}: {_no_mask(one, self._masks)}")

    def keeping_key(self, path: Path) -> JointProtector:
        """The same, with another place for the key: one that goes by `settings_key`, which has to be known
        first."""
        other = copy.copy(self)
        other._keep_key = path
        return other

    @property
    def settings(self) -> dict[str, object]:
        """Everything that decides the result but the photos, readable, for manifests and reports."""
        masks = self._masks
        worn_masks = None if masks is None else digest_of(masks)
        people = {} if self._selection is None else {"people": self._selection.settings}
        known = {"strangers": strangers.packages()} if methods.knows_strangers(self._method.name) else {}
        return {
            **people,
            **known,
            "faceguard": __version__,
            "method": self._method.name,
            "threat": self._method.threat,
            "epsilon": self.epsilon,
            "labels": self._labels.key if self._matcher is None else None,
            "masks": worn_masks,
            "detector": self._detector.name,
            "min_face": self._min_face,
            "seed": self.seed,
            "settings": dataclasses.asdict(self._method),  # type: ignore[call-overload]
        }

    @property
    def settings_key(self) -> str:
        """A short hash of `settings`: equal keys and equal photos give equal protection."""
        return key_of(self.settings)

    def find_faces(self, photos: Sequence[Photo]) -> list[list[Face]]:
        """The faces of each photo, largest first; with a selection, each has its `choice`."""
        found = self._detector.detect([photo.pixels for photo in photos])
        return found if self._selection is None else self._selection.choose_all(photos, found)

    def people(self) -> LabelledAlbum:
        """An empty memory of labelled photos; see `remember`."""
        return LabelledAlbum(masks=self._masks)

    def remember(self, people: LabelledAlbum, photo: Photo, faces: Sequence[Face]) -> None:
        """Adds a photo's faces, those to be protected, to such a memory.

        Raises:
            SettingsError: It is not known who the photo shows.
        """
        chosen, left = parted(faces)
        if left and not chosen:
            return
        person = self._person(photo)
        if self._masks is not None and not self._masks.centres and person not in self._masks.of:
            raise SettingsError(_no_mask(person, self._masks))
        if self._masks is None and chosen:
            spared = spared_pixels(photo.pixels.shape, chosen, left)
            shared = self._method.per_person
            patches = mask_patches(photo, chosen) if shared else own_patches(photo, chosen, spared)
            people.patches += patches
            people.people += [person] * len(patches)

    def prepare(self, people: LabelledAlbum, cancel: CancelToken | None = None) -> None:
        """Crafts for all that is remembered, unless that was done.

        Args:
            people: What is remembered of all photos.
            cancel: Stops the work from another thread, between two rounds of crafting.

        Raises:
            SettingsError: There are too few people, or `cancel` is no token.
            Cancelled: The token was cancelled.
        """
        stop = token_of(cancel)
        if people.masks is None and people.deltas is None and people.patches:
            self._crafting().craft(people, stop)

    def protect_album(
        self, inputs: str | Path | Sequence[str | Path], output: str | Path, **options: Any
    ) -> AlbumRun[LabelledAlbum]:
        """Protects folders and photos into an output folder; see `faceguard.protect_album`."""
        return protect_album(self, inputs, output, **options)

    def protect_photos(
        self,
        photos: Sequence[Photo],
        faces: Sequence[Sequence[Face]] | None = None,
        people: LabelledAlbum | None = None,
        cancel: CancelToken | None = None,
    ) -> list[ProtectionResult]:
        """Protects photos; crafts for all that is remembered, unless `prepare` did.

        Args:
            photos: The photos.
            faces: Their faces, where they were already looked for.
            people: What is remembered of all photos; without it, these are all.
            cancel: Stops the work from another thread, between two rounds of crafting.

        Raises:
            SettingsError: There are too few people, a person has no mask, or `cancel` is no token.
            Cancelled: The token was cancelled.
        """
        stop = token_of(cancel)
        stop.check()
        found = self.find_faces(photos) if faces is None else faces
        if people is None:
            people = self.people()
            for photo, its in zip(photos, found, strict=True):
                self.remember(people, photo, its)
        self.prepare(people, stop)
        return [self._protected(p, its, people) for p, its in zip(photos, found, strict=True)]

    def _person(self, photo: Photo) -> str:
        if self._matcher is not None:
            return ONE_PERSON
        if isinstance(self._labels, OneLabel):
            return self._labels.person
        if photo.path is None:
            raise SettingsError("a photo without a file has no label: use OneLabel")
        return self._labels.of(photo.path)

    def _crafting(self) -> Crafting:
        kept = self._keep_masks, self._keep_key
        return Crafting(self._method, self.settings, self.device, self.seed, *kept, self._on_round)

    def _protected(self, photo: Photo, faces: Sequence[Face], people: LabelledAlbum) -> ProtectionResult:
        faces, left = parted(faces)
        if not faces:
            return ProtectionResult(photo, photo.pixels, (), None, {}, self.epsilon, tuple(left))
        spared = spared_pixels(photo.pixels.shape, faces, left)
        person = self._person(photo)
        if people.masks is not None:
            mask = self._mask(photo, faces, person, people.masks)
            pixels = worn(photo.pixels, faces, mask, self._method.budget, photo.grey)
        else:
            pixels = self._each_its_own(photo, faces, spared, person, people.deltas or {})
        pixels[spared] = photo.pixels[spared]
        written = as_written(photo, pixels)
        quality = face_quality(photo.pixels, written, [face.box for face in faces])
        similarity = similarities(photo.pixels, written, faces, self._surrogates, self.device)
        return ProtectionResult(photo, pixels, tuple(faces), quality, similarity, self.epsilon, tuple(left))

    def _mask(self, photo: Photo, faces: Sequence[Face], person: str, masks: Masks) -> Tensor:
        """What a photo's faces wear: one mask, or one for each."""
        if self._matcher is None:
            if person not in masks.of:
                raise SettingsError(_no_mask(person, masks))
            return masks.of[person]
        names = list(masks.centres)
        clusters = FaceClusters(torch.stack([masks.centres[name] for name in names]))
        nearest = clusters.nearest(looks(mask_patches(photo, faces), self._matcher, self.device))
        return torch.stack([masks.of[names[place]] for place in nearest])

    def _each_its_own(
        self,
        photo: Photo,
        faces: Sequence[Face],
        spared: Spared,
        person: str,
        deltas: dict[Place, Tensor],
    ) -> NDArray[np.uint8]:
        pixels = photo.pixels.copy()
        for patch in own_patches(photo, faces, spared):
            place = (person, patch.key, patch.box)
            if place not in deltas:
                raise SettingsError("the photo changed while its album was being protected: run again")
            put_back(pixels, patch, deltas[place], self._method.budget)
        return pixels


def _no_mask(person: str, masks: Masks) -> str:
    """What to say to a person of an album who has no mask."""
    names = sorted(masks.of)
    known = ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
    if person == ONE_PERSON:
        return f"the masks are those of {known}: labels must say who is on a photo (see --labels)"
    return f"there is no mask for {person}, only for {known}: protect these photos without stored masks"
