"""What protects training photos: a cloak, or what is told who is on each photo, such as a poison."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evaluation.benchmarks.enroll_settings import Crafting
from evaluation.benchmarks.guards import guard_of
from evaluation.datasets.dataset import DataPhoto
from evaluation.progress import Progress
from faceguard import methods
from faceguard.album.guard import Guard
from faceguard.errors import SettingsError
from faceguard.joint_protector import JointProtector
from faceguard.text.crafting import crafting_text


class DatasetLabels:
    """Who a photo of a data set shows.

    Args:
        photos: The photos.
    """

    def __init__(self, photos: Sequence[DataPhoto]) -> None:
        listed = sorted((photo.name, photo.person) for photo in photos)
        self.key = hashlib.sha256(json.dumps(listed).encode()).hexdigest()[:16]
        self._people = {photo.path: photo.person for photo in photos}

    def of(self, photo: Path) -> str:
        """See `faceguard.labels.Labels`."""
        if photo not in self._people:
            raise SettingsError(f"{photo}: is not one of the data set's photos")
        return self._people[photo]


def train_guard(
    crafting: Crafting, photos: Sequence[DataPhoto], device: str, progress: Progress
) -> Guard[Any]:
    """What protects photos with some settings.

    Args:
        crafting: The settings.
        photos: All photos it will be given.
        device: Where it computes.
        progress: What is told about each round of crafting.

    Raises:
        SettingsError: A setting cannot be used.
    """
    if not methods.needs_album(crafting.method):
        return guard_of(crafting, device)

    def on_round(number: int, share: float) -> None:
        stage = f"protecting ({crafting_text(crafting.method, number, share)})"
        progress.stage(stage, len(photos))
        progress.step(0)

    return JointProtector(
        DatasetLabels(photos),
        method=crafting.method,
        strength=crafting.strength,
        epsilon=crafting.epsilon,
        surrogates=crafting.surrogates if methods.takes_surrogates(crafting.method) else None,
        device=device,
        seed=crafting.seed,
        on_round=on_round,
    )
