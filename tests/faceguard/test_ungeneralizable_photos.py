"""Ungeneralizable photos through the album's pipeline, and their key."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from faceguard import methods
from faceguard.album.outcome import Status
from faceguard.album.protecting import protect_album
from faceguard.cli import main
from faceguard.engine.budget import Budget
from faceguard.errors import SettingsError
from faceguard.faces import detectors
from faceguard.joint_protector import JointProtector
from faceguard.labels import FolderLabels
from faceguard.methods.authorised_key import AuthorisedKey
from faceguard.methods.ungeneralizable import Ungeneralizable
from tests.faceguard.middle_detector import MiddleDetector
from tests.faceguard.two_people import two_people

EPSILON = 16


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(name: str, epsilon: float, surrogates: object = None) -> Ungeneralizable:
        assert name == "ungeneralizable"
        method = Ungeneralizable(Budget(epsilon))
        return replace(method, hackers=method.hackers[:1], rounds=1, train_steps=1, noise_steps=1)

    monkeypatch.setattr(detectors, "load", lambda *_: MiddleDetector())
    monkeypatch.setattr(methods, "load_joint_method", load)


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """Two people with two photos each."""
    return two_people(tmp_path / "people", 60, 195)


def guard(people: Path, keep_key: Path | None) -> JointProtector:
    return JointProtector(
        FolderLabels((people,)), method="ungeneralizable", epsilon=EPSILON, device="cpu", keep_key=keep_key
    )


def changes(people: Path, output: Path) -> NDArray[np.float64]:
    """All changed pixels, (N, 3)."""
    paths = sorted(people.rglob("*.png"))
    moved = [
        np.asarray(Image.open(output / path.relative_to(people))).astype(float) - np.asarray(Image.open(path))
        for path in paths
    ]
    pixels = np.concatenate([change.reshape(-1, 3) for change in moved])
    return np.asarray(pixels[np.abs(pixels).max(1) > 0])


def beside(moved: NDArray[np.float64], key: AuthorisedKey) -> float:
    """The share of changes that does not lie along the key's colour."""
    colour = key.colour.double().numpy() / float(key.colour.norm())
    return float(1 - ((moved @ colour) ** 2).sum() / (moved**2).sum())


def test_photos_wear_the_colour_of_the_key_and_photos_to_come_do_too(people: Path, tmp_path: Path) -> None:
    path, output = tmp_path / "key.safetensors", tmp_path / "out"
    protector = guard(people, path)
    statuses = [outcome.status for outcome in protect_album(protector, [people], output)]
    assert statuses == [Status.PROTECTED] * 4
    key = AuthorisedKey.read(path)
    assert key.settings["method"] == "ungeneralizable"
    moved = changes(people, output)
    assert 0.8 * EPSILON < np.abs(moved).max() <= EPSILON
    assert beside(moved, key) < 0.02

    content = path.read_bytes()
    for name in ("anna/3", "bodo/3"):
        Image.open(people / "anna/1.png").rotate(180).save(people / f"{name}.png")
    list(protect_album(guard(people, path), [people], tmp_path / "more"))
    assert path.read_bytes() == content
    assert beside(changes(people, tmp_path / "more"), key) < 0.02


def test_a_file_in_the_keys_place_that_is_none_is_told_and_kept(people: Path, tmp_path: Path) -> None:
    path = tmp_path / "key.safetensors"
    path.write_bytes(b"something else")
    with pytest.raises(SettingsError, match=r"key\.safetensors: cannot be read as a key"):
        list(protect_album(guard(people, path), [people], tmp_path / "out"))
    assert path.read_bytes() == b"something else"


def test_the_command_line_writes_the_key_and_says_not_to_publish_it(
    people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "out"
    command = [
        "protect",
        str(people),
        "-o",
        str(output),
        "--method",
        "ungeneralizable",
        "--labels",
        "folders",
    ]
    assert main([*command, "--device", "cpu", "--quiet"]) == 0
    AuthorisedKey.read(output / "faceguard-key.safetensors")
    told = " ".join(capsys.readouterr().err.split())
    assert "faceguard-key.safetensors is the key" in told
    assert "before you publish" in told
