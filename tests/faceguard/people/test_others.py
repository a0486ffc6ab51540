"""Photos of other people, painted, from which a cloak learns what all faces have."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from faceguard import PersonSelection, Protector, SettingsError, methods
from faceguard.cli import main
from faceguard.people import others as module
from faceguard.people.others import Others, look_at_others
from faceguard.people.person_means import People
from faceguard.photos.loading import load_photo
from tests.faceguard.painted_people import (
    WALL,
    Colour,
    ColourRecogniser,
    TileDetector,
    painted,
    use_paint,
    wall_of,
)
from tests.faceguard.quick_cloak import quick_cloak

CPU = torch.device("cpu")
RED, GREEN, BLUE = (0.9, 0.1, 0.1), (0.1, 0.9, 0.1), (0.1, 0.1, 0.9)


@pytest.fixture(autouse=True)
def _paint(monkeypatch: pytest.MonkeyPatch) -> None:
    use_paint(monkeypatch)
    monkeypatch.setattr(methods, "load_cloak", quick_cloak)


@pytest.fixture
def friends(tmp_path: Path) -> Path:
    """A photo of green and blue, one of blue in a folder, a wall, and what is no photo."""
    folder = tmp_path / "friends"
    painted(folder / "both.png", GREEN, BLUE)
    painted(folder / "party" / "her.png", BLUE)
    painted(folder / "wall.png", WALL)
    (folder / "letter.txt").write_text("a letter")
    (folder / "text.jpg").write_text("no photo")
    return folder


def look(*paths: Path) -> Others:
    return look_at_others(paths, TileDetector(), [ColourRecogniser()], CPU)


def colours(others: Others) -> list[list[float]]:
    """Of each face, as the one surrogate sees it."""
    return [colour for (views,) in others.seen for colour in views.embedding.tolist()]


def typical_of(people: People, colour: Colour) -> list[float]:
    """The activation in the middle that faces in general give, as somebody of that colour is told."""
    ((typical,),) = people.typical([torch.tensor([colour])], CPU)
    middle: list[float] = typical[0, :, 7, 7].tolist()
    return middle


def test_all_faces_below_a_folder_are_seen(friends: Path) -> None:
    found = colours(look(friends))
    assert found == [pytest.approx(colour, abs=0.01) for colour in (GREEN, BLUE, BLUE)]


def test_what_cannot_be_read_is_passed_over_and_told(friends: Path) -> None:
    (error,) = look(friends).unread
    assert "text.jpg" in str(error)


def test_the_first_faces_are_enough(friends: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST", 1)
    assert colours(look(friends)) == [pytest.approx(GREEN, abs=0.01)]


def test_the_key_goes_by_content(friends: Path, tmp_path: Path) -> None:
    copy = painted(tmp_path / "elsewhere" / "renamed.png", GREEN, BLUE)
    assert look(copy).key == look(friends / "both.png").key
    assert look(copy).key != look(friends).key


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ("friends", r"others are a list of photos and folders, such as \['friends'\], not 'friends'"),
        (Path("friends"), "others are a list"),
        (7, "others are a list"),
        ([7], "others is a path, not 7"),
        (["missing"], "missing: no such file or folder"),
        (["friends/wall.png"], r"no face found on the photos of others \(friends/wall.png\)"),
        (["friends/text.jpg"], "no face found .* name others; 1 cannot be read, the first: friends/text.jpg"),
        (["friends/both.png", ""], "others is an empty path"),
    ],
)
def test_others_that_cannot_be_used_are_refused(
    given: object, complaint: str, friends: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(friends.parent)
    with pytest.raises(SettingsError, match=complaint):
        Protector(device="cpu", others=given)  # type: ignore[arg-type]


def test_others_join_the_strangers_and_their_own_people(friends: Path) -> None:
    alone, known = Protector(device="cpu"), Protector(device="cpu", others=[friends])
    strangers = torch.tensor(typical_of(alone.people(), RED))
    green, blue = torch.tensor(GREEN), torch.tensor(BLUE)
    # The strangers count as much as eight faces; whoever looks like one of the others is that person.
    as_red = (8 * strangers + green + 2 * blue) / 11
    assert typical_of(known.people(), RED) == pytest.approx(as_red.tolist(), abs=0.005)
    as_blue = (8 * strangers + green) / 9
    assert typical_of(known.people(), BLUE) == pytest.approx(as_blue.tolist(), abs=0.005)


def test_a_cloak_goes_by_the_others(friends: Path) -> None:
    photo = wall_of(RED)
    alone, known = Protector(device="cpu"), Protector(device="cpu", others=[friends])
    assert not np.array_equal(alone.protect(photo).pixels, known.protect(photo).pixels)
    assert alone.settings_key != known.settings_key
    assert "others" not in alone.settings
    assert known.for_people(None).settings_key == known.settings_key


def test_faces_that_are_to_stay_are_other_people_too() -> None:
    guard = Protector(device="cpu", selection=PersonSelection([wall_of(RED)], device="cpu"))
    photo = load_photo(wall_of(RED, BLUE))
    (faces,), people = guard.find_faces([photo]), guard.people()
    before = torch.tensor(typical_of(people, RED))
    guard.remember(people, photo, faces)
    with_blue = (8 * before + torch.tensor(BLUE)) / 9
    assert typical_of(people, RED) == pytest.approx(with_blue.tolist(), abs=0.005)
    (in_album,) = guard.protect_photos([photo], [faces], people)
    assert np.array_equal(guard.protect(photo).pixels, in_album.pixels)


def test_the_command_looks_at_others(
    friends: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    album = painted(tmp_path / "album" / "me.png", RED).parent
    command = ["protect", str(album), "--others", str(friends / "both.png"), "--others", str(friends)]
    assert main([*command, "-o", str(tmp_path / "out")]) == 0
    assert f"--others: {friends / 'text.jpg'}" in capsys.readouterr().err
    expected = Protector(device="cpu", others=[friends / "both.png", friends]).protect(album / "me.png")
    written = np.asarray(Image.open(tmp_path / "out" / "me.png"))
    assert np.array_equal(written, expected.pixels)
    assert not (tmp_path / "out" / "both.png").exists()


def test_only_cloaks_look_at_others(
    friends: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["protect", str(friends), "-o", str(tmp_path / "out"), "--others", str(friends)]
    assert main([*command, "--method", "combined"]) == 2
    assert "--others is for --method cloak: combined does not look at them" in capsys.readouterr().err
