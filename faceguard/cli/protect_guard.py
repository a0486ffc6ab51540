"""What `faceguard protect` protects with: a cloak for each photo, or what is crafted for the whole album."""

from __future__ import annotations

import argparse
from pathlib import Path

from faceguard import methods
from faceguard.cli.display import Display
from faceguard.errors import SettingsError
from faceguard.joint_protector import JointProtector
from faceguard.labels import FileLabels, FolderLabels, Labels, OneLabel
from faceguard.methods.key_file import KEY_NAME
from faceguard.people.selection import PersonSelection
from faceguard.protector import Protector
from faceguard.text.crafting import crafting_text

MASKS_NAME = "faceguard-masks.safetensors"


def guard_of(arguments: argparse.Namespace, shown: Display) -> Protector | JointProtector:
    """What some arguments ask for.

    Raises:
        SettingsError: An option cannot be used, or not with this method.
    """
    if methods.needs_album(arguments.method):
        if arguments.others:
            raise SettingsError(f"--others is for --method cloak: {arguments.method} does not look at them")
        return _for_the_whole_album(arguments, shown)
    if arguments.labels or arguments.masks:
        option = "--labels" if arguments.labels else "--masks"
        others = ", ".join(name for name in methods.available() if methods.needs_album(name))
        raise SettingsError(
            f"{option} is for methods that craft for a whole album ({others}), and {arguments.method} "
            "protects each photo for itself"
        )
    guard = Protector(
        strength=arguments.strength,
        epsilon=arguments.epsilon,
        method=arguments.method,
        surrogates=arguments.surrogate or ["dlib"],
        detector=arguments.detector,
        device=arguments.device,
        seed=arguments.seed,
        min_face=arguments.min_face,
        selection=_selection(arguments),
        others=arguments.others,
    )
    for error in guard.unread_others:
        shown.line(f"--others: {error}")
    return guard


def _selection(arguments: argparse.Namespace) -> PersonSelection | None:
    if not arguments.person and not arguments.exceptions:
        return None
    return PersonSelection(
        arguments.person,
        arguments.exceptions,
        detector=arguments.detector,
        device=arguments.device,
    )


def _for_the_whole_album(arguments: argparse.Namespace, shown: Display) -> JointProtector:
    def on_round(number: int, share: float) -> None:
        if not arguments.quiet:
            shown.line(crafting_text(arguments.method, number, share))

    return JointProtector(
        _labels(arguments.labels, arguments.paths),
        method=arguments.method,
        strength=arguments.strength,
        epsilon=arguments.epsilon,
        surrogates=arguments.surrogate,
        detector=arguments.detector,
        device=arguments.device,
        seed=arguments.seed,
        min_face=arguments.min_face,
        selection=_selection(arguments),
        masks=arguments.masks,
        keep_masks=arguments.output / MASKS_NAME,
        keep_key=arguments.output / KEY_NAME,
        on_round=on_round,
    )


def _labels(name: str | None, paths: list[Path]) -> Labels:
    if name is None:
        return OneLabel()
    if name == "folders":
        folders = tuple(path for path in paths if path.is_dir())
        if not folders and any(path.is_file() for path in paths):
            raise SettingsError(
                "--labels folders needs folders of people, and only single photos are named: name the folder "
                "that their folders lie in, or a label file"
            )
        return FolderLabels(folders)
    return FileLabels(Path(name))
