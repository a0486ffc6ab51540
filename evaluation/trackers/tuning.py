"""Recognisers that are trained further: a copy, and which of its weights may move."""

from __future__ import annotations

import copy
from collections.abc import Sequence

from torch import nn

from faceguard.errors import SettingsError
from recognizers import Recognizer
from recognizers.ensemble import Ensemble


def trainable_copy(recognizer: Recognizer) -> tuple[Recognizer, list[nn.Parameter]]:
    """A copy of a recogniser with weights of its own, and these in the order of the network, all fixed.

    Raises:
        SettingsError: It cannot be trained: it gives no gradients, or has no weights in PyTorch.
    """
    if isinstance(recognizer, Ensemble):
        raise SettingsError(f"{recognizer.name}: one recogniser can be trained further, not several")
    if not recognizer.differentiable:
        raise SettingsError(f"{recognizer.name} gives no gradients, so it cannot be trained further")
    tuned = copy.deepcopy(recognizer)
    networks = [value for value in vars(tuned).values() if isinstance(value, nn.Module)]
    parameters = [parameter for network in networks for parameter in network.parameters()]
    if not parameters:
        raise SettingsError(f"{recognizer.name} has no weights in PyTorch, so it cannot be trained further")
    for parameter in parameters:
        parameter.requires_grad_(False)
    return tuned, parameters


def last_of(parameters: Sequence[nn.Parameter], share: float) -> list[nn.Parameter]:
    """The last parameters that together hold a share of all weights, at least one."""
    total, counted, last = sum(parameter.numel() for parameter in parameters), 0, []
    for parameter in reversed(parameters):
        last.append(parameter)
        counted += parameter.numel()
        if counted >= share * total:
            break
    return last
