"""Verification data for victims trained in the open set: LFW, or an insightface pack."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from evaluation.benchmarks.pairing import Pairing, pairing
from evaluation.benchmarks.train_crops import TrainCrops
from evaluation.benchmarks.train_preparation import Preparation, Prepared
from evaluation.benchmarks.train_settings import TrainSettings
from evaluation.benchmarks.workbench import DataSettings, Workbench, digest, opened
from evaluation.datasets.validation import Validation

_MOST_PAIRS = 200_000  # of a kind, where the data list none


@dataclass(frozen=True, eq=False)
class VerificationTest:
    """Pairs of strangers' photos to compare.

    Attributes:
        photos: Their photos, prepared.
        pairs: Pairs of them by their places.
    """

    photos: Prepared
    pairs: Pairing

    def people(self) -> NDArray[np.int64]:
        """(N,) whom the photos show, numbered."""
        names = [photo.person for photo in self.photos.photos]
        return np.unique(names, return_inverse=True)[1].astype(np.int64)


@dataclass(frozen=True, eq=False)
class VerificationData:
    """A data set to verify on, looked at in its own way: LFW's photos are centred on the face that counts.

    Attributes:
        validation: What of it is used.
        pairs: Pairs of the used photos by their places.
        crops: Looks at the photos.
    """

    validation: Validation
    pairs: Pairing
    crops: TrainCrops

    @property
    def sha256(self) -> str:
        """Of what is used."""
        return digest(self.validation.seen)

    def prepared(self, preparation: Preparation) -> VerificationTest:
        """The pairs of which both photos show a face after a preparation."""
        photos = [sighting.photo for sighting in self.validation.seen]
        found = preparation(self.crops, photos)
        places = {photo.name: place for place, photo in enumerate(found.photos)}
        place = np.array([places.get(photo.name, -1) for photo in photos], np.int64)
        first, second = place[self.pairs.first], place[self.pairs.second]
        kept = (first >= 0) & (second >= 0)
        folds = None if self.pairs.folds is None else self.pairs.folds[kept]
        return VerificationTest(found, Pairing(first[kept], second[kept], folds, self.pairs.source))


@contextmanager
def verification_data(settings: TrainSettings, bench: Workbench) -> Iterator[VerificationData | None]:
    """The verification data that settings name; None where they name none.

    Raises:
        SettingsError: There are none, or they cannot be used.
    """
    if settings.lfw is None:
        yield None
        return
    dataset = opened(DataSettings(settings.lfw), for_pairs=True)
    with Workbench(replace(bench.settings, faces=None), dataset.layout, bench.progress) as own:
        validation = own.validated(dataset)
        pairs = pairing(validation.used, validation.seen, _MOST_PAIRS, settings.statistics.seed)
        yield VerificationData(validation, pairs, TrainCrops(own))
