"""Photos as one recogniser sees them, by name: where galleries and probes are put together from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

import numpy as np
import torch
from torch import Tensor

from evaluation.trackers.pipeline import Pipeline
from evaluation.trackers.sighting import Sighting
from evaluation.trackers.tracker import Faces
from recognizers import Recognizer

Entries = Iterable[tuple[str, int]]


class Shelf:
    """The embeddings of photos, and on demand their crops; photos without a face are not on it.

    Args:
        pipeline: What looks.
        seen: Sightings of the photos.
        recognizer: What embeds them.
    """

    def __init__(self, pipeline: Pipeline, seen: Sequence[Sighting], recognizer: Recognizer) -> None:
        self._pipeline = pipeline
        self._crop = recognizer.crop
        self._dimension = recognizer.dimension
        self._seen = {sighting.photo.name: sighting for sighting in seen if sighting.face is not None}
        vectors = pipeline.embed(list(self._seen.values()), [recognizer])[recognizer.name]
        self._vectors = dict(zip(self._seen, vectors, strict=True))
        self._crops: dict[str, Tensor] = {}

    def faces(self, entries: Entries) -> Faces:
        """The faces of photos, given by name and with their person's number, as far as they are here."""
        there = [(name, person) for name, person in entries if name in self._vectors]
        names = [name for name, _ in there]
        vectors = [self._vectors[name] for name in names]
        stacked = np.stack(vectors) if vectors else np.zeros((0, self._dimension), np.float32)
        people = np.array([person for _, person in there], np.int64)
        return Faces(stacked, people, partial(self._crops_of, names))

    def _crops_of(self, names: Sequence[str]) -> Tensor:
        """(N, 3, size, size), float16: half the room, and finer than the 8 bits of photos."""
        missing = [name for name in dict.fromkeys(names) if name not in self._crops]
        made = self._pipeline.crops([self._seen[name] for name in missing], self._crop)
        for name, crop in zip(missing, made, strict=True):
            self._crops[name] = crop.half()
        if not names:
            return torch.zeros(0, 3, self._crop.size, self._crop.size, dtype=torch.float16)
        return torch.stack([self._crops[name] for name in names])


def joined(parts: Sequence[Faces]) -> Faces:
    """Faces from several shelves as one gallery."""
    return Faces(
        np.concatenate([part.embeddings for part in parts]),
        np.concatenate([part.people for part in parts]),
        lambda: torch.cat([part.crops() for part in parts]),
    )
