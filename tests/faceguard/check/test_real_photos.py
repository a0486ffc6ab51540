"""Real recogniser, detector and photos: an unprotected copy is recognised, and not taken for another."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from faceguard.check.checking import Checker
from faceguard.check.crafting import Manifests
from faceguard.check.findings import Verdict
from faceguard.check.judges import named, present
from faceguard.faces import detectors
from tests.faceguard.check.made_check import Steps, copied, saved

CPU = torch.device("cpu")


def test_what_came_back_from_a_network_unprotected_is_recognised(data_root: Path, tmp_path: Path) -> None:
    photos = sorted((data_root / "celeba" / "img_celeba").iterdir())[:2]
    for number, path in enumerate(photos):
        pixels = np.asarray(Image.open(path).convert("RGB"))
        saved(pixels, tmp_path / "in" / f"{number}.png")
        saved(copied(pixels), tmp_path / "back" / f"IMG_{9 - number}.jpg")
    checker = Checker(named(["dlib"], CPU), detectors.load("mtcnn", "cpu", 20), CPU, Steps())
    found = checker.check_folders(tmp_path / "in", tmp_path / "back", Manifests(tmp_path / "back"))
    assert {photo.name: photo.original for photo in found.photos} == {
        "IMG_9.jpg": "0.png",
        "IMG_8.jpg": "1.png",
    }
    for photo in found.photos:
        assert photo.verdict is Verdict.RECOGNISED
        opinion = photo.faces[0].opinions["dlib"]
        assert max(opinion.as_is.after, opinion.copied.after) < 0.4
    assert not found.protected


def test_dlib_judges_where_nothing_else_is_there() -> None:
    bench = present(CPU, ["no-such-recogniser"])
    assert "dlib" in [judge.name for judge in bench.judges]
    assert [absent.name for absent in bench.absent] == ["no-such-recogniser"]
