"""Aligned crops of photos as 8-bit tensors, each found and cut once, and kept in the cache."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from evaluation.benchmarks.workbench import Workbench
from evaluation.cache import key_of
from evaluation.datasets.dataset import DataPhoto
from evaluation.defenders import edits
from evaluation.defenders.edits import Edit
from evaluation.trackers.sighting import Sighting
from faceguard.engine import sight
from faceguard.faces import alignment
from recognizers import CropSpec

_AT_ONCE = 64


class TrainCrops:
    """Looks at photos and cuts out faces, as a tracker does who puts a training set together.

    Args:
        bench: How photos are looked at, and where crops are kept.
    """

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        self._seen: dict[tuple[DataPhoto, str], Sighting] = {}
        sources = [inspect.getsource(module) for module in (alignment, sight, edits)]
        self._code = {"sources": sources, "versions": bench.versions}

    def look(self, photos: Sequence[DataPhoto], edit: Edit) -> list[Sighting]:
        """A sighting of each photo; those without a face are among them."""
        missing = [photo for photo in dict.fromkeys(photos) if (photo, edit.name) not in self._seen]
        if missing:
            for sighting in self._bench.pipeline.look(missing, edit):
                self._seen[sighting.photo, edit.name] = sighting
        return [self._seen[photo, edit.name] for photo in photos]

    def cut(self, seen: Sequence[Sighting], crop: CropSpec) -> Tensor:
        """The crops of sightings with a face: uint8 (N, 3, size, size), RGB."""
        keys = [self._key(sighting, crop) for sighting in seen]
        found = torch.zeros(len(seen), 3, crop.size, crop.size, dtype=torch.uint8)
        self._bench.progress.stage("cutting faces out", len(seen))
        for start in range(0, len(seen), _AT_ONCE):
            part = range(start, min(start + _AT_ONCE, len(seen)))
            known = self._bench.cache.get([keys[place] for place in part])
            missing = {keys[place]: seen[place] for place in part if keys[place] not in known}
            made = self._bench.pipeline.crops(list(missing.values()), crop)
            new = {
                key: (values * 255).round().to(torch.uint8).numpy().tobytes()
                for key, values in zip(missing, made, strict=True)
            }
            self._bench.cache.put(new)
            known |= new
            for place in part:
                values = np.frombuffer(known[keys[place]], np.uint8).reshape(3, crop.size, crop.size)
                found[place] = torch.from_numpy(values.copy())
            self._bench.progress.step(len(part))
        return found

    def _key(self, sighting: Sighting, crop: CropSpec) -> bytes:
        assert sighting.face is not None
        parts: dict[str, Any] = {
            "what": "crop, 8 bits",
            "photo": sighting.sha256,
            "edit": sighting.edit.name,
            "landmarks": sighting.face.landmarks.astype("<f4").tobytes().hex(),
            "antialias": self._bench.settings.antialias,
            "size": crop.size,
            "template": crop.template,
            "code": self._code,
        }
        return key_of(parts)
