"""Photos protected against training one at a time, as they come; none of them is remembered.

from faceguard.photo_stream import PhotoStream, learn_key
learn_key([("anna/1.jpg", "anna"), ("bodo/1.jpg", "bodo"), ...]).write(Path("key.safetensors"))

stream = PhotoStream("key.safetensors")
for photo, person in photos:
    stream.protect(photo, person).save(...)

The key is a safetensors file that must not be published, see `faceguard.methods.alignment_key`.
`faceguard protect DATASET --method gradient-alignment-online --labels folders --output OUT` leaves one in
OUT.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch

from faceguard.engine.budget import Budget
from faceguard.engine.labelled import LabelledPatches, patch_of_crop
from faceguard.engine.patches import put_back
from faceguard.errors import SettingsError
from faceguard.faces import detectors
from faceguard.faces.face import Face
from faceguard.joint.cutting import own_patches
from faceguard.measures.quality import face_quality
from faceguard.methods.alignment_key import AlignmentKey
from faceguard.methods.online_alignment import OnlineAlignment
from faceguard.photos import as_written
from faceguard.photos.loading import PhotoSource, load_photo
from faceguard.results import ProtectionResult
from faceguard.settings import devices
from faceguard.settings.callbacks import callback_of
from faceguard.settings.names import name_of
from faceguard.settings.paths import path_of
from faceguard.settings.strengths import epsilon_of
from faceguard.settings.whole_numbers import whole_number


def learn_key(
    photos: Iterable[tuple[PhotoSource, str]],
    *,
    method: OnlineAlignment | None = None,
    detector: str = "mtcnn",
    device: str = "auto",
    seed: int = 0,
    min_face: int = 24,
    on_epoch: Callable[[int, float], None] | None = None,
) -> AlignmentKey:
    """The key for a stream, learnt from photos of everybody whom it is to protect.

    Args:
        photos: Photos, each with the person it shows; they are not changed, and need not be released.
        method: Other settings than the usual.
        detector: What finds the faces, from `faceguard.faces.detectors.available()`.
        device: "auto", "cpu" or "cuda".
        seed: Decides everything random.
        min_face: The smallest face to learn from, in photo pixels.
        on_epoch: Told each epoch's number, from 1, and the share of its last batch that was named wrongly.

    Raises:
        PhotoError: A photo cannot be read.
        SettingsError: A setting cannot be used, or there are fewer than two people with a face.
    """
    seed = whole_number("seed", seed, least=0)
    on_epoch = callback_of("on_epoch", on_epoch)
    usual = _method_of(method, epsilon_of("medium"))  # a key does not depend on the budget
    chosen = devices.choose(device)
    try:
        finder = detectors.load(detector, device, whole_number("min_face", min_face, least=1))
    except ValueError as error:
        raise SettingsError(str(error)) from error
    patches, names = [], []
    for photo, person in _pairs(photos):
        loaded = load_photo(photo)
        found = finder.detect([loaded.pixels])[0]
        own = own_patches(loaded, found)
        patches += own
        names += [person] * len(own)
    people = sorted(set(names))
    fewest = OnlineAlignment.fewest_people
    if len(people) < fewest:
        raise SettingsError(f"a key needs photos with faces of at least {fewest} people, not {len(people)}")
    labelled = LabelledPatches(tuple(patches), tuple(people.index(name) for name in names), tuple(people))
    return usual.key(labelled, chosen, seed, on_epoch)


class PhotoStream:
    """Protects photos and crops of people that a key knows, each alone, by online gradient alignment.

    What comes out for a photo depends on the photo, the key, the settings and the seed: neither on what was
    protected before nor on what comes after.

    Args:
        key: Where `faceguard.methods.alignment_key.AlignmentKey.write` put it, or the key itself.
        strength: "low", "medium" or "high": 4, 8 or 16 steps of 255 that a pixel may move at most.
        epsilon: That budget as a number, instead of a strength; above 0, at most 255.
        method: Other settings than the usual; its budget counts instead of strength and epsilon.
        detector: What finds the faces, from `faceguard.faces.detectors.available()`.
        device: "auto", "cpu" or "cuda".
        seed: Decides everything random, together with each photo's content.
        min_face: The smallest face to protect, in photo pixels.

    Raises:
        SettingsError: A setting or the key cannot be used.
    """

    def __init__(
        self,
        key: str | Path | AlignmentKey,
        *,
        strength: str = "medium",
        epsilon: float | None = None,
        method: OnlineAlignment | None = None,
        detector: str = "mtcnn",
        device: str = "auto",
        seed: int = 0,
        min_face: int = 24,
    ) -> None:
        self.device = devices.choose(device)
        self.seed = whole_number("seed", seed, least=0)
        try:
            self.method = _method_of(method, epsilon_of(strength, epsilon))
            self._detector = detectors.load(detector, device, whole_number("min_face", min_face, least=1))
            self.key = (
                key if isinstance(key, AlignmentKey) else AlignmentKey.read(path_of("key", key), self.device)
            )
        except ValueError as error:
            raise SettingsError(str(error)) from error

    @property
    def people(self) -> tuple[str, ...]:
        """Whom the key knows."""
        return self.key.people

    def protect(
        self, photo: PhotoSource, person: str, faces: Sequence[Face] | None = None
    ) -> ProtectionResult:
        """Protects one photo.

        Args:
            photo: A path, the bytes of a file, a PIL image, or a uint8 array (H, W, 3), RGB, or (H, W), grey.
            person: Whom it shows; all of its faces go by that name.
            faces: Its faces, where they were already looked for.

        Raises:
            PhotoError: The photo cannot be read.
            SettingsError: The key does not know the person.
        """
        self.key.label(person)
        loaded = load_photo(photo)
        found = self._detector.detect([loaded.pixels])[0] if faces is None else list(faces)
        epsilon = self.method.budget.epsilon
        if not found:
            return ProtectionResult(loaded, loaded.pixels, (), None, {}, epsilon)
        pixels = loaded.pixels.copy()
        for patch in own_patches(loaded, found):
            delta = self.method.perturbation(self.key, patch, person, self.seed)
            put_back(pixels, patch, delta, self.method.budget)
        quality = face_quality(loaded.pixels, as_written(loaded, pixels), [face.box for face in found])
        return ProtectionResult(loaded, pixels, tuple(found), quality, {}, epsilon)

    def protect_each(self, photos: Iterable[tuple[PhotoSource, str]]) -> Iterator[ProtectionResult]:
        """Protects photos, each with the person it shows, as they come: takes one, gives one back.

        Raises:
            PhotoError: A photo cannot be read.
            SettingsError: They are no such pairs, or the key does not know a person.
        """
        for photo, person in _pairs(photos):
            yield self.protect(photo, person)

    def protect_crop(self, crop: torch.Tensor, person: str) -> torch.Tensor:
        """Protects one aligned crop: uint8 (3, size, size), RGB, of the key's surrogate's crop; so is the
        result.

        Raises:
            SettingsError: The key does not know the person.
            ValueError: The crop has another shape or type.
        """
        if crop.dtype != torch.uint8:
            raise ValueError(f"a crop of a stream is uint8, not {crop.dtype}")
        patch = patch_of_crop(crop, self.key.target.model.crop)
        delta = self.method.perturbation(self.key, patch, person, self.seed)
        pixels = np.ascontiguousarray(crop.permute(1, 2, 0).numpy())
        noise = np.ascontiguousarray(delta.permute(1, 2, 0).numpy())
        return torch.from_numpy(self.method.budget.rounded(pixels, noise, grey=False)).permute(2, 0, 1)


def _method_of(method: OnlineAlignment | None, epsilon: float) -> OnlineAlignment:
    """The method a caller gave, or the usual one with a budget.

    Raises:
        SettingsError: It is another method, or a name.
    """
    if not isinstance(method, OnlineAlignment | None):
        raise SettingsError(
            "method is a faceguard.methods.online_alignment.OnlineAlignment, or None for the usual one, "
            f"not {method!r}"
        )
    return method or OnlineAlignment(Budget(epsilon))


def _pairs(photos: Iterable[tuple[PhotoSource, str]]) -> Iterator[tuple[PhotoSource, str]]:
    """Photos, each with the person it shows, taken one at a time.

    Raises:
        SettingsError: They are no such pairs.
    """
    wanted = "photos are pairs of a photo and the person it shows, such as ('anna/1.jpg', 'anna')"
    if not isinstance(photos, Iterable):
        raise SettingsError(f"{wanted}, not {photos!r}")
    for number, pair in enumerate(photos, 1):
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise SettingsError(f"{wanted}: number {number} is no pair")
        photo, person = pair
        yield photo, name_of(f"the person on photo {number}", person, example="anna")
