"""Faces are found in both photos, judged by every recogniser, and nothing that went wrong is lost."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from faceguard.check.checking import Pair, photos_of
from faceguard.check.crafting import Crafting, Manifests, crafted_on
from faceguard.check.facts import facts
from faceguard.check.findings import Check, Verdict
from faceguard.errors import SettingsError
from faceguard.photos import Manifest
from recognizers import Measure, Threshold
from tests.faceguard.check.made_check import (
    GreenJudge,
    Steps,
    checker,
    copied,
    protected,
    saved,
    scene,
    with_faces,
)

FACE = (100, 100)


def checked(tmp_path: Path, *judges: GreenJudge) -> Check:
    return checker(*judges).check_folders(tmp_path / "in", tmp_path / "out", Manifests(tmp_path / "out"))


def test_a_protected_face_is_not_recognised_and_an_unprotected_one_is(tmp_path: Path) -> None:
    photos = [with_faces(scene(number), FACE) for number in range(2)]
    for number, photo in enumerate(photos):
        saved(photo, tmp_path / "in" / f"{number}.png")
    saved(protected(photos[0]), tmp_path / "out" / "safe.png")
    saved(copied(photos[1]), tmp_path / "out" / "bare.png")
    found = checked(tmp_path)
    bare, safe = found.photos
    assert (bare.original, safe.original) == ("1.png", "0.png")
    assert (bare.verdict, safe.verdict) == (Verdict.RECOGNISED, Verdict.PROTECTED)
    assert not found.protected
    (opinion,) = safe.faces[0].opinions.values()
    # The middle of the face has 60 of 255 green before, and 84 after.
    assert opinion.as_is.before == pytest.approx(0, abs=0.01)
    assert opinion.as_is.after == pytest.approx(24 / 255, abs=0.005)
    assert opinion.copied.after == pytest.approx(24 / 255, abs=0.01)
    assert safe.quality is not None
    assert 24 < safe.quality.psnr < 28
    assert (safe.change.scale, safe.change.unchanged) == (1, False)
    assert bare.change.scale == pytest.approx(0.5)


def test_everything_protected_is_protected(tmp_path: Path) -> None:
    photo = with_faces(scene(0), FACE, (220, 120))
    saved(photo, tmp_path / "in" / "a.png")
    saved(copied(protected(photo), 0.6), tmp_path / "out" / "deep" / "b.webp")
    found = checked(tmp_path)
    assert found.protected
    assert [face.verdict for face in found.faces] == [Verdict.PROTECTED] * 2
    assert found.photos[0].name == "deep/b.webp"


def test_one_of_two_faces_may_be_left_open(tmp_path: Path) -> None:
    photo = with_faces(scene(0), FACE, (220, 120))
    half = photo.copy()
    half[:, :160] = protected(photo)[:, :160]
    saved(photo, tmp_path / "in" / "a.png")
    saved(half, tmp_path / "out" / "a.png")
    found = checked(tmp_path)
    assert {face.box[0] < 160: face.verdict for face in found.faces} == {
        True: Verdict.PROTECTED,
        False: Verdict.RECOGNISED,
    }
    assert not found.protected


def test_one_judge_who_recognises_is_enough(tmp_path: Path) -> None:
    photo = with_faces(scene(0), FACE)
    saved(photo, tmp_path / "in" / "a.png")
    saved(protected(photo), tmp_path / "out" / "a.png")
    lenient = GreenJudge("lenient", Threshold(Measure.EUCLIDEAN, 0.9, "made up"))
    found = checked(tmp_path, GreenJudge(), lenient)
    assert found.photos[0].verdict is Verdict.RECOGNISED
    assert (found.tally("green").recognised, found.tally("lenient").recognised) == (0, 1)


def test_who_has_no_threshold_or_never_recognises_cannot_judge(tmp_path: Path) -> None:
    photo = with_faces(scene(0), FACE)
    saved(photo, tmp_path / "in" / "a.png")
    saved(protected(photo), tmp_path / "out" / "a.png")
    blind = GreenJudge("blind", Threshold(Measure.EUCLIDEAN, -1.0, "nobody is close enough"))
    found = checked(tmp_path, GreenJudge("open", None), blind)
    assert found.photos[0].verdict is Verdict.UNJUDGED
    assert not found.protected
    assert found.photos[0].faces[0].opinions["open"].as_is.before == pytest.approx(1)


def test_a_face_that_is_not_found_again_is_judged_where_it_must_be(tmp_path: Path) -> None:
    photo = with_faces(scene(0), FACE)
    hidden = photo.copy()
    hidden[..., 2][photo[..., 2] > 225] = 220  # too little blue for the detector, green as it was
    saved(photo, tmp_path / "in" / "a.png")
    saved(hidden, tmp_path / "out" / "a.png")
    (face,) = checked(tmp_path).faces
    assert (face.found_before, face.found_after) == (True, False)
    assert face.verdict is Verdict.RECOGNISED
    assert face.box == pytest.approx((69.5, 60.5, 129.5, 138.5), abs=1)


def test_a_face_that_only_the_protected_photo_shows_is_judged_too(tmp_path: Path) -> None:
    photo = with_faces(scene(0), FACE)
    hidden = photo.copy()
    hidden[..., 2][photo[..., 2] > 225] = 220
    saved(hidden, tmp_path / "in" / "a.png")
    saved(photo, tmp_path / "out" / "a.png")
    (face,) = checked(tmp_path).faces
    assert (face.found_before, face.found_after) == (False, True)
    assert face.verdict is Verdict.RECOGNISED


def test_a_crop_keeps_its_face(tmp_path: Path) -> None:
    photo = with_faces(scene(0, 480, 640), (300, 240), (600, 60))
    saved(photo, tmp_path / "in" / "a.png")
    saved(copied(protected(photo)[100:440, 120:520], 0.8), tmp_path / "out" / "profile.jpg")
    found = checked(tmp_path)
    (face,) = found.faces  # the other one was cropped away
    assert face.verdict is Verdict.PROTECTED
    assert (face.found_before, face.found_after) == (True, True)
    assert found.photos[0].change.cropped
    assert found.photos[0].quality is None


def test_what_cannot_be_checked_is_listed(tmp_path: Path) -> None:
    photo = with_faces(scene(0), FACE)
    saved(photo, tmp_path / "in" / "a.png")
    saved(protected(photo), tmp_path / "out" / "a.png")
    saved(scene(1), tmp_path / "in" / "alone.png")
    saved(scene(2), tmp_path / "out" / "stranger.png")
    (tmp_path / "out" / "text.jpg").write_text("this is a text")
    (tmp_path / "in" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    found = checked(tmp_path)
    assert [photo.name for photo in found.failed] == ["broken.png", "stranger.png", "text.jpg"]
    assert found.failed[0].reason.startswith("the original is of no use: ")
    assert "its content is text" in found.failed[2].reason
    assert found.without_copy == ("alone.png",)
    assert not found.protected  # although its only face is


def test_no_face_at_all_is_no_protection(tmp_path: Path) -> None:
    saved(scene(0), tmp_path / "in" / "a.png")
    saved(copied(scene(0)), tmp_path / "out" / "a.png")
    found = checked(tmp_path)
    assert not found.protected
    assert found.photos[0].verdict is None


def test_known_pairs_need_no_matching(tmp_path: Path) -> None:
    photo = with_faces(scene(0), FACE)
    first = Pair(saved(photo, tmp_path / "a.png"), "a", saved(protected(photo), tmp_path / "b.png"), "b")
    second = replace(first, copy=saved(scene(0)[:100], tmp_path / "c.png"), name="c")
    steps = Steps()
    found = checker(steps=steps).check_pairs([first, second], Manifests(tmp_path))
    assert [photo.name for photo in found.photos] == ["b"]
    (failed,) = found.failed
    assert failed.reason == "original and protected photo have different shapes: 320 × 240 and 320 × 100"
    assert steps.stages == {"judging faces": [2, 2]}


def test_folders_may_lie_in_each_other_and_single_files_will_do(tmp_path: Path) -> None:
    one, two = saved(scene(0), tmp_path / "a.png"), saved(scene(1), tmp_path / "out" / "b.png")
    outer, inner = photos_of(tmp_path, tmp_path / "out")
    assert ([p.source for p in outer.photos], [p.source for p in inner.photos]) == ([one], [two])
    inner, outer = photos_of(tmp_path / "out", tmp_path)
    assert ([p.source for p in outer.photos], [p.source for p in inner.photos]) == ([one], [two])
    first, second = photos_of(one, two)
    assert ([p.source for p in first.photos], [p.source for p in second.photos]) == ([one], [two])
    beside = saved(scene(2), tmp_path / "out" / "c.png")
    rest, alone = photos_of(tmp_path / "out", beside)
    assert ([p.source for p in rest.photos], [p.source for p in alone.photos]) == ([two], [beside])


@pytest.mark.parametrize(
    ("originals", "copies", "message"),
    [
        ("in", "missing", "missing: no such file"),
        ("missing", "in", "missing: no such file"),
        ("in", "in", "are the same"),
        ("in", "empty", "empty: there are no photos in this folder"),
        ("texts", "in", "there are no photos in this folder; there is notes.txt"),
    ],
)
def test_wrong_folders_are_refused(tmp_path: Path, originals: str, copies: str, message: str) -> None:
    saved(scene(0), tmp_path / "in" / "a.png")
    (tmp_path / "empty").mkdir()
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "notes.txt").write_text("this is a text")
    with pytest.raises(SettingsError, match=message):
        photos_of(tmp_path / originals, tmp_path / copies)


def recorded(tmp_path: Path, details: dict[str, object]) -> tuple[Path, str, str]:
    """An output folder whose manifest knows one photo; its digests."""
    folder = tmp_path / "out"
    saved(scene(0), folder / "a.png")
    manifest = Manifest(folder, "key")
    record = manifest.record(Path("a.png"), "input", details)
    manifest.append(record)
    return folder, record.input_sha256, record.output_sha256


def test_the_manifest_knows_what_was_crafted_on(tmp_path: Path) -> None:
    face = {"box": [1, 2, 3, 4]}
    details = {"faces": [face], "similarity": {"dlib": {}, "onnx:/x/a.onnx": {}}, "left": [face]}
    folder, source, output = recorded(tmp_path, details)
    (folder / "faceguard-report.json").write_text(json.dumps({"settings": {"method": "cloak"}}))
    known = Manifests(folder)
    wanted = Crafting("enrolment", ("dlib", "onnx:/x/a.onnx"), "cloak", ((1, 2, 3, 4),))
    assert known.crafting("another", output) == wanted
    assert known.crafting(source, "came back from a network") == wanted
    assert known.crafting("another", "another") is None
    assert known.recognisers == ["dlib", "onnx:/x/a.onnx"]
    assert Manifests(folder / "faceguard-manifest.jsonl", wanted=True).crafting(source, "") == wanted


def test_the_manifest_knows_methods_against_training(tmp_path: Path) -> None:
    folder, source, output = recorded(tmp_path, {"faces": [{"box": [1, 2, 3, 4]}], "similarity": {}})
    (folder / "faceguard-report.json").write_text("{")
    assert Manifests(folder).crafting(source, output) == Crafting("training", (), None)


def test_the_manifest_knows_methods_against_both_threats(tmp_path: Path) -> None:
    details = {"faces": [{"box": [1, 2, 3, 4]}], "similarity": {"dlib": {}}}
    folder, source, output = recorded(tmp_path, details)
    (folder / "faceguard-report.json").write_text(json.dumps({"settings": {"method": "combined"}}))
    assert Manifests(folder).crafting(source, output) == Crafting("both", ("dlib",), "combined")


def test_a_manifest_that_is_asked_for_has_to_be_there(tmp_path: Path) -> None:
    assert Manifests(tmp_path).crafting("a", "b") is None
    with pytest.raises(SettingsError, match="there is no faceguard-manifest"):
        Manifests(tmp_path, wanted=True)


def test_faces_that_were_to_be_left_do_not_count(tmp_path: Path) -> None:
    photo = with_faces(scene(0), FACE, (220, 120))
    half = photo.copy()
    half[:, :160] = protected(photo)[:, :160]
    saved(photo, tmp_path / "in" / "a.png")
    saved(half, tmp_path / "out" / "a.png")
    manifest = Manifest(tmp_path / "out", "key")
    details = {
        "faces": [{"box": [70, 60, 130, 140]}],
        "left": [{"box": [190, 80, 250, 160]}],
        "similarity": {"green": {}},
    }
    manifest.append(manifest.record(Path("a.png"), "unknown", details))
    found = checked(tmp_path)
    assert found.protected
    assert (len(found.faces), found.left) == (1, 1)
    quality = found.photos[0].quality
    assert quality is not None
    assert quality.psnr < 28  # with the face that was left it would be 3 dB more
    assert found.used_in_crafting("green") is True
    assert facts(found)["counts"] == {
        "photos": 1,
        "faces": 1,
        "not_recognised": 1,
        "recognised": 0,
        "unjudged": 0,
        "left": 1,
    }


@pytest.mark.parametrize(
    ("judge", "surrogates", "used"),
    [
        ("dlib", ["dlib"], True),
        ("dlib", ["facenet-vggface2"], False),
        ("onnx:/here/a.onnx", ["onnx:there/a.onnx"], True),
        ("insightface:a.onnx", ["dlib+onnx:/x/a.onnx"], True),
        ("dlib+onnx:b.onnx", ["dlib"], True),
        ("onnx:b.onnx", ["onnx:a.onnx"], False),
    ],
)
def test_what_was_crafted_on_is_known_wherever_its_file_lies(
    judge: str, surrogates: list[str], used: bool
) -> None:
    assert crafted_on(judge, surrogates) is used


def test_the_facts_are_json(tmp_path: Path) -> None:
    photo = with_faces(scene(0), FACE)
    saved(photo, tmp_path / "in" / "a.png")
    saved(photo, tmp_path / "out" / "b.png")
    told = json.loads(json.dumps(facts(checked(tmp_path)), allow_nan=False))
    (shown,) = told["photos"]
    assert (shown["photo"], shown["original"], shown["unchanged"]) == ("b.png", "a.png", True)
    assert shown["quality"] == {"psnr": None, "ssim": 1.0, "flip": 0.0}
    assert shown["reasons"] == ["it is the original, unchanged"]
    assert shown["faces"][0]["recognisers"]["green"]["recognised"] is True
    assert told["recognisers"][0]["used_in_crafting"] is None
    assert told["protected"] is False


def test_judging_does_not_change_the_photos(tmp_path: Path) -> None:
    photo = with_faces(scene(0), FACE)
    one, two = saved(photo, tmp_path / "in" / "a.png"), saved(protected(photo), tmp_path / "out" / "a.png")
    before = [path.read_bytes() for path in (one, two)]
    checked(tmp_path)
    assert [path.read_bytes() for path in (one, two)] == before
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.png"]
