"""The Python in the pages runs, page by page, beside a photo and a folder of photos."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest
import skimage.data
from PIL import Image

from faceguard.engine.budget import Budget
from faceguard.engine.solver import Solver
from faceguard.methods.cloak import FeatureCloak
from tests.docs.pages import DOCS, PAGES, ROOT, blocks

WITH_CODE = [page for page in (*PAGES, ROOT / "README.md") if blocks(page, "python")]


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cloak of three steps: the pages' code is tested here, not the protection."""

    def usual_cloak(budget: Budget) -> FeatureCloak:
        return FeatureCloak(budget, solver=Solver(steps=3))

    monkeypatch.setattr("faceguard.methods.cloak.usual_cloak", usual_cloak)


@pytest.fixture
def album(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`me.jpg` and `photos/me.jpg`, in the folder the test runs in."""
    monkeypatch.chdir(tmp_path)
    Path("photos").mkdir()
    astronaut = Image.fromarray(skimage.data.astronaut()).crop((120, 0, 320, 200))
    for name in ("me.jpg", "photos/me.jpg"):
        astronaut.save(name, quality=95)


@pytest.mark.parametrize("page", WITH_CODE, ids=lambda page: page.stem)
@pytest.mark.usefixtures("album", "hasty")
def test_the_python_of_a_page_runs(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("page")
    monkeypatch.setitem(sys.modules, "page", module)  # dataclasses look for the module they are in
    for block in blocks(page, "python"):
        text = "\n" * (block.line - 1) + block.text  # so that errors name the page's line
        exec(compile(text, str(page), "exec", dont_inherit=True), vars(module))


def test_the_pages_have_code() -> None:
    assert {DOCS / f"{name}.md" for name in ("apps", "onnx", "add-a-method", "strength")} <= set(WITH_CODE)
