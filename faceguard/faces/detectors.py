"""Detectors by the name a person types. Adding one is one new file and one line here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from faceguard import devices
from faceguard.errors import SettingsError
from faceguard.faces.detector import Detector


def _mtcnn(_argument: str, device: str, min_face: int) -> Detector:
    from faceguard.faces.mtcnn import MtcnnDetector

    return MtcnnDetector(devices.choose(device), min_face=min_face)


def _scrfd(argument: str, device: str, min_face: int) -> Detector:
    from faceguard.faces.scrfd import ScrfdDetector

    return ScrfdDetector(Path(argument), device, min_face=min_face)


def _yunet(argument: str, device: str, min_face: int) -> Detector:
    from faceguard.faces.yunet import YunetDetector

    return YunetDetector(Path(argument), device, min_face=min_face)


# Imports are inside the functions: naming a detector must not cost loading every library.
_FAMILIES: dict[str, Callable[[str, str, int], Detector]] = {
    "mtcnn": _mtcnn,
    "scrfd": _scrfd,
    "yunet": _yunet,
}
_FROM_FILES = ("scrfd", "yunet")


def available() -> list[str]:
    """The names a person can type after `--detector`."""
    return [f"{name}:PATH" if name in _FROM_FILES else name for name in _FAMILIES]


def load(name: str, device: str = "cpu", min_face: int = 24) -> Detector:
    """A detector by its name, such as "mtcnn" or "yunet:models/yunet.onnx".

    Args:
        name: One of `available()`.
        device: "cpu", "cuda", or "auto" for a GPU where the detector can use one.
        min_face: The smallest face to return, in photo pixels.

    Raises:
        SettingsError: The name is unknown, the file cannot be used, or the device is not there.
        ValueError: The smallest face is smaller than the detector can see.
    """
    family, colon, argument = name.partition(":")
    build = _FAMILIES.get(family)
    complete = bool(argument) if family in _FROM_FILES else not colon
    if build is None or not complete:
        raise SettingsError(f"no detector {name!r}; there are {', '.join(available())}")
    return build(argument, device, min_face)
