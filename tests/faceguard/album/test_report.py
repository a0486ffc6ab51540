"""Reports: the numbers add up over runs, and the words say what they mean."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from faceguard.album.outcome import PhotoOutcome, Status
from faceguard.album.protecting import protect_album
from faceguard.album.report import REPORT_NAME, AlbumReport
from faceguard.photos import LeftOut
from tests.faceguard.fake_guard import FakeGuard


def report_of(outcomes: list[PhotoOutcome], photos: int | None = None) -> AlbumReport:
    report = AlbumReport(photos or len(outcomes), [], {"method": "fake"}, "cpu (2 threads)")
    for outcome in outcomes:
        report.add(outcome)
    return report


def protected(name: str, faces: int = 1, **similarity: Any) -> PhotoOutcome:
    details: Mapping[str, Any] = {
        "faces": [{"box": [0, 0, 9, 9]}] * faces,
        "quality": {"psnr": 30.0 + faces, "ssim": 0.9, "flip": 0.1 * faces, "largest": 8, "mean": 2.0},
        "similarity": similarity,
    }
    return PhotoOutcome(Path(name), Path(name), Status.PROTECTED, "", details)


def views(measure: str, threshold: float | None, *faces: tuple[float, float, bool | None]) -> dict[str, Any]:
    return {
        "measure": measure,
        "threshold": threshold,
        "threshold_source": None,
        "faces": [{"before": b, "after": a, "recognised": r} for b, a, r in faces],
    }


def test_numbers_add_up(album: Path, tmp_path: Path) -> None:
    run = protect_album(FakeGuard(), album, tmp_path / "out")
    report = AlbumReport(run.photos, [LeftOut(Path("x.txt"), "not a photo")], {"a": 1}, "cpu")
    for outcome in run:
        assert not report.to_json()["complete"]
        report.add(outcome)
    found = report.to_json()
    assert found["complete"]
    assert found["counts"] == {
        "photos": 5,
        "protected": 3,
        "without_face": 1,
        "not_chosen": 0,
        "failed": 1,
        "done_before": 0,
        "faces": 4,
        "left_faces": 0,
        "left_out": 1,
    }
    assert found["recognisers"]["dlib"] == {
        "measure": "euclidean",
        "threshold": 0.6,
        "threshold_source": "made up",
        "faces": 4,
        "before": 0.1,
        "after": 0.9,
        "recognised": 0,
    }
    assert [entry["photo"] for entry in found["not_protected"]] == ["c.png", "e.jpg"]
    assert [entry["kind"] for entry in found["not_protected"]] == ["without_face", "failed"]
    assert set(found["versions"]) >= {"python", "faceguard", "torch", "numpy"}


def test_a_second_run_reports_the_same_album(album: Path, tmp_path: Path) -> None:
    first = report_of(list(protect_album(FakeGuard(), album, tmp_path / "out"))).to_json()
    second = report_of(list(protect_album(FakeGuard(), album, tmp_path / "out"))).to_json()
    assert first["counts"].pop("done_before") == 0
    assert second["counts"].pop("done_before") == 4
    for key in ("counts", "quality", "recognisers", "not_protected"):
        assert first[key] == second[key]


def test_quality_weighs_faces_and_names_the_worst() -> None:
    found = report_of([protected("a.jpg", 1), protected("b.jpg", 3)]).to_json()["quality"]
    assert found["psnr"] == {"mean": 32.5, "worst": 31.0}
    assert found["flip"]["mean"] == pytest.approx(0.25)
    assert found["flip"]["worst"] == pytest.approx(0.3)
    assert found["largest_change"] == 8


def test_nothing_changed_is_no_number() -> None:
    outcome = protected("a.jpg")
    outcome.details["quality"]["psnr"] = None
    found = report_of([outcome])
    assert found.to_json()["quality"]["psnr"] == {"mean": None, "worst": None}
    assert "PSNR in dB unmeasured" in found.text()


@pytest.mark.parametrize(
    ("similarity", "text"),
    [
        (
            views("euclidean", 0.6, (0.1, 0.9, False), (0.14, 0.5, True)),
            "before 0.12 apart, after 0.70 apart (0.60 and less counts as the same person): "
            "1 of 2 faces still recognised",
        ),
        (
            views("cosine", 0.3, (0.95, 0.1, False)),
            "before 0.95 alike, after 0.10 alike (0.30 and more counts as the same person): "
            "0 of 1 face still recognised",
        ),
        (
            views("cosine", None, (0.95, 0.1, None)),
            "before 0.95 alike, after 0.10 alike (1 is the same face; it has no usual threshold)",
        ),
    ],
)
def test_what_a_recogniser_thinks_in_words(similarity: dict[str, Any], text: str) -> None:
    report = report_of([protected("a.jpg", len(similarity["faces"]), dlib=similarity)])
    assert f"  dlib: {text}" in report.text().splitlines()


def test_the_text_lists_what_is_not_protected_and_ends_in_the_limits() -> None:
    failed = [
        PhotoOutcome(Path(f"{i}\n.jpg"), Path(f"{i}\n.jpg"), Status.FAILED, "empty file") for i in range(30)
    ]
    text = report_of([protected("a.jpg"), *failed]).text()
    assert "1 photo of 31 protected (1 face), 0 without a face copied, 30 failed." in text
    assert r"  0\n.jpg: empty file" in text
    assert "and 10 more" in text
    limits = text.partition("What this does not promise:")[2]
    for word in ("already out there", "not crafted against", "retrained", "no face was found", "editing"):
        assert word in limits


def test_an_unfinished_run_says_so() -> None:
    text = report_of([protected("a.jpg")], photos=3).text()
    assert "Not complete: 2 photos to go; run the same command again." in text


def test_the_file_is_the_report(tmp_path: Path) -> None:
    report = report_of([protected("caf\udce9.jpg", 1, dlib=views("cosine", 0.3, (0.9, 0.1, False)))])
    path = report.write(tmp_path)
    assert path == tmp_path / REPORT_NAME
    written, now = json.loads(path.read_text()), report.to_json()
    assert {**written, "seconds": 0} == {**now, "seconds": 0}


def face(distance: float, unsure: bool) -> dict[str, Any]:
    match = {"distance": distance, "reference": "me.jpg", "unsure": unsure}
    return {"box": [1.2, 2, 30, 40.6], "match": match}


def test_faces_that_are_left_and_unsure_ones_are_told() -> None:
    some = {"faces": [face(0.61, True), face(0.3, False)], "left": [face(0.9, False)]}
    nobody = {"faces": [], "left": [face(0.57, True)]}
    report = report_of(
        [
            PhotoOutcome(Path("a.jpg"), Path("a.jpg"), Status.PROTECTED, "", some),
            PhotoOutcome(Path("b.jpg"), Path("b.jpg"), Status.NOT_CHOSEN, "nobody's", nobody),
        ]
    )
    found = report.to_json()
    assert found["complete"]
    assert (found["counts"]["protected"], found["counts"]["not_chosen"]) == (1, 1)
    assert (found["counts"]["faces"], found["counts"]["left_faces"]) == (2, 2)
    assert found["not_protected"] == [{"photo": "b.jpg", "kind": "not_chosen", "reason": "nobody's"}]
    assert [(entry["photo"], entry["protected"]) for entry in found["unsure"]] == [
        ("a.jpg", True),
        ("b.jpg", False),
    ]
    lines = report.text().splitlines()
    assert "1 photo of 2 protected (2 faces), 0 without a face copied, " in lines[0]
    assert "1 with other people only copied" in lines[0]
    assert "  a.jpg: the face at 1, 2 to 30, 41 is 0.61 from me.jpg: protected" in lines
    assert "  b.jpg: the face at 1, 2 to 30, 41 is 0.57 from me.jpg: left as it is" in lines
    assert "  b.jpg: nobody's" in lines


def test_a_selection_is_a_limit_of_its_own() -> None:
    def limits(settings: dict[str, object]) -> list[str]:
        return AlbumReport(1, [], settings, "cpu").to_json()["limits"]

    assert len(limits({"people": {"references": ["1"]}})) == len(limits({})) + 1
