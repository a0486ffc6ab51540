"""The recognisers that protection is crafted on."""

from __future__ import annotations

from collections.abc import Sequence

import torch

import recognizers
from faceguard.errors import SettingsError
from faceguard.settings.names import names_of
from recognizers import Recognizer, RecognizerError


def surrogate_names(names: Sequence[str]) -> tuple[str, ...]:
    """Names of recognisers as a caller gave them; whether there are such is another question.

    Raises:
        SettingsError: It is no list of names.
    """
    return names_of("surrogates", names, example="dlib")


def load_surrogates(names: Sequence[str], device: torch.device | str) -> list[Recognizer]:
    """Recognisers by name, on a device, each once; an ensemble, such as "dlib+onnx:PATH", means its members.

    Raises:
        SettingsError: There is no name, one is unknown, or a recogniser cannot be crafted on.
    """
    names = surrogate_names(names)
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
