"""What all benchmarks work with: the data set, validated, and the tracker's pipeline with its recognisers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import recognizers
from evaluation.benchmarks.conditions import all_versions, hardware
from evaluation.cache import Cache
from evaluation.datasets.dataset import Dataset
from evaluation.datasets.layouts import open_dataset
from evaluation.datasets.selection import Selection
from evaluation.datasets.validation import Validation, validate
from evaluation.intervals import Bootstrap
from evaluation.progress import Progress, Silent
from evaluation.results import Hardware, Json
from evaluation.trackers.face_choice import FaceChoice
from evaluation.trackers.pipeline import Looking, Pipeline
from evaluation.trackers.sighting import Sighting
from faceguard.errors import SettingsError
from faceguard.faces import detectors
from faceguard.settings.devices import choose
from recognizers import Recognizer, RecognizerError


@dataclass(frozen=True)
class TrackerSettings:
    """How the tracker looks at photos.

    Attributes:
        recognizers: What it runs, by name; each is measured for itself. None where it trains its own.
        detector: What finds faces, by name.
        min_face: The smallest face to find, in photo pixels.
        faces: Which face counts where there are several; None for the central one on LFW's photos, which
            are centred on it, and the largest one elsewhere.
        antialias: Whether alignment averages what a reduction drops.
        flip: Whether an embedding is the mean of the face's and its mirror image's.
        device: "auto", "cpu" or "cuda".
        cache: Where detections and embeddings are kept; in memory where None.
    """

    recognizers: tuple[str, ...] = ("dlib",)
    detector: str = "mtcnn"
    min_face: int = 20
    faces: FaceChoice | None = None
    antialias: bool = False
    flip: bool = False
    device: str = "auto"
    cache: Path | None = None


@dataclass(frozen=True)
class DataSettings:
    """Which data are used.

    Attributes:
        root: Where the data set lies.
        layout: Its layout, or "auto".
        selection: Which part of it.
    """

    root: Path
    layout: str = "auto"
    selection: Selection = field(default_factory=Selection)


@dataclass(frozen=True)
class Statistics:
    """How chance is dealt with.

    Attributes:
        seed: Of everything random in the measurement.
        replicates: How many times persons are drawn again for an interval.
    """

    seed: int = 0
    replicates: int = 1000

    @property
    def bootstrap(self) -> Bootstrap:
        """How persons are drawn."""
        return Bootstrap(self.replicates, self.seed)


class Workbench:
    """A tracker, ready to look at photos; a context manager, as its cache has to be closed.

    Args:
        settings: How it looks.
        layout: The data's layout: it decides which face counts where nothing else is said, and for
            insightface packs that none is looked for.
        progress: What is told how far it has come.

    Raises:
        SettingsError: A setting cannot be used.
    """

    def __init__(
        self, settings: TrackerSettings, layout: str = "folders", progress: Progress | None = None
    ) -> None:
        self.settings = settings
        self.progress = progress or Silent()
        self.device = choose(settings.device)
        try:
            detector = detectors.load(settings.detector, settings.device, settings.min_face)
            self._recognizers: list[Recognizer] = [
                recognizers.load(name, self.device) for name in dict.fromkeys(settings.recognizers)
            ]
        except (ValueError, RecognizerError) as error:
            raise SettingsError(str(error)) from error
        self.choice = settings.faces or (FaceChoice.CENTRAL if layout == "lfw" else FaceChoice.LARGEST)
        looking = Looking(self.choice, settings.antialias, settings.flip, layout == "insightface-bin")
        self.cache = Cache(settings.cache)
        self.pipeline = Pipeline(detector, self.device, looking, self.cache, self.progress)

    def __enter__(self) -> Workbench:
        return self

    def __exit__(self, *_: object) -> None:
        self.cache.close()

    @property
    def recognizers(self) -> list[Recognizer]:
        """The recognisers the tracker runs.

        Raises:
            SettingsError: It runs none; a benchmark that trains its own does not ask.
        """
        if not self._recognizers:
            raise SettingsError("at least one recogniser is needed, such as dlib")
        return self._recognizers

    @property
    def hardware(self) -> Hardware:
        """What it runs on."""
        return hardware(self.device)

    @property
    def versions(self) -> dict[str, str]:
        """Package -> version."""
        return all_versions()

    def validated(self, dataset: Dataset, min_photos: int = 1) -> Validation:
        """Looks at a data set's photos and decides what of them is used.

        Raises:
            SettingsError: Nothing is left, or several faces are refused and there are such photos.
        """
        return validate(dataset, self.pipeline.look(dataset.photos), self.choice, min_photos)

    def protocol(self) -> dict[str, Json]:
        """How photos are looked at, as part of a result's protocol."""
        return {
            "detector": self.pipeline.detector.name,
            "min_face": self.settings.min_face,
            "faces": self.choice.value,
            "antialias": self.settings.antialias,
            "flip": self.settings.flip,
        }


def opened(data: DataSettings, for_pairs: bool = False) -> Dataset:
    """The part of a data set that is asked for.

    Args:
        data: Which data.
        for_pairs: Whether only photos count that its verification protocol names, where it has one.

    Raises:
        SettingsError: There is no such data set, or nothing is left of it.
    """
    dataset = open_dataset(data.root, data.layout)
    if for_pairs and dataset.pairs:
        named = {name for pair in dataset.pairs for name in (pair.first, pair.second)}
        dataset = dataset.only(photo for photo in dataset.photos if photo.name in named)
    return data.selection.of(dataset)


def digest(seen: Iterable[Sighting]) -> str:
    """The SHA-256 of what was used: photos' names, people and files, in order."""
    found = hashlib.sha256()
    for sighting in seen:
        found.update(f"{sighting.photo.name}\n{sighting.photo.person}\n{sighting.sha256}\n".encode())
    return found.hexdigest()
