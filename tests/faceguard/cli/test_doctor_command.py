"""`faceguard doctor`: what it says of sound and of broken installations."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from faceguard import __version__
from faceguard.cli import doctor, doctor_device, doctor_packages, doctor_storage, main
from faceguard.cli.doctor_finding import Finding, State
from faceguard.cli.doctor_imports import Import, tried
from faceguard.faces import mtcnn_files
from recognizers import onnxruntime_install

CPU = {"threads": 1, "built_for_cuda": None, "gpu": None, "gpu_error": None}
CUDA = {**CPU, "built_for_cuda": "12.8"}


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the search path with modules that are broken in several ways."""
    folder = tmp_path / "modules"
    folder.mkdir()
    (folder / "sound_one.py").write_text("print('noise')\n__version__ = '1.2'\n")
    (folder / "raising_one.py").write_text("raise ImportError('libmissing.so: cannot open')\n")
    (folder / "crashing_one.py").write_text("import os\nos.kill(os.getpid(), 9)\n")
    (folder / "leaving_one.py").write_text("import os\nos._exit(7)\n")
    (folder / "hanging_one.py").write_text("import time\ntime.sleep(60)\n")
    monkeypatch.syspath_prepend(str(folder))
    return folder


def by_name(findings: Iterator[Finding]) -> dict[str, Finding]:
    return {finding.name: finding for finding in findings}


@pytest.mark.usefixtures("modules")
def test_a_module_that_crashes_does_not_hide_the_others() -> None:
    names = ["crashing_one", "sound_one", "raising_one", "leaving_one", "not_there_at_all", "json"]
    outcomes = tried(names)
    assert set(outcomes) == set(names)
    assert outcomes["sound_one"] == Import(version="1.2")
    assert outcomes["json"].error is None
    assert outcomes["crashing_one"].error == "importing it crashes Python (SIGKILL)"
    assert outcomes["leaving_one"].error == "importing it ends Python with status 7"
    assert outcomes["raising_one"].error == "ImportError: libmissing.so: cannot open"
    assert "not_there_at_all" in (outcomes["not_there_at_all"].error or "")


@pytest.mark.usefixtures("modules")
def test_a_module_that_hangs_is_given_up() -> None:
    outcomes = tried(["sound_one", "hanging_one"], seconds=2)
    assert outcomes["sound_one"].error is None
    assert outcomes["hanging_one"].error == "importing it did not end within 2 seconds"


def test_it_works_where_torch_is_broken(tmp_path: Path) -> None:
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch" / "__init__.py").write_text("raise OSError('libtorch_cpu.so: no such file')\n")
    path = os.pathsep.join([str(tmp_path), str(Path(__file__).parents[3])])
    done = subprocess.run(
        [sys.executable, "-m", "faceguard", "doctor", "--json"],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    report = json.loads(done.stdout)
    assert report["sound"] is False
    assert report["faceguard"] == __version__
    found = {finding["name"]: finding for finding in report["findings"]}
    assert found["torch"]["state"] == "broken"
    assert "libtorch_cpu.so: no such file" in found["torch"]["text"]
    assert found["torch"]["remedy"].startswith("pip install --force-reinstall torch==")
    assert found["torchvision"]["state"] == "note"
    assert "without PyTorch" in found["gpu"]["text"]
    assert found["pillow"]["state"] == "fine"


def test_it_imports_nothing_heavy_itself() -> None:
    program = (
        "import sys\n"
        "from faceguard.cli import doctor, main\n"
        "doctor.tried = lambda modules: {}\n"
        "main(['doctor'])\n"
        "heavy = {'torch', 'numpy', 'cv2', 'PIL', 'onnxruntime'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_sound_installation_is_status_0(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sound = {name: Import(version="9") for name in doctor_packages.modules_to_try()}
    sound["torch"] = Import(version="9", facts=CPU)
    sound["PIL"] = Import(version="9", facts={"jpg": True, "webp": True, "avif": True})
    monkeypatch.setattr(doctor, "tried", lambda modules: sound)
    monkeypatch.setattr(onnxruntime_install, "problem", lambda: None)
    monkeypatch.setattr(doctor_packages, "_satisfies", lambda installed, asked: True)
    assert main(["doctor", "--cache", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"faceguard {__version__}\n")
    assert said.endswith("Nothing is broken.\n")
    assert f"faceguard models fetch yunet --cache {tmp_path}" in said
    assert "BROKEN" not in said
    assert list(tmp_path.iterdir()) == []


def test_a_package_that_is_missing_or_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ["torch>=2.6", "nobody-has-this>=1", 'pillow-heif>=99; extra == "heif"', 'x; extra == "test"']
    monkeypatch.setattr(doctor_packages, "requires", lambda name: asked)
    monkeypatch.setattr(doctor_packages, "_installed", {"torch": "2.5.1+cu121", "faceguard": "1"}.get)
    found = by_name(doctor_packages.package_findings({}))
    assert found["torch"].state is State.BROKEN
    assert found["torch"].text == "2.5.1+cu121, and faceguard needs >=2.6"
    assert found["torch"].remedy == 'pip install "torch>=2.6"'
    assert found["nobody-has-this"].state is State.BROKEN
    assert found["nobody-has-this"].text == "not installed"
    assert found["heif"].state is State.NOTE
    assert found["heif"].remedy == 'pip install "pillow-heif>=99"'
    assert "test" not in found


def test_opencv_from_its_headless_package_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_packages, "requires", lambda name: ["opencv-python>=4.9"])
    monkeypatch.setattr(doctor_packages, "_installed", lambda name: None)
    found = by_name(doctor_packages.package_findings({"cv2": Import(version="4.10.0")}))
    assert found["opencv-python"].state is State.FINE
    broken = {"cv2": Import(error="ModuleNotFoundError: No module named 'cv2'")}
    found = by_name(doctor_packages.package_findings(broken))
    assert found["opencv-python"].remedy == 'pip install "opencv-python>=4.9"'


def test_opencv_without_its_system_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_packages, "requires", lambda name: ["opencv-python>=4.9"])
    monkeypatch.setattr(doctor_packages, "_installed", lambda name: "4.10.0")
    error = "ImportError: libGL.so.1: cannot open shared object file: No such file or directory"
    found = by_name(doctor_packages.package_findings({"cv2": Import(error=error)}))
    assert "apt-get install libgl1" in (found["opencv-python"].remedy or "")


def test_two_builds_of_onnxruntime(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = "onnxruntime and onnxruntime-gpu are both installed. Remove what is there and install one."
    monkeypatch.setattr(onnxruntime_install, "problem", lambda: problem)
    found = by_name(doctor_packages.package_findings({}))["onnxruntime"]
    assert found.state is State.BROKEN
    assert found.text == "onnxruntime and onnxruntime-gpu are both installed."
    assert "pip uninstall -y onnxruntime onnxruntime-gpu" in (found.remedy or "")


def gpu(facts: dict[str, Any]) -> Finding:
    return by_name(doctor_device.device_findings(Import(version="2", facts=facts)))["gpu"]


def test_why_there_is_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(doctor_device.shutil, "which", lambda name: None)
    assert gpu(CPU).text == "none used: this PyTorch is built for the CPU alone"
    assert gpu(CPU).remedy is None
    assert gpu({**CUDA, "gpu_error": "no driver"}).state is State.FINE
    monkeypatch.setattr(doctor_device.shutil, "which", lambda name: "/usr/bin/nvidia-smi")
    assert gpu(CPU).remedy is not None
    too_old = gpu({**CUDA, "gpu_error": "The NVIDIA driver on your system is too old"})
    assert too_old.state is State.BROKEN
    assert "too old" in too_old.text
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert gpu({**CUDA, "gpu_error": "no devices"}).state is State.NOTE
    seen = gpu({**CUDA, "gpu": {"name": "NVIDIA T4", "memory": 15 * 2**30, "count": 2}})
    assert seen.state is State.FINE
    assert seen.text == "NVIDIA T4, 15 GiB, the first of 2 (CUDA 12.8)"


def test_more_threads_than_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_device, "_cores", lambda: 2)
    found = by_name(doctor_device.device_findings(Import(facts={**CPU, "threads": 8})))["threads"]
    assert found.state is State.NOTE
    assert "OMP_NUM_THREADS=2" in (found.remedy or "")


def test_weights_that_are_damaged_or_altered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "face_detection_yunet_2023mar.onnx").write_bytes(b"cut off")
    found = by_name(doctor_storage.model_findings(tmp_path))
    assert found["yunet"].state is State.BROKEN
    assert found["yunet"].remedy == f"faceguard models fetch yunet --cache {tmp_path}"
    assert found["scrfd-10g"].state is State.NOTE
    assert found["dlib"].state is State.FINE
    assert found["mtcnn"].state is State.FINE
    monkeypatch.setitem(mtcnn_files.MTCNN_FILES, "rnet.pt", "0" * 64)
    assert by_name(doctor_storage.model_findings(tmp_path))["mtcnn"].state is State.BROKEN


def test_heic_without_its_package() -> None:
    pillow = Import(facts={"jpg": True, "webp": True, "avif": False})
    found = by_name(doctor_storage.format_findings(pillow, None))
    assert found["HEIC"].state is State.NOTE
    assert "pip install" in (found["HEIC"].remedy or "")
    assert found["AVIF"].state is State.NOTE
    broken = by_name(doctor_storage.format_findings(pillow, Import(error="ImportError: libheif")))
    assert broken["HEIC"].state is State.BROKEN


def test_folders_that_cannot_be_written_to_or_are_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("a file")
    found = by_name(doctor_storage.folder_findings(tmp_path / "file"))["cache"]
    assert found.state is State.BROKEN
    assert "is a file" in found.text
    missing = tmp_path / "to" / "be" / "made"
    assert by_name(doctor_storage.folder_findings(missing))["cache"].state is State.FINE
    assert not (tmp_path / "to").exists()
    for free, state in ((5e8, State.NOTE), (5e7, State.BROKEN)):
        monkeypatch.setattr(doctor_storage.shutil, "disk_usage", lambda folder, free=free: _Usage(free))
        assert by_name(doctor_storage.folder_findings(tmp_path))["cache"].state is state


class _Usage:
    def __init__(self, free: float) -> None:
        self.free = int(free)


def test_what_cannot_be_looked_at_is_broken_and_the_rest_goes_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(doctor, "tried", lambda modules: {})
    monkeypatch.setitem(sys.modules, "recognizers.weights_cache", None)
    found = list(doctor.findings(tmp_path))
    broken = [finding for finding in found if "cannot be looked at" in finding.text]
    assert {finding.area for finding in broken} == {"models", "folders"}
    assert any(finding.area == "device" for finding in found)
