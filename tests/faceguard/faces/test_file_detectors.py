"""SCRFD and YuNet on networks that can be worked out by hand; see `made_detectors`.

A photo of at most 256 pixels is looked at as it is, with a border of half its longer side and 20 pixels. So a
red cell at (32, 16) of a photo 200 pixels wide is the cell at (152, 136) of what the network sees, which at
stride 8 is row 17, column 19.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray

from faceguard.errors import SettingsError
from faceguard.faces import detectors
from faceguard.faces.alignment import similarity_transform
from faceguard.faces.detector import Detector
from faceguard.faces.face import Face
from faceguard.faces.scrfd import ScrfdDetector
from faceguard.faces.yunet import YunetDetector
from recognizers import ARCFACE_112
from tests.faceguard.faces.made_detectors import scrfd_file, yunet_file

Pixels = NDArray[np.uint8]
Make = Callable[..., Detector]
RED = (255, 0, 0)


@pytest.fixture(params=["scrfd", "yunet"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """Makes a detector of each family; `strides` and `size` are the network's, all else the detector's."""

    def detector(**options: object) -> Detector:
        network = {name: options.pop(name) for name in ("strides", "size") if name in options}
        network.setdefault("strides", (8,))
        if request.param == "scrfd":
            pytest.importorskip("insightface")
            return ScrfdDetector(scrfd_file(tmp_path / "a.onnx", **network), **options)  # type: ignore[arg-type]
        return YunetDetector(yunet_file(tmp_path / "a.onnx", **network), **options)  # type: ignore[arg-type]

    return detector


def photo(width: int = 200, height: int = 120) -> Pixels:
    return np.full((height, width, 3), 90, np.uint8)


def paint(pixels: Pixels, left: int, top: int, side: int = 8, colour: tuple[int, int, int] = RED) -> Pixels:
    pixels[top : top + side, left : left + side] = colour
    return pixels


def only(detector: Detector, pixels: Pixels) -> Face:
    (faces,) = detector.detect([pixels])
    assert len(faces) == 1
    return faces[0]


def test_a_face_is_where_the_network_says(make: Make) -> None:
    face = only(make(), paint(photo(), 32, 16))
    assert face.box == pytest.approx((28, 8, 48, 40), abs=1e-4)
    assert face.landmarks == pytest.approx(np.array([(32, 18), (44, 20), (38, 26), (33, 32), (42, 34)]))
    assert face.landmarks.dtype == np.float32
    assert face.score == pytest.approx(1, abs=1e-4)


def test_a_yunet_exported_at_one_size_is_used_at_any(tmp_path: Path) -> None:
    detector = YunetDetector(yunet_file(tmp_path / "a.onnx", size=(640, 640), strides=(8,)))
    assert only(detector, paint(photo(), 32, 16)).box == pytest.approx((28, 8, 48, 40), abs=1e-4)


def test_a_scrfd_exported_at_one_size_is_used_at_that(tmp_path: Path) -> None:
    pytest.importorskip("insightface")
    detector = ScrfdDetector(scrfd_file(tmp_path / "a.onnx", size=(640, 640), strides=(32,)))
    # 140 pixels and borders of 90 make 320, which insightface doubles: 16 red pixels become one cell of 32.
    face = only(detector, paint(photo(140, 140), 6, 6, side=16))
    assert face.box == pytest.approx((-2, -10, 38, 54), abs=1e-3)


@pytest.mark.parametrize("colour", [(0, 0, 255), (0, 255, 0), (255, 255, 255), (0, 0, 0)])
def test_the_network_is_shown_its_own_order_of_colours(make: Make, colour: tuple[int, int, int]) -> None:
    assert make().detect([paint(photo(), 32, 16, colour=colour)]) == [[]]


@pytest.mark.parametrize(
    ("row", "column"), [(0, 0), (96, 0), (0, 160), (96, 160)], ids=["nw", "sw", "ne", "se"]
)
def test_every_corner(make: Make, row: int, column: int) -> None:
    face = only(make(), paint(photo(), column, row))
    assert face.box == pytest.approx((column - 4, row - 8, column + 16, row + 24), abs=1e-3)


def test_sides_that_insightface_would_round(make: Make) -> None:
    # 92 x 220 with its border of 130 makes 352 x 480, and int(352 * (480 / 352)) is 479.
    face = only(make(), paint(photo(92, 220), 78, 206))
    assert face.box == pytest.approx((74, 198, 94, 230), abs=1e-3)


def test_of_overlapping_faces_the_surest_stays(make: Make) -> None:
    pixels = paint(paint(photo(), 32, 16, colour=(240, 0, 0)), 40, 16)
    face = only(make(), pixels)
    assert face.box[0] == pytest.approx(36, abs=1e-3)
    assert face.score == pytest.approx(1, abs=1e-4)


def test_neighbours_are_two_faces(make: Make) -> None:
    (faces,) = make().detect([paint(paint(photo(), 32, 16), 48, 16)])
    assert sorted(face.box[0] for face in faces) == pytest.approx([28, 44], abs=1e-3)


def test_doubtful_faces_are_left_out(make: Make) -> None:
    doubtful = paint(photo(), 32, 16, colour=(115, 0, 0))  # 0.45 for SCRFD, its root 0.67 for YuNet
    assert make().detect([doubtful]) == [[]]
    detector = make(min_score=0.4)
    score = 115 / 255 if detector.name.startswith("scrfd") else (115 / 255) ** 0.5
    assert only(detector, doubtful).score == pytest.approx(score, abs=1e-3)


def test_smaller_faces_than_asked_for_are_left_out(make: Make) -> None:
    pixels = paint(photo(), 32, 16)
    assert only(make(min_face=31), pixels).size == pytest.approx(32, abs=1e-3)
    assert make(min_face=33).detect([pixels]) == [[]]


def test_of_a_large_face_the_small_look_decides(make: Make) -> None:
    # 1024 pixels are a quarter of that in the small look, with a border of 148: photo pixel 48 is its pixel
    # 160. The large look sees small faces in it, and is surer of them: they are red all over.
    face = only(make(strides=(32,)), paint(photo(1024, 512), 48, 48, side=124))
    assert face.box == pytest.approx((-14.5, -78.5, 305.5, 433.5), abs=1e-3)
    assert face.landmarks[1] == pytest.approx(
        ((160 + 48 - 148 + 0.5) * 4 - 0.5, (160 + 16 - 147.5) * 4 - 0.5)
    )
    assert face.score < 0.99


def test_a_small_face_is_found_in_the_large_look_alone(make: Make) -> None:
    # Its border is 71 pixels.
    face = only(make(strides=(32,)), paint(photo(1024, 512), 89, 89, side=32))
    assert face.box == pytest.approx((73, 57, 153, 185), abs=1e-3)


def test_larger_photos_are_reduced(make: Make) -> None:
    # To 1280 pixels, with a border of 84: photo pixel 24 is pixel 96 of the large look.
    face = only(make(strides=(32,)), paint(photo(2560, 1280), 24, 24, side=64))
    assert face.box == pytest.approx((-7.5, -39.5, 152.5, 216.5), abs=1e-3)


def test_the_file_must_be_there(make: Make, tmp_path: Path) -> None:
    family = make().name.partition(":")[0]
    for path in (tmp_path / "none.onnx", tmp_path):
        with pytest.raises(SettingsError, match=f"no such file; give {family}:") as caught:
            detectors.load(f"{family}:{path}")
        assert str(path) in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"Dear network,\n", b"\x08\x07\x12\x00" * 50])
def test_files_that_are_no_networks(make: Make, tmp_path: Path, content: bytes) -> None:
    family = make().name.partition(":")[0]
    path = tmp_path / "b.onnx"
    path.write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        detectors.load(f"{family}:{path}")
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_a_file_cut_short(make: Make, tmp_path: Path) -> None:
    family = make().name.partition(":")[0]
    path = tmp_path / "a.onnx"
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(SettingsError, match=r"a\.onnx"):
        detectors.load(f"{family}:{path}")


def test_the_other_familys_file(tmp_path: Path) -> None:
    pytest.importorskip("insightface")
    with pytest.raises(SettingsError, match="no YuNet of 2023 or later, which has an output cls_16"):
        detectors.load(f"yunet:{scrfd_file(tmp_path / 'a.onnx')}")
    with pytest.raises(
        SettingsError, match="no SCRFD with landmarks, which has 9 or 15 outputs; this has 12"
    ):
        detectors.load(f"scrfd:{yunet_file(tmp_path / 'b.onnx')}")


def test_a_scrfd_without_landmarks(tmp_path: Path) -> None:
    pytest.importorskip("insightface")
    path = scrfd_file(tmp_path / "a.onnx", landmarks=False)
    with pytest.raises(SettingsError, match="no SCRFD with landmarks, which has 9 or 15 outputs; this has 6"):
        ScrfdDetector(path)


def test_yunet_does_not_go_on_without_the_gpu_asked_for(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"device cuda: .* runs on the processor only"):
        YunetDetector(yunet_file(tmp_path / "a.onnx"), "cuda")
    assert YunetDetector(tmp_path / "a.onnx", "auto").detect([photo()]) == [[]]


def test_scrfd_does_not_go_on_without_the_gpu_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    pytest.importorskip("insightface")
    path = scrfd_file(tmp_path / "a.onnx")
    builds = {"CPUExecutionProvider"}
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: sorted(builds))
    with pytest.raises(
        SettingsError, match="cuda was asked for, and the ONNX Runtime installed here has none"
    ):
        ScrfdDetector(path, "cuda")
    assert ScrfdDetector(path, "auto").detect([photo()]) == [[]]


def test_a_yunet_run_says_nothing_on_standard_error(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    YunetDetector(yunet_file(tmp_path / "a.onnx")).detect([photo()])
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("module", ["insightface.model_zoo", "onnxruntime"])
def test_scrfd_without_its_libraries(module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = scrfd_file(tmp_path / "a.onnx")
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(SettingsError, match=r'pip install "faceguard\[insightface\]"'):
        ScrfdDetector(path, "auto")


def test_opencv_aligns_by_landmarks_in_this_order(tmp_path: Path) -> None:
    # OpenCV's recogniser is made for YuNet's rows. Its network, any network, does not run here.
    recogniser = cv2.FaceRecognizerSF.create(str(yunet_file(tmp_path / "a.onnx")), "")
    portrait = skimage.data.astronaut()
    landmarks = np.array([(204, 101), (247, 104), (225, 130), (202, 140), (245, 143)], np.float32)
    row = np.concatenate([[180, 62, 88, 113], landmarks.flatten(), [1]]).astype(np.float32)
    aligned = recogniser.alignCrop(portrait, row)
    expected = cv2.warpAffine(portrait, similarity_transform(landmarks, ARCFACE_112), (112, 112))
    assert np.abs(aligned.astype(int) - expected).mean() < 2
