"""The default detector on faces near, far, cut off, and absent."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray
from PIL import Image

from faceguard.faces import mtcnn_files
from faceguard.faces.face import Face
from faceguard.faces.mtcnn import MtcnnDetector
from recognizers.errors import RecognizerError

Pixels = NDArray[np.uint8]
LANDMARKS = np.array([[204, 101], [247, 104], [225, 130], [202, 140], [245, 143]])


@pytest.fixture(scope="module")
def detector() -> MtcnnDetector:
    return MtcnnDetector()


def astronaut(top: int = 0, bottom: int = 512, left: int = 0, right: int = 512) -> Pixels:
    return np.ascontiguousarray(skimage.data.astronaut()[top:bottom, left:right])


def only(detector: MtcnnDetector, photo: Pixels) -> Face:
    (faces,) = detector.detect([photo])
    assert len(faces) == 1
    return faces[0]


def off(face: Face, left: int = 0, top: int = 0, scale: float = 1.0) -> float:
    """How far the landmarks are at most from where they lie in the whole photo, in its pixels."""
    return float(np.abs((face.landmarks + 0.5) / scale - 0.5 + (left, top) - LANDMARKS).max())


def test_a_portrait(detector: MtcnnDetector) -> None:
    face = only(detector, astronaut())
    assert off(face) < 3
    assert face.box == pytest.approx((180, 62, 268, 175), abs=6)
    assert face.score > 0.99
    left, top, right, bottom = face.box
    assert ((face.landmarks > (left, top)) & (face.landmarks < (right, bottom))).all()


@pytest.mark.parametrize("scale", [0.3, 1.0, 5.0])
def test_a_face_that_fills_the_frame(detector: MtcnnDetector, scale: float) -> None:
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    photo = np.asarray(cv2.resize(astronaut(62, 175, 180, 268), None, fx=scale, fy=scale, interpolation=way))
    assert off(only(detector, photo.astype(np.uint8)), 180, 62, scale) < 5


@pytest.mark.parametrize(
    ("top", "bottom", "left", "right"),
    [(40, 250, 205, 400), (0, 150, 100, 350), (40, 250, 100, 235), (95, 300, 100, 350)],
)
def test_a_face_cut_by_the_edge(
    detector: MtcnnDetector, top: int, bottom: int, left: int, right: int
) -> None:
    face = only(detector, astronaut(top, bottom, left, right))
    assert off(face, left, top) < 12
    inside = face.box[0] >= 0 and face.box[1] >= 0
    assert not (inside and face.box[2] <= right - left - 1 and face.box[3] <= bottom - top - 1)


@pytest.mark.parametrize(
    "shape", [(1, 1), (10, 10), (16, 16), (30, 200), (200, 30), (20, 3000), (3000, 20), (300, 400)]
)
def test_photos_without_a_face_of_any_shape(detector: MtcnnDetector, shape: tuple[int, int]) -> None:
    plain = np.full((*shape, 3), 128, np.uint8)
    noise = np.random.default_rng(0).integers(0, 256, plain.shape, dtype=np.uint8)
    assert detector.detect([plain, noise]) == [[], []]


def test_a_cat_is_no_face(detector: MtcnnDetector) -> None:
    assert detector.detect([skimage.data.chelsea()]) == [[]]


def test_photos_of_different_sizes_keep_their_order(detector: MtcnnDetector) -> None:
    photos = [astronaut(200, 300), astronaut(), astronaut(0, 9, 0, 9), astronaut(0, 250, 100, 350)]
    assert [len(faces) for faces in detector.detect(photos)] == [0, 1, 0, 1]
    assert detector.detect([]) == []


def test_a_batch_gives_what_each_photo_gives_alone(detector: MtcnnDetector) -> None:
    photos = [astronaut(0, 250, 100, 350), astronaut()]
    together = detector.detect(photos)
    for faces, photo in zip(together, photos, strict=True):
        alone = only(detector, photo)
        assert faces[0].box == alone.box
        assert (faces[0].landmarks == alone.landmarks).all()


def test_a_small_face_in_a_wide_photo(detector: MtcnnDetector) -> None:
    photo = np.zeros((512, 3000, 3), np.uint8)
    photo[:, 1200:1712] = astronaut()
    assert off(only(detector, photo), -1200) < 6


def test_smaller_faces_than_asked_for_are_left_out() -> None:
    (faces,) = MtcnnDetector(min_face=100).detect([astronaut()])
    assert len(faces) == 1
    assert MtcnnDetector(min_face=150).detect([astronaut()]) == [[]]
    assert MtcnnDetector(min_face=400).detect([astronaut(0, 100, 0, 100)]) == [[]]


def test_faces_below_what_the_networks_can_see_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 20 pixels, not 19"):
        MtcnnDetector(min_face=19)


def test_several_faces_largest_first(detector: MtcnnDetector) -> None:
    found = importlib.util.find_spec("insightface")
    if found is None or not found.submodule_search_locations:
        pytest.skip("insightface, which brings the photo, is not installed")
    path = Path(found.submodule_search_locations[0]) / "data" / "images" / "t1.jpg"
    if not path.is_file():
        pytest.skip("this insightface does not bring the photo")
    (faces,) = detector.detect([np.array(Image.open(path).convert("RGB"))])
    assert len(faces) == 6
    sizes = [face.size for face in faces]
    assert sizes == sorted(sizes, reverse=True)


def test_torchvision_is_not_loaded() -> None:
    """It takes longer to load than PyTorch itself, and twice as much memory as an album's photos."""
    program = (
        "import sys; from faceguard import Protector; import skimage.data;"
        "assert len(Protector(device='cpu').protect(skimage.data.astronaut()).faces) == 1;"
        "print({'torchvision', 'torch._dynamo', 'facenet_pytorch'} & set(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"


def test_other_weights_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(mtcnn_files.MTCNN_FILES, "onet.pt", "0" * 64)
    with pytest.raises(RecognizerError, match=r"onet\.pt: its SHA-256 is .* not 0000.*pip install"):
        MtcnnDetector()
