"""What the pages say of adding something, done to a copy of the packages, which then runs."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray
from PIL import Image

from tests.docs.pages import DOCS, ROOT, blocks


def added(page: str, folder: Path) -> None:
    """Copies the packages into a folder and does to them what a page says."""
    for package in ("recognizers", "faceguard"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    for block in blocks(DOCS / page, "python"):
        if block.title:
            (folder / block.title).write_text(block.text, "utf-8")
    for block in blocks(DOCS / page, "diff"):
        file, lines = folder / block.title, block.text.splitlines(keepends=True)
        before = "".join(line[1:] for line in lines if line[0] in " -")
        after = "".join(line[1:] for line in lines if line[0] in " +")
        text = file.read_text("utf-8")
        assert text.count(before) == 1, f"{page}: {block.title} does not read so:\n{before}"
        file.write_text(text.replace(before, after), "utf-8")


def ran(folder: Path, *arguments: str) -> str:
    """What Python prints, run in a folder whose packages come first."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def photo() -> NDArray[np.uint8]:
    astronaut: NDArray[np.uint8] = skimage.data.astronaut()
    return astronaut[:200, 120:320]


def test_a_method_that_was_added_protects_photos(tmp_path: Path) -> None:
    added("add-a-method.md", tmp_path)
    for person in ("ann", "ben"):
        (tmp_path / "people" / person).mkdir(parents=True)
        Image.fromarray(photo()).save(tmp_path / "people" / person / "photo.png")
    protect = "-m faceguard protect people --output out --method tint --labels folders"
    ran(tmp_path, *shlex.split(protect))
    moved = []
    for person in ("ann", "ben"):
        written = np.asarray(Image.open(tmp_path / "out" / person / "photo.png").convert("RGB"))
        moved.append(written.astype(int) - photo())
        values, counts = np.unique(moved[-1].reshape(-1, 3), axis=0, return_counts=True)
        commonest = values[np.argsort(-counts)[:2]]
        assert 0 in np.abs(commonest).sum(1)  # outside of the face nothing moves
        assert 0 < np.abs(moved[-1]).max() <= 8
    ann, ben = moved
    assert not np.array_equal(ann, ben)


def test_a_recogniser_that_was_added_has_a_name(tmp_path: Path) -> None:
    added("add-a-recogniser.md", tmp_path)
    program = (
        "import recognizers; r = recognizers.load('mean-colour'); print(recognizers.__file__, r.dimension)"
    )
    assert ran(tmp_path, "-c", program).split() == [str(tmp_path / "recognizers" / "__init__.py"), "27"]


def test_a_page_that_no_longer_fits_the_code_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "page.md").write_text('```diff title="faceguard/errors.py"\n-not in there\n+this\n```\n')
    monkeypatch.setattr("tests.docs.test_adding.DOCS", tmp_path)
    with pytest.raises(AssertionError, match="does not read so"):
        added("page.md", tmp_path / "copy")
