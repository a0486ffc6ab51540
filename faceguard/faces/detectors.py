"""Detectors by the name a person types. Adding one is one new file and one line here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from faceguard.errors import SettingsError
from faceguard.faces.detector import Detector
from faceguard.settings import devices
from recognizers import RecognizerError
from recognizers.weights_cache import checked_weights

# Imports are inside the functions: naming a detector must not cost loading every library.


def _mtcnn(_name: str, device: str, min_face: int) -> Detector:
    from faceguard.faces.mtcnn import MtcnnDetector

    return MtcnnDetector(devices.choose(device), min_face=min_face)


def _scrfd(name: str, device: str, min_face: int) -> Detector:
    from faceguard.faces.scrfd import ScrfdDetector

    return ScrfdDetector(checked_weights(name), device, min_face=min_face, name=name)


def _scrfd_file(path: str, device: str, min_face: int) -> Detector:
    from faceguard.faces.scrfd import ScrfdDetector

    return ScrfdDetector(Path(path), device, min_face=min_face)


def _yunet(name: str, device: str, min_face: int) -> Detector:
    from faceguard.faces.yunet import YunetDetector

    return YunetDetector(checked_weights(name), device, min_face=min_face, name=name)


def _yunet_file(path: str, device: str, min_face: int) -> Detector:
    from faceguard.faces.yunet import YunetDetector

    return YunetDetector(Path(path), device, min_face=min_face)


_DETECTORS: dict[str, Callable[[str, str, int], Detector]] = {
    "mtcnn": _mtcnn,
    "scrfd-10g": _scrfd,
    "scrfd-500m": _scrfd,
    "scrfd:PATH": _scrfd_file,
    "yunet": _yunet,
    "yunet:PATH": _yunet_file,
}


def available() -> list[str]:
    """The names a person can type after `--detector`; `yunet:PATH` is `yunet:` and the path of a file."""
    return list(_DETECTORS)


def load(name: str, device: str = "cpu", min_face: int = 24) -> Detector:
    """A detector by its name, such as "mtcnn" or "yunet:models/yunet.onnx".

    Nothing is ever fetched here: where weights are missing, the message says how to get them.

    Args:
        name: One of `available()`.
        device: "cpu", "cuda", or "auto" for a GPU where the detector can use one.
        min_face: The smallest face to return, in photo pixels.

    Raises:
        SettingsError: The name is unknown, the weights cannot be used, or the device is not there.
        ValueError: The smallest face is smaller than the detector can see.
    """
    if not isinstance(name, str):
        raise SettingsError(f"no detector {name!r}; there are {', '.join(_DETECTORS)}")
    family, _, path = name.partition(":")
    build = _DETECTORS.get(f"{family}:PATH" if path else name)
    if build is None:
        raise SettingsError(f"no detector {name!r}; there are {', '.join(_DETECTORS)}")
    try:
        return build(path or name, device, min_face)
    except RecognizerError as error:
        raise SettingsError(str(error)) from error
