"""Takes the pictures of the page and the report anew: `python docs/draw_screens.py`, about a minute.

Needs Chromium and the extras `serve` and `test`. The only photo in them is scikit-image's astronaut.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from faceguard.cli.samples import write_samples

PICTURES = Path(__file__).resolve().parent / "pictures"
WIDTH, HEIGHT = 900, 720
FACEGUARD = [sys.executable, "-m", "faceguard"]


def main() -> None:
    """Takes both."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        samples = Path(folder) / "MY-PHOTOS"
        write_samples(samples)
        photo = samples / "astronaut.jpg"
        for other in samples.iterdir():
            if other != photo:
                other.unlink()
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        _report(browser, samples)
        _page(browser, photo)
        browser.close()


def _report(browser: Browser, samples: Path) -> None:
    """The top of what `faceguard protect --report` writes."""
    protected = samples.with_name("MY-PHOTOS-PROTECTED")
    subprocess.run([*FACEGUARD, "protect", samples, "--output", protected, "--report", "--quiet"], check=True)
    page = browser.new_page(viewport={"width": WIDTH, "height": 1040})
    page.goto((protected / "faceguard-report.html").as_uri())
    page.wait_for_timeout(500)
    page.screenshot(path=PICTURES / "report.jpg", type="jpeg", quality=85)


def _page(browser: Browser, photo: Path) -> None:
    """The page of `faceguard serve`, with a photo compared."""
    with _served() as address:
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.goto(address)
        page.set_input_files("#photos", photo)
        page.locator("#protect").click()
        page.get_by_role("button", name="Compare").first.click(timeout=120_000)
        page.wait_for_timeout(1000)
        page.screenshot(path=PICTURES / "page.jpg", type="jpeg", quality=85)


@contextmanager
def _served() -> Iterator[str]:
    """The address of a server of its own."""
    command = [*FACEGUARD, "serve", "--port", "0", "--no-browser"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    server = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    )
    try:
        assert server.stdout is not None
        for line in server.stdout:
            if found := re.search(r"ready: (http://\S+)", line):
                yield found[1]
                break
        else:
            raise SystemExit("the server did not start")
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
