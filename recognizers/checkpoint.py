"""Recognisers of faceguard's own on disk: the tensors as safetensors, and a JSON sidecar that describes them.

`NAME.safetensors` holds the tensors, `NAME.json` what they are, and the SHA-256 of the other file. Each file
is there whole or not at all, the tensors first: a new sidecar never lies beside old tensors.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import platform
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeVar

import safetensors
import torch
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor

from recognizers.base import Measure, Threshold
from recognizers.crops import CropSpec, crop_of
from recognizers.errors import RecognizerError
from recognizers.system_errors import reason_of
from recognizers.weights import verify
from recognizers.whole_files import write_whole

FORMAT = "faceguard recogniser, version 1"
_TENSORS, _SIDECAR = ".safetensors", ".json"

_Value = TypeVar("_Value")


@dataclass(frozen=True)
class Checkpoint:
    """What was read of a pair of files.

    Attributes:
        path: The file of tensors.
        description: What the sidecar says.
        tensors: The tensors by name, on the CPU.
    """

    path: Path
    description: Mapping[str, Any]
    tensors: Mapping[str, Tensor]

    def read(self, key: str, kind: type[_Value]) -> _Value:
        """What the sidecar says under a key.

        Raises:
            RecognizerError: It says nothing there, or something of another type.
        """
        value = self.description.get(key)
        if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
            raise self.refusal(f"{key!r} should be of type {kind.__name__}, not {value!r}")
        return value

    def crop(self) -> CropSpec:
        """The crop that the sidecar states.

        Raises:
            RecognizerError: It states none, or none that is possible.
        """
        stated = self.read("crop", dict)
        try:
            return crop_of(stated)
        except (KeyError, TypeError, ValueError) as error:
            raise self.refusal(f"its 'crop' is not one: {error}") from error

    def threshold(self) -> Threshold | None:
        """The usual threshold that the sidecar states, if it does.

        Raises:
            RecognizerError: It states one that is not possible.
        """
        stated = self.description.get("threshold")
        try:
            return stated and Threshold(
                Measure(stated["measure"]), float(stated["value"]), str(stated["source"])
            )
        except (KeyError, TypeError, ValueError) as error:
            raise self.refusal(f"its 'threshold' is not one: {error}") from error

    def under(self, prefix: str) -> dict[str, Tensor]:
        """The tensors whose names begin with a prefix and a dot, by the rest of their names."""
        start = f"{prefix}."
        return {name.removeprefix(start): t for name, t in self.tensors.items() if name.startswith(start)}

    def refusal(self, complaint: str) -> RecognizerError:
        """The error to raise for something that the sidecar should not say."""
        return RecognizerError(f"{sidecar_path(self.path)}: {complaint}")


def tensors_path(path: Path) -> Path:
    """The file of tensors, given either file of a pair, or their name without the ending."""
    if path.suffix in (_TENSORS, _SIDECAR):
        return path.with_suffix(_TENSORS)
    return path.with_name(path.name + _TENSORS)


def sidecar_path(path: Path) -> Path:
    """The sidecar, given either file of a pair, or their name without the ending."""
    return tensors_path(path).with_suffix(_SIDECAR)


def common_description(
    kind: str, crop: CropSpec, dimension: int, licence: str, threshold: Threshold | None
) -> dict[str, Any]:
    """What every sidecar says, for a kind that `recognizers.saved_file` knows."""
    stated = threshold and {
        "measure": threshold.measure.value,
        "value": threshold.value,
        "source": threshold.source,
    }
    return {
        "kind": kind,
        "dimension": dimension,
        "crop": dataclasses.asdict(crop),
        "licence": licence,
        "threshold": stated,
    }


def write_checkpoint(path: Path, description: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> None:
    """Writes a pair of files, in place of one that is there.

    Args:
        path: Either file, or their name without the ending; missing folders are made.
        description: What the sidecar is to say; the format, versions and SHA-256 are added.
        tensors: The tensors by name.

    Raises:
        RecognizerError: They cannot be written.
    """
    # Copies, since safetensors refuses tensors that share memory, as some networks' do.
    content = save_tensors({name: t.detach().cpu().contiguous().clone() for name, t in tensors.items()})
    stated = {
        "format": FORMAT,
        **description,
        "versions": _versions(),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    sidecar = (json.dumps(stated, indent=2) + "\n").encode()
    write_whole({tensors_path(path): content, sidecar_path(path): sidecar})


def read_checkpoint(path: Path) -> Checkpoint:
    """Reads a pair of files.

    Args:
        path: Either file, or their name without the ending.

    Raises:
        RecognizerError: One is missing, they do not belong together, or they are not faceguard's.
    """
    target, sidecar = tensors_path(path), sidecar_path(path)
    for file in (target, sidecar):
        if not file.is_file():
            raise RecognizerError(
                f"{file}: no such file; a recogniser that faceguard saved is two files, "
                f"{target.name} and {sidecar.name}"
            )
    try:
        description = json.loads(sidecar.read_bytes())
    except OSError as error:
        raise RecognizerError(f"{sidecar}: {reason_of(error)}") from error
    except ValueError as error:  # of JSON and of UTF-8
        raise RecognizerError(f"{sidecar}: is not JSON: {error}") from error
    if not isinstance(description, dict) or description.get("format") != FORMAT:
        raise RecognizerError(f"{sidecar}: does not describe a recogniser of faceguard's ({FORMAT})")
    checkpoint = Checkpoint(target, description, {})
    verify(target, checkpoint.read("sha256", str), f"It is not the file that {sidecar.name} describes")
    try:
        tensors = load_tensors(target.read_bytes())
    except OSError as error:
        raise RecognizerError(f"{target}: {reason_of(error)}") from error
    except (safetensors.SafetensorError, KeyError) as error:
        raise RecognizerError(f"{target}: is not a file of safetensors: {error}") from error
    return dataclasses.replace(checkpoint, tensors=tensors)


def remove_checkpoint(path: Path) -> None:
    """Removes a pair of files, the sidecar first; what is not there is no matter."""
    for file in (sidecar_path(path), tensors_path(path)):
        with suppress(OSError):
            file.unlink()


def _versions() -> dict[str, str]:
    versions = {"python": platform.python_version(), "torch": torch.__version__}
    with suppress(PackageNotFoundError):
        versions["faceguard"] = version("faceguard")
    return versions
