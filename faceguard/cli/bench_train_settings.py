"""The settings of `faceguard bench train` from the words on the command line."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from evaluation.benchmarks.enroll_settings import Crafting
from evaluation.benchmarks.train_settings import EditOn, KeySettings, TrainCase, TrainSettings
from evaluation.benchmarks.train_victim import FINE_TUNING, FROM_SCRATCH, Victim
from faceguard.cli.bench_settings import data_settings, statistics, tracker_settings
from faceguard.errors import SettingsError
from faceguard.methods import threat_of
from recognizers.training import TrainingSettings

_CASES = {"closed": TrainCase.CLOSED, "open": TrainCase.OPEN, "partial": TrainCase.PARTIAL}
_KEPT_OUT = 0.2


def train_settings(arguments: argparse.Namespace, output: Path) -> TrainSettings:
    """The settings of `bench train`."""
    return TrainSettings(
        data=data_settings(arguments),
        output=output,
        tracker=replace(tracker_settings(arguments), recognizers=()),
        statistics=statistics(arguments),
        crafting=_crafting(arguments),
        protected=arguments.protected,
        suffix=arguments.suffix,
        cases=_cases(arguments),
        victims=_victims(arguments),
        defences=tuple(arguments.defender or ("none",)),
        edit_on=EditOn(arguments.edit_on),
        seeds=tuple(dict.fromkeys(arguments.seeds)),
        train_photos=arguments.train_photos,
        kept_out=arguments.kept_out or _KEPT_OUT,
        share=arguments.share,
        protected_identities=arguments.protected_identities,
        neighbours=arguments.neighbours,
        lfw=arguments.lfw,
        learning_people=arguments.learning_people,
        key=_key(arguments),
    )


def _crafting(arguments: argparse.Namespace) -> Crafting | None:
    method: str | None = arguments.method
    if method is None:
        return None
    if arguments.surrogate and threat_of(method) == "training":
        raise SettingsError(f"--surrogate is for cloaks: {method} is crafted without a finished recogniser")
    surrogates = tuple(arguments.surrogate or ("dlib",))
    return Crafting(method, arguments.strength, arguments.epsilon, surrogates, arguments.seed)


def _key(arguments: argparse.Namespace) -> KeySettings | None:
    if arguments.key is None:
        if arguments.temperature:
            raise SettingsError("--temperature is for --key: what distils needs the network with the key")
        return None
    file = None if arguments.key is True else arguments.key  # True: --key without a file
    if not arguments.temperature:
        return KeySettings(file)
    return KeySettings(file, tuple(dict.fromkeys(arguments.temperature)))


def _cases(arguments: argparse.Namespace) -> tuple[TrainCase, ...]:
    if arguments.case:
        return tuple(dict.fromkeys(_CASES[name] for name in arguments.case))
    asked = []
    if arguments.lfw is not None or arguments.kept_out is not None:
        asked.append(TrainCase.OPEN)
    if arguments.share is not None or arguments.protected_identities is not None:
        asked.append(TrainCase.PARTIAL)
    return tuple(asked) or (TrainCase.CLOSED,)


def _victims(arguments: argparse.Namespace) -> tuple[Victim, ...]:
    head_settings = {
        name: getattr(arguments, name) for name in ("scale", "margin") if getattr(arguments, name) is not None
    }
    fine_tuned = tuple(dict.fromkeys(arguments.fine_tune or ()))
    backbones = tuple(dict.fromkeys(arguments.backbone or (() if fine_tuned else ("small-resnet",))))
    scratch, further = _training(arguments, FROM_SCRATCH), _training(arguments, FINE_TUNING)
    head = arguments.head
    return (
        *(Victim(name, False, head, head_settings, arguments.dimension, scratch) for name in backbones),
        *(Victim(name, True, head, head_settings, None, further) for name in fine_tuned),
    )


def _training(arguments: argparse.Namespace, usual: TrainingSettings) -> TrainingSettings:
    asked = {name: getattr(arguments, name) for name in ("epochs", "batch_size", "learning_rate", "shift")}
    given = {name: value for name, value in asked.items() if value is not None}
    return replace(usual, **given, flip=usual.flip and not arguments.no_mirror)
