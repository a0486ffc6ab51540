"""Keeps what defenders have learned, so that a run that goes on does not train again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from faceguard.photos import write_atomically

State = dict[str, Tensor]


def kept(path: Path, train: Callable[[], State]) -> State:
    """The weights in a safetensors file; trained and written where there is none, or a damaged one.

    Args:
        path: The file; its name says all that decides the weights.
        train: Trains and gives the weights.

    Raises:
        DiskFullError: There is no room left.
        PhotoError: The file cannot be written for another reason.
    """
    try:
        return load(path.read_bytes())
    except (OSError, SafetensorError):
        state = {name: tensor.detach().cpu().contiguous() for name, tensor in train().items()}
    write_atomically(path, save(state))
    return state


def parameters_state(parameters: list[torch.nn.Parameter]) -> State:
    """Parameters by their places."""
    return {str(place): parameter for place, parameter in enumerate(parameters)}


@torch.no_grad()
def load_parameters(parameters: list[torch.nn.Parameter], state: State) -> None:
    """Sets parameters to what `parameters_state` gave."""
    for place, parameter in enumerate(parameters):
        parameter.copy_(state[str(place)])
