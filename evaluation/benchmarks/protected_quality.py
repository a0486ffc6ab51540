"""How far published photos are from their originals, measured on the files and kept in the cache."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from evaluation.benchmarks.protecting import Box, ProtectedPhoto
from evaluation.benchmarks.workbench import Workbench
from evaluation.cache import key_of
from evaluation.intervals import Bootstrap
from evaluation.metrics.lpips import Lpips, lpips_if_there
from evaluation.metrics.quality import PhotoQuality, photo_quality, quality_metrics
from evaluation.results import Metric
from faceguard.photos import decode_photo


def measured_quality(
    photos: Sequence[ProtectedPhoto], bench: Workbench, bootstrap: Bootstrap
) -> dict[str, Metric]:
    """The figures of `evaluation.metrics.quality` on the faces; empty without a photo that has any.

    A version of another size cannot be held against its original and is left out.

    Args:
        photos: The photos; where the protected faces are not known, they are looked for in the original.
        bench: The tracker, whose detector and cache are used.
        bootstrap: How persons are drawn again.
    """
    boxes = _boxes(photos, bench)
    lpips, missing = lpips_if_there()
    bench.progress.stage("measuring quality", len(photos))
    found: list[PhotoQuality] = []
    people: list[str] = []
    for photo, its in zip(photos, boxes, strict=True):
        quality = _measured(photo, its, bench, lpips) if its else None
        if quality is not None:
            found.append(quality)
            people.append(photo.original.person)
        bench.progress.step()
    return quality_metrics(found, np.array(people), bootstrap, missing) if found else {}


def _boxes(photos: Sequence[ProtectedPhoto], bench: Workbench) -> list[tuple[Box, ...]]:
    unknown = [photo.original for photo in photos if not photo.boxes]
    seen = {sighting.photo.name: sighting.face for sighting in bench.pipeline.look(unknown)}
    found = []
    for photo in photos:
        face = seen.get(photo.original.name)
        found.append(photo.boxes or ((face.box,) if face is not None else ()))
    return found


def _measured(
    photo: ProtectedPhoto, boxes: Sequence[Box], bench: Workbench, lpips: Lpips | None
) -> PhotoQuality | None:
    before, after = photo.original.read(), photo.written.read()
    key = key_of(
        {
            "what": "quality",
            "before": hashlib.sha256(before).hexdigest(),
            "after": hashlib.sha256(after).hexdigest(),
            "boxes": [list(box) for box in boxes],
            "lpips": lpips is not None,
            "code": bench.versions["faceguard"],
        }
    )
    known = bench.cache.get([key])
    if known:
        return PhotoQuality(**json.loads(known[key]))
    original = decode_photo(before, photo.original.path).pixels
    written = decode_photo(after, photo.written.path).pixels
    if original.shape != written.shape:
        return None
    quality = photo_quality(original, written, boxes, (len(before), len(after)), lpips)
    bench.cache.put({key: json.dumps(asdict(quality)).encode()})
    return quality
