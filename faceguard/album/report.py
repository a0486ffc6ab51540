"""What a run over an album did, as JSON for programs and as plain words for people."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faceguard.album.limits import limits_of
from faceguard.album.outcome import PhotoOutcome, Status
from faceguard.album.report_text import report_text
from faceguard.environment import versions
from faceguard.photos import LeftOut, write_atomically

REPORT_NAME = "faceguard-report.json"
_SCHEMA = 1


@dataclass
class _Mean:
    """A mean that forgets its values, and the worst of them."""

    worse_is_larger: bool = False
    total: float = 0.0
    weight: float = 0.0
    worst: float | None = None

    def add(self, value: float | None, weight: float = 1.0) -> None:
        if value is None:
            return
        self.total += value * weight
        self.weight += weight
        worse = max if self.worse_is_larger else min
        self.worst = value if self.worst is None else worse(self.worst, value)

    @property
    def value(self) -> float | None:
        return round(self.total / self.weight, 4) if self.weight else None


class _Recogniser:
    """What one recogniser makes of the album's faces."""

    def __init__(self, details: Mapping[str, Any]) -> None:
        self._fixed = {key: details[key] for key in ("measure", "threshold", "threshold_source")}
        self._before = _Mean()
        self._after = _Mean()
        self._faces = 0
        self._recognised = 0

    def add(self, faces: Sequence[Mapping[str, Any]]) -> None:
        for face in faces:
            self._faces += 1
            self._before.add(face["before"])
            self._after.add(face["after"])
            self._recognised += bool(face["recognised"])

    def to_json(self) -> dict[str, Any]:
        return {
            **self._fixed,
            "faces": self._faces,
            "before": self._before.value,
            "after": self._after.value,
            "recognised": self._recognised if self._fixed["threshold"] is not None else None,
        }


class AlbumReport:
    """Sums up an album run; it grows with the photos that are *not* protected only.

    Args:
        photos: How many photos the album has.
        left_out: What else lies in the folders.
        settings: What the photos were protected with, as JSON values.
        device: Where the networks ran, in words.
    """

    def __init__(
        self, photos: int, left_out: Sequence[LeftOut], settings: Mapping[str, object], device: str
    ) -> None:
        self._photos = photos
        self._left_out = left_out
        self._settings = dict(settings)
        self._device = device
        self._started = time.monotonic()
        counted = ("protected", "without_face", "not_chosen", "failed", "done_before", "faces", "left_faces")
        self._counts = dict.fromkeys(counted, 0)
        self._recognisers: dict[str, _Recogniser] = {}
        self._quality = {
            "psnr": _Mean(),
            "ssim": _Mean(),
            "flip": _Mean(worse_is_larger=True),
            "mean_change": _Mean(worse_is_larger=True),
        }
        self._largest_change = 0
        self._not_protected: list[dict[str, str]] = []
        self._unsure: list[dict[str, Any]] = []

    @property
    def finished(self) -> int:
        """The photos that are done, in this run or before, with or without a face to protect."""
        return self._counts["protected"] + self._counts["without_face"] + self._counts["not_chosen"]

    @property
    def failed(self) -> int:
        """The photos that could not be protected."""
        return self._counts["failed"]

    def add(self, outcome: PhotoOutcome) -> None:
        """Adds one photo; its pixels are not kept."""
        faces, left = (len(outcome.details.get(key, ())) for key in ("faces", "left"))
        kind = "protected" if faces else "not_chosen" if left else "without_face"
        if outcome.status is Status.FAILED:
            kind = "failed"
        self._counts[kind] += 1
        self._counts["done_before"] += outcome.status is Status.DONE_BEFORE
        self._counts["faces"] += faces
        self._counts["left_faces"] += left
        if kind != "protected":
            self._not_protected.append(
                {"photo": outcome.relative.as_posix(), "kind": kind, "reason": outcome.reason}
            )
        self._add_unsure(outcome)
        self._add_quality(outcome.details.get("quality"), faces)
        for name, similarity in outcome.details.get("similarity", {}).items():
            self._recognisers.setdefault(name, _Recogniser(similarity)).add(similarity["faces"])

    def _add_unsure(self, outcome: PhotoOutcome) -> None:
        for key, is_protected in (("faces", True), ("left", False)):
            for face in outcome.details.get(key, ()):
                match = face.get("match")
                if match is not None and match["unsure"]:
                    self._unsure.append(
                        {
                            "photo": outcome.relative.as_posix(),
                            "box": face["box"],
                            "distance": match["distance"],
                            "reference": match["reference"],
                            "protected": is_protected,
                        }
                    )

    def _add_quality(self, quality: Mapping[str, Any] | None, faces: int) -> None:
        if quality is None:
            return
        for name, mean in self._quality.items():
            mean.add(quality["mean" if name == "mean_change" else name], faces)
        self._largest_change = max(self._largest_change, quality["largest"])

    def to_json(self) -> dict[str, Any]:
        """The report as JSON values.

        Returns:
            - `schema`: 1.
            - `complete`: Whether every photo of the album is dealt with.
            - `counts`: `photos` of the album; of these `protected`, `without_face`, `not_chosen` (with faces,
              none of which is to be protected) and `failed`, both runs together; `done_before` of the first
              three by an earlier run; `faces` protected; `left_faces` that are not to be; `left_out` files.
            - `recognisers`: name -> `measure` ("cosine": larger is more alike; "euclidean": smaller is),
              `threshold` and `threshold_source` (null where there is none), `faces`, the mean `before` and
              `after` (the original against an ordinary copy of itself and of the protected photo), and how
              many faces are still `recognised` (null without a threshold).
            - `quality`: `psnr` (dB), `ssim`, `flip` and `mean_change` (steps of 255) on the faces, each with
              `mean` (over faces) and `worst` (of a photo); `largest_change` in steps of 255. Null without
              protected faces.
            - `not_protected`: `photo` (below the output folder), `kind` ("failed", "without_face" or
              "not_chosen") and `reason` of each.
            - `unsure`: the faces of which it is unsure whether they are to be protected: `photo`, `box` in
              pixels, `distance` from the nearest `reference`, and whether it was `protected`.
            - `left_out`: `path` and `reason` of each.
            - `seconds` of this run, `settings`, `device`, `versions` (package -> version).
            - `limits`: What this does not promise, in sentences.
        """
        counts = self._counts
        measured = any(mean.weight for mean in self._quality.values())
        quality: dict[str, Any] = {
            name: {"mean": mean.value, "worst": mean.worst} for name, mean in self._quality.items()
        }
        return {
            "schema": _SCHEMA,
            "complete": self.finished + self.failed >= self._photos,
            "counts": {"photos": self._photos, **counts, "left_out": len(self._left_out)},
            "recognisers": {name: views.to_json() for name, views in sorted(self._recognisers.items())},
            "quality": {**quality, "largest_change": self._largest_change} if measured else None,
            "not_protected": sorted(self._not_protected, key=lambda entry: entry["photo"]),
            "unsure": sorted(self._unsure, key=lambda entry: (entry["photo"], entry["box"])),
            "left_out": [{"path": str(item.path), "reason": item.reason} for item in self._left_out],
            "seconds": round(time.monotonic() - self._started, 1),
            "settings": self._settings,
            "device": self._device,
            "versions": versions(),
            "limits": list(limits_of(self._settings)),
        }

    def text(self) -> str:
        """The report in plain words, ending in what it does not promise."""
        return report_text(self.to_json())

    def write(self, folder: Path) -> Path:
        """Writes `faceguard-report.json` into a folder, whole or not at all.

        Returns:
            The file.

        Raises:
            DiskFullError: There is no room left.
            PhotoError: It cannot be written for another reason.
        """
        path = folder / REPORT_NAME
        write_atomically(path, (json.dumps(self.to_json(), indent=2) + "\n").encode())
        return path
