"""Copies find their originals by content, and only theirs."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from faceguard.check.glance import Glance, glance
from faceguard.check.matching import Match, matches
from faceguard.check.same_photo import agreement
from tests.faceguard.check.made_check import Pixels, copied, saved, scene


def seen(pixels: Pixels, path: Path) -> Glance:
    return glance(saved(pixels, path), path.name, 10**9)


def names(found: list[Match]) -> dict[str, str]:
    return {match.copy.name: match.original.name for match in found}


@pytest.fixture
def originals(tmp_path: Path) -> list[Glance]:
    return [seen(scene(number), tmp_path / f"{number}.png") for number in range(4)]


def noisy(photo: Pixels, steps: int) -> Pixels:
    signs = np.random.default_rng(0).choice([-steps, steps], photo.shape)
    return np.asarray((photo.astype(int) + signs).clip(0, 255), np.uint8)


def test_resized_recompressed_and_renamed_copies_are_found(originals: list[Glance], tmp_path: Path) -> None:
    copies = [
        seen(copied(noisy(scene(number), 16), scale, 50), tmp_path / f"IMG_{9 - number}.webp")
        for number, scale in enumerate((0.5, 0.25, 1.0, 1.7))
    ]
    found = matches(originals, copies)
    assert names(found) == {
        "IMG_9.webp": "0.png",
        "IMG_8.webp": "1.png",
        "IMG_7.webp": "2.png",
        "IMG_6.webp": "3.png",
    }
    for match, scale in zip(found, (0.5, 0.25, 1.0, 1.7), strict=True):
        assert not match.placement.cropped
        # The middle of the last pixel is still there.
        corner = match.placement.matrix @ (319, 239, 1)
        np.testing.assert_allclose(corner, (319.5 * scale - 0.5, 239.5 * scale - 0.5), atol=0.3)


def test_a_crop_is_found_and_says_where_it_is_from(originals: list[Glance], tmp_path: Path) -> None:
    part = scene(2)[30:210, 60:300]
    (match,) = matches(originals, [seen(copied(part, 0.75), tmp_path / "profile.jpg")])
    assert match.original.name == "2.png"
    assert match.placement.cropped
    np.testing.assert_allclose(match.placement.matrix @ (60, 30, 1), (-0.125, -0.125), atol=1.5)
    np.testing.assert_allclose(match.placement.matrix @ (299, 209, 1), (179.125, 134.125), atol=1.5)


def test_a_copy_that_lost_its_orientation_is_found(originals: list[Glance], tmp_path: Path) -> None:
    sideways = np.ascontiguousarray(np.rot90(scene(3)))  # what was at the right is on top
    (match,) = matches(originals, [seen(copied(sideways, 0.75), tmp_path / "a.jpg")])
    assert match.original.name == "3.png"
    np.testing.assert_allclose(match.placement.matrix @ (319, 0, 1), (-0.125, -0.125), atol=1.5)


def test_other_photos_are_not_matched(originals: list[Glance], tmp_path: Path) -> None:
    strangers = [seen(scene(number), tmp_path / f"{number}.png") for number in range(10, 14)]
    grey = seen(np.full((240, 320, 3), 90, np.uint8), tmp_path / "grey.png")
    assert matches(originals, [*strangers, grey]) == []
    assert matches([], strangers) == []
    assert matches([grey], strangers) == []


def test_another_shot_of_a_scene_is_not_the_photo(tmp_path: Path) -> None:
    # Its background is the same, what stands before it is not.
    first, second = scene(0), scene(0)
    first[60:200, 60:260] = scene(5)[60:200, 60:260]
    second[60:200, 60:260] = scene(6)[60:200, 60:260]
    assert matches([seen(first, tmp_path / "a.png")], [seen(second, tmp_path / "b.png")]) == []


def test_a_name_that_says_so_lets_a_tool_change_the_face_visibly(tmp_path: Path) -> None:
    painted = scene(0)
    painted[60:180, 100:220] = scene(5)[60:180, 100:220]
    originals = [seen(scene(0), tmp_path / "me.png")]
    named = [seen(painted, tmp_path / f"{name}.png") for name in ("me_cloaked", "memory", "other")]
    assert names(matches(originals, named)) == {"me_cloaked.png": "me.png"}
    assert matches(originals, [seen(scene(3), tmp_path / "copies" / "me.jpg")]) == []


def test_of_nearly_equal_shots_each_has_its_own_copy(tmp_path: Path) -> None:
    # A hand moved a little: either would do for the other's copy.
    shots = [scene(0), np.roll(scene(0), 1, axis=1)]
    originals = [seen(shot, tmp_path / f"{name}.png") for name, shot in zip("ab", shots, strict=True)]
    copies = [
        seen(copied(shot, 0.5), tmp_path / f"{name}.jpg") for name, shot in zip("yx", shots, strict=True)
    ]
    assert names(matches(originals, copies)) == {"y.jpg": "a.png", "x.jpg": "b.png"}
    assert names(matches(originals, copies[::-1])) == {"y.jpg": "a.png", "x.jpg": "b.png"}


def test_names_decide_between_equal_photos(tmp_path: Path) -> None:
    originals = [seen(scene(0), tmp_path / "originals" / f"{name}.png") for name in "abc"]
    copies = [seen(scene(0), tmp_path / "copies" / f"{name}.bmp") for name in "cab"]
    assert names(matches(originals, copies)) == {"c.bmp": "c.png", "a.bmp": "a.png", "b.bmp": "b.png"}


def test_an_original_may_have_several_copies(originals: list[Glance], tmp_path: Path) -> None:
    copies = [seen(copied(scene(1), scale), tmp_path / f"{scale}.jpg") for scale in (0.3, 0.6)]
    counted: list[int] = []
    assert set(names(matches(originals, copies, lambda: counted.append(1))).values()) == {"1.png"}
    assert len(counted) == 2


def test_agreement_is_about_one_for_equal_pictures_and_tells_others() -> None:
    first, second = (cv2.cvtColor(scene(number), cv2.COLOR_RGB2GRAY) for number in (0, 1))
    everywhere = np.ones(first.shape, np.bool_)
    same, other = agreement(first, first, everywhere), agreement(first, second, everywhere)
    assert same.median > 0.97
    assert same.foreign == 0
    assert same.is_same_photo
    assert abs(other.median) < 0.4
    assert other.foreign > 0.3
    assert not other.is_same_photo
    assert not agreement(first, first, ~everywhere).is_same_photo


def test_photos_of_one_person_are_told_apart(data_root: Path, tmp_path: Path) -> None:
    lines = (data_root / "celeba" / "identity_CelebA.txt").read_text().split("\n")
    people: dict[str, list[str]] = {}
    for line in filter(None, lines):
        name, person = line.split()
        people.setdefault(person, []).append(name)
    chosen = sorted(people)[0]
    photos = {
        name: np.asarray(Image.open(data_root / "celeba" / "img_celeba" / name).convert("RGB"))
        for name in people[chosen][:10]
    }
    originals = [seen(pixels, tmp_path / "originals" / f"{name}.png") for name, pixels in photos.items()]
    copies = [seen(copied(noisy(p, 8), 0.5), tmp_path / "copies" / f"{n}.jpg") for n, p in photos.items()]
    assert len(copies) == 10
    found = {
        copy.partition(".")[0]: o.partition(".")[0] for copy, o in names(matches(originals, copies)).items()
    }
    assert found == {name.partition(".")[0]: name.partition(".")[0] for name in photos}
    # Without their originals, the copies do not take another photo of the person.
    assert matches(originals[::2], copies[1::2]) == []
