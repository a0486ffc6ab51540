"""Photos become embeddings, each step once, and what is in the way is named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from evaluation.cache import Cache
from evaluation.datasets.dataset import DataPhoto
from evaluation.defenders import edits
from evaluation.trackers.face_choice import FaceChoice
from evaluation.trackers.pipeline import Looking, Pipeline
from evaluation.trackers.sighting import Obstacle
from faceguard.engine.sight import embeddings
from faceguard.errors import PhotoError
from faceguard.photos import decode_photo
from tests.evaluation.fakes import FakeDetector, FakeRecognizer, plain, portrait

CPU = torch.device("cpu")


def photo(content: bytes, name: str = "a.png") -> DataPhoto:
    return DataPhoto(name, "p", content)


def pipeline(
    cache: Cache | None = None, detector: FakeDetector | None = None, looking: Looking | None = None
) -> Pipeline:
    return Pipeline(detector or FakeDetector(), CPU, looking, cache)


def test_embeddings_are_those_of_the_plain_alignment() -> None:
    recognizer = FakeRecognizer()
    photos = [photo(portrait(p, 0), f"{p}.png") for p in range(40)]
    looking = pipeline()
    seen = looking.look(photos)
    found = looking.embed(seen, [recognizer])["fake"]
    assert (found.shape, found.dtype) == ((40, 32), np.float32)
    for place in (0, 39):
        pixels = decode_photo(photos[place].read()).pixels
        wanted = embeddings(pixels, [seen[place].face], recognizer, CPU, antialias=False)[0].numpy()
        np.testing.assert_allclose(found[place], wanted, atol=1e-5)


def test_nothing_is_done_twice(tmp_path: Path) -> None:
    photos = [photo(portrait(p, 0), f"{p}.png") for p in range(5)]
    results = []
    for run in range(2):
        detector, recognizer = FakeDetector(), FakeRecognizer()
        with Cache(tmp_path) as cache:
            looking = pipeline(cache, detector)
            results.append(looking.embed(looking.look(photos), [recognizer])["fake"])
        assert (detector.asked, recognizer.shown) == ((5, 5) if run == 0 else (0, 0))
    np.testing.assert_array_equal(*results)


def test_what_decides_the_result_decides_what_is_kept(tmp_path: Path) -> None:
    photos = [photo(portrait(1, 0))]
    with Cache(tmp_path) as cache:

        def asked(
            detector: FakeDetector, recognizer: FakeRecognizer, looking: Looking, edit: str
        ) -> tuple[int, int]:
            its = pipeline(cache, detector, looking)
            its.embed(its.look(photos, edits.parse(edit) if edit else edits.UNEDITED), [recognizer])
            return detector.asked, recognizer.shown

        assert asked(FakeDetector(), FakeRecognizer(), Looking(), "") == (1, 1)
        assert asked(FakeDetector(), FakeRecognizer(), Looking(), "") == (0, 0)
        assert asked(FakeDetector(min_face=30), FakeRecognizer(), Looking(), "")[0] == 1
        assert asked(FakeDetector(), FakeRecognizer(), Looking(), "grey") == (1, 1)
        assert asked(FakeDetector(), FakeRecognizer(seed=1), Looking(), "") == (0, 1)
        assert asked(FakeDetector(), FakeRecognizer(), Looking(antialias=True), "") == (0, 1)
        assert asked(FakeDetector(), FakeRecognizer(), Looking(flip=True), "") == (0, 2)


def test_a_file_counts_by_its_content(tmp_path: Path) -> None:
    detector = FakeDetector()
    looking = pipeline(detector=detector)
    looking.look([photo(portrait(1, 0), "a.png"), photo(portrait(1, 0), "b.png")])
    (tmp_path / "c.png").write_bytes(portrait(1, 0))
    looking.look([DataPhoto("c.png", "p", tmp_path / "c.png")])
    assert detector.asked == 1


def test_obstacles_are_named(tmp_path: Path) -> None:
    contents = [portrait(1, 0), plain(5), plain(250), b"text"]
    photos = [photo(content, f"{n}.png") for n, content in enumerate(contents)]
    photos.append(DataPhoto("4.png", "p", tmp_path / "4.png"))
    seen = pipeline(looking=Looking(FaceChoice.SKIP)).look(photos)
    wanted = [None, Obstacle.NO_FACE, Obstacle.SEVERAL_FACES, Obstacle.UNREADABLE, Obstacle.UNREADABLE]
    assert [sighting.obstacle for sighting in seen] == wanted
    assert [sighting.faces for sighting in seen] == [1, 0, 2, 0, 0]
    assert "no such file" in seen[4].reason


@pytest.mark.parametrize(("choice", "left"), [(FaceChoice.LARGEST, 0), (FaceChoice.CENTRAL, 44.8)])
def test_of_several_faces_one_is_chosen(choice: FaceChoice, left: float) -> None:
    sighting = pipeline(looking=Looking(choice)).look([photo(plain(250))])[0]
    assert sighting.face is not None
    assert sighting.face.box[0] == pytest.approx(left)


def test_aligned_photos_need_no_detector() -> None:
    detector = FakeDetector()
    seen = pipeline(detector=detector, looking=Looking(aligned=True)).look([photo(portrait(1, 0))])
    assert detector.asked == 0
    assert seen[0].face is not None
    np.testing.assert_allclose(seen[0].face.landmarks, FakeRecognizer.crop.template, atol=1e-4)


def test_a_photo_that_changes_in_between_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(portrait(1, 0))
    looking = pipeline()
    seen = looking.look([DataPhoto("a.png", "p", path)])
    path.write_bytes(portrait(2, 0))
    with pytest.raises(PhotoError, match="has changed"):
        looking.embed(seen, [FakeRecognizer()])


def test_a_photo_without_a_face_cannot_be_embedded() -> None:
    looking = pipeline()
    with pytest.raises(ValueError, match=r"a\.png has no face"):
        looking.embed(looking.look([photo(plain(5))]), [FakeRecognizer()])
