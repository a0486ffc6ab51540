"""The benchmarks' settings from the words on the command line."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from evaluation.benchmarks.enroll_settings import Case, Crafting, EditOn, EnrollSettings
from evaluation.benchmarks.identify import IdentifySettings
from evaluation.benchmarks.protected import ProtectedSettings
from evaluation.benchmarks.verify import VerifySettings
from evaluation.benchmarks.workbench import DataSettings, Statistics, TrackerSettings
from evaluation.datasets.selection import Selection
from evaluation.trackers.face_choice import FaceChoice

_CACHE = "FACEGUARD_CACHE"


def verify_settings(arguments: argparse.Namespace) -> VerifySettings:
    """The settings of `bench verify`."""
    return VerifySettings(
        data_settings(arguments),
        tracker_settings(arguments),
        statistics(arguments),
        arguments.most_pairs,
        arguments.protected,
        arguments.suffix,
    )


def identify_settings(arguments: argparse.Namespace) -> IdentifySettings:
    """The settings of `bench identify`."""
    return IdentifySettings(
        data_settings(arguments),
        tracker_settings(arguments),
        statistics(arguments),
        arguments.gallery_photos,
        tuple(dict.fromkeys(arguments.gallery)),
        arguments.unknown,
        arguments.distractors,
    )


def enroll_settings(arguments: argparse.Namespace, output: Path) -> EnrollSettings:
    """The settings of `bench enroll`."""
    return EnrollSettings(
        data_settings(arguments),
        output,
        tracker_settings(arguments),
        statistics(arguments),
        _crafting(arguments, tuple(arguments.surrogate or ("dlib",))),
        arguments.protected,
        arguments.suffix,
        tuple(arguments.tracker or ("nearest",)),
        tuple(arguments.defender or ("none",)),
        EditOn(arguments.edit_on),
        tuple(map(Case, arguments.case)) if arguments.case else tuple(Case),
        arguments.gallery_photos,
        arguments.every,
        arguments.learning_people,
    )


def transfer_settings(arguments: argparse.Namespace, output: Path) -> EnrollSettings:
    """The settings of `bench transfer`; what is crafted on comes beside them."""
    return EnrollSettings(
        data_settings(arguments),
        output,
        tracker_settings(arguments),
        statistics(arguments),
        _crafting(arguments, ()),
        gallery_photos=arguments.gallery_photos,
        every=arguments.every,
    )


def protected_settings(arguments: argparse.Namespace) -> ProtectedSettings:
    """The settings of `bench protected`."""
    return ProtectedSettings(
        arguments.clean,
        arguments.protected,
        arguments.suffix,
        tracker_settings(arguments),
        statistics(arguments),
        tuple(arguments.defender or ()),
    )


def data_settings(arguments: argparse.Namespace) -> DataSettings:
    """Which data are used."""
    selection = Selection(
        arguments.split, arguments.people, arguments.photos_per_person, arguments.min_photos
    )
    return DataSettings(arguments.data, arguments.layout, selection)


def tracker_settings(arguments: argparse.Namespace) -> TrackerSettings:
    """How photos are looked at."""
    return TrackerSettings(
        tuple(arguments.recognizer or ("dlib",)),
        arguments.detector,
        arguments.min_face,
        FaceChoice(arguments.faces) if arguments.faces else None,
        arguments.antialias,
        arguments.flip,
        arguments.device,
        _cache(arguments),
    )


def statistics(arguments: argparse.Namespace) -> Statistics:
    """How chance is dealt with."""
    return Statistics(arguments.seed, arguments.bootstrap)


def _crafting(arguments: argparse.Namespace, surrogates: tuple[str, ...]) -> Crafting:
    strength, epsilon, others = arguments.strength, arguments.epsilon, tuple(arguments.others)
    return Crafting(arguments.method, strength, epsilon, surrogates, arguments.seed, others)


def _cache(arguments: argparse.Namespace) -> Path | None:
    """Where detections and embeddings are kept; in memory where nothing is written at all."""
    if arguments.cache is not None:
        return Path(arguments.cache)
    if os.environ.get(_CACHE):
        return Path(os.environ[_CACHE]) / "bench"
    return arguments.output / "cache" if arguments.output is not None else None
