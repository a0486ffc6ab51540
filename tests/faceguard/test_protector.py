"""The front door, on NASA's portrait of an astronaut (public domain)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.ndimage import gaussian_filter
from skimage import data

from faceguard import PhotoError, ProtectionResult, Protector, SettingsError
from faceguard.engine.patches import cut
from faceguard.engine.perturbation import Perturbation
from faceguard.measures.similarity import similarities
from faceguard.people import strangers
from faceguard.photos import Photo, as_written, read_photo
from faceguard.photos.loading import load_photo
from faceguard.protector import _pulled
from recognizers import load
from tests.faceguard.engine.test_patches import face_at
from tests.faceguard.faces.made_detectors import yunet_file

_PORTRAIT = data.astronaut()[:220, 100:340]


@pytest.fixture(scope="module")
def guard() -> Protector:
    return Protector(device="cpu")


@pytest.fixture(scope="module")
def protected(guard: Protector) -> ProtectionResult:
    return guard.protect(_PORTRAIT)


@pytest.mark.parametrize("device", ["tpu", "cpu:5", "auto:0", 3])
def test_a_device_that_there_is_not_is_named(device: object) -> None:
    with pytest.raises(SettingsError, match=f"no device {device!r}"):
        Protector(device=device)  # type: ignore[arg-type]


def test_what_a_result_shows_is_short(guard: Protector) -> None:
    result = guard.protect(np.zeros((64, 64, 3), dtype=np.uint8))
    assert "array" not in repr(result)
    assert len(repr(result)) < 500


def test_the_face_is_no_longer_recognised(protected: ProtectionResult) -> None:
    (similarity,) = protected.similarity["dlib"]
    assert similarity.before < 0.4
    assert similarity.after > 0.6
    assert similarity.recognised is False


def test_the_budget_is_kept_and_the_rest_is_untouched(protected: ProtectionResult) -> None:
    change = np.abs(protected.pixels.astype(int) - _PORTRAIT)
    assert 0 < change.max() <= 8
    assert change[:, :20].max() == 0
    assert protected.quality is not None
    assert protected.quality.largest == change.max()


def test_the_result_tells_what_it_promises(protected: ProtectionResult) -> None:
    assert len(protected.faces) == 1
    assert protected.image.size == (240, 220)
    assert protected.image.mode == "RGB"
    assert protected.epsilon == 8


def test_the_same_photo_gives_the_same_pixels(guard: Protector, protected: ProtectionResult) -> None:
    again = guard.protect(Image.fromarray(_PORTRAIT))
    assert np.array_equal(again.pixels, protected.pixels)


def test_faces_of_an_album_are_looked_at_once(
    guard: Protector, protected: ProtectionResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = load_photo(_PORTRAIT)
    (faces,), people = guard.find_faces([photo]), guard.people()
    guard.remember(people, photo, faces)
    monkeypatch.setattr("faceguard.protector.views", lambda *_: pytest.fail("looked at again"))
    (result,) = guard.protect_photos([photo], [faces], people)
    assert np.array_equal(result.pixels, protected.pixels)


def test_a_jpeg_is_rounded_the_way_the_cloak_pulls(guard: Protector, tmp_path: Path) -> None:
    Image.fromarray(_PORTRAIT).save(tmp_path / "a.jpg", quality=75)
    result = guard.protect(tmp_path / "a.jpg")
    result.save(tmp_path / "b.jpg")
    written = read_photo(tmp_path / "b.jpg").pixels
    assert np.array_equal(written, as_written(result.photo, result.pixels, result.pull))

    plain = as_written(result.photo, result.pixels)
    judges, cpu, before = [load("dlib")], torch.device("cpu"), result.photo.pixels
    (after,), (otherwise,) = (
        similarities(before, pixels, result.faces, judges, cpu)["dlib"] for pixels in (written, plain)
    )
    assert after.after == pytest.approx(result.similarity["dlib"][0].after, abs=1e-5)
    assert after.after > otherwise.after + 0.01
    assert np.abs(written.astype(int) - plain).max() > 8


def test_each_of_two_jpegs_is_rounded_its_own_way(guard: Protector, tmp_path: Path) -> None:
    photos = []
    for name, pixels in (("a.jpg", _PORTRAIT), ("b.jpg", _PORTRAIT[:, ::-1])):
        Image.fromarray(pixels).save(tmp_path / name, quality=75)
        photos.append(read_photo(tmp_path / name))
    together = guard.protect_photos(photos, people=guard.people())
    for photo, result in zip(photos, together, strict=True):
        (alone,) = guard.protect_photos([photo], people=guard.people())
        assert result.pull is not None
        assert alone.pull is not None
        (part,), (expected,) = result.pull.parts, alone.pull.parts
        assert part.box == expected.box
        # Alone, a photo's person looks a little different, and networks' last digits differ with the batch.
        assert np.corrcoef(part.values.ravel(), expected.values.ravel())[0, 1] > 0.7


def test_the_pull_fades_with_the_mask_and_shows_nothing_finer_than_copies_do() -> None:
    (patch,) = cut(_PORTRAIT, [face_at(120, 110, 24)], side=200)
    mask = patch.mask.clone()
    mask[:, :, :20] = 0
    fine = torch.randn(patch.canvas.shape, generator=torch.Generator().manual_seed(1))
    found = _pulled(replace(patch, mask=mask), Perturbation(torch.zeros_like(fine), fine))
    expected = gaussian_filter((fine * mask).numpy(), (0, 0.7, 0.7)).transpose(1, 2, 0)
    assert found.box == patch.box
    assert not found.values[:, :15].any()
    assert np.allclose(found.values[5:-5, 5:-5], expected[5:-5, 5:-5], atol=0.02)


def test_grey_stays_grey(guard: Protector) -> None:
    result = guard.protect(Image.fromarray(_PORTRAIT).convert("L"))
    assert result.faces
    assert (result.pixels == result.pixels[:, :, :1]).all()
    assert result.image.mode == "L"


def test_a_photo_without_a_face_is_left_alone(guard: Protector) -> None:
    empty = np.full((80, 90, 3), 200, dtype=np.uint8)
    result = guard.protect(empty)
    assert result.faces == ()
    assert result.quality is None
    assert np.array_equal(result.pixels, empty)


def test_a_written_photo_holds_what_was_measured(protected: ProtectionResult, tmp_path: Path) -> None:
    protected.save(tmp_path / "me.png")
    assert np.array_equal(np.asarray(Image.open(tmp_path / "me.png")), protected.pixels)


def test_a_path_that_is_no_photo_is_refused(guard: Protector, tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("not a photo")
    with pytest.raises(PhotoError, match=r"text\.jpg"):
        guard.protect(tmp_path / "text.jpg")


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"strength": "extreme"}, "extreme"),
        ({"strength": ["low"]}, "no strength"),
        ({"epsilon": 0}, "epsilon"),
        ({"epsilon": 300}, "300"),
        ({"surrogates": []}, "surrogate"),
        ({"surrogates": "dlib"}, "list"),
        ({"surrogates": [1]}, "list of names"),
        ({"surrogates": 5}, "surrogates is a list of names, such as .'dlib'., not 5"),
        ({"surrogates": ["nobody"]}, "nobody"),
        ({"method": "magic"}, "magic"),
        ({"method": ["cloak"]}, "method is a name, such as 'cloak', not"),
        ({"detector": "magic"}, "there are mtcnn, scrfd-10g"),
        ({"detector": "yunet:nowhere.onnx"}, "nowhere.onnx: no such file"),
        ({"device": "abacus"}, "abacus"),
        ({"device": "cpu:x"}, "cpu:x"),
        ({"device": None}, "None"),
        ({"detector": None}, "None"),
        ({"min_face": 3}, "3"),
        ({"min_face": "24"}, "min_face is a whole number"),
        ({"epsilon": "eight"}, "eight"),
        ({"seed": 1.5}, "seed is a whole number"),
        ({"seed": -1}, "seed must be at least 0"),
        ({"selection": "me.jpg"}, "PersonSelection"),
    ],
)
def test_unusable_settings_are_named(settings: dict[str, object], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        Protector(**settings)  # type: ignore[arg-type]


def test_what_cannot_be_told_or_cancelled_is_refused_before_the_work(guard: Protector) -> None:
    with pytest.raises(SettingsError, match="progress is a function to call, or None, not 5"):
        guard.protect(_PORTRAIT, progress=5)  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match=r"cancel is a faceguard\.CancelToken, or None, not True"):
        guard.protect(_PORTRAIT, cancel=True)  # type: ignore[arg-type]


def test_the_settings_key_follows_the_settings() -> None:
    usual = Protector(device="cpu").settings_key
    assert usual == Protector(device="cpu", strength="medium").settings_key
    assert usual != Protector(device="cpu", strength="high").settings_key
    assert usual != Protector(device="cpu", seed=1).settings_key


def test_the_settings_key_follows_the_strangers(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = []
    for photo in (None, Path("t1.jpg")):
        monkeypatch.setattr(strangers, "group_photo", lambda photo=photo: photo)
        keys.append(Protector(device="cpu").settings_key)
    assert keys[0] != keys[1]


def test_another_detector_finds_the_faces(tmp_path: Path) -> None:
    network = yunet_file(tmp_path / "yunet.onnx", strides=(8,))
    guard = Protector(device="cpu", detector=f"yunet:{network}")
    pixels = np.full((120, 200, 3), 90, np.uint8)
    pixels[16:24, 32:40] = (255, 0, 0)
    ((face,),) = guard.find_faces([Photo.from_array(pixels)])
    assert face.box == pytest.approx((28, 8, 48, 40), abs=1e-3)
    assert guard.settings["detector"] == f"yunet:{network}"
    assert guard.settings["min_face"] == 24
    assert guard.settings_key != Protector(device="cpu").settings_key
