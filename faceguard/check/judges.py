"""Who judges: recognisers that are there without a download, or those that were named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

import recognizers
from faceguard.check.findings import Unchecked
from faceguard.errors import SettingsError
from recognizers import Recognizer, RecognizerError, weights_cache
from recognizers.catalogue import MODELS
from recognizers.weights_cache import State


@dataclass(frozen=True, eq=False)
class Bench:
    """The recognisers that judge.

    Attributes:
        judges: They, each with a name of its own.
        absent: Those that are on this machine but cannot judge, with the reason.
    """

    judges: tuple[Recognizer, ...]
    absent: tuple[Unchecked, ...] = ()


def named(names: Sequence[str], device: torch.device) -> Bench:
    """The recognisers that were asked for.

    Raises:
        SettingsError: One of them cannot be used.
    """
    try:
        judges = {
            judge.name: judge for judge in (recognizers.load(name, device) for name in dict.fromkeys(names))
        }
    except RecognizerError as error:
        raise SettingsError(str(error)) from error
    return Bench(tuple(judges.values()))


def present(device: torch.device, besides: Sequence[str] = ()) -> Bench:
    """Every recogniser that has a name of its own and whose weights are there, and some more.

    Args:
        device: Where they run.
        besides: Names of others, such as what was crafted on; left out where they cannot be loaded.

    Raises:
        SettingsError: None of them can be used.
    """
    states = {m.name: weights_cache.state(m) for m in MODELS.values() if not m.detects}
    names = [name for name, state in states.items() if state in (State.BUILT_IN, State.PRESENT)]
    judges: dict[str, Recognizer] = {}
    absent: list[Unchecked] = []
    for name in dict.fromkeys([*names, *besides]):
        try:
            judge = recognizers.load(name, device)
        except (RecognizerError, ImportError, OSError) as error:
            absent.append(Unchecked(name, str(error)))
        else:
            judges.setdefault(judge.name, judge)
    if not judges:
        raise SettingsError("there is no recogniser that could judge: see faceguard models, and --recognizer")
    return Bench(tuple(judges.values()), tuple(absent))
