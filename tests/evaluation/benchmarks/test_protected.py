"""Photos that any tool has protected, held against their originals."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evaluation.benchmarks.counterparts import counterparts
from evaluation.benchmarks.protected import ProtectedSettings, originals, protected
from evaluation.benchmarks.workbench import TrackerSettings, Workbench
from evaluation.datasets.dataset import DataPhoto
from evaluation.result_files import read_result, write_result
from evaluation.results import Result
from faceguard.errors import SettingsError
from tests.evaluation.benchmarks.made_bench import FAST
from tests.evaluation.fakes import people_folder, plain, portrait

pytestmark = pytest.mark.usefixtures("fake_tracker")


def measured(clean: Path, versions: Path, **more: Any) -> Result:
    settings = ProtectedSettings(clean, versions, tracker=TrackerSettings(("fake",)), statistics=FAST, **more)
    dataset, found = originals(settings)
    with Workbench(settings.tracker, dataset.layout) as bench:
        return protected(settings, bench, bench.validated(dataset), found).result


def made(root: Path, kind: str, people: int = 6) -> tuple[Path, Path]:
    """Originals, and versions that are the same, somebody else, or without a face."""
    clean, versions = people_folder(root / "clean", people=people, photos=2), root / "versions"
    for path in sorted(clean.rglob("*.png")):
        place = versions / path.relative_to(clean)
        place.parent.mkdir(parents=True, exist_ok=True)
        content = {
            "same": path.read_bytes(),
            "other": portrait(900, int(path.parent.name[1:])),
            "gone": plain(5),
        }
        place.write_bytes(content[kind])
    return clean, versions


def test_versions_that_are_the_same(tmp_path: Path) -> None:
    result = measured(*made(tmp_path, "same"), defenders=("jpeg75",))
    figures = result.metrics["fake"]
    assert list(figures) == ["ordinary copy", "protected", "protected, jpeg75"]
    for case in figures:
        assert (figures[case]["found"].value, figures[case]["recognised"].value) == (1, 1)
    assert figures["protected"]["similarity"].value == pytest.approx(1)
    assert figures["protected"]["similarity"].n == 12
    assert 0 <= figures["protected"]["similarity_change"].value < 0.05
    assert "similarity_change" not in figures["ordinary copy"]
    assert result.quality["protected"]["ssim"].value == pytest.approx(1)
    assert result.quality["protected"]["psnr"].value is None
    assert read_result(write_result(result, tmp_path / "out")).to_json() == result.to_json()


def test_versions_that_are_somebody_else(tmp_path: Path) -> None:
    result = measured(*made(tmp_path, "other"))
    figures = result.metrics["fake"]["protected"]
    assert figures["found"].value == 1
    assert figures["recognised"].value < 0.2
    assert figures["similarity_change"].value < -0.4
    assert "genuine" in result.curves["fake"]["protected"]


def test_versions_without_a_face(tmp_path: Path) -> None:
    figures = measured(*made(tmp_path, "gone")).metrics["fake"]["protected"]
    assert (figures["found"].value, figures["recognised"].value, figures["recognised"].n) == (0, 0, 12)
    assert figures["similarity"].value is None
    assert "no face" in str(figures["similarity"].reason)


def test_a_face_elsewhere_is_not_the_face(tmp_path: Path) -> None:
    clean, versions = made(tmp_path, "same")
    # On a nearly white photo the fake detector's central face is a small one in the middle.
    for path in versions.rglob("*.png"):
        path.write_bytes(plain(250))
    tracker = TrackerSettings(("fake",))
    settings = ProtectedSettings(clean, versions, tracker=tracker, statistics=FAST)
    dataset, found = originals(settings)
    with Workbench(tracker, "lfw") as bench:
        result = protected(settings, bench, bench.validated(dataset), found).result
    assert result.metrics["fake"]["protected"]["found"].value == 1  # the small one lies in the clean one
    assert result.quality["protected"]["mean_change"].value > 10


def test_photos_side_by_side_are_persons_of_their_own(tmp_path: Path) -> None:
    for folder in ("clean", "versions"):
        (tmp_path / folder).mkdir()
        for number in range(6):
            (tmp_path / folder / f"{number}.png").write_bytes(portrait(number, 0))
    result = measured(tmp_path / "clean", tmp_path / "versions")
    assert result.metrics["fake"]["protected"]["similarity"].persons == 6
    assert any("each photo counts as a person of its own" in text for text in result.not_measured)


def test_missing_versions_are_told(tmp_path: Path) -> None:
    clean, versions = made(tmp_path, "same")
    (versions / "p0" / "0.png").unlink()
    result = measured(clean, versions)
    assert result.protocol["photos"] == 11
    assert any("1 originals without a protected version" in text for text in result.not_measured)


@pytest.mark.parametrize("defender", ["none", "adaptive", "mixed25", "jpeg75+oblivious"])
def test_only_edits_are_tried(tmp_path: Path, defender: str) -> None:
    with pytest.raises(SettingsError, match="is no edit"):
        measured(*made(tmp_path, "same", people=2), defenders=(defender,))


def test_folders_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    clean, versions = made(tmp_path, "same", people=2)
    with pytest.raises(SettingsError, match="no such folder of originals"):
        measured(tmp_path / "nowhere", versions)
    with pytest.raises(SettingsError, match="no such folder of protected photos"):
        measured(clean, tmp_path / "nowhere")
    with pytest.raises(SettingsError, match="no protected version of the photos"):
        measured(clean, versions, suffix="_cloaked")


def test_versions_are_found_by_place_suffix_and_any_ending(tmp_path: Path) -> None:
    photos = [DataPhoto(name, "p", b"") for name in ("a/one.jpg", "a/two.jpg", "three.png")]
    for name in ("a/one_low.png", "three_low.jpg", "a/two.jpg", "two_low.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    found = counterparts(photos, tmp_path, "_low")
    assert {name: version.path.name for name, version in found.items()} == {
        "a/one.jpg": "one_low.png",
        "three.png": "three_low.jpg",
    }
    assert list(counterparts(photos, tmp_path)) == ["a/two.jpg"]


def test_two_versions_of_one_photo_are_refused(tmp_path: Path) -> None:
    for name in ("a.jpg", "a.png"):
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(SettingsError, match=r"a\.jpg and a\.png are versions of one photo"):
        counterparts([DataPhoto("a.jpg", "p", b"")], tmp_path)
