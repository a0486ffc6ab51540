"""The page holds everything, needs nothing else, stays small, and takes any name for a name."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from math import inf
from pathlib import Path

import numpy as np
import pytest

from faceguard.check.crafting import Crafting
from faceguard.check.findings import (
    Change,
    Check,
    CheckedPhoto,
    Judge,
    JudgedFace,
    Look,
    Opinion,
    Unchecked,
)
from faceguard.check.page import page_html, write_page
from faceguard.check.pictures import PAGE_BYTES, Pictures, pictures, room_for
from faceguard.check.text import check_text
from faceguard.check.words import enrolment_sentence, reasons, training_sentence
from faceguard.errors import FaceguardError
from faceguard.measures.quality import Quality
from recognizers import Measure, Threshold

EVIL = "<script>alert(1)</script>\"'&\n{{ 7 * 7 }}.jpg"
USUAL = Threshold(Measure.EUCLIDEAN, 0.6, "a made-up paper")
VOID = {"meta", "img", "input", "link", "br"}
SOME_PICTURES = Pictures(*((4, 3) + ("data:image/webp;base64,AAAA",) * 3))


class Page(HTMLParser):
    """Collects tags and texts, and refuses tags that are not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def opinion(recognised: bool | None, threshold: Threshold | None = USUAL) -> Opinion:
    after = 0.3 if recognised else 0.9
    return Opinion(threshold, Look(0.0, after), Look(0.1, after), recognised)


def face(*recognised: bool | None, **others: bool) -> JudgedFace:
    opinions = {f"judge{number}": opinion(said) for number, said in enumerate(recognised)}
    return JudgedFace((10.0, 10.0, 50.0, 70.0), True, others.pop("found_after", True), opinions, **others)


def photo(name: str, *faces: JudgedFace, crafting: Crafting | None = None) -> CheckedPhoto:
    quality = Quality(32.0, 0.9, 0.1, 8, 4.0) if faces else None
    change = Change(100, 80, 1.0, cropped=False, unchanged=False)
    return CheckedPhoto(name, name, faces, quality, change, crafting, SOME_PICTURES)


def check(*photos: CheckedPhoto, judges: int = 1, failed: tuple[Unchecked, ...] = ()) -> Check:
    return Check(
        judges=tuple(Judge(f"judge{number}", "none", USUAL) for number in range(judges)),
        absent=(),
        photos=photos,
        failed=failed,
        without_copy=(),
        detector="mtcnn",
        device="cpu",
        versions={"faceguard": "1"},
        seconds=1.0,
    )


def test_the_page_needs_no_other_file() -> None:
    text = page_html(check(photo("a.jpg", face(False))))
    page = Page(text)
    assert not page.named("link")
    assert all((tag["src"] or "").startswith("data:image/") for tag in page.named("img"))
    assert [tag for tag in page.named("script") if tag.get("src")] == []
    assert not re.search(r"url\(|@import|https?://", text)
    (policy,) = [tag["content"] for tag in page.named("meta") if "http-equiv" in tag]
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy is not None
    assert policy.startswith("default-src 'none';")
    assert policy.endswith(f"script-src 'sha256-{digest}'")


def test_names_stay_names() -> None:
    evil = replace(photo(EVIL, face(True)), original=f"original {EVIL}")
    found = replace(
        check(evil, failed=(Unchecked(EVIL, f"no photo: {EVIL}"),)),
        without_copy=(EVIL,),
        absent=(Unchecked(EVIL, EVIL),),
    )
    page = Page(page_html(found))
    assert len(page.named("script")) == 1
    shown = EVIL.replace("\n", "\\n")
    assert page.text.count(shown) >= 5
    assert any(shown in (tag.get("aria-label") or "") for tag in page.named("input"))


def test_pictures_have_words_and_a_slider_has_a_name() -> None:
    page = Page(page_html(check(photo("a.jpg", face(False), face(True)), photo("b.jpg"))))
    alts = [tag["alt"] for tag in page.named("img")]
    assert len(alts) == 6
    assert alts.count("Before: the original, 2 faces boxed") == 1
    assert all(alts)
    assert [tag["aria-label"] for tag in page.named("input")] == [
        "Compare before and after of a.jpg",
        "Compare before and after of b.jpg",
    ]
    boxes = [tag for tag in page.named("rect") if tag.get("class") in ("good", "bad")]
    assert [tag["class"] for tag in boxes] == ["good", "bad"] * 2  # on before and after
    # 10.5 of 100 pixels, on a picture 4 wide.
    assert float(boxes[0]["x"] or "nan") == pytest.approx(0.4)


def test_what_is_not_protected_comes_first_and_leads_there() -> None:
    found = check(photo("a.jpg", face(False)), photo("b.jpg", face(True)), photo("c.jpg"))
    page = Page(page_html(found))
    assert [tag["href"] for tag in page.named("a")] == ["#photo-1", "#photo-2"]
    assert page.text.index("Not protected: the face is still recognised by judge0") < page.text.index(
        "Protected: the face is not recognised"
    )
    assert "b.jpg: the face is still recognised by judge0" in page.text
    assert "c.jpg: no face was found in it: nothing is protected" in page.text


def test_too_many_photos_lose_pictures_but_not_those_in_need() -> None:
    large = replace(SOME_PICTURES, after="data:image/webp;base64," + "A" * (PAGE_BYTES // 2))
    photos = [replace(photo(f"{n}.jpg", face(n == 4)), pictures=large) for n in range(5)]
    text = page_html(check(*photos))
    assert len(text) < 1.5 * PAGE_BYTES
    assert "3 photos are shown without pictures" in text
    page = Page(text)
    assert page.named("input")[0]["aria-label"] == "Compare before and after of 4.jpg"
    assert all(f"{n}.jpg" in page.text for n in range(5))


def test_a_hundred_photos_stay_below_a_few_megabytes() -> None:
    # As noisy as a photo can be: half the structure of a camera's photo, half noise.
    rng = np.random.default_rng(0)
    coarse = np.kron(rng.integers(0, 200, (30, 40, 3)), np.ones((20, 20, 1), np.int64))
    before = (coarse + rng.integers(0, 40, coarse.shape)).astype(np.uint8)
    after = np.clip(before.astype(int) + rng.integers(-8, 9, before.shape), 0, 255).astype(np.uint8)
    one = pictures(before, after, room_for(100))
    assert 100 * one.size <= PAGE_BYTES or one.width == 200
    assert 100 * one.size < 1.25 * PAGE_BYTES
    assert pictures(before, after, room_for(10)).width > one.width
    assert pictures(before, after, room_for(10_000)).width == 200


def test_small_photos_are_not_enlarged_and_huge_ones_are_small() -> None:
    small = np.zeros((30, 40, 3), np.uint8)
    assert (pictures(small, small, 10**6).width, pictures(small, small, 10**6).height) == (40, 30)
    wide = np.zeros((20, 5000, 3), np.uint8)
    assert (pictures(wide, wide, 10**6).width, pictures(wide, wide, 10**6).height) == (800, 3)


def test_a_page_of_nothing_says_so() -> None:
    text = Page(page_html(check(failed=(Unchecked("a.jpg", "empty file"),)))).text
    assert "No photo could be checked" in text
    assert "a.jpg: empty file" in text


def test_unchanged_photos_have_no_endless_quality() -> None:
    same = replace(photo("a.jpg", face(True)), quality=Quality(inf, 1.0, 0.0, 0, 0.0))
    same = replace(same, change=replace(same.change, unchanged=True))
    text = Page(page_html(check(same))).text
    assert "it is the original, unchanged" in text
    assert "nothing changed" in text
    assert "inf" not in re.findall(r"\w+", text)


def test_the_page_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "new" / "page.html"
    write_page(check(photo("a.jpg", face(False))), path)
    assert path.read_text().endswith("</html>")
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(FaceguardError):
        write_page(check(), tmp_path / "file" / "page.html")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "new"]


CLOAK = Crafting("enrolment", ("judge0",), "cloak")
POISON = Crafting("training", (), "separable")


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (check(), "No photo could be checked, so nothing was judged."),
        (check(photo("a")), "No face was found, so there was nothing to judge."),
        (
            check(photo("a", face(True, left=True))),
            "No face was to be protected, so there was nothing to judge.",
        ),
        (check(photo("a", face(False))), "The face is not recognised any more by judge0."),
        (
            check(photo("a", face(False), face(True, left=True), crafting=CLOAK)),
            "The face is not recognised any more by judge0, on which the protection was crafted; others may "
            "still recognise it; 1 face left as it was.",
        ),
        (
            check(photo("a", face(False), face(False), crafting=CLOAK)),
            "None of the 2 faces is recognised any more by judge0, on which the protection was crafted; "
            "others may still recognise them.",
        ),
        (
            check(photo("a", face(False, False), crafting=CLOAK), judges=2),
            "The face is not recognised any more by judge0 and judge1.",
        ),
        (check(photo("a", face(True), face(False))), "1 of 2 faces is still recognised by judge0."),
        (
            check(photo("a", face(True, True), face(False, True)), judges=2),
            "2 of 2 faces are still recognised (1 by judge0, 2 by judge1).",
        ),
        (
            check(photo("a", face(False), face(None))),
            "The face judged is not recognised any more by judge0; 1 could not be judged.",
        ),
        (
            check(photo("a", face(False), face(False), face(None))),
            "None of the 2 faces judged is recognised any more by judge0; 1 could not be judged.",
        ),
        (
            check(photo("a", face(None))),
            "No recogniser could judge the faces, so whether they are protected is not known.",
        ),
        (
            check(photo("a", face(True), crafting=Crafting("training", (), "separable"))),
            "1 of 1 face is still recognised by judge0; the photos were protected against training, which is "
            "another threat.",
        ),
        (
            check(photo("a", face(False)), failed=(Unchecked("b", "empty file"),)),
            "The face is not recognised any more by judge0; 1 photo could not be checked.",
        ),
    ],
)
def test_the_sentence_on_enrolment(found: Check, sentence: str) -> None:
    assert enrolment_sentence(found) == sentence


def test_the_sentence_on_training() -> None:
    unseen = "How much a recogniser learns that is trained on these photos cannot be seen from photos alone"
    assert training_sentence(check(photo("a", face(False)))) == f"{unseen}."
    cloaked = photo("a", face(False), crafting=CLOAK)
    assert training_sentence(check(cloaked)) == f"{unseen}; their protection was not made against that."
    poisoned = photo("b", face(True), crafting=POISON)
    assert training_sentence(check(poisoned)).startswith(
        "The photos were changed by a method against training (separable); how little"
    )
    assert training_sentence(check(cloaked, poisoned)).startswith("1 of the photos")
    both = photo("c", face(False), crafting=Crafting("both", ("judge0",), "combined"))
    assert training_sentence(check(both)).startswith(
        "The photos were changed by a method against training (combined); how little"
    )
    assert "another threat" not in enrolment_sentence(check(both))


def test_the_reasons_name_the_face() -> None:
    several = photo("a", face(False), face(True), face(None))
    assert reasons(several) == [
        "face 2 is still recognised by judge0",
        "face 3 cannot be judged: at this size it is not recognised without protection either",
    ]
    assert reasons(photo("a", face(False), face(True, left=True))) == []
    assert reasons(photo("a", face(True, left=True))) == ["none of its faces was to be protected"]


def test_the_text_says_who_judged_and_what_is_not_promised() -> None:
    found = check(photo("a\x1b.jpg", face(True), crafting=CLOAK), failed=(Unchecked("b.jpg", "empty file"),))
    text = check_text(found)
    assert text.startswith(
        "Enrolment: 1 of 1 face is still recognised by judge0; 1 photo could not be checked.\n"
    )
    assert "judge0 (used in crafting; same person: distance of 0.6 or less): 1 recognised, 0 not" in text
    assert r"  a\x1b.jpg: the face is still recognised by judge0" in text
    assert "  b.jpg: empty file" in text
    assert "What this does not promise:" in text
