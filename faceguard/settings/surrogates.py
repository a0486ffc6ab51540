"""The recognisers that protection is crafted on."""

from __future__ import annotations

from collections.abc import Sequence

import torch

import recognizers
from faceguard.errors import SettingsError
from recognizers import Recognizer, RecognizerError


def load_surrogates(names: Sequence[str], device: torch.device | str) -> list[Recognizer]:
    """Recognisers by name, on a device, each once; an ensemble, such as "dlib+onnx:PATH", means its members.

    Raises:
        SettingsError: There is no name, one is unknown, or a recogniser cannot be crafted on.
    """
    if isinstance(names, str) or not all(isinstance(name, str) for name in names or ()):
        raise SettingsError(f"surrogates is a list of names, such as [{names!r}]")
    if not names:
        raise SettingsError("at least one surrogate is needed, such as dlib")
    try:
        members = dict.fromkeys(member for name in names for member in recognizers.member_names(name))
        loaded: list[Recognizer] = [recognizers.load(member, device) for member in members]
    except (ValueError, RecognizerError) as error:
        raise SettingsError(str(error)) from error
    for surrogate in loaded:
        if not surrogate.differentiable:
            raise SettingsError(f"{surrogate.name} gives no gradients, so nothing can be crafted on it")
    return loaded
