"""A broken or doubled ONNX Runtime is recognised from its metadata, without importing it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from recognizers.onnxruntime_install import problem

FILES = ("onnxruntime/__init__.py", "onnxruntime/capi/build_and_package_info.py", "onnxruntime/capi/core.so")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty site-packages, the only place where distributions are looked for."""
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    return tmp_path


def install(site: Path, name: str, version: str) -> None:
    """What pip leaves of a build: its files, over those of any other, and its metadata."""
    for file in FILES:
        path = site / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    (site / FILES[0]).write_text(f'"""ONNX Runtime."""\n__version__ = "{version}"\n')
    (site / FILES[1]).write_text(f"package_name = '{name}'\n__version__ = '{version}'\n")
    information = site / f"{name.replace('-', '_')}-{version}.dist-info"
    information.mkdir()
    (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    listed = [*FILES, "onnxruntime/__pycache__/__init__.cpython-311.pyc", "../bin/onnxruntime_test"]
    (information / "RECORD").write_text("".join(f"{file},,\n" for file in listed))


def remove(site: Path, name: str, version: str) -> None:
    """What `pip uninstall` does: it takes the files with it, whoever wrote them last."""
    information = site / f"{name.replace('-', '_')}-{version}.dist-info"
    for path in (*(site / file for file in FILES), *information.iterdir()):
        path.unlink()
    information.rmdir()


def test_nothing_installed_is_no_problem(site: Path) -> None:
    assert problem() is None


@pytest.mark.parametrize("name", ["onnxruntime", "onnxruntime-gpu"])
def test_one_build_is_no_problem(site: Path, name: str) -> None:
    install(site, name, "1.22.0")
    assert problem() is None


def test_both_builds_are_named_together_with_the_way_out(site: Path) -> None:
    install(site, "onnxruntime", "1.22.0")
    install(site, "onnxruntime-gpu", "1.22.0")
    said = problem()
    assert said is not None
    assert "\n" not in said
    assert "both installed" in said
    assert "pip uninstall -y onnxruntime onnxruntime-gpu" in said
    assert "pip install onnxruntime-gpu" in said


def test_the_build_that_is_left_after_the_other_was_removed_lacks_its_files(site: Path) -> None:
    install(site, "onnxruntime-gpu", "1.22.0")
    install(site, "onnxruntime", "1.22.0")
    remove(site, "onnxruntime", "1.22.0")
    said = problem()
    assert said is not None
    assert said.startswith("onnxruntime-gpu 1.22.0 is installed, but 3 of its files are missing")
    assert said.endswith("pip install onnxruntime-gpu.")


def test_one_missing_library_is_named(site: Path) -> None:
    install(site, "onnxruntime", "1.22.0")
    (site / FILES[2]).unlink()
    assert "1 of its files are missing (onnxruntime/capi/core.so)" in (problem() or "")


def test_files_of_another_version(site: Path) -> None:
    install(site, "onnxruntime", "1.22.0")
    (site / FILES[0]).write_text('__version__ = "1.18.0"\n')
    assert "its files are those of version 1.18.0" in (problem() or "")


def test_files_of_the_other_build(site: Path) -> None:
    install(site, "onnxruntime", "1.22.0")
    (site / FILES[1]).write_text("package_name = 'onnxruntime-gpu'\n")
    assert "its files are those of onnxruntime-gpu" in (problem() or "")


def test_a_record_without_the_folder(site: Path) -> None:
    install(site, "onnxruntime", "1.22.0")
    for file in FILES:
        (site / file).unlink()
    (site / "onnxruntime-1.22.0.dist-info" / "RECORD").unlink()
    assert "is not there" in (problem() or "")


def test_a_local_version_is_the_same_version(site: Path) -> None:
    install(site, "onnxruntime-gpu", "1.22.0+cu12")
    (site / FILES[0]).write_text('__version__ = "1.22.0"\n')
    assert problem() is None


def test_the_runtime_at_hand_is_sound() -> None:
    pytest.importorskip("onnxruntime")
    assert problem() is None
