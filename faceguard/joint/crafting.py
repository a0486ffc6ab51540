"""Crafts for all photos of an album together, with the masks and the key that an earlier run kept."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from faceguard.cancel import CancelToken
from faceguard.engine.labelled import LabelledPatches
from faceguard.engine.noise import Noise
from faceguard.errors import SettingsError
from faceguard.joint.labelled_album import LabelledAlbum
from faceguard.joint.stored_masks import kept_masks, masks_of
from faceguard.labels import ONE_PERSON
from faceguard.methods.alignment_key import AlignmentKey
from faceguard.methods.authorised_key import AuthorisedKey
from faceguard.methods.joint_method import JointMethod
from faceguard.methods.online_alignment import OnlineAlignment
from faceguard.methods.ungeneralizable import Ungeneralizable

OnRound = Callable[[int, float], None]
"""Told the number of a round of crafting and how far it is, see `faceguard.JointProtector`."""


@dataclass(frozen=True)
class Crafting:
    """How albums are crafted for.

    Attributes:
        method: What crafts.
        settings: What masks and keys state that they were made with.
        device: Where it computes.
        seed: Decides everything random.
        keep_masks: Where masks are kept, for methods that have any.
        keep_key: Where the key is kept, for methods that have one.
        on_round: Told how far crafting is.
    """

    method: JointMethod
    settings: Mapping[str, object]
    device: torch.device
    seed: int
    keep_masks: Path | None = None
    keep_key: Path | None = None
    on_round: OnRound | None = None

    def craft(self, album: LabelledAlbum, stop: CancelToken) -> None:
        """Crafts for all that an album remembers, and lets it remember what came of it.

        Raises:
            SettingsError: There are too few people.
            Cancelled: The token was cancelled.
        """
        faces = album.labelled()
        if len(faces.people) < self.method.fewest_people:
            raise SettingsError(
                f"{self.method.name} needs photos of at least {self.method.fewest_people} people, and the "
                f"labels name {len(faces.people)}; for one person's album use separable"
            )
        with_masks = self.method.per_person
        kept = kept_masks(self.keep_masks, self.settings) if with_masks and self.keep_masks else None
        if kept is not None and (kept.centres or set(faces.people) <= set(kept.of)):
            album.masks = kept
            return

        def on_round(number: int, share: float) -> None:
            stop.check()
            if self.on_round is not None:
                self.on_round(number, share)

        noise = self._noise(faces, _seed_of(faces, self.seed), on_round)
        if with_masks:
            album.masks = masks_of(noise, faces.people, self.settings, kept)
            if self.keep_masks is not None:
                album.masks.write(self.keep_masks)
            return
        album.deltas = {
            (faces.people[label], patch.key, patch.box): noise.values[owner]
            for label, patch, owner in zip(faces.labels, faces.patches, noise.owner, strict=True)
        }

    def _noise(self, faces: LabelledPatches, seed: int, on_round: OnRound) -> Noise:
        if isinstance(self.method, OnlineAlignment):
            return self._with_alignment_key(self.method, faces, seed, on_round)
        if isinstance(self.method, Ungeneralizable):
            return self._with_authorised_key(self.method, faces, seed, on_round)
        return self.method(faces, self.device, seed, on_round)

    def _with_alignment_key(
        self, method: OnlineAlignment, faces: LabelledPatches, seed: int, on_round: OnRound
    ) -> Noise:
        path = self.keep_key
        key = None if path is None or not path.exists() else AlignmentKey.read(path, self.device)
        if key is None or not set(faces.people) <= set(key.people):
            key = method.key(faces, self.device, seed, on_round)
            if path is not None:
                key.write(path)
        return method(faces, self.device, seed, on_round, key)

    def _with_authorised_key(
        self, method: Ungeneralizable, faces: LabelledPatches, seed: int, on_round: OnRound
    ) -> Noise:
        path = self.keep_key
        if path is not None and path.exists():
            return method(faces, self.device, seed, on_round, AuthorisedKey.read(path))
        key = dataclasses.replace(method.key(faces, seed), settings=self.settings)
        noise = method(faces, self.device, seed, on_round, key)
        if path is not None:
            key.write(path)
        return noise


def _seed_of(faces: LabelledPatches, seed: int) -> int:
    """The seed of an album's crafting: two albums of one person each must not come to the same mask."""
    if faces.people != (ONE_PERSON,):
        return seed
    keys = sorted(patch.key for patch in faces.patches)
    digest = hashlib.sha256(json.dumps([seed, *keys]).encode()).digest()
    return int.from_bytes(digest[:6], "big")
