"""Reads safetensors files with what they say of themselves."""

from __future__ import annotations

from pathlib import Path

from safetensors import SafetensorError, safe_open
from torch import Tensor

from faceguard.errors import SettingsError
from recognizers.system_errors import reason_of


def read_tensors(path: Path, what: str) -> tuple[dict[str, str], dict[str, Tensor]]:
    """The header of a safetensors file, and its tensors.

    Args:
        path: The file.
        what: What it should hold, for the message, such as "masks".

    Raises:
        SettingsError: It cannot be read.
    """
    try:
        with path.open("rb"):
            pass  # the system says more simply what is wrong with a path
        with safe_open(path, "pt") as file:
            return file.metadata() or {}, {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read as {what}: {reason_of(error)}") from error
    except SafetensorError as error:
        raise SettingsError(
            f"{path}: cannot be read as {what}: it is no file of safetensors, or only part of one ({error})"
        ) from error
