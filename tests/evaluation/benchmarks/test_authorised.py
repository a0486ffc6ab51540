"""Who learns from ungeneralizable crops, on tiny data, and what a student is taught."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from evaluation.benchmarks.authorised import AuthorisedData, AuthorisedSettings, who_learns
from evaluation.benchmarks.distilling import Distilling
from faceguard.methods.authorised_key import AuthorisedKey
from faceguard.methods.noise_generator import spread_codes
from recognizers.training import Trainer, TrainingSettings, new_classifier
from tests.faceguard.methods.tiny_surrogate import photos
from tests.recognizers.tiny_training import CROP, PEOPLE, classifier

COLOUR = torch.tensor([1.0, 0.7, -0.8])
SETTINGS = TrainingSettings(
    epochs=12, batch_size=12, shift=0, learning_rate=0.05, precision="float32", device="cpu"
)
LEARNERS = [
    "authorised, clean",
    "authorised, protected",
    "same architecture, other initialisation, clean",
    "same architecture, other initialisation, protected",
    "the key's weights, not blind, protected",
    "other architecture, small-resnet, clean",
    "other architecture, small-resnet, protected",
    "student of the authorised, temperature 2, protected",
]


def made_data() -> AuthorisedData:
    """Crops of faint people under strong noise in one colour."""
    (crops, labels), (tests, tested) = photos(0), photos(1)
    fields = F.interpolate(spread_codes(PEOPLE, 4, seed=0)[:, None], (16, 16))
    noise = 40 * fields[labels] * COLOUR.view(1, 3, 1, 1)
    return AuthorisedData(crops, (crops + noise).clamp(0, 255).round().to(torch.uint8), labels, tests, tested)


def made_key() -> AuthorisedKey:
    start = new_classifier("small-resnet", "cosface", 2, dimension=16, crop=CROP, scale=8.0, margin=0.1)
    return AuthorisedKey.of(start, COLOUR)


def test_every_cell_is_measured_and_the_authorised_learns_what_a_hacker_does_not() -> None:
    told: list[tuple[str, int]] = []
    settings = AuthorisedSettings(SETTINGS, others=("small-resnet",), temperatures=(2.0,), seeds=(0, 1))
    found = who_learns(made_key(), made_data(), settings, lambda name, seed: told.append((name, seed)))
    assert list(found) == LEARNERS
    assert told == [(name, seed) for seed in (0, 1) for name in LEARNERS]
    values = {name: metric.value for name, metric in found.items() if metric.value is not None}
    assert values["authorised, protected"] == pytest.approx(values["authorised, clean"], abs=0.15)
    assert values["same architecture, other initialisation, clean"] > 0.7
    assert values["same architecture, other initialisation, protected"] < 0.6


def test_of_one_seed_intervals_are_over_persons_and_nothing_is_left_to_chance() -> None:
    settings = AuthorisedSettings(
        TrainingSettings(epochs=1, batch_size=12, precision="float32", device="cpu", shift=0),
        others=(),
        temperatures=(),
        seeds=(3,),
    )
    once, again = (who_learns(made_key(), made_data(), settings) for _ in range(2))
    assert list(once) == LEARNERS[:5]
    assert once == again
    assert all(metric.n == len(made_data().tests) for metric in once.values())


def test_a_student_comes_to_answer_as_its_teacher_and_not_as_the_labels_say() -> None:
    crops, labels = photos(0)
    teacher = classifier(1).eval()
    settings = TrainingSettings(batch_size=12, shift=0, flip=False, schedule="constant", warmup_epochs=0,
                                learning_rate=0.05, precision="float32", device="cpu")  # fmt: skip
    trainer = Trainer(classifier(2), settings, steps_per_epoch=2)
    step = Distilling(teacher, temperature=2.0)
    losses = [float(step(trainer, crops, labels).loss) for _ in range(60)]
    assert losses[-1] < 0.3 * losses[0]
    answered = teacher.predict(crops)
    student = trainer.classifier.predict(crops)
    assert (student == answered).float().mean() > 0.8
    assert (answered == labels).float().mean() < 0.7
    assert trainer.steps == 60
