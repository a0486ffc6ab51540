"""The library's front door against training: labelled photos in, photos out that teach nothing.

And for whatever else crafts for the photos of known people together: person masks, which are against
enrolment, and combined protection against both threats.

from faceguard.labels import FolderLabels
from faceguard.poisoner import Poisoner
for outcome in Poisoner(FolderLabels((Path("people"),))).protect_album("people", "out"):
    print(outcome.relative, outcome.status.value)
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

import recognizers
from faceguard import __version__, methods
from faceguard.cancel import CancelToken
from faceguard.engine.face_clusters import MATCHER, FaceClusters, looks
from faceguard.engine.labelled import LabelledPatches, patch_of_crop
from faceguard.engine.masks import MASK_CROP, Masks, fading, worn
from faceguard.engine.noise import Noise
from faceguard.engine.patches import Patch, cut, put_back
from faceguard.engine.sight import aligned_crops
from faceguard.errors import SettingsError
from faceguard.faces import detectors
from faceguard.faces.face import Face
from faceguard.labelled_album import LabelledAlbum, Place
from faceguard.labels import ONE_PERSON, Labels, OneLabel
from faceguard.measures.quality import face_quality
from faceguard.measures.similarity import similarities
from faceguard.methods.alignment_key import AlignmentKey
from faceguard.methods.authorised_key import AuthorisedKey
from faceguard.methods.online_alignment import OnlineAlignment
from faceguard.methods.poison import Poison
from faceguard.methods.ungeneralizable import Ungeneralizable
from faceguard.people.selection import PersonSelection, checked
from faceguard.people.sparing import Spared, parted, spared_pixels, sparing
from faceguard.photos import Photo, as_written
from faceguard.results import ProtectionResult
from faceguard.settings import devices
from faceguard.settings.key import key_of
from faceguard.settings.strengths import epsilon_of
from faceguard.settings.surrogates import load_surrogates
from faceguard.settings.whole_numbers import whole_number
from recognizers import Recognizer, RecognizerError

if TYPE_CHECKING:
    from faceguard.album.outcome import PhotoOutcome

_SIDE = 160  # pixels: a face's longest side on its canvas; all canvases of a data set are held in memory


class Poisoner:
    """Changes photos so that a recogniser trained on them does not learn whom they show; or, by methods that
    need to know that, so that a finished one does not recognise them.

    All photos have to be there before the first is written: what each one needs depends on the others.

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
        masks: Path | None = None,
        keep_masks: Path | None = None,
        keep_key: Path | None = None,
        on_round: Callable[[int, float], None] | None = None,
    ) -> None:
        self.epsilon = epsilon_of(strength, epsilon)
        self.seed = whole_number("seed", seed, least=0)
        self.device = devices.choose(device)
        self._labels = labels or OneLabel()
        self._min_face = whole_number("min_face", min_face, least=1)
        self._selection = checked(selection)
        self._keep_masks = keep_masks
        self._keep_key = keep_key
        self._on_round = on_round
        try:
            self._method: Poison = methods.load_poison(method, self.epsilon, surrogates)
            self._detector = detectors.load(detector, device, self._min_face)
            labelled = methods.needs_labels(method)
            self._matcher: Recognizer | None = None if labelled else recognizers.load(MATCHER, self.device)
        except (ValueError, RecognizerError) as error:
            raise SettingsError(str(error)) from error
        self._surrogates: list[Recognizer] = []
        if methods.takes_surrogates(method):
            self._surrogates = load_surrogates(surrogates or ("dlib",), self.device)
        if isinstance(self._labels, OneLabel) and self._method.fewest_people > 1 and masks is None:
            raise SettingsError(
                f"{method} needs photos of at least {self._method.fewest_people} people, and labels that say "
                "who each photo shows; for one person's album use separable"
            )
        self._masks = None if masks is None else self._ready_masks(masks)

    @property
    def settings(self) -> dict[str, object]:
        """Everything that decides the result but the photos, readable, for manifests and reports."""
        masks = self._masks
        worn_masks = None if masks is None else _digest(masks)
        people = {} if self._selection is None else {"people": self._selection.settings}
        return {
            **people,
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
            raise SettingsError(f"there is no mask for {person}: protect without stored masks")
        if self._masks is None and chosen:
            patches = self._patches(photo, chosen, spared_pixels(photo.pixels.shape, chosen, left))
            people.patches += patches
            people.people += [person] * len(patches)

    def prepare(self, people: LabelledAlbum, cancel: CancelToken | None = None) -> None:
        """Crafts for all that is remembered, unless that was done.

        Args:
            people: What is remembered of all photos.
            cancel: Stops the work from another thread, between two rounds of crafting.

        Raises:
            SettingsError: There are too few people.
            Cancelled: The token was cancelled.
        """
        if people.masks is None and people.deltas is None and people.patches:
            self._craft(people, cancel or CancelToken())

    def protect_album(
        self, inputs: str | Path | Sequence[str | Path], output: str | Path, **options: Any
    ) -> Iterator[PhotoOutcome]:
        """Protects folders and photos into an output folder; see `faceguard.protect_album`."""
        from faceguard.album.protecting import protect_album

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
            SettingsError: There are too few people, or a person has no mask.
            Cancelled: The token was cancelled.
        """
        stop = cancel or CancelToken()
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

    def _patches(self, photo: Photo, faces: Sequence[Face], spared: Spared | None = None) -> list[Patch]:
        if not self._method.per_person:
            patches = cut(photo.pixels, faces, side=_SIDE, grey=photo.grey)
            return patches if spared is None else [sparing(patch, spared) for patch in patches]
        mask = fading()
        crops = aligned_crops(photo.pixels, faces, MASK_CROP)
        return [patch_of_crop(crop, MASK_CROP, mask) for crop in crops]

    def _craft(self, people: LabelledAlbum, stop: CancelToken) -> None:
        faces = people.labelled()
        if len(faces.people) < self._method.fewest_people:
            raise SettingsError(
                f"{self._method.name} needs photos of at least {self._method.fewest_people} people, and the "
                f"labels name {len(faces.people)}; for one person's album use separable"
            )
        kept = self._kept()
        if kept is not None and (kept.centres or set(faces.people) <= set(kept.of)):
            people.masks = kept
            return
        # Two albums of one person each must not come to the same mask.
        seed = self.seed
        if faces.people == (ONE_PERSON,):
            keys = sorted(patch.key for patch in faces.patches)
            digest = hashlib.sha256(json.dumps([seed, *keys]).encode()).digest()
            seed = int.from_bytes(digest[:6], "big")

        def on_round(number: int, error: float) -> None:
            stop.check()
            if self._on_round is not None:
                self._on_round(number, error)

        noise = self._noise(faces, seed, on_round)
        if self._method.per_person:
            people.masks = self._masks_of(noise, faces.people, kept)
            if self._keep_masks is not None:
                people.masks.write(self._keep_masks)
            return
        people.deltas = {
            (faces.people[label], patch.key, patch.box): noise.values[owner]
            for label, patch, owner in zip(faces.labels, faces.patches, noise.owner, strict=True)
        }

    def _noise(self, faces: LabelledPatches, seed: int, on_round: Callable[[int, float], None]) -> Noise:
        kept = self._keep_key
        if isinstance(self._method, OnlineAlignment):
            ready = None if kept is None or not kept.exists() else AlignmentKey.read(kept, self.device)
            if ready is None or not set(faces.people) <= set(ready.people):
                ready = self._method.key(faces, self.device, seed, on_round)
                if kept is not None:
                    ready.write(kept)
            return self._method(faces, self.device, seed, on_round, ready)
        if not isinstance(self._method, Ungeneralizable):
            return self._method(faces, self.device, seed, on_round)
        if kept is not None and kept.exists():
            return self._method(faces, self.device, seed, on_round, AuthorisedKey.read(kept))
        key = dataclasses.replace(self._method.key(faces, seed), settings=self.settings)
        noise = self._method(faces, self.device, seed, on_round, key)
        if kept is not None:
            key.write(kept)
        return noise

    def _masks_of(self, noise: Noise, people: Sequence[str], kept: Masks | None) -> Masks:
        if noise.centres:
            names = [f"cluster {place}" for place in range(len(noise.centres))]
            of = dict(zip(names, noise.values, strict=True))
            return Masks(of, self.settings, dict(zip(names, noise.centres, strict=True)))
        # Who has a mask from an earlier run keeps it: photos with another one would undo each other.
        of = dict(zip(people, noise.values, strict=True))
        return Masks({**of, **(kept.of if kept is not None else {})}, self.settings)

    def _kept(self) -> Masks | None:
        """The masks that an earlier run with these settings kept."""
        if not self._method.per_person or self._keep_masks is None or not self._keep_masks.exists():
            return None
        masks = Masks.read(self._keep_masks)
        same = masks.settings == json.loads(json.dumps(self.settings, default=str))
        return masks if same else None

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
                raise SettingsError(f"there is no mask for {person}")
            return masks.of[person]
        names = list(masks.centres)
        clusters = FaceClusters(torch.stack([masks.centres[name] for name in names]))
        nearest = clusters.nearest(looks(self._patches(photo, faces), self._matcher, self.device))
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
        for patch in self._patches(photo, faces, spared):
            place = (person, patch.key, patch.box)
            if place not in deltas:
                raise SettingsError("the photo changed while its album was being protected: run again")
            put_back(pixels, patch, deltas[place], self._method.budget)
        return pixels

    def _ready_masks(self, path: Path) -> Masks:
        if not self._method.per_person:
            raise SettingsError(f"{self._method.name} perturbs each photo its own way: it has no masks")
        masks = Masks.read(path)
        made_with: Any = masks.settings.get("method")
        if made_with != self._method.name:
            raise SettingsError(f"{path}: holds masks of {made_with}, not of {self._method.name}")
        if (self._matcher is None) != (not masks.centres):
            raise SettingsError(f"{path}: says which faces wear a mask in another way than {made_with} needs")
        return masks


def _digest(masks: Masks) -> str:
    digest = hashlib.sha256()
    for person in sorted(masks.of):
        digest.update(person.encode() + masks.of[person].contiguous().numpy().tobytes())
        if masks.centres:
            digest.update(masks.centres[person].contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]
