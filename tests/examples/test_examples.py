"""The examples run as they stand."""

from __future__ import annotations

import importlib.util
import io
import json
import runpy
import signal
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image
from skimage import data

from faceguard import Protector, methods
from tests.faceguard.quick_cloak import quick_cloak

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PORTRAIT = data.astronaut()[:220, 100:340]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(methods, "load_cloak", quick_cloak)


def example(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_upload_handler() -> None:
    pytest.importorskip("flask")
    client = example("flask_upload").create_app(Protector(device="cpu")).test_client()
    file = io.BytesIO()
    Image.fromarray(PORTRAIT).save(file, "JPEG", quality=95)
    answer = client.post("/protect", data={"photo": (io.BytesIO(file.getvalue()), "me.jpg")})
    assert answer.status_code == 200
    assert answer.mimetype == "image/jpeg"
    assert answer.headers["X-Protected-Faces"] == "1"
    changed = np.asarray(Image.open(io.BytesIO(answer.data))).astype(int) - PORTRAIT
    assert 0 < np.abs(changed).mean() < 8

    answer = client.post("/protect", data={"photo": (io.BytesIO(b"a text"), "me.jpg")})
    assert answer.status_code == 422
    assert "photo" in answer.get_json()["error"]
    assert client.post("/protect").status_code == 400

    client.application.config["MAX_CONTENT_LENGTH"] = 1000
    answer = client.post("/protect", data={"photo": (io.BytesIO(file.getvalue()), "me.jpg")})
    assert answer.status_code == 413


def test_an_upload_without_a_face_comes_back_as_it_was() -> None:
    pytest.importorskip("flask")
    client = example("flask_upload").create_app(Protector(device="cpu")).test_client()
    file = io.BytesIO()
    Image.new("RGB", (90, 80), (200, 180, 60)).save(file, "JPEG")
    answer = client.post("/protect", data={"photo": (io.BytesIO(file.getvalue()), "wall.jpg")})
    assert answer.headers["X-Protected-Faces"] == "0"
    assert answer.data == file.getvalue()


def test_the_batch_script(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    script = example("protect_folder")
    photos, output = tmp_path / "photos", tmp_path / "out"
    photos.mkdir()
    Image.fromarray(PORTRAIT).save(photos / "me.png")
    Image.new("RGB", (90, 80)).save(photos / "wall.png")
    assert script.main([str(photos), str(output)]) == 0
    assert capsys.readouterr().out == "1 no face, 1 protected\n"
    assert script.main([str(photos), str(output), str(photos / "me.png")]) == 0
    (photos / "text.jpg").write_text("not a photo")
    assert script.main([str(photos), str(output), str(photos / "me.png")]) == 1
    assert "text.jpg: " in capsys.readouterr().err
    assert script.main([str(photos), str(output), str(photos / "wall.png")]) == 1
    assert "no face found" in capsys.readouterr().err
    assert script.main([str(photos)]) == 2


def test_the_batch_script_stops_on_ctrl_c(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    script = example("protect_folder")
    photos = tmp_path / "photos"
    photos.mkdir()
    Image.fromarray(PORTRAIT).save(photos / "me.png")
    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(script, "show", lambda state: signal.raise_signal(signal.SIGINT))
    try:
        assert script.main([str(photos), str(tmp_path / "out")]) == 130
    finally:
        signal.signal(signal.SIGINT, before)
    assert "stopped: run it again to go on" in capsys.readouterr().err
    assert not list((tmp_path / "out").glob("*.png"))


def test_the_notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notebook = json.loads((EXAMPLES / "protect_a_photo.ipynb").read_text(encoding="utf-8"))
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert not any(cell["outputs"] for cell in cells)
    script = tmp_path / "cells.py"
    script.write_text("\n\n".join("".join(cell["source"]) for cell in cells), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    names = runpy.run_path(str(script))
    assert len(names["result"].faces) == 1
    assert [face.choice.protect for face in names["again"].faces] == [True]
    assert np.array_equal(np.asarray(Image.open("protected.png")), names["result"].pixels)
