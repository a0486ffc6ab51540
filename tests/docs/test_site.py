"""The pages build without a warning, nothing in them comes from elsewhere, and pictures have words."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, PAGES, ROOT

pytest.importorskip("material", reason="no MkDocs Material (pip install .[docs])")

LOADING = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}


class Loaded(HTMLParser):
    """What a page loads, and its pictures without words."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.wordless: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if address := values.get(LOADING.get(tag, "")):
            self.addresses.append(address)
        if tag == "img" and not values.get("alt"):
            self.wordless.append(values.get("src") or "?")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages, built where no network is to be reached."""
    folder = tmp_path_factory.mktemp("site")
    nowhere = "http://127.0.0.1:9"
    environment = {**os.environ, "http_proxy": nowhere, "https_proxy": nowhere}
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    return folder


def test_every_page_is_there(site: Path) -> None:
    for page in PAGES:
        assert (site / page.relative_to(DOCS)).with_suffix(".html").is_file()


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    for page in site.glob("**/*.html"):
        read = Loaded()
        read.feed(page.read_text("utf-8"))
        assert read.addresses
        assert not [address for address in read.addresses if re.match(r"(https?:)?//", address)], page
        assert not read.wordless, page
    for style in site.glob("**/*.css"):
        assert not re.search(r"(url\(|@import )[\"']?(https?:)?//", style.read_text("utf-8")), style


def test_the_figures_are_the_readmes(site: Path) -> None:
    readme, results = (ROOT / "README.md").read_text("utf-8"), (site / "results.html").read_text("utf-8")
    measured = readme.partition("Recognisers measured so on LFW")[2].partition("## How it is built")[0]
    figures = set(re.findall(r"\d+\.\d+ %", measured))
    assert len(figures) > 15
    assert all(figure in results for figure in figures)
    assert results.count("<table>") == len(re.findall(r"^\|---", measured, re.MULTILINE))
