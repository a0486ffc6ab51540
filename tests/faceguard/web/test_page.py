"""The page in a real browser: Chromium, where it is installed."""

from __future__ import annotations

import io
import os
import shutil
import threading
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("playwright")
pytest.importorskip("axe_playwright_python")
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from faceguard.photos import Photo
from faceguard.web.access import Access, access_for
from faceguard.web.limits import Limits
from tests.faceguard.fake_guard import FakeGuard
from tests.faceguard.web.conftest import Running

pytestmark = pytest.mark.slow

PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 900}
TOKEN = "a-token-for-the-tests"
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


class Visit:
    """A page, what it asked for and what it complained of."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.context = context
        self.address = address
        self.asked: list[str] = []
        self.complaints: list[str] = []
        self.page: Page = context.new_page()
        self.page.set_default_timeout(15_000)
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda line: self._heard(line.type, line.text))
        self.page.goto(address)

    def _heard(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)

    def section(self, name: str) -> None:
        """Waits for a section to be shown."""
        expect(self.page.locator(f"#{name}")).to_be_visible(timeout=15_000)

    def choose(self, *paths: Path) -> None:
        self.section("choose")
        self.page.set_input_files("#photos", paths)

    def protect(self, *paths: Path) -> None:
        self.choose(*paths)
        self.page.locator("#protect").click()
        self.section("results")

    def serious(self) -> list[str]:
        """What axe-core finds that is serious."""
        response = Axe().run(self.page).response
        assert any(each["id"] == "color-contrast" for each in response["passes"])  # it did look
        return [
            f"{each['id']}: {node['html']} {node['failureSummary']}"
            for each in response["violations"]
            if each["impact"] in ("serious", "critical")
            for node in each["nodes"]
        ]


@pytest.fixture(params=["light", "dark", "phone"])
def look(request: pytest.FixtureRequest) -> dict[str, Any]:
    return {
        "viewport": PHONE if request.param == "phone" else DESKTOP,
        "color_scheme": "dark" if request.param == "dark" else "light",
    }


@pytest.fixture
def visit(browser: Browser, running: Running) -> Iterator[Callable[..., Visit]]:
    contexts: list[BrowserContext] = []

    def begin(path: str = "", **look: Any) -> Visit:
        contexts.append(browser.new_context(**{"viewport": DESKTOP, **look}))
        return Visit(contexts[-1], running.address + path)

    yield begin
    for context in contexts:
        context.close()


def hold_up(running: Running) -> threading.Event:
    """Lets protecting wait for an event."""
    go_on = threading.Event()

    def wait(photos: Sequence[Photo]) -> None:
        assert go_on.wait(20)

    def slow_down(guard: FakeGuard) -> None:
        guard.before_protecting = wait

    running.guards.change = slow_down
    return go_on


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    """Three photos for the fake guard: with a face, without one, and a damaged one."""
    paths = []
    for name, face in (("a face.png", True), ("nobody.png", False), ("damaged.jpg", True)):
        y, x = np.mgrid[0:240, 0:360]
        pixels = np.stack([y // 2 + 40, x // 2 + 20, 200 - y // 2], 2).astype(np.uint8)
        if face:
            pixels[:, 120:122] = (255, 0, 0)
        path = tmp_path / name
        Image.fromarray(pixels).save(path)
        paths.append(path)
    data = paths[2].read_bytes()
    paths[2].write_bytes(data[: len(data) // 2])
    return paths


def test_choose_protect_compare_and_download(visit: Callable[..., Visit], photos: list[Path]) -> None:
    here = visit()
    page = here.page
    here.choose(*photos)
    expect(page.locator("#chosen-count")).to_contain_text("3 photos chosen")
    page.get_by_label("High").check()
    page.get_by_role("button", name="Protect 3 photos").click()
    here.section("results")
    expect(page.locator("#results-title")).to_be_focused()
    expect(page.locator("#results-text")).to_contain_text("Faces changed on 1 of 2 photos.")
    expect(page.locator("#refused")).to_contain_text("damaged.jpg: truncated")
    expect(page.locator("#cards li").nth(1)).to_contain_text("Not protected: no face was found")
    expect(page.locator("#announcer")).to_contain_text("Faces changed on 1 of 2 photos.")

    page.get_by_role("button", name="Compare a face.png before and after").click()
    slider = page.locator("#at")
    expect(slider).to_be_focused()
    slider.press("ArrowRight")
    expect(slider).to_have_value("51")
    assert (
        page.locator("#after").evaluate("each => getComputedStyle(each).clipPath") == "inset(0px 0px 0px 51%)"
    )
    slider.press("Home")
    expect(slider).to_have_value("0")
    page.get_by_role("button", name="Difference").click()
    expect(page.locator("#difference")).to_be_visible()
    centre = "each => [...each.getContext('2d').getImageData(50, 50, 1, 1).data]"
    assert page.locator("#difference").evaluate(centre) == [128, 128, 128, 255]
    page.keyboard.press("Escape")
    expect(page.locator("#compare")).to_be_hidden()

    with page.expect_download() as one:
        page.get_by_role("link", name="Download a face.png").click()
    assert one.value.suggested_filename == "a face.png"
    red = np.asarray(Image.open(one.value.path()).convert("RGB"))[0, 120, 0]
    assert red < 255
    with page.expect_download() as everything:
        page.get_by_role("link", name="Download all").click()
    with zipfile.ZipFile(io.BytesIO(Path(everything.value.path()).read_bytes())) as archive:
        assert archive.namelist() == ["a face.png", "nobody.png"]
    # A refused photo is an error for the browser; it is shown to the user.
    assert all("415" in complaint for complaint in here.complaints), here.complaints
    assert all(url.startswith(here.address) for url in here.asked)


def test_nothing_serious_for_users_of_screen_readers_or_keyboards(
    visit: Callable[..., Visit], photos: list[Path], look: dict[str, Any], running: Running
) -> None:
    go_on = hold_up(running)
    here = visit(**look)
    page = here.page
    here.section("choose")
    page.locator("#people summary").click()
    page.set_input_files("#only", photos[0])
    page.set_input_files("#photos", [photos[0], photos[1], Path(__file__)])
    expect(page.locator("#left-out")).to_contain_text("not a photo")
    shown = {"choose": here.serious()}
    page.get_by_role("button", name="Protect 2 photos").click()
    here.section("work")
    expect(page.locator("#work-text")).to_contain_text("Protecting: ")
    shown["work"] = here.serious()
    go_on.set()
    here.section("results")
    page.locator("#not-promised-part summary").click()
    shown["results"] = here.serious()
    widths = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    whole, seen = page.evaluate(widths)
    assert whole <= seen
    page.get_by_role("button", name="Compare").click()
    shown["compare"] = here.serious()
    assert shown == {"choose": [], "work": [], "results": [], "compare": []}


def test_the_keyboard_is_enough(visit: Callable[..., Visit], photos: list[Path]) -> None:
    here = visit()
    page = here.page
    here.choose(photos[0])
    page.locator("#pick-photos").focus()
    reached = []
    for _ in range(12):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.value || ''"))
        if reached[-1] == "protect":
            break
    assert {"pick-folder", "clear", "medium", "metadata"} <= set(reached)
    page.keyboard.press("Enter")
    here.section("results")
    page.get_by_role("button", name="Compare").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#compare")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Compare")).to_be_focused()


def test_photos_are_dropped(visit: Callable[..., Visit], photos: list[Path]) -> None:
    page = visit().page
    expect(page.locator("#choose")).to_be_visible()
    page.evaluate(
        """bytes => {
            const files = new DataTransfer();
            files.items.add(new File([new Uint8Array(bytes)], "dropped.png", {type: "image/png"}));
            files.items.add(new File(["x"], "notes.txt", {type: "text/plain"}));
            const drop = new DragEvent("drop", {dataTransfer: files, bubbles: true, cancelable: true});
            document.getElementById("drop").dispatchEvent(drop);
        }""",
        list(photos[0].read_bytes()),
    )
    expect(page.locator("#chosen-count")).to_contain_text("1 photo chosen")
    expect(page.locator("#left-out")).to_contain_text("notes.txt: not a photo")


def test_a_folder_keeps_its_tree(visit: Callable[..., Visit], photos: list[Path], tmp_path: Path) -> None:
    folder = tmp_path / "album"
    (folder / "below").mkdir(parents=True)
    shutil.copy(photos[0], folder / "below" / "x.png")
    shutil.copy(photos[0], folder / "x.png")
    (folder / "Thumbs.db").write_text("clutter")
    here = visit()
    here.section("choose")
    here.page.set_input_files("#folder", folder)
    expect(here.page.locator("#chosen-count")).to_contain_text("2 photos chosen")
    here.page.get_by_role("button", name="Protect").click()
    here.section("results")
    names = here.page.locator("#cards h3").all_text_contents()
    assert names == ["album/below/x.png", "album/x.png"]


def test_cancelling(visit: Callable[..., Visit], photos: list[Path], running: Running) -> None:
    go_on = hold_up(running)
    crowd = np.asarray(Image.open(photos[0])).copy()
    crowd[:, :20] = (255, 0, 0)  # enough faces for a batch of its own
    crowds = [photos[0].with_name(f"{number}.png") for number in (1, 2)]
    for path in crowds:
        Image.fromarray(crowd).save(path)
    here = visit()
    here.choose(*crowds)
    here.page.get_by_role("button", name="Protect").click()
    expect(here.page.locator("#work-text")).to_contain_text("Protecting: ")
    here.page.get_by_role("button", name="Cancel").click()
    expect(here.page.locator("#work-text")).to_contain_text("Stopping")
    go_on.set()
    here.section("results")
    expect(here.page.locator("#results-text")).to_contain_text("Faces changed on 1 of 2 photos. Cancelled")
    expect(here.page.locator("#cards li").nth(1)).to_contain_text("Not done")
    expect(here.page.locator("#download-all")).to_be_visible()


def test_albums_are_done_again_found_again_and_removed(
    visit: Callable[..., Visit], photos: list[Path], running: Running
) -> None:
    here = visit()
    here.protect(photos[0])
    first = next(iter(running.jobs._jobs))
    here.page.get_by_role("button", name="other settings").click()
    here.section("choose")
    here.page.get_by_label("High").check()
    here.page.locator("#protect").click()
    here.section("results")
    assert running.guards.asked[-1][0].strength == "high"
    assert first not in running.jobs._jobs
    here.page.reload()
    here.section("results")
    expect(here.page.locator("#results-text")).to_contain_text("Faces changed on 1 of 1 photo.")
    expect(here.page.locator("#back")).to_be_hidden()
    here.page.get_by_role("button", name="Remove these").click()
    here.section("choose")
    expect(here.page.locator("#chosen")).to_be_hidden()
    expect(here.page.locator("#announcer")).to_contain_text("removed")
    assert not running.jobs._jobs


def test_people_are_chosen(visit: Callable[..., Visit], photos: list[Path], running: Running) -> None:
    here = visit()
    here.section("choose")
    here.page.locator("#people summary").click()
    here.page.set_input_files("#only", photos[:2])
    here.page.set_input_files("#except", photos[0])
    here.page.get_by_role("button", name="Take back nobody.png").click()
    here.protect(photos[0])
    assert running.guards.asked[0][1:] == (1, 1)


class TestWithToken:
    @pytest.fixture
    def access(self) -> Access:
        return access_for("127.0.0.1", TOKEN)

    def test_the_printed_address_carries_it_and_the_page_hides_it(
        self, visit: Callable[..., Visit], photos: list[Path]
    ) -> None:
        here = visit(f"#token={TOKEN}")
        here.protect(photos[0])
        assert TOKEN not in here.page.url
        assert not [url for url in here.asked if TOKEN in url.partition("#")[0]]

    def test_the_page_asks_for_it(self, visit: Callable[..., Visit], photos: list[Path]) -> None:
        here = visit()
        here.section("token")
        assert here.serious() == []
        here.page.get_by_label("The token").fill("wrong")
        here.page.get_by_role("button", name="Go on").click()
        expect(here.page.locator("#trouble")).to_contain_text("not the token")
        here.page.get_by_label("The token").fill(TOKEN)
        here.page.get_by_role("button", name="Go on").click()
        here.protect(photos[0])


class TestWithLimits:
    @pytest.fixture
    def limits(self) -> Limits:
        return Limits(photos=1, pixels=1000)

    def test_refusals_are_shown(self, visit: Callable[..., Visit], photos: list[Path]) -> None:
        here = visit()
        here.choose(*photos[:2])
        expect(here.page.locator("#left-out")).to_contain_text("more than 1 photo")
        here.page.get_by_role("button", name="Protect").click()
        expect(here.page.locator("#trouble")).to_contain_text("360 × 240 are 0.1 megapixels")
        here.section("choose")
        expect(here.page.locator("#chosen-count")).to_contain_text("1 photo chosen")
