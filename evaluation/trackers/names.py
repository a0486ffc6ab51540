"""Trackers by the name a person types. Adding one is one new file and one line here."""

from __future__ import annotations

from collections.abc import Callable

from evaluation.trackers.tracker import Tracker
from faceguard.errors import SettingsError


def _nearest(_seed: int) -> Tracker:
    from evaluation.trackers.nearest import NearestNeighbour

    return NearestNeighbour()


def _centroid(_seed: int) -> Tracker:
    from evaluation.trackers.centroid import Centroid

    return Centroid()


def _linear(_seed: int) -> Tracker:
    from evaluation.trackers.linear_probe import LinearProbe

    return LinearProbe()


def _fine_tuned(seed: int) -> Tracker:
    from evaluation.trackers.fine_tuned import FineTunedExtractor

    return FineTunedExtractor(seed=seed)


# Imports are inside the functions: naming a tracker must not cost loading every library.
_TRACKERS: dict[str, Callable[[int], Tracker]] = {
    "nearest": _nearest,
    "centroid": _centroid,
    "linear": _linear,
    "fine-tuned": _fine_tuned,
}

NAMES = tuple(_TRACKERS)


def load(name: str, seed: int = 0) -> Tracker:
    """A tracker by its name.

    Raises:
        SettingsError: There is none of that name.
    """
    if name not in _TRACKERS:
        raise SettingsError(f"no tracker {name!r}; there are {', '.join(NAMES)}")
    return _TRACKERS[name](seed)
