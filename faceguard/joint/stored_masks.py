"""Masks that were crafted for one album and are worn by another."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from faceguard.engine.masks import Masks
from faceguard.engine.noise import Noise
from faceguard.errors import SettingsError
from faceguard.methods.joint_method import JointMethod


def ready_masks(path: Path, method: JointMethod, *, by_looks: bool) -> Masks:
    """Masks that photos shall wear, so that nothing is crafted.

    Args:
        path: The file.
        method: What they must have been crafted by.
        by_looks: Each face wears the mask of those that look like it; else that of the photo's label.

    Raises:
        SettingsError: The file cannot be read, or does not hold such masks.
    """
    if not method.per_person:
        raise SettingsError(f"{method.name} perturbs each photo its own way: it has no masks")
    masks = Masks.read(path)
    made_with: Any = masks.settings.get("method")
    if made_with != method.name:
        raise SettingsError(f"{path}: holds masks of {made_with}, not of {method.name}")
    if by_looks == (not masks.centres):
        raise SettingsError(f"{path}: says which faces wear a mask in another way than {made_with} needs")
    return masks


def kept_masks(path: Path, settings: Mapping[str, object]) -> Masks | None:
    """The masks that an earlier run with the same settings kept in a file, if there is one."""
    if not path.exists():
        return None
    masks = Masks.read(path)
    return masks if masks.settings == json.loads(json.dumps(settings, default=str)) else None


def masks_of(
    noise: Noise, people: Sequence[str], settings: Mapping[str, object], kept: Masks | None
) -> Masks:
    """What was crafted for people, or for clusters of faces, as masks.

    Args:
        noise: One perturbation for each.
        people: Their names, in that order; not asked for clusters.
        settings: What it was crafted with.
        kept: Who has a mask here keeps it: photos with another one would undo each other.
    """
    if noise.centres:
        names = [f"cluster {place}" for place in range(len(noise.centres))]
        of = dict(zip(names, noise.values, strict=True))
        return Masks(of, settings, dict(zip(names, noise.centres, strict=True)))
    of = dict(zip(people, noise.values, strict=True))
    return Masks({**of, **(kept.of if kept is not None else {})}, settings)


def digest_of(masks: Masks) -> str:
    """Stands for masks: equal ones have equal digests."""
    digest = hashlib.sha256()
    for person in sorted(masks.of):
        digest.update(person.encode() + masks.of[person].contiguous().numpy().tobytes())
        if masks.centres:
            digest.update(masks.centres[person].contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]
