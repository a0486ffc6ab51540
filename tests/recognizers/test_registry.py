"""Names that load, and one clear line for those that do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from recognizers import Recognizer, RecognizerError, available, load
from recognizers.catalogue import MODELS


def test_every_name_of_the_catalogue_can_be_loaded() -> None:
    assert available()[0] == "dlib"
    assert {"insightface:PATH", "onnx:PATH"} < set(available())
    recognisers = {name for name, model in MODELS.items() if not model.detects}
    assert recognisers == {name for name in available() if name in MODELS}


def test_dlib_is_a_recogniser() -> None:
    recognizer = load("dlib")
    assert isinstance(recognizer, Recognizer)
    assert recognizer.name == "dlib"
    assert recognizer.dimension == 128
    assert recognizer.differentiable


@pytest.mark.parametrize("name", ["", "clearview", "onnx", "onnx:", "dlib:weights.dat", "DLIB"])
def test_unknown_names_are_answered_with_the_known_ones(name: str) -> None:
    with pytest.raises(RecognizerError, match=r"there are dlib, .*onnx:PATH"):
        load(name)


@pytest.mark.parametrize("name", [5, None, ["dlib"]])
def test_what_is_no_name_is_refused(name: object) -> None:
    with pytest.raises(RecognizerError, match="a recogniser goes by its name, such as 'dlib', not"):
        load(name)  # type: ignore[arg-type]


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(RecognizerError, match="no such file"):
        load(f"onnx:{tmp_path / 'none.onnx'}")


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(RecognizerError, match="no such file"):
        load(f"onnx:{tmp_path}")


@pytest.mark.parametrize("content", [b"", b"Dear network,\n", b"\x08\x07\x12\x00" * 50])
def test_files_that_are_no_networks(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.onnx"
    path.write_bytes(content)
    with pytest.raises(RecognizerError) as caught:
        load(f"onnx:{path}")
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
