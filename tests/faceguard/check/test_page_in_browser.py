"""The page in a real browser: Chromium, where it is installed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright")
pytest.importorskip("axe_playwright_python")
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from faceguard.check.crafting import Manifests
from faceguard.check.page import write_page
from tests.faceguard.check.made_check import checker, protected, saved, scene, with_faces

pytestmark = pytest.mark.slow

PHONE = {"width": 360, "height": 740}
_PLACES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, _PLACES)), None)
    if path is None:
        pytest.skip("no Chromium here")
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"] if as_root else [])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A page with a protected photo, an unprotected one with a long name, and a text that is no photo."""
    folder = tmp_path_factory.mktemp("page")
    safe, bare = with_faces(scene(0), (100, 100)), with_faces(scene(1), (100, 100), (220, 120))
    saved(safe, folder / "in" / "safe.png")
    saved(bare, folder / "in" / "bare.png")
    saved(protected(safe), folder / "out" / "safe.png")
    saved(bare, folder / "out" / f"bare-{'very-' * 20}long.png")
    (folder / "out" / "text.jpg").write_text("this is a text")
    found = checker().check_folders(folder / "in", folder / "out", Manifests(folder))
    write_page(found, folder / "page.html")
    return (folder / "page.html").as_uri()


def after_is_shown_from(page: Page) -> str:
    """How much of the protected photo is cut off at its left."""
    shown: str = page.locator(".after").first.evaluate("element => getComputedStyle(element).clipPath")
    return shown


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_is_asked_for(browser: Browser, address: str, scheme: str) -> None:
    context = browser.new_context(viewport=PHONE, color_scheme=scheme)
    page = context.new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda line: said.append(line.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(address)
    assert Axe().run(page).response["violations"] == []
    assert [url for url in asked if not url.startswith("data:")] == [address]
    assert said == []
    # No line is wider than the phone.
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.evaluate("[...document.images].every(image => image.naturalWidth > 0)")
    context.close()


def test_the_slider_works_by_keyboard(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    page.goto(address)
    slider = page.get_by_role("slider").first
    slider.focus()
    assert after_is_shown_from(page) == "inset(0px 0px 0px 50%)"
    page.keyboard.press("End")
    assert after_is_shown_from(page) == "inset(0px 0px 0px 100%)"
    assert slider.get_attribute("aria-valuetext") == "100 % before, 0 % after"
    page.keyboard.press("ArrowLeft")
    assert after_is_shown_from(page) == "inset(0px 0px 0px 99%)"
    # Each slider is for its own photo.
    assert page.get_by_role("slider").nth(1).get_attribute("aria-valuetext") == "50 % before, 50 % after"
    context.close()


def test_without_javascript_and_on_paper_both_pictures_are_seen(
    browser: Browser, address: str, tmp_path: Path
) -> None:
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    before, after = (page.locator(f".{which} img").first.bounding_box() for which in ("before", "after"))
    assert before is not None
    assert after is not None
    assert after["y"] >= before["y"] + before["height"]
    assert not page.get_by_role("slider").first.is_visible()
    context.close()

    context = browser.new_context()
    page = context.new_page()
    page.goto(address)
    page.emulate_media(media="print")
    before, after = (page.locator(f".{which} img").first.bounding_box() for which in ("before", "after"))
    assert before is not None
    assert after is not None
    assert after["x"] >= before["x"] + before["width"]
    assert after_is_shown_from(page) == "none"
    assert not page.get_by_role("slider").first.is_visible()
    page.pdf(path=tmp_path / "page.pdf")
    assert (tmp_path / "page.pdf").stat().st_size > 10_000
    context.close()
