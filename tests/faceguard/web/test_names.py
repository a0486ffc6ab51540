"""Names that clients send cannot do harm, and stay as they are otherwise."""

from __future__ import annotations

import io
import unicodedata
import zipfile
from pathlib import Path

import pytest

from faceguard.web.names import safe_name, same_name, unique_name
from tests.faceguard.web.conftest import Served
from tests.faceguard.web.requests_of_clients import photo, protected


@pytest.mark.parametrize(
    "name",
    [
        "a.jpg",
        "Größe.jpg",
        "旅行/写真 1.heic",
        "👩‍👩‍👧.png",
        "a b (1).JPG",
        ".hidden.png",
        "a/b/c.d/e",
        "x" * 200,
    ],
)
def test_harmless_names_stay(name: str) -> None:
    assert safe_name(name) == name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../x", "x"),
        ("../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("..\\..\\x.jpg", "x.jpg"),
        ("C:\\photos\\x.jpg", "C_/photos/x.jpg"),
        ("a//./b.jpg", "a/b.jpg"),
        ("a\0b.jpg", "a_b.jpg"),
        ("a\nb\r.jpg", "a_b_.jpg"),
        ('a"b<c>.jpg', "a_b_c_.jpg"),
        ("gpj.\u202eexe", "gpj._exe"),
        ("\ud800.jpg", "_.jpg"),
        ("con.jpg", "_con.jpg"),
        ("NUL", "_NUL"),
        ("x.jpg. . ", "x.jpg"),
        ("", "photo"),
        ("..", "photo"),
        ("///", "photo"),
    ],
)
def test_tricks_are_taken_out(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@pytest.mark.parametrize(
    "name", ["ä" * 500 + ".jpg", "a" * 10000, "b." + "c" * 5000, "/".join(["d" * 300] * 40)]
)
def test_long_names_are_shortened(name: str) -> None:
    safe = safe_name(name)
    assert all(0 < len(part.encode()) <= 200 for part in safe.split("/"))
    assert len(safe.split("/")) <= 16
    assert safe.endswith(".jpg") == name.endswith(".jpg")


def test_equal_names_are_told_apart() -> None:
    taken = {same_name("a/b.jpg"), same_name("a/b (2).jpg"), same_name("c")}
    assert unique_name("a/b.jpg", taken) == "a/b (3).jpg"
    assert unique_name("a/B.JPG", taken) == "a/B (3).JPG"
    assert unique_name("c", taken) == "c (2)"
    assert unique_name("b.jpg", taken) == "b.jpg"
    assert same_name(unicodedata.normalize("NFD", "Größe")) == same_name("größe")


def test_no_name_leaves_the_private_folder(served: Served, tmp_path: Path) -> None:
    names = [
        "../../evil.png",
        "/tmp/evil.png",
        "a\0.png",
        "\u202egnp.exe",
        "same.png",
        "SAME.png",
        "ä" * 400 + ".png",
    ]
    job = new = protected(served.client, {name: photo() for name in names})
    assert new["status"]["protected"] == len(names)

    outside = list(tmp_path.rglob("*evil*"))
    assert not outside
    answer = served.client.get(f"/api/jobs/{job['id']}/zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        archive.extractall(tmp_path / "unpacked")
        assert len(archive.namelist()) == len({same_name(name) for name in archive.namelist()}) == len(names)
    inside = [path for path in (tmp_path / "unpacked").rglob("*") if path.is_file()]
    assert len(inside) == len(names)
    for number in range(1, len(names) + 1):
        header = served.client.get(f"/api/jobs/{job['id']}/photos/{number}/download").headers
        assert header["content-disposition"].startswith("attachment; ")
        assert header["content-type"] == "image/png"
