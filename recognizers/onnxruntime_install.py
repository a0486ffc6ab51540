"""Whether ONNX Runtime is installed as it should be: one build of it, and all of that.

`onnxruntime` and `onnxruntime-gpu` are two packages with the same files. Where both are installed the later
one has overwritten the earlier, and removing either takes files from the other.
"""

from __future__ import annotations

import re
from importlib.metadata import Distribution, PackageNotFoundError, PackagePath, distribution
from pathlib import Path

_BUILDS = ("onnxruntime", "onnxruntime-gpu")
_FOLDER = "onnxruntime"
_CODE = re.compile(r"\.(py|pyd|dll|dylib|so)(\.[\d.]+)?$")


def problem() -> str | None:
    """What is wrong with the installation and what to do about it, in one message; None if nothing is.

    Reads the packages' metadata and does not import ONNX Runtime, which may fail or load the wrong build.
    Where ONNX Runtime is not installed at all there is no problem: it is optional.
    """
    builds = [build for build in map(_installed, _BUILDS) if build is not None]
    if len(builds) > 1:
        return (
            "onnxruntime and onnxruntime-gpu are both installed and overwrite each other's files. "
            + _remedy("onnxruntime-gpu (for an NVIDIA GPU) or onnxruntime (for the CPU)")
        )
    for build in builds:
        complaint = _damage(build)
        if complaint:
            return f"{build.metadata['Name']} {build.version} is installed, but {complaint}. " + _remedy(
                build.metadata["Name"]
            )
    return None


def _remedy(wanted: str) -> str:
    return (
        "Remove what is there and install the one you want: "
        f"pip uninstall -y onnxruntime onnxruntime-gpu, then pip install {wanted}."
    )


def _installed(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def _damage(build: Distribution) -> str | None:
    """What of a build's recorded code is not there, or which other build's files lie in its place."""
    missing = [file for file in build.files or [] if _is_code(file) and not _path(build, str(file)).is_file()]
    if missing:
        return f"{len(missing)} of its files are missing ({missing[0]})"
    module = _path(build, f"{_FOLDER}/__init__.py")
    if not module.is_file():
        return f"the folder {module.parent} is not there"
    information = _path(build, f"{_FOLDER}/capi/build_and_package_info.py")
    version = _assigned("__version__", module)
    if version is not None and _public(version) != _public(build.version):
        return f"its files are those of version {version}"
    name = _assigned("package_name", information)
    if name in _BUILDS and name != build.metadata["Name"]:
        return f"its files are those of {name}"
    return None


def _is_code(file: PackagePath) -> bool:
    return file.parts[0] == _FOLDER and _CODE.search(file.name) is not None


def _path(build: Distribution, file: str) -> Path:
    return Path(str(build.locate_file(file)))


def _public(version: str) -> str:
    """A version without its local part, such as the "+cu12" of a build."""
    return version.partition("+")[0]


def _assigned(name: str, file: Path) -> str | None:
    """The text that a Python file assigns to a name on a line of its own, without running it."""
    if not file.is_file():
        return None
    text = file.read_text(encoding="utf-8", errors="replace")
    found = re.search(rf"""^{name}\s*=\s*["']([^"']+)["']""", text, re.MULTILINE)
    return found.group(1) if found else None
