"""Protecting some people only: what is crafted, what stays, and albums, on people made of paint."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from faceguard import JointProtector, PersonSelection, Protector, Status, methods
from faceguard.album.protecting import protect_album
from faceguard.album.report import REPORT_NAME
from faceguard.cli import main
from faceguard.photos import MANIFEST_NAME
from tests.faceguard.painted_people import WALL, painted, use_paint, wall_of
from tests.faceguard.quick_cloak import quick_cloak

RED, PINK, BLUE = (0.9, 0.1, 0.1), (0.9, 0.6, 0.43), (0.1, 0.1, 0.9)  # pink is 0.6 from red
SIDE = 64


@pytest.fixture(autouse=True)
def _paint(monkeypatch: pytest.MonkeyPatch) -> None:
    use_paint(monkeypatch)
    monkeypatch.setattr(methods, "load_cloak", quick_cloak)


@pytest.fixture
def only_red() -> PersonSelection:
    return PersonSelection([wall_of(RED)], device="cpu")


def test_only_the_chosen_face_changes(only_red: PersonSelection) -> None:
    photo = wall_of(BLUE, RED, BLUE)
    result = Protector(device="cpu", selection=only_red).protect(photo)
    assert [face.box[0] >= SIDE for face in result.faces] == [True]
    assert len(result.left) == 2
    change = np.abs(result.pixels.astype(int) - photo).max(2)
    assert change[:, SIDE : 2 * SIDE].any()
    assert not change[:, :SIDE].any()
    assert not change[:, 2 * SIDE + 1 :].any()
    # Its region reaches into the others' boxes: they stay because they are theirs.
    alone = wall_of(WALL, RED, WALL)
    change = np.abs(Protector(device="cpu").protect(alone).pixels.astype(int) - alone).max(2)
    assert change[:, :SIDE].any()
    assert change[:, 2 * SIDE + 1 :].any()


def test_what_changes_elsewhere_is_not_crafted_for_the_others(only_red: PersonSelection) -> None:
    steps: list[float] = []
    guard = Protector(device="cpu", selection=only_red)
    result = guard.protect(wall_of(BLUE, BLUE), progress=steps.append)
    assert steps == []
    assert result.faces == ()
    assert np.array_equal(result.pixels, wall_of(BLUE, BLUE))


def test_one_protector_serves_several_people(only_red: PersonSelection) -> None:
    guard = Protector(device="cpu")
    other = guard.for_people(only_red)
    assert guard.settings_key != other.settings_key
    assert other.settings_key == Protector(device="cpu", selection=only_red).settings_key
    assert other.for_people(None).settings_key == guard.settings_key
    assert len(guard.protect(wall_of(BLUE, RED)).faces) == 2
    assert len(other.protect(wall_of(BLUE, RED)).faces) == 1


@pytest.fixture
def album(tmp_path: Path) -> Path:
    folder = tmp_path / "album"
    painted(folder / "both.png", RED, BLUE)
    painted(folder / "her.png", BLUE)
    painted(folder / "maybe.png", PINK)
    painted(folder / "wall.png", WALL)
    Image.fromarray(wall_of(BLUE, BLUE)).save(folder / "others.jpg", quality=60)
    return folder


def statuses(guard: Protector | JointProtector, album: Path, output: Path) -> dict[str, Status]:
    return {outcome.relative.name: outcome.status for outcome in protect_album(guard, album, output)}


Build = Callable[[PersonSelection], "Protector | JointProtector"]


@pytest.mark.parametrize(
    "build",
    [
        lambda selection: Protector(device="cpu", selection=selection),
        lambda selection: JointProtector(device="cpu", method="separable", selection=selection),
    ],
    ids=["cloak", "poison"],
)
def test_photos_of_others_are_copied_byte_for_byte(
    build: Build, only_red: PersonSelection, album: Path, tmp_path: Path
) -> None:
    expected = {
        "both.png": Status.PROTECTED,
        "her.png": Status.NOT_CHOSEN,
        "maybe.png": Status.PROTECTED,
        "others.jpg": Status.NOT_CHOSEN,
        "wall.png": Status.NO_FACE,
    }
    assert statuses(build(only_red), album, tmp_path / "out") == expected
    for name in ("her.png", "others.jpg", "wall.png"):
        assert (tmp_path / "out" / name).read_bytes() == (album / name).read_bytes()
    change = np.abs(
        np.asarray(Image.open(tmp_path / "out" / "both.png")).astype(int) - wall_of(RED, BLUE)
    ).max(2)
    assert change[:, :SIDE].any()
    assert not change[:, SIDE + 1 :].any()
    again = statuses(build(only_red), album, tmp_path / "out")
    assert set(again.values()) == {Status.DONE_BEFORE}


def test_other_references_are_other_settings(only_red: PersonSelection, album: Path, tmp_path: Path) -> None:
    statuses(Protector(device="cpu", selection=only_red), album, tmp_path / "out")
    only_blue = PersonSelection([wall_of(BLUE)], device="cpu")
    found = statuses(Protector(device="cpu", selection=only_blue), album, tmp_path / "out")
    assert Status.DONE_BEFORE not in found.values()
    assert found["her.png"] is Status.PROTECTED
    assert found["maybe.png"] is Status.NOT_CHOSEN
    assert (tmp_path / "out" / "maybe.png").read_bytes() == (album / "maybe.png").read_bytes()


def test_a_run_that_stopped_comes_to_the_same_files(
    only_red: PersonSelection, album: Path, tmp_path: Path
) -> None:
    guard = Protector(device="cpu", selection=only_red)
    statuses(guard, album, tmp_path / "whole")
    run = protect_album(guard, album, tmp_path / "parts", batch_faces=16)
    next(run)
    next(run)
    del run
    assert Status.DONE_BEFORE in statuses(guard, album, tmp_path / "parts").values()
    for path in album.iterdir():
        assert (tmp_path / "whole" / path.name).read_bytes() == (tmp_path / "parts" / path.name).read_bytes()


def test_the_command_lists_what_it_left_and_what_it_is_unsure_of(
    album: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    me, out = painted(tmp_path / "me.png", RED), tmp_path / "out"
    command = ["protect", str(album), "-o", str(out), "--person", str(me), "--device", "cpu"]
    assert main(command) == 0
    printed = capsys.readouterr().out
    assert "2 photos of 5 protected (2 faces), 1 without a face copied, 2 with other people only" in printed
    assert "maybe.png: the face at 0, -10 to 64, 74 is 0.60 from me.png: protected" in printed
    assert "others.jpg: none of its faces is to be protected: copied as it is" in printed
    report = json.loads((out / REPORT_NAME).read_text())
    assert [entry["photo"] for entry in report["unsure"]] == ["maybe.png"]
    assert report["counts"]["not_chosen"] == 2
    lines = [json.loads(line) for line in (out / MANIFEST_NAME).read_text().splitlines()]
    details = {line["relative"]: line["details"] for line in lines}
    assert details["maybe.png"]["faces"][0]["match"]["unsure"] is True
    assert [face["match"]["reference"] for face in details["both.png"]["left"]] == ["me.png"]
    first = capsys.readouterr()
    assert main(command) == 0
    assert "5 of them in an earlier run" in capsys.readouterr().out, first


def test_the_command_takes_exceptions_and_several_people(album: Path, tmp_path: Path) -> None:
    me, her = painted(tmp_path / "me.png", RED), painted(tmp_path / "her.png", BLUE)

    def protected(*words: str) -> set[str]:
        out = tmp_path / f"out{''.join(words[::2])}"
        assert main(["protect", str(album), "-o", str(out), "-q", "--device", "cpu", *words]) == 0
        left = json.loads((out / REPORT_NAME).read_text())["not_protected"]
        return {"both.png", "her.png", "maybe.png", "others.jpg"} - {entry["photo"] for entry in left}

    # On others.jpg are two of her, so one of them is unsure.
    assert protected("--except", str(her)) == {"both.png", "maybe.png", "others.jpg"}
    assert protected("--person", str(me), "--person", str(her)) == {
        "both.png",
        "her.png",
        "maybe.png",
        "others.jpg",
    }


@pytest.mark.parametrize("option", ["--person", "--except"])
def test_the_command_names_a_reference_of_no_use(
    option: str, album: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    two = painted(tmp_path / "two.png", RED, BLUE)
    for reference, said in (
        (two, "two.png: shows 2 faces"),
        (tmp_path / "gone.jpg", "gone.jpg: cannot be read"),
    ):
        assert main(["protect", str(album), "-o", str(tmp_path / "out"), option, str(reference)]) == 2
        assert said in capsys.readouterr().err
        assert not (tmp_path / "out").exists()
