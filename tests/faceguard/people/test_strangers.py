"""Faces of strangers that come with other packages."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from faceguard.people import group_photo as group_photos
from faceguard.people import strangers as module
from faceguard.people.group_photo import group_photo
from faceguard.people.strangers import packages, strangers
from recognizers import ARCFACE_112, DLIB_150


@pytest.fixture(params=["alone", "with insightface"])
def _installed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "alone":
        monkeypatch.setattr(module, "group_photo", lambda: None)
    elif group_photo() is None:
        pytest.skip("insightface, which brings the photo, is not installed")


@pytest.mark.usefixtures("_installed")
def test_strangers_face_both_ways_in_every_crop() -> None:
    for crop in (DLIB_150, ARCFACE_112):
        for crops in strangers(crop):
            assert crops.shape[1:] == (3, crop.size, crop.size)
            assert 0 <= crops.min() < crops.max() <= 1
            assert torch.equal(
                *(half if way == 0 else half.flip(3) for way, half in enumerate(crops.chunk(2)))
            )


@pytest.mark.usefixtures("_installed")
def test_strangers_are_recognised_as_faces_in_their_places() -> None:
    """Eyes are darker than the cheeks below them, which holds only where faces are cut out rightly."""
    sharp, small = strangers(DLIB_150)
    for shown, by in [(sharp, 0.03), (small, 0.03), *((crop[None], 0.02) for crop in sharp)]:
        mean = shown.mean((0, 1))
        eyes = torch.stack([mean[40:52, 42:54].mean(), mean[40:52, 96:108].mean()])
        cheeks = torch.stack([mean[70:85, 42:54].mean(), mean[70:85, 96:108].mean()])
        assert (eyes < cheeks - by).all()


def test_six_more_are_sharp_where_insightface_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    if group_photo() is None:
        pytest.skip("insightface, which brings the photo, is not installed")
    more, small = strangers(DLIB_150)
    assert packages() == ["scikit-image", "insightface"]
    monkeypatch.setattr(module, "group_photo", lambda: None)
    alone, same = strangers(DLIB_150)
    assert packages() == ["scikit-image"]
    assert (len(more), len(alone)) == (14, 2)
    assert torch.equal(more[0], alone[0])
    assert torch.equal(small, same)


def test_another_group_photo_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Spec:
        origin = str(tmp_path / "__init__.py")

    (tmp_path / "data" / "images").mkdir(parents=True)
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: Spec)
    try:
        group_photos.group_photo.cache_clear()
        assert group_photo() is None
        (tmp_path / "data" / "images" / "t1.jpg").write_bytes(b"another")
        group_photos.group_photo.cache_clear()
        assert group_photo() is None
    finally:
        group_photos.group_photo.cache_clear()
