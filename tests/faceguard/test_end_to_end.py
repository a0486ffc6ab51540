"""The whole way with real networks: from the command to files that the recogniser no longer recognises."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from faceguard import Protector
from faceguard.album.outcome import Status
from faceguard.album.protecting import protect_album
from faceguard.cli.samples import write_samples
from faceguard.photos import MANIFEST_NAME

COMMAND = [sys.executable, "-m", "faceguard", "protect", "--device", "cpu"]


@pytest.fixture
def samples(tmp_path: Path) -> Path:
    """The astronaut, and a file that is no photo."""
    folder = tmp_path / "samples"
    write_samples(folder)
    (folder / "group.jpg").unlink(missing_ok=True)
    (folder / "text.jpg").write_text("this is a text")
    return folder


def photos_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*.jpg")}


def test_the_command_protects_a_face(samples: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [*COMMAND, str(samples), "-o", str(tmp_path / "out"), "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr  # the text
    assert "failed: text.jpg: not a photo" in done.stderr
    assert "Traceback" not in done.stderr
    report = json.loads(done.stdout)
    assert report["counts"]["protected"] == report["counts"]["faces"] == 1
    dlib = report["recognisers"]["dlib"]
    assert dlib["recognised"] == 0
    assert dlib["before"] < 0.6 < dlib["after"]
    before, after = (
        np.asarray(Image.open(folder / "astronaut.jpg")).astype(int) for folder in (samples, tmp_path / "out")
    )
    assert report["quality"]["largest_change"] == abs(after - before).max()  # of the file as it is written
    assert set(photos_in(tmp_path / "out")) == {"astronaut.jpg"}


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT cannot be sent to a process of its own there")
def test_ctrl_c_leaves_whole_files_only(samples: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    process = subprocess.Popen(
        [*COMMAND, str(samples), "-o", str(out)], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("protecting"):
            break
    time.sleep(0.1)  # into the middle of it: a face takes less than a second
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "stopped: 0 photos done; run the same command again to go on" in err
    assert sorted(path.name for path in out.iterdir()) == [MANIFEST_NAME, "faceguard-report.json"]
    assert (out / MANIFEST_NAME).read_bytes() == b""


@pytest.mark.slow
def test_a_stopped_album_goes_on_to_the_same_files(data_root: Path, tmp_path: Path) -> None:
    originals = sorted((data_root / "celeba" / "img_celeba").glob("*.jpg"))[:4]
    guard = Protector(device="cpu")
    list(protect_album(guard, originals, tmp_path / "whole", batch_faces=2))
    run = protect_album(guard, originals, tmp_path / "stopped", batch_faces=2)
    assert next(run).status is Status.PROTECTED
    del run
    rest = [
        outcome.status for outcome in protect_album(guard, originals, tmp_path / "stopped", batch_faces=2)
    ]
    assert rest == [Status.DONE_BEFORE, *[Status.PROTECTED] * 3]
    assert photos_in(tmp_path / "stopped") == photos_in(tmp_path / "whole")
    assert "embedding" not in (tmp_path / "whole" / MANIFEST_NAME).read_text()
