"""Training that was interrupted goes on to the same bits, and never on top of another training."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch

from recognizers import RecognizerError, backbones
from recognizers.checkpoint import read_checkpoint
from recognizers.training import FaceClassifier, TrainingProgress, train
from tests.recognizers.tiny_training import SETTINGS, Tiny, classifier, photos, weights

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _tiny_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(backbones._KINDS, Tiny.name, Tiny)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("stop", [0, 1, 3, 4, 7, 8])
def test_resumed_training_gives_the_same_bits(tmp_path: Path, stop: int) -> None:
    """Nine steps of three epochs, cancelled after `stop` of them."""
    expected = train(classifier(), photos(), SETTINGS)
    path = tmp_path / "made" / "victim.safetensors"
    told: list[TrainingProgress] = []
    cut = train(
        classifier(),
        photos(),
        SETTINGS,
        progress=told.append,
        cancelled=lambda: len(told) == stop,
        checkpoint=path,
    )
    assert not cut.finished
    assert len(cut.history) == stop // 3
    torch.manual_seed(99)
    result = train(classifier(), photos(), SETTINGS, progress=told.append, checkpoint=path)
    assert result.finished
    assert len(told) == stop + 9 - 3 * (stop // 3)
    assert torch.equal(weights(result.classifier), weights(expected.classifier))
    assert [(e.number, e.loss, e.accuracy) for e in result.history] == [
        (e.number, e.loss, e.accuracy) for e in expected.history
    ]
    assert names(path.parent) == ["victim.json", "victim.safetensors"]


def test_after_each_epoch_there_is_one_state_and_it_is_a_recogniser(tmp_path: Path) -> None:
    seen = []

    def look(_classifier: FaceClassifier) -> Mapping[str, float]:
        seen.append(names(tmp_path))
        return {"found": 1.0}

    train(classifier(), photos(), SETTINGS, validate=look, checkpoint=tmp_path / "a.safetensors")
    assert seen == [
        [],
        ["a.epoch-0001.json", "a.epoch-0001.safetensors"],
        ["a.epoch-0002.json", "a.epoch-0002.safetensors"],
    ]
    saved = read_checkpoint(tmp_path / "a.safetensors")
    assert saved.description["finished"] is True
    assert saved.description["history"][2]["metrics"] == {"found": 1.0}
    assert not any(name.startswith("momentum.") for name in saved.tensors)


def test_the_sidecar_says_who_the_labels_are(tmp_path: Path) -> None:
    people = ["Ada", "Bea", "Cleo", "Dora"]
    settings = dataclasses.replace(SETTINGS, epochs=1)
    train(classifier(), photos(), settings, checkpoint=tmp_path / "a.safetensors", people=people)
    assert read_checkpoint(tmp_path / "a").description["people"] == people
    with pytest.raises(ValueError, match="3 people are named, and the head has 4 classes"):
        train(classifier(), photos(), settings, people=people[:3])


def test_finished_training_is_only_read(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    first = train(classifier(), photos(), SETTINGS, checkpoint=path)
    told: list[TrainingProgress] = []
    again = train(classifier(), photos(), SETTINGS, checkpoint=path, progress=told.append)
    assert told == []
    assert again.finished
    assert again.history == first.history
    assert torch.equal(weights(again.classifier), weights(first.classifier))


@pytest.mark.parametrize("change", ["settings", "photos", "labels", "start", "transform"])
def test_another_training_is_not_continued(tmp_path: Path, change: str) -> None:
    path = tmp_path / "a.safetensors"
    train(classifier(), photos(), SETTINGS, checkpoint=path)
    before = path.read_bytes()
    crops, labels = photos()
    data = {"photos": photos(seed=1), "labels": (crops, labels.flip(0))}.get(change, (crops, labels))
    settings = dataclasses.replace(SETTINGS, weight_decay=0.1) if change == "settings" else SETTINGS
    built = classifier(seed=1 if change == "start" else 0)
    transforms = (torch.relu,) if change == "transform" else ()
    with pytest.raises(RecognizerError, match=r"a\.safetensors: is another training"):
        train(built, data, settings, transforms=transforms, checkpoint=path)
    assert path.read_bytes() == before
    replaced = train(built, data, settings, transforms=transforms, checkpoint=path, resume=False)
    assert replaced.finished
    assert names(tmp_path) == ["a.json", "a.safetensors"]


def test_beginning_anew_forgets_the_states_of_epochs(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    told: list[TrainingProgress] = []
    train(
        classifier(seed=1),
        photos(),
        SETTINGS,
        progress=told.append,
        cancelled=lambda: len(told) == 4,
        checkpoint=path,
    )
    assert names(tmp_path) == ["a.epoch-0001.json", "a.epoch-0001.safetensors"]
    result = train(classifier(), photos(), SETTINGS, checkpoint=path, resume=False)
    expected = train(classifier(), photos(), SETTINGS)
    assert torch.equal(weights(result.classifier), weights(expected.classifier))
    assert names(tmp_path) == ["a.json", "a.safetensors"]


def test_a_state_without_its_sidecar_was_interrupted_and_does_not_count(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    told: list[TrainingProgress] = []
    train(
        classifier(),
        photos(),
        SETTINGS,
        progress=told.append,
        cancelled=lambda: len(told) == 7,
        checkpoint=path,
    )
    (tmp_path / "a.epoch-0003.safetensors").write_bytes(b"half of")
    result = train(classifier(), photos(), SETTINGS, checkpoint=path)
    expected = train(classifier(), photos(), SETTINGS)
    assert torch.equal(weights(result.classifier), weights(expected.classifier))


def test_a_damaged_state_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    told: list[TrainingProgress] = []
    train(
        classifier(),
        photos(),
        SETTINGS,
        progress=told.append,
        cancelled=lambda: len(told) == 4,
        checkpoint=path,
    )
    state = tmp_path / "a.epoch-0001.safetensors"
    state.write_bytes(state.read_bytes()[:-1] + b"\x00\x00")
    with pytest.raises(RecognizerError, match="its SHA-256 is"):
        train(classifier(), photos(), SETTINGS, checkpoint=path)


def test_a_folder_that_cannot_be_written_is_said_before_anything_is_lost(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(RecognizerError, match="cannot be written"):
        train(classifier(), photos(), SETTINGS, checkpoint=tmp_path / "file" / "a.safetensors")


PROGRAM = """
import sys
from pathlib import Path
from recognizers.training import train
from tests.recognizers.tiny_training import SETTINGS, classifier, photos
import dataclasses
train(classifier(), photos(), dataclasses.replace(SETTINGS, epochs=100000), checkpoint=Path(sys.argv[1]))
"""


@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise there")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_killed_training_leaves_a_whole_state(tmp_path: Path, how: signal.Signals) -> None:
    path = tmp_path / "a.safetensors"
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(path)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        deadline = time.monotonic() + 60
        while "epoch-0005" not in "".join(names(tmp_path)) and process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.002)
        process.send_signal(how)
        out, _ = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode != 0
    assert out == b""  # training never prints
    states = [path for path in tmp_path.glob("*.json") if not path.name.startswith(".")]
    assert states
    for state in states:
        assert json.loads(state.read_bytes())["finished"] is False
        read_checkpoint(state)
