"""The cascade against facenet-pytorch's own, which it must agree with face for face."""

from __future__ import annotations

import threading
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data
import torch
from facenet_pytorch import MTCNN
from facenet_pytorch.models.utils.detect_face import detect_face
from numpy.typing import NDArray
from PIL import Image

from faceguard.faces import mtcnn_cascade, mtcnn_proposals
from faceguard.faces.area_table import AreaTable
from faceguard.faces.face import Face, overlap
from faceguard.faces.looks import View, two_looks
from faceguard.faces.mtcnn import MtcnnDetector
from faceguard.faces.mtcnn_networks import MtcnnNetworks

Pixels = NDArray[np.uint8]


@pytest.fixture(scope="module")
def networks() -> MtcnnNetworks:
    return MtcnnNetworks("cpu")


@pytest.fixture(scope="module")
def packages() -> MTCNN:
    return MTCNN().eval()


@torch.no_grad()
def packages_faces(picture: Pixels, smallest: float, packages: MTCNN) -> list[Face]:
    boxes, landmarks = detect_face(
        picture,
        smallest,
        packages.pnet,
        packages.rnet,
        packages.onet,
        packages.thresholds,
        packages.factor,
        "cpu",
    )
    return [
        Face((float(box[0]), float(box[1]), float(box[2]), float(box[3])), points, float(box[4]))
        for box, points in zip(boxes[0], landmarks[0], strict=True)
    ]


def bordered(picture: Pixels, border: int) -> View:
    padded = cv2.copyMakeBorder(
        picture, border, border, border, border, cv2.BORDER_CONSTANT, value=(127, 127, 127)
    )
    return View(padded.astype(np.uint8), 1.0, border, [])


def assert_same(found: list[Face], expected: list[Face]) -> None:
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert one.box == pytest.approx(other.box, abs=0.02)
        assert one.landmarks == pytest.approx(other.landmarks, abs=0.02)
        assert one.score == pytest.approx(other.score, abs=1e-4)


@pytest.mark.parametrize("border", [0, 20, 150])
@pytest.mark.parametrize("smallest", [20, 33.5])
def test_the_same_faces_as_the_package(
    networks: MtcnnNetworks, packages: MTCNN, border: int, smallest: float
) -> None:
    view = bordered(skimage.data.astronaut()[:333, 51:400], border)
    found = mtcnn_cascade.detect(view, smallest, networks)
    assert found
    assert_same(found, packages_faces(view.picture, smallest, packages))


@pytest.mark.parametrize("sides", [(133, 104), (249, 164), (97, 97), (60, 47)])
def test_faces_that_fill_the_photo(networks: MtcnnNetworks, packages: MTCNN, sides: tuple[int, int]) -> None:
    photo = cv2.resize(
        skimage.data.astronaut()[60:178, 177:269], sides[::-1], interpolation=cv2.INTER_AREA
    ).astype(np.uint8)
    view = bordered(photo, sides[0] // 2 + 20)
    found = mtcnn_cascade.detect(view, 20, networks)
    assert found
    assert_same(found, packages_faces(view.picture, 20, packages))


def test_many_faces_of_many_sizes(networks: MtcnnNetworks, packages: MTCNN) -> None:
    face = skimage.data.astronaut()[30:210, 150:300]
    sheet = np.full((400, 700, 3), 90, np.uint8)
    left = 0
    for scale in (1.0, 0.8, 0.61, 0.45, 0.3, 0.2):
        small = np.asarray(cv2.resize(face, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
        sheet[200 : 200 + small.shape[0], left : left + small.shape[1]] = small
        left += small.shape[1] + 10
    view = bordered(sheet, 40)
    found = mtcnn_cascade.detect(view, 20, networks)
    assert len(found) >= 6
    assert_same(found, packages_faces(view.picture, 20, packages))


def test_windows_across_strips_and_stretches_are_seen_once(
    networks: MtcnnNetworks, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = bordered(skimage.data.astronaut()[:333, 51:400], 30)
    table = AreaTable(view.picture)

    def found(height: int, length: int) -> NDArray[np.float32]:
        monkeypatch.setattr(mtcnn_proposals, "_HEIGHT", height)
        monkeypatch.setattr(mtcnn_proposals, "_LENGTH", length)
        return mtcnn_proposals.proposals(table, view.border, 20, networks)

    whole = found(2000, 4000)
    assert len(whole) > 20
    assert found(64, 512) == pytest.approx(whole, abs=0.01)
    assert found(22, 30) == pytest.approx(whole, abs=0.01)


def test_batches_do_not_change_what_a_window_is_taken_for(networks: MtcnnNetworks) -> None:
    windows = np.random.default_rng(0).uniform(-1, 1, (71, 48, 48, 3)).astype(np.float32)
    scores, shifts, landmarks = networks.finish(windows)
    assert (scores.shape, shifts.shape, landmarks.shape) == ((71,), (71, 4), (71, 5, 2))
    for index in (0, 63, 64, 70):
        score, shift, points = networks.finish(windows[index : index + 1])
        assert score[0] == pytest.approx(scores[index], abs=1e-5)
        assert shift[0] == pytest.approx(shifts[index], abs=1e-5)
        assert points[0] == pytest.approx(landmarks[index], abs=1e-5)


def test_known_faces_are_not_looked_at_again(networks: MtcnnNetworks) -> None:
    photo = np.concatenate([skimage.data.astronaut()[:256]] * 2, axis=1)
    view = bordered(photo, 20)
    first, second = sorted(mtcnn_cascade.detect(view, 20, networks), key=lambda face: face.box[0])
    knowing = View(view.picture, 1.0, view.border, [first])
    (left,) = mtcnn_cascade.detect(knowing, 20, networks)
    assert overlap(left, first) == 0
    assert_same([left], [second])


def test_threads_do_not_disturb_each_other() -> None:
    detector = MtcnnDetector()
    photos = [skimage.data.astronaut()[top : top + 300] for top in (0, 20, 40)]
    alone = [detector.detect([photo])[0] for photo in photos]
    together: dict[int, list[Face]] = {}

    def work(index: int) -> None:
        (together[index],) = detector.detect([photos[index]])

    threads = [threading.Thread(target=work, args=(index,)) for index in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for index, faces in enumerate(alone):
        assert_same(together[index], faces)


def test_photos_of_people_as_the_package_sees_them(data_root: Path, packages: MTCNN) -> None:
    paths = sorted((data_root / "celeba" / "img_celeba").glob("*.jpg"))[::250]
    paths += sorted((data_root / "lfw" / "lfw").glob("*/*.jpg"))[::800]
    if not paths:
        pytest.skip(f"no photos in {data_root}")
    detector = MtcnnDetector()

    def look(picture: Pixels, _scale: float) -> list[Face]:
        return [face for face in packages_faces(picture, 20, packages) if face.score >= detector.min_score]

    for path in paths:
        photo = np.array(Image.open(path).convert("RGB"))
        (found,) = detector.detect([photo])
        assert found
        assert_same(found, two_looks(photo, look, detector.min_face))
