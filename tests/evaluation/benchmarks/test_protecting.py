"""Albums are protected once, and what they took is known also after a stop."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluation.benchmarks.protecting import Cost, crafting_key, protect_albums
from evaluation.datasets.dataset import DataPhoto
from evaluation.datasets.layouts import open_dataset
from evaluation.progress import Silent
from faceguard.errors import FaceguardError
from tests.evaluation.fakes import FakeGuard, people_folder, plain


def albums(root: Path) -> dict[str, tuple[DataPhoto, ...]]:
    return dict(open_dataset(root).people)


def test_what_is_written_and_what_it_took(tmp_path: Path) -> None:
    root = people_folder(tmp_path / "people", people=2, photos=2)
    (root / "p0" / "2.png").write_bytes(plain(5))
    guard = FakeGuard()
    found = protect_albums(guard, albums(root), tmp_path / "out", Silent())
    assert set(found.photos) == {"p0/0.png", "p0/1.png", "p0/2.png", "p1/0.png", "p1/1.png"}
    photo = found.photos["p0/1.png"]
    assert (photo.written.name, photo.written.person) == ("p0/1.png", "p0")
    assert photo.written.read() != photo.original.read()
    assert photo.boxes == ((0, 0, 112, 112),)
    # Without a face it is published as it is, and a tracker may find one all the same.
    faceless = found.photos["p0/2.png"]
    assert faceless.boxes == ()
    assert faceless.written.read() == faceless.original.read()
    assert (found.cost.faces, found.cost.photos) == (4, 5)
    assert found.cost.seconds > 0


def test_the_cost_of_a_stopped_run_counts(tmp_path: Path) -> None:
    root = people_folder(tmp_path / "people", people=2, photos=2)

    class Stopped(FakeGuard):
        def protect_photos(self, *arguments: object) -> list:
            if self.protected:
                raise KeyboardInterrupt
            return super().protect_photos(*arguments)

    with pytest.raises(KeyboardInterrupt):
        protect_albums(Stopped(), albums(root), tmp_path / "out", Silent())
    second = protect_albums(FakeGuard(), albums(root), tmp_path / "out", Silent())
    assert (second.cost.faces, second.cost.photos) == (4, 4)
    third = protect_albums(FakeGuard(), albums(root), tmp_path / "out", Silent())
    assert third.cost == second.cost


def test_photos_in_packs_cannot_be_protected(tmp_path: Path) -> None:
    with pytest.raises(FaceguardError, match="needs files"):
        protect_albums(FakeGuard(), {"a": (DataPhoto("x", "p", b""),)}, tmp_path, Silent())


def test_nothing_protected_has_no_rate() -> None:
    assert Cost().metrics()["seconds_per_face"].value is None
    both = (Cost(1.0, 2, 4) + Cost(2.0, 1, 2)).metrics()
    assert (both["seconds_per_face"].value, both["seconds_per_photo"].value) == (1.0, 0.5)


def test_surrogates_count_by_their_content(tmp_path: Path) -> None:
    file = tmp_path / "a.onnx"
    file.write_bytes(b"one")
    first = crafting_key("s", [f"onnx:{file}"])
    assert first == crafting_key("s", [f"onnx:{file}"])
    file.write_bytes(b"two")
    assert (
        len(
            {
                first,
                crafting_key("s", [f"onnx:{file}"]),
                crafting_key("t", ["dlib"]),
                crafting_key("s", ["dlib"]),
            }
        )
        == 4
    )
