"""Who learns from ungeneralizable photos, on made-up people, and what a student is taught."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from evaluation.benchmarks.authorised import near
from evaluation.benchmarks.distilling import Distilling
from evaluation.benchmarks.enroll_settings import Crafting
from evaluation.benchmarks.train import train_victims
from evaluation.benchmarks.train_settings import KeySettings, TrainCase, TrainSettings
from evaluation.benchmarks.train_victim import Victim
from evaluation.benchmarks.workbench import DataSettings, TrackerSettings, Workbench, opened
from evaluation.progress import Silent
from evaluation.results import Result
from faceguard import methods
from faceguard.engine.budget import Budget
from faceguard.errors import SettingsError
from faceguard.methods.authorised_key import AuthorisedKey
from faceguard.methods.key_file import KEY_NAME, write_key
from faceguard.methods.surrogate_training import SurrogateTraining
from faceguard.methods.ungeneralizable import Ungeneralizable
from recognizers import backbones
from recognizers.training import Trainer, TrainingSettings, new_classifier
from tests.evaluation.benchmarks.hard_people import (
    PEOPLE,
    TRAINING,
    VICTIM,
    TinyVictim,
    same_for_each_person,
    write_people,
)
from tests.faceguard.methods.tiny_surrogate import photos
from tests.recognizers.tiny_training import classifier

pytestmark = pytest.mark.usefixtures("fake_tracker")

COLOUR = torch.tensor([1.0, 0.7, -0.8])
OTHER_COLOUR = torch.tensor([0.7, -1.0, 0.0])  # at a right angle to it
QUICK = replace(VICTIM, training=replace(TRAINING, epochs=1))
HACKER = "tiny-victim, cosface"
AUTHORISED = f"authorised {HACKER}"
NOT_BLIND = f"{HACKER}, the key's weights, not blind"
COLOUR_FOUND = f"{HACKER}, blind to the noise's colour"
STUDENT = f"{HACKER}, distilling at temperature 2"
BLUNT_STUDENT = f"{HACKER}, distilling blunt answers at temperature 2"
LEARNERS = [HACKER, AUTHORISED, NOT_BLIND, COLOUR_FOUND, STUDENT, BLUNT_STUDENT]
CLEAN, PROTECTED = "closed set, clean", "closed set, protected"
Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def _tiny_victim_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(backbones._KINDS, TinyVictim.name, TinyVictim)


def made_key(colour: torch.Tensor = COLOUR, dimension: int | None = None) -> AuthorisedKey:
    start = new_classifier("tiny-victim", "cosface", 2, dimension=dimension, seed=5, scale=16.0, margin=0.1)
    return AuthorisedKey.of(start, colour)


def coloured(person: int, number: int) -> NDArray[np.float64]:
    """A poison in one colour."""
    return np.asarray(same_for_each_person(person, number) * COLOUR.double().numpy())


@pytest.fixture
def protected(tmp_path: Path) -> Path:
    """Protected photos with their key."""
    folder = write_people(tmp_path / "protected", coloured, size=12)
    made_key().write(folder / KEY_NAME)
    return folder


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs the benchmark."""
    clean = write_people(tmp_path / "clean")

    def run(progress: Any = None, **settings: Any) -> Result:
        usual: dict[str, Any] = {"victims": (QUICK,), "seeds": (0,), "output": tmp_path / "out"}
        usual |= {"data": DataSettings(clean), "key": KeySettings(temperatures=(2.0,))}
        usual |= {"tracker": TrackerSettings((), cache=tmp_path / "cache")}
        asked = TrainSettings(**{**usual, **settings})
        with Workbench(asked.tracker, progress=progress or Silent()) as bench:
            return train_victims(asked, bench, bench.validated(opened(asked.data))).result

    return run


class CountingSteps(Silent):
    """Counts the steps of training."""

    def __init__(self) -> None:
        self.steps = 0
        self._training = False

    def stage(self, name: str, total: int) -> None:
        self._training = name.startswith("training")

    def step(self, count: int = 1) -> None:
        self.steps += count * self._training


def value(result: Result, learner: str, case: str) -> float:
    found = result.metrics[learner][case]["accuracy"].value
    assert found is not None
    return found


def test_the_authorised_network_learns_what_a_hacker_does_not(run: Run, protected: Path) -> None:
    result = run(victims=(VICTIM,), protected=protected)
    assert list(result.metrics) == LEARNERS
    for learner in (HACKER, AUTHORISED):
        assert value(result, learner, CLEAN) > 0.8
    assert value(result, AUTHORISED, PROTECTED) > 0.8
    assert value(result, HACKER, PROTECTED) < 0.6
    assert value(result, NOT_BLIND, PROTECTED) < 0.6
    assert value(result, COLOUR_FOUND, PROTECTED) > 0.8  # wherever the weights are from
    for learner in LEARNERS[2:]:
        assert list(result.metrics[learner]) == [PROTECTED]
    assert result.metrics[AUTHORISED][PROTECTED]["accuracy"].n == PEOPLE * 4
    for learner, reference in ((AUTHORISED, AUTHORISED), (STUDENT, HACKER)):
        change = result.metrics[learner][PROTECTED]["accuracy_change"].value
        assert change == pytest.approx(value(result, learner, PROTECTED) - value(result, reference, CLEAN))

    # The result says who was trained, and not what the key is.
    assert result.settings["trained_beside_victims"] == LEARNERS[1:]
    assert list(result.protocol["victims"]) == [HACKER]  # type: ignore[arg-type]
    keys = result.settings["keys"]
    assert isinstance(keys, dict)
    assert len(keys["closed set"]) == 64
    assert f"{float(COLOUR[2]):.1f}" not in json.dumps(result.settings)
    assert result.timing[f"training {STUDENT}"] > 0


def test_what_is_trained_is_kept_and_another_key_is_another_training(
    run: Run, protected: Path, tmp_path: Path
) -> None:
    first = run(protected=protected)
    again = CountingSteps()
    assert run(again, protected=protected).metrics == first.metrics
    assert again.steps == 0
    other = CountingSteps()
    made_key(torch.tensor([1.0, 0.8, -0.8])).write(tmp_path / "other.safetensors")
    run(other, protected=protected, key=KeySettings(tmp_path / "other.safetensors", (2.0,)))
    # All but the victim: the authorised network on clean photos too, the others on protected ones alone.
    assert other.steps == 6 * PEOPLE * 16 // TRAINING.batch_size


def test_protecting_leaves_a_key_for_each_case(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    surrogate = SurrogateTraining("tiny-victim")
    made = Ungeneralizable(Budget(8.0), surrogate, (surrogate,), rounds=1, train_steps=1, noise_steps=1)
    monkeypatch.setattr(methods, "load_joint_method", lambda *_: made)
    settings: dict[str, Any] = {
        "crafting": Crafting("ungeneralizable"),
        "cases": (TrainCase.CLOSED, TrainCase.PARTIAL),
        "protected_identities": 3,
    }
    result = run(**settings)
    keys = result.settings["keys"]
    assert isinstance(keys, dict)
    assert list(keys) == ["closed set", "partial"]
    assert len(set(keys.values())) == 2
    files = list((tmp_path / "out" / "protected").glob(f"*/{KEY_NAME}"))
    assert len(files) == 2
    assert "partial, protected, protected people" in result.metrics[AUTHORISED]
    files[0].unlink()
    with pytest.raises(SettingsError, match="no such key; name the faceguard-key"):
        run(**settings)


def test_where_no_victim_has_the_keys_architecture_one_is_added() -> None:
    others = (Victim("dlib", fine_tuned=True), Victim("mobilefacenet", head="softmax"))
    added, authorised, *_ = near(made_key(), others, ())
    assert (added.name, authorised.name) == ("tiny-victim, softmax", "authorised tiny-victim, softmax")
    alone, *_ = near(made_key(), others[:1], ())
    assert alone.name == HACKER
    assert [learner.name for learner in near(made_key(), (VICTIM, *others), (2.0,))] == LEARNERS[1:]
    with pytest.raises(SettingsError, match=r"makes embeddings of 24 values.*the victim's 16"):
        near(made_key(dimension=24), (VICTIM,), ())


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"protected": None}, "a key is to protected photos"),
        ({"protected": None, "crafting": Crafting("targeted")}, "targeted has no key"),
        (
            {"protected": None, "crafting": Crafting("ungeneralizable"), "key": KeySettings(Path("k"))},
            "protecting makes a key of its own",
        ),
        ({"key": KeySettings(Path("nowhere"))}, "nowhere: no such key"),
        ({"key": KeySettings(Path(__file__))}, "cannot be read as a key"),
        ({"victims": (replace(QUICK, dimension=8),)}, "the victim's 8 from 28"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    run: Run, protected: Path, settings: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(SettingsError, match=complaint):
        run(**{"protected": protected, **settings})


@pytest.mark.parametrize("temperature", [0.0, -1.0, float("inf"), float("nan")])
def test_a_temperature_is_above_zero(temperature: float) -> None:
    with pytest.raises(SettingsError, match="temperatures are above 0"):
        KeySettings(temperatures=(4.0, temperature))


def test_a_key_to_other_photos_is_refused(run: Run, protected: Path) -> None:
    path = protected / KEY_NAME
    made_key(OTHER_COLOUR).write(path)
    with pytest.raises(SettingsError, match="is not the key to these photos: 0 % of what was changed"):
        run(protected=protected)
    write_key(path, "key to something else, version 1", {}, {"colour": COLOUR})
    with pytest.raises(SettingsError, match="holds no key to ungeneralizable photos"):
        run(protected=protected)
    made_key().write(path)
    path.write_bytes(path.read_bytes()[:-4] + b"\0\0\0\1")
    with pytest.raises(SettingsError, match="altered or damaged"):
        run(protected=protected)


@pytest.mark.parametrize("blunt", [False, True])
def test_a_student_comes_to_answer_as_its_teacher_and_not_as_the_labels_say(blunt: bool) -> None:
    crops, labels = photos(0)
    teacher = classifier(1).eval()
    settings = TrainingSettings(batch_size=12, shift=0, flip=False, schedule="constant", warmup_epochs=0,
                                learning_rate=0.05, precision="float32", device="cpu")  # fmt: skip
    trainer = Trainer(classifier(2), settings, steps_per_epoch=2)
    step = Distilling(teacher, 2.0, blunt)
    losses = [float(step(trainer, crops, labels).loss) for _ in range(60)]
    assert losses[-1] < 0.3 * losses[0]
    answered = teacher.predict(crops)
    student = trainer.classifier.predict(crops)
    assert (student == answered).float().mean() > 0.8
    assert (answered == labels).float().mean() < 0.7
    assert trainer.steps == 60
