"""What `faceguard doctor` looks at in the installed packages: there, new enough, and importable."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, metadata, requires, version

from faceguard.cli.doctor_finding import Finding, State
from faceguard.cli.doctor_imports import Import
from recognizers import onnxruntime_install

_MODULES = {"opencv-python": "cv2", "pillow": "PIL", "scikit-image": "skimage", "scikit-learn": "sklearn"}
# What has compiled parts that can be broken; trying plain Python as well would only take time.
_TRIED = (
    "numpy",
    "pillow",
    "opencv-python",
    "scipy",
    "scikit-image",
    "scikit-learn",
    "safetensors",
    "torch",
    "torchvision",
    "facenet-pytorch",
    "onnx",
    "onnx2torch",
)
_ON_TORCH = ("torchvision", "facenet-pytorch", "onnx2torch")
_TRIED_WHERE_INSTALLED = ("onnxruntime", "pillow_heif")
_DEVELOPERS = ("dev", "docs", "test", "gpu")  # extras that a user is not told to add
_OPENCV_LIBRARIES = ("libGL.so", "libgthread", "libglib", "libxcb")


@dataclass(frozen=True)
class _Requirement:
    """What a package asks for: as it is written, the package's name, and the extra it belongs to."""

    text: str
    name: str
    extra: str | None

    @property
    def module(self) -> str:
        return _MODULES.get(self.name, self.name.replace("-", "_"))


def modules_to_try() -> list[str]:
    """The modules whose import `package_findings` wants to know of."""
    return [_MODULES.get(name, name.replace("-", "_")) for name in _TRIED] + [
        module for module in _TRIED_WHERE_INSTALLED if _installed(module) is not None or _runtime(module)
    ]


def package_findings(imports: Mapping[str, Import]) -> Iterator[Finding]:
    """Python, what faceguard needs, what it can use, and ONNX Runtime.

    Args:
        imports: How importing `modules_to_try` went.
    """
    required = _requirements()
    if required is None:
        yield Finding(
            "packages",
            "faceguard",
            State.BROKEN,
            "runs from a folder and is not installed, so what it needs is not known",
            "pip install .   (in the folder with pyproject.toml)",
        )
        required = [_Requirement(name, name, None) for name in _TRIED]
    else:
        yield _python()
    for requirement in required:
        if requirement.extra is None:
            finding = _needed(requirement, imports.get(requirement.module))
            torch = imports.get("torch")
            if requirement.name in _ON_TORCH and torch is not None and torch.error is not None:
                finding = _without_torch(finding)
            yield finding
    for extra in dict.fromkeys(requirement.extra for requirement in required):
        if extra is not None and extra not in _DEVELOPERS:
            yield _optional(extra, [r for r in required if r.extra == extra])
    yield _onnxruntime(imports.get("onnxruntime"))


def _python() -> Finding:
    running = ".".join(map(str, sys.version_info[:3]))
    asked = metadata("faceguard").json.get("requires_python")
    if isinstance(asked, str) and _satisfies(running, asked) is False:
        return Finding(
            "packages",
            "python",
            State.BROKEN,
            f"{running}, and faceguard needs {asked}",
            "install that Python, make a virtual environment with it and install faceguard there",
        )
    return Finding("packages", "python", State.FINE, f"{running} in {sys.prefix}")


def _needed(requirement: _Requirement, tried: Import | None) -> Finding:
    installed = _installed(requirement.name)
    install = f'pip install "{requirement.text}"'
    if tried is not None and tried.error is not None:
        if installed is None:
            return Finding("packages", requirement.name, State.BROKEN, "not installed", install)
        return Finding(
            "packages",
            requirement.name,
            State.BROKEN,
            f"{installed} is installed, but cannot be imported: {tried.error}",
            _repair(requirement, installed, tried.error),
        )
    if installed is None:
        if tried is not None:  # such as cv2 from opencv-python-headless
            text = f"{tried.version}, from another package than {requirement.name}".lstrip(" ,")
            return Finding("packages", requirement.name, State.FINE, text)
        return Finding("packages", requirement.name, State.BROKEN, "not installed", install)
    asked = requirement.text.removeprefix(requirement.name)
    if _satisfies(installed, asked) is False:
        return Finding(
            "packages",
            requirement.name,
            State.BROKEN,
            f"{installed}, and faceguard needs {asked}",
            install,
        )
    return Finding("packages", requirement.name, State.FINE, installed)


def _without_torch(finding: Finding) -> Finding:
    """What cannot be imported for want of PyTorch has nothing wrong with it that is known."""
    installed = _installed(finding.name)
    if installed is None:
        return finding
    return Finding("packages", finding.name, State.NOTE, f"{installed}, not tried: it needs torch")


def _optional(extra: str, requirements: Sequence[_Requirement]) -> Finding:
    missing = [r for r in requirements if _installed(r.name) is None and not _runtime(r.name)]
    if not missing:
        return Finding("optional", extra, State.FINE, ", ".join(map(_named, requirements)))
    names = ", ".join(requirement.name for requirement in missing)
    wanted = " ".join(f'"{requirement.text}"' for requirement in missing)
    # insightface asks for onnxruntime, which would overwrite the GPU build's files.
    alone = "--no-deps " if extra == "insightface" and _installed("onnxruntime-gpu") else ""
    return Finding("optional", extra, State.NOTE, f"not installed: {names}", f"pip install {alone}{wanted}")


def _named(requirement: _Requirement) -> str:
    return f"{requirement.name} {_installed(requirement.name) or _runtime(requirement.name)}"


def _onnxruntime(tried: Import | None) -> Finding:
    problem = onnxruntime_install.problem()
    remedy = "pip uninstall -y onnxruntime onnxruntime-gpu, then pip install the one you want"
    if problem is not None:
        return Finding("optional", "onnxruntime", State.BROKEN, problem.partition(" Remove what")[0], remedy)
    installed = _runtime("onnxruntime")
    if installed is None:
        return Finding("optional", "onnxruntime", State.FINE, "not installed, and not needed")
    if tried is not None and tried.error is not None:
        text = f"{installed} cannot be imported: {tried.error}"
        return Finding("optional", "onnxruntime", State.BROKEN, text, remedy)
    return Finding("optional", "onnxruntime", State.FINE, installed)


def _repair(requirement: _Requirement, installed: str, error: str) -> str:
    if requirement.name == "opencv-python" and any(name in error for name in _OPENCV_LIBRARIES):
        return "apt-get install libgl1 libglib2.0-0   (system libraries that OpenCV needs)"
    if requirement.name == "torchvision":
        return "pip install --force-reinstall torch torchvision   (they have to fit together)"
    return f"pip install --force-reinstall {requirement.name}=={installed}"


def _requirements() -> list[_Requirement] | None:
    """What the installed faceguard asks for, here; None where it is not installed."""
    try:
        texts = requires("faceguard") or []
    except PackageNotFoundError:
        return None
    found = []
    for text in texts:
        wanted, _, marker = (part.strip() for part in text.partition(";"))
        extra = re.search(r"""extra == ["']([^"']+)["']""", marker)
        name = re.match(r"[\w.-]+", wanted)
        if name is not None and name.group() != "faceguard":
            found.append(_Requirement(wanted, name.group(), extra.group(1) if extra else None))
    return found


def _satisfies(installed: str, asked: str) -> bool | None:
    """Whether a version is one of those asked for; None where that cannot be told."""
    try:
        from packaging.specifiers import SpecifierSet

        return SpecifierSet(asked).contains(installed, prereleases=True)
    except (ImportError, ValueError):
        return None


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _runtime(name: str) -> str | None:
    """The ONNX Runtime that is installed, whichever build, where that is what is asked for."""
    if name != "onnxruntime":
        return None
    return _installed("onnxruntime") or _installed("onnxruntime-gpu")
