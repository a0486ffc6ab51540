"""Identification on people whom the fake recogniser knows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from evaluation.benchmarks.gallery_split import gallery_split
from evaluation.benchmarks.identify import IdentifySettings
from evaluation.benchmarks.workbench import DataSettings
from evaluation.datasets.layouts import open_dataset
from faceguard.errors import SettingsError
from tests.evaluation.benchmarks.made_bench import identified
from tests.evaluation.datasets.made_data import pack, picture
from tests.evaluation.fakes import people_folder, plain, portrait

pytestmark = pytest.mark.usefixtures("fake_tracker")

People = Callable[..., Path]


def test_everybody_is_found_in_the_closed_set(made_people: People) -> None:
    result = identified(made_people(people=8), galleries=("photos", "templates"))
    for case in ("closed set", "closed set, templates"):
        figures = result.metrics["fake"][case]
        assert list(figures) == ["rank1", "rank5"]  # ten people are not there
        assert (figures["rank1"].value, figures["rank1"].n, figures["rank1"].persons) == (1, 16, 8)
        assert result.curves["fake"][case]["cmc"].y == (1.0,) * 8
        assert result.per_person["fake"][case]["rank1"] == ((2.0, 2),) * 8


def test_the_first_photos_are_the_gallery(made_people: People) -> None:
    root = made_people(people=2, photos=5)
    split = gallery_split(open_dataset(root))
    assert [photo.name for photo in split.gallery[0]] == ["p0/0.png", "p0/1.png"]
    assert len(split.probes[0]) == 3
    assert len(gallery_split(open_dataset(root), 4).gallery[0]) == 4
    with pytest.raises(SettingsError, match="0 people have 6 photos or more"):
        gallery_split(open_dataset(root), 5)


def test_a_probe_of_another_person_is_a_miss(made_people: People) -> None:
    root = made_people(people=5, photos=2)
    (root / "p0" / "1.png").write_bytes(portrait(1, 9))
    assert identified(root).metrics["fake"]["closed set"]["rank1"].value == pytest.approx(0.8)


def test_the_open_set_has_people_who_are_not_enrolled(made_people: People) -> None:
    result = identified(made_people(people=10), unknown=0.3)
    figures = result.metrics["fake"]["open set"]
    assert result.protocol["unknown_people"] == 3
    assert (figures["fnir@fpir=1e-1"].value, figures["fnir@fpir=1e-1"].n) == (0, 14)
    assert figures["fnir@fpir=1e-2"].value is None
    assert "not 12" in str(figures["fnir@fpir=1e-2"].reason)  # all four photos of three people
    assert "fnir@fpir=1e-1" in result.thresholds["fake"]["open set"]
    assert "open_set" in result.curves["fake"]["open set"]
    assert result.metrics["fake"]["closed set"]["rank1"].value == 1


def test_distractors_fill_the_gallery(made_people: People, tmp_path: Path) -> None:
    root, flat = made_people(people=5), tmp_path / "flat"
    flat.mkdir()
    (flat / "a.png").write_bytes(portrait(0, 2))  # the very probe of p0
    (flat / "b.png").write_bytes(portrait(99, 0))
    (flat / "c.png").write_bytes(plain(5))
    result = identified(root, distractors=flat)
    assert result.protocol["distractors"] == 2
    figures = result.metrics["fake"]
    assert figures["closed set"]["rank1"].value == 1
    assert figures["closed set, 2 distractors"]["rank1"].value == pytest.approx(0.9)
    assert (
        identified(root, distractors=people_folder(tmp_path / "named", people=2)).protocol["distractors"] == 8
    )


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"unknown": 1.0}, "0 or more and below 1"),
        ({"unknown": -0.1}, "0 or more and below 1"),
        ({"galleries": ("faces",)}, "photos or templates, not faces"),
        ({"galleries": ()}, "photos or templates"),
    ],
)
def test_impossible_settings_are_refused(settings: dict, complaint: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=complaint):
        IdentifySettings(DataSettings(tmp_path), **settings)


def test_what_the_data_cannot_give_is_refused(made_people: People, tmp_path: Path) -> None:
    root = made_people(people=3)
    with pytest.raises(SettingsError, match=r"0\.1 of 3 people are 0"):
        identified(root, unknown=0.1)
    with pytest.raises(SettingsError, match="no such folder of distractors"):
        identified(root, distractors=tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(SettingsError, match="no photos to use as distractors"):
        identified(root, distractors=tmp_path / "empty")
    packed = pack(tmp_path / "a.bin", [picture(n) for n in range(4)], [True, False])
    with pytest.raises(SettingsError, match="packs do not say who is who"):
        identified(packed)
