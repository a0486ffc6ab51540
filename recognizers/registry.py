"""Recognisers by the name a person types. Adding one is one new file and one line here.

One whose weights are fetched by name also has an entry in `recognizers.catalogue`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from recognizers.errors import RecognizerError

if TYPE_CHECKING:
    import torch

    from recognizers.base import Recognizer

    Build = Callable[[str, torch.device | str], Recognizer]


# Imports are inside the functions: naming a recogniser must not cost loading every library.


def _dlib(_name: str, device: torch.device | str) -> Recognizer:
    from recognizers.dlib_resnet import DlibResNet

    return DlibResNet(device)


def _facenet(name: str, device: torch.device | str) -> Recognizer:
    from recognizers.facenet import FaceNet

    return FaceNet.pretrained(name, device)


def _arcface(name: str, device: torch.device | str) -> Recognizer:
    from recognizers.arcface import ArcFace

    return ArcFace.pretrained(name, device)


def _insightface(path: str, device: torch.device | str) -> Recognizer:
    from recognizers.arcface import ArcFace

    return ArcFace(Path(path), device)


def _file(path: str, device: torch.device | str) -> Recognizer:
    from recognizers.saved_file import load_file

    return load_file(Path(path), device)


def _frbench(key: str, device: torch.device | str) -> Recognizer:
    from recognizers.frbench import FRBench

    return FRBench(key, device)


def _onnx(path: str, device: torch.device | str) -> Recognizer:
    from recognizers.onnx_file import OnnxFile

    return OnnxFile(Path(path), device)


@dataclass(frozen=True)
class _Family:
    """Recognisers that are loaded alike.

    Attributes:
        names: What a person types: a name, or a prefix with what stands behind it, as "onnx:PATH".
        build: Loads one; given the name, or what was typed behind the prefix, and the device.
    """

    names: tuple[str, ...]
    build: Build


_FAMILIES = (
    _Family(("dlib",), _dlib),
    _Family(("facenet-vggface2", "facenet-casia-webface"), _facenet),
    _Family(("arcface-buffalo_l", "arcface-buffalo_s", "arcface-antelopev2"), _arcface),
    _Family(("insightface:PATH",), _insightface),
    _Family(("onnx:PATH",), _onnx),
    _Family(("file:PATH",), _file),
    _Family(("frbench:NAME",), _frbench),
)


def available() -> list[str]:
    """The names `load` knows; `onnx:PATH` stands for `onnx:` and the path of a file."""
    return [name for family in _FAMILIES for name in family.names]


def member_names(name: str) -> list[str]:
    """The recognisers that a name means: several with plus signs between them are an ensemble.

    A plus sign in a path is one of the path, unless another recogniser's name begins behind it.

    Examples:
        >>> member_names("dlib+onnx:models/a+b.onnx")
        ['dlib', 'onnx:models/a+b.onnx']
    """
    alone = [known for known in available() if ":" not in known]
    prefixes = [known.partition(":")[0] for known in available() if ":" in known]
    begins = rf"(?:{'|'.join(map(re.escape, alone))})(?=\+|$)|(?:{'|'.join(map(re.escape, prefixes))}):"
    return re.split(rf"\+(?={begins})", name)


def load(name: str, device: torch.device | str = "cpu") -> Recognizer:
    """A recogniser by its name, such as "dlib", "onnx:models/arcface.onnx" or, for both, "dlib+onnx:...".

    Nothing is ever fetched here: where weights are missing, the message says how to get them.

    Raises:
        RecognizerError: The name is unknown, or the weights are missing or not what they should be.
    """
    if not isinstance(name, str):
        raise RecognizerError(f"a recogniser goes by its name, such as 'dlib', not {name!r}")
    members = member_names(name)
    if len(members) > 1:
        from recognizers.ensemble import Ensemble

        return Ensemble([load(member, device) for member in members])
    prefix, colon, argument = name.partition(":")
    for family in _FAMILIES:
        for known in family.names:
            if not colon and name == known:
                return family.build(name, device)
            if argument and ":" in known and prefix == known.partition(":")[0]:
                return family.build(argument, device)
    raise RecognizerError(f"no recogniser {name!r}; there are {', '.join(available())}")
