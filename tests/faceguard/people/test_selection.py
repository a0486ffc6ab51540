"""Choosing faces by reference photos, on people made of paint and on one real face."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from faceguard.errors import SettingsError
from faceguard.faces import detectors
from faceguard.faces.face import Face
from faceguard.people.selection import PersonSelection
from faceguard.photos import Photo
from tests.faceguard.engine.test_patches import face_at
from tests.faceguard.painted_people import WALL, TileDetector, painted, use_paint, wall_of

RED, GREEN, BLUE = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)
REDDISH, PINK, MAROON = (1.0, 0.3, 0.0), (1.0, 0.6, 0.0), (0.2, 0.0, 0.0)  # 0.3, 0.6 and 0.8 from red


@pytest.fixture
def paint(monkeypatch: pytest.MonkeyPatch) -> None:
    use_paint(monkeypatch)


def chosen(selection: PersonSelection, *tiles: tuple[float, float, float]) -> list[tuple[bool, bool]]:
    """(to be protected, unsure) of each face on a photo of tiles."""
    pixels = wall_of(*tiles)
    faces = selection.choose(Photo.from_array(pixels), TileDetector().detect([pixels])[0])
    choices = [face.choice for face in faces]
    return [(choice.protect, choice.unsure) for choice in choices if choice is not None]


YES, NO, MAYBE, MAYBE_NOT = (True, False), (False, False), (True, True), (False, True)


@pytest.mark.usefixtures("paint")
def test_only_the_people_on_the_references() -> None:
    selection = PersonSelection([wall_of(RED), wall_of(BLUE)])
    assert chosen(selection, RED, GREEN, BLUE, REDDISH) == [YES, NO, YES, MAYBE]
    assert chosen(selection, PINK, MAROON) == [MAYBE, NO]
    assert chosen(selection, WALL) == []


@pytest.mark.usefixtures("paint")
def test_all_but_the_people_on_the_references() -> None:
    selection = PersonSelection(exceptions=[wall_of(RED)])
    assert chosen(selection, REDDISH, GREEN, BLUE) == [NO, YES, YES]
    assert chosen(selection, PINK) == [MAYBE]


@pytest.mark.usefixtures("paint")
def test_references_and_exceptions_together() -> None:
    selection = PersonSelection([wall_of(RED)], [wall_of((1.0, 0.9, 0.0))])
    assert chosen(selection, RED, GREEN) == [YES, NO]
    assert chosen(selection, (1.0, 0.9, 0.0)) == [NO]
    assert chosen(selection, (1.0, 0.45, 0.0)) == [MAYBE]  # surely both
    assert chosen(selection, (1.0, 0.6, 0.0)) == [MAYBE_NOT]  # surely the exception, maybe the other


@pytest.mark.usefixtures("paint")
def test_a_choice_names_the_nearest_reference(tmp_path: Path) -> None:
    selection = PersonSelection([painted(tmp_path / "me.png", RED)], [wall_of(BLUE)])
    pixels = wall_of(REDDISH, BLUE)
    faces = TileDetector().detect([pixels])[0]
    first, second = (face.choice for face in selection.choose(Photo.from_array(pixels), faces))
    assert first is not None
    assert second is not None
    assert first.reference == "me.png"
    assert first.distance == pytest.approx(0.3, abs=0.005)
    assert second.reference == "reference 1"


@pytest.mark.usefixtures("paint")
def test_the_key_follows_the_references_content(tmp_path: Path) -> None:
    first = PersonSelection([painted(tmp_path / "a.png", RED), wall_of(BLUE)])
    renamed = PersonSelection([wall_of(BLUE), painted(tmp_path / "b.png", RED)])
    assert first.key == renamed.key
    others = [
        PersonSelection([tmp_path / "a.png"]),
        PersonSelection([tmp_path / "a.png"], [wall_of(BLUE)]),
        PersonSelection([wall_of(BLUE)], [tmp_path / "a.png"]),
        PersonSelection([painted(tmp_path / "a.png", REDDISH), wall_of(BLUE)]),
    ]
    assert len({selection.key for selection in [first, *others]}) == 5


@pytest.mark.usefixtures("paint")
def test_references_of_no_use_are_refused(tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("not a photo")
    for photo, named in (
        (tmp_path / "gone.jpg", r"gone\.jpg: cannot be read: no such file"),
        (tmp_path / "text.jpg", r"text\.jpg: .*photo"),
        (painted(tmp_path / "wall.png", WALL), r"wall\.png: no face found"),
        (painted(tmp_path / "two.png", RED, BLUE), r"two\.png: shows 2 faces"),
        (painted(tmp_path / "small.png", RED, side=30), r"small\.png: the face is 39 pixels"),
        (b"nothing", "photo"),
        (3, "not int"),
    ):
        with pytest.raises(SettingsError, match=named):
            PersonSelection([photo])  # type: ignore[list-item]
        with pytest.raises(SettingsError, match=named):
            PersonSelection(exceptions=[photo])  # type: ignore[list-item]


@pytest.mark.usefixtures("paint")
def test_a_face_that_stands_out_is_the_references(monkeypatch: pytest.MonkeyPatch) -> None:
    class TwoSizes(TileDetector):
        def detect(self, photos: object) -> list[list[Face]]:
            return [[face_at(32, 32, 18), face_at(96, 32, 8)]]

    monkeypatch.setattr(detectors, "load", lambda *_: TwoSizes())
    selection = PersonSelection([wall_of(RED, BLUE)])
    assert chosen(selection, RED, BLUE) == [YES, NO]


@pytest.mark.usefixtures("paint")
def test_contradictions_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"a\.png and b\.png show the same person"):
        PersonSelection([painted(tmp_path / "a.png", RED)], [painted(tmp_path / "b.png", REDDISH)])


@pytest.mark.parametrize(
    "arguments", [{}, {"references": []}, {"references": "me.jpg"}, {"exceptions": b"x"}, {"references": 5}]
)
def test_no_list_of_photos_is_refused(arguments: dict[str, object]) -> None:
    with pytest.raises(SettingsError, match="reference"):
        PersonSelection(**arguments)  # type: ignore[arg-type]


def test_a_real_face_is_found_again() -> None:
    portrait = data.astronaut()[:220, 100:340]
    selection = PersonSelection([portrait], device="cpu")
    darker = np.asarray(Image.fromarray(portrait[:, ::-1]).resize((300, 275)).point(lambda v: v * 0.7))
    faces = detectors.load("mtcnn").detect([darker])[0]
    (face,) = selection.choose(Photo.from_array(darker), faces)
    assert face.choice is not None
    assert (face.choice.protect, face.choice.unsure) == YES
    assert face.choice.distance < 0.3
