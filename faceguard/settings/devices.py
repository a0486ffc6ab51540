"""Which device to compute on; never another one than was asked for."""

from __future__ import annotations

import torch

from faceguard.errors import SettingsError

NAMES = ("auto", "cpu", "cuda")


def choose(name: str) -> torch.device:
    """The device of a name: "auto" takes CUDA where there is one, "cuda" insists on it.

    Raises:
        SettingsError: The name is unknown, or CUDA was asked for and is not there.
    """
    kind = name.partition(":")[0] if isinstance(name, str) else name
    if kind not in NAMES or (kind != "cuda" and name != kind):
        raise SettingsError(f"no device {name!r}; there are {', '.join(NAMES)}")
    if kind == "cuda" and not torch.cuda.is_available():
        raise SettingsError("device cuda: PyTorch finds no usable GPU here; use --device cpu, or auto")
    if kind == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        return torch.device(name)
    except RuntimeError as error:
        raise SettingsError(f"no device {name!r}; there are {', '.join(NAMES)}") from error
