"""What holds for every detector, and the names that load them."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from faceguard.errors import SettingsError
from faceguard.faces import detectors
from faceguard.faces.detector import Detector
from faceguard.faces.face import Face
from recognizers.catalogue import MODELS
from recognizers.weights import sha256
from recognizers.weights_cache import weights_path
from tests.faceguard.faces.made_detectors import scrfd_file, yunet_file

Pixels = NDArray[np.uint8]
# The six people's noses in insightface's group photo, read off it by eye, from left to right.
NOSES = [(118, 342), (310, 228), (508, 368), (773, 428), (928, 150), (1168, 345)]


@pytest.fixture(scope="module", params=["mtcnn", "scrfd", "yunet"])
def detector(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Detector:
    """Each detector; SCRFD and YuNet with made networks, which take red for faces."""
    if request.param == "mtcnn":
        return detectors.load("mtcnn")
    path = tmp_path_factory.mktemp("networks") / "a.onnx"
    if request.param == "scrfd":
        pytest.importorskip("insightface")
        return detectors.load(f"scrfd:{scrfd_file(path)}")
    return detectors.load(f"yunet:{yunet_file(path)}")


@pytest.fixture(scope="module")
def group() -> Pixels:
    """insightface's group photo of six people, with a red square for the made networks."""
    found = importlib.util.find_spec("insightface")
    if found is None or not found.submodule_search_locations:
        pytest.skip("insightface, which brings the photo, is not installed")
    path = Path(found.submodule_search_locations[0]) / "data" / "images" / "t1.jpg"
    if not path.is_file():
        pytest.skip("this insightface does not bring the photo")
    pixels = np.array(Image.open(path).convert("RGB"))
    pixels[700:760, 60:120] = (255, 0, 0)
    return pixels


def same(first: list[Face], second: list[Face]) -> bool:
    return len(first) == len(second) and all(
        a.box == b.box and (a.landmarks == b.landmarks).all() and a.score == b.score
        for a, b in zip(first, second, strict=True)
    )


def test_faces_are_as_promised(detector: Detector, group: Pixels) -> None:
    before = group.copy()
    (faces,) = detector.detect([group])
    assert (group == before).all()
    assert faces
    sizes = [face.size for face in faces]
    assert sizes == sorted(sizes, reverse=True)
    assert min(sizes) >= 24
    for face in faces:
        assert all(type(value) is float for value in (*face.box, face.score))
        left, top, right, bottom = face.box
        assert left < right
        assert top < bottom
        assert 0 < face.score <= 1.000001
        assert face.landmarks.dtype == np.float32
        left_eye, right_eye, nose, left_mouth, right_mouth = face.landmarks
        assert left_eye[0] < nose[0] < right_eye[0]
        assert left_mouth[0] < right_mouth[0]
        assert max(left_eye[1], right_eye[1]) < nose[1] < min(left_mouth[1], right_mouth[1])
        assert ((face.landmarks >= (left, top)) & (face.landmarks <= (right, bottom))).all()


def test_mtcnn_finds_all_six_people(group: Pixels) -> None:
    (faces,) = detectors.load("mtcnn").detect([group])
    noses = sorted(tuple(face.landmarks[2]) for face in faces)
    assert np.array(noses) == pytest.approx(np.array(NOSES), abs=10)


def test_a_photo_gives_the_same_alone_and_among_others(detector: Detector, group: Pixels) -> None:
    empty = np.full((90, 300, 3), 127, np.uint8)
    part = group[500:, :400]
    together = detector.detect([empty, group, part])
    assert together[0] == []
    assert same(together[1], detector.detect([group])[0])
    assert same(together[2], detector.detect([part.copy()])[0])
    assert detector.detect([]) == []


def test_photos_that_may_not_be_written_to(detector: Detector, group: Pixels) -> None:
    locked = group.copy()
    locked.flags.writeable = False
    assert same(detector.detect([locked])[0], detector.detect([group])[0])


@pytest.mark.parametrize(
    "shape", [(1, 1), (2, 7), (10, 10), (31, 33), (30, 200), (200, 30), (20, 3000), (3000, 20), (300, 401)]
)
def test_photos_of_any_shape_without_a_face(detector: Detector, shape: tuple[int, int]) -> None:
    plain = np.full((*shape, 3), 128, np.uint8)
    noise = np.random.default_rng(0).integers(100, 150, plain.shape, dtype=np.uint8)
    assert detector.detect([plain, noise]) == [[], []]


def test_the_name_is_what_was_typed(detector: Detector) -> None:
    family, _, path = detector.name.partition(":")
    assert (family, bool(path)) in (("mtcnn", False), ("scrfd", True), ("yunet", True))
    assert detectors.load(detector.name).name == detector.name


@pytest.mark.parametrize("name", ["", "dlib", "MTCNN", "mtcnn:", "mtcnn:a.onnx", "scrfd:", ":a.onnx"])
def test_unknown_names_are_answered_with_the_known_ones(name: str) -> None:
    with pytest.raises(SettingsError, match=r"^no detector '.*'; there are mtcnn, scrfd-10g, .*yunet:PATH$"):
        detectors.load(name)


def test_the_names_are_those_of_the_catalogue_and_of_files() -> None:
    named = {name for name, model in MODELS.items() if model.detects}
    assert named
    assert set(detectors.available()) == {"mtcnn", "scrfd:PATH", "yunet:PATH", *named}


@pytest.mark.parametrize("name", [name for name, model in MODELS.items() if model.detects])
def test_missing_weights_are_named_with_the_command_that_fetches_them(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACEGUARD_CACHE", str(tmp_path))
    with pytest.raises(SettingsError, match=f"^{name}: .*faceguard models fetch {name}"):
        detectors.load(name)


@pytest.mark.parametrize(("name", "make"), [("scrfd-500m", scrfd_file), ("yunet", yunet_file)])
def test_fetched_weights_are_loaded_by_name(
    name: str, make: Callable[[Path], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name.startswith("scrfd"):
        pytest.importorskip("insightface")
    monkeypatch.setenv("FACEGUARD_CACHE", str(tmp_path))
    path = weights_path(MODELS[name])
    path.parent.mkdir(parents=True)
    make(path)
    with pytest.raises(SettingsError, match="its SHA-256 is"):
        detectors.load(name)
    # As if that had been published.
    file = MODELS[name].weights
    known = replace(MODELS[name], weights=replace(file, sha256=sha256(path)))
    monkeypatch.setitem(MODELS, name, known)
    assert detectors.load(name).name == name


def test_a_gpu_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(SettingsError, match="device cuda: PyTorch finds no usable GPU"):
        detectors.load("mtcnn", "cuda")
