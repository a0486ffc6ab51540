"""Who learns from ungeneralizable photos: the authorised network, and the hackers it is to be kept from.

The four cells of J. Ye & X. Wang, Ungeneralizable Examples (CVPR 2024), authorised and hacker on clean and
protected photos, and the hackers that come nearest to being authorised: the same architecture from another
initialisation, the key's own weights without its blindness to the noise, other architectures, and a student
that distils from the authorised network.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from torch import Tensor

from evaluation.benchmarks.distilling import Distilling
from evaluation.benchmarks.train_figures import figures_over_seeds
from evaluation.intervals import Bootstrap, person_rate
from evaluation.results import Metric
from faceguard.methods.authorised_key import AuthorisedKey
from recognizers import heads
from recognizers.training import FaceClassifier, Trainer, TrainingSettings, new_classifier, train
from recognizers.training.loop import LearnStep
from recognizers.training.randomness import seed_for, seeded

CLEAN, PROTECTED = "clean", "protected"
AUTHORISED = "authorised"
OTHER_START = "same architecture, other initialisation"
NOT_BLIND = "the key's weights, not blind"


@dataclass(frozen=True)
class AuthorisedSettings:
    """How everybody is trained.

    Attributes:
        training: The settings of every training; the seed in them is not used.
        others: Hackers of other architectures, from `recognizers.backbones.available()`.
        temperatures: A student distils with each.
        seeds: Everybody is trained once with each.
        bootstrap: How test persons are drawn again for intervals.
    """

    training: TrainingSettings = field(default_factory=TrainingSettings)
    others: tuple[str, ...] = ("mobilefacenet",)
    temperatures: tuple[float, ...] = (1.0, 4.0)
    seeds: tuple[int, ...] = (0, 1, 2)
    bootstrap: Bootstrap = field(default_factory=Bootstrap)


@dataclass(frozen=True, eq=False)
class AuthorisedData:
    """What is learnt from, and what is tested on.

    Attributes:
        clean: (N, 3, size, size), RGB, uint8 or float 0..1, aligned as the key's network takes them.
        protected: The same crops, protected.
        labels: (N,), int64, 0..people - 1: whom they show.
        tests: (M, 3, size, size): clean crops of the same people.
        tested: (M,): whom these show.
    """

    clean: Tensor
    protected: Tensor
    labels: Tensor
    tests: Tensor
    tested: Tensor

    @property
    def people(self) -> int:
        """How many people there are."""
        return int(self.labels.max()) + 1


def who_learns(
    key: AuthorisedKey,
    data: AuthorisedData,
    settings: AuthorisedSettings | None = None,
    progress: Callable[[str, int], None] | None = None,
) -> dict[str, Metric]:
    """The share of clean test photos that each learner names rightly.

    Args:
        key: What the authorised network starts from.
        data: The photos.
        settings: How everybody is trained.
        progress: Told of each learner and seed before it is trained.

    Returns:
        "authorised, clean", "authorised, protected" and so on -> accuracy; of several seeds the mean, with
        Student's t-interval, of one with an interval over persons.
    """
    settings = settings or AuthorisedSettings()
    each = [_OneSeed(key, data, settings, seed, progress).cells() for seed in settings.seeds]
    return figures_over_seeds(each)


class _OneSeed:
    """All trainings with one seed."""

    def __init__(
        self,
        key: AuthorisedKey,
        data: AuthorisedData,
        settings: AuthorisedSettings,
        seed: int,
        progress: Callable[[str, int], None] | None,
    ) -> None:
        self._key = key
        self._data = data
        self._settings = settings
        self._seed = seed
        self._progress = progress
        self._cells: dict[str, Metric] = {}

    def cells(self) -> dict[str, Metric]:
        """See `who_learns`."""
        key, people = self._key, self._data.people
        self._learn(AUTHORISED, key.classifier(people, self._seed), CLEAN)
        teacher = self._learn(AUTHORISED, key.classifier(people, self._seed), PROTECTED)
        for data in (CLEAN, PROTECTED):
            self._learn(OTHER_START, self._hacker(key.backbone.name, key.backbone.dimension), data)
        with seeded(self._seed, "hacker's head"):
            head = heads.build(key.head, key.backbone.dimension, people, **key.head_settings)
        self._learn(NOT_BLIND, FaceClassifier(copy.deepcopy(key.backbone), head), PROTECTED)
        for name in self._settings.others:
            for data in (CLEAN, PROTECTED):
                self._learn(f"other architecture, {name}", self._hacker(name), data)
        for temperature in self._settings.temperatures:
            student = self._hacker(key.backbone.name, key.backbone.dimension)
            step = Distilling(teacher, temperature)
            self._learn(f"student of the authorised, temperature {temperature:g}", student, PROTECTED, step)
        return self._cells

    def _hacker(self, network: str, dimension: int | None = None) -> FaceClassifier:
        key = self._key
        return new_classifier(
            network,
            key.head,
            self._data.people,
            dimension=dimension,
            crop=key.backbone.crop,
            seed=seed_for(self._seed, "hacker"),
            **key.head_settings,
        )

    def _learn(
        self, learner: str, classifier: FaceClassifier, data: str, step: LearnStep = Trainer.step
    ) -> FaceClassifier:
        name = f"{learner}, {data}"
        if self._progress is not None:
            self._progress(name, self._seed)
        crops = self._data.clean if data == CLEAN else self._data.protected
        settings = replace(self._settings.training, seed=self._seed)
        trained = train(classifier, (crops, self._data.labels), settings, learn_step=step).classifier
        hits = (trained.predict(self._data.tests) == self._data.tested).numpy()
        self._cells[name] = person_rate(hits, self._data.tested.numpy(), self._settings.bootstrap)
        return trained
