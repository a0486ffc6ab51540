"""Which photo is a copy of which original: by content, as names and files change on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np

from faceguard.check.glance import Glance
from faceguard.check.same_photo import Placement, cropped_placement, scaled_placement

_ALIKE = 0.7  # correlation of gists; of a whole photo and its copy it is above 0.95
_LOOKED_AT = 4  # how many of the most alike originals are compared closely
_SAME = 1e-3  # agreements closer than this are the same: a tie, which names decide


@dataclass(frozen=True, eq=False)
class Match:
    """A copy and the original it is of.

    Attributes:
        original: The original.
        copy: The copy.
        placement: How the original lies in the copy.
    """

    original: Glance
    copy: Glance
    placement: Placement


def matches(
    originals: Sequence[Glance], copies: Sequence[Glance], compared: Callable[[], None] = lambda: None
) -> list[Match]:
    """Finds the original of each copy, as far as there is one.

    Copies may be resized, recompressed, renamed, of another type, or cropped. What counts is the photo, not
    whom it shows: another photo of the same person is no copy. An original may have several copies; each gets
    one of its own first, where photos are so alike that more than one would do.

    Args:
        originals: The originals.
        copies: The photos whose originals are looked for.
        compared: Called once for each copy.

    Returns:
        The matches, in the order of the copies.
    """
    if not originals:
        return []
    gists = np.stack([original.gist for original in originals])
    found = []
    for place, copy in enumerate(copies):
        found += [(place, match) for match in _candidates(originals, gists, copy)]
        compared()
    best_first = sorted(found, key=lambda entry: _rank(entry[1]))
    chosen: dict[int, Match] = {}
    taken: set[int] = set()
    for place, match in best_first:
        if place not in chosen and id(match.original) not in taken:
            chosen[place] = match
            taken.add(id(match.original))
    for place, match in best_first:
        chosen.setdefault(place, match)
    return [chosen[place] for place in sorted(chosen)]


def _candidates(originals: Sequence[Glance], gists: np.ndarray, copy: Glance) -> Iterator[Match]:
    """The originals that the copy may be of, all of them verified."""
    alike = gists @ copy.gist
    nearest = np.argsort(-alike, kind="stable")[: max(_LOOKED_AT, int((alike > 1 - _SAME).sum()))]
    named = [place for place, original in enumerate(originals) if _says_so(original.name, copy.name)]
    verified = False
    for place in sorted({*nearest.tolist(), *named}):
        if alike[place] < _ALIKE:
            continue
        placement = scaled_placement(originals[place], copy, place in named)
        if placement is not None:
            verified = True
            yield Match(originals[place], copy, placement)
    if not verified:  # a part of an original need not be like the whole: each has to be looked at
        for original in originals:
            placement = cropped_placement(original, copy)
            if placement is not None:
                yield Match(original, copy, placement)


def _says_so(original: str, copy: str) -> bool:
    """Whether a copy's name is its original's, or begins with it, as in `me_cloaked.png` for `me.jpg`."""
    first, second = PurePosixPath(original).stem, PurePosixPath(copy).stem
    return second.startswith(first) and not second[len(first) : len(first) + 1].isalnum()


def _rank(match: Match) -> tuple[float, bool, str, str]:
    """Sorts the best first; equally good ones by their names, those of one name first."""
    agreement = round(match.placement.agreement / _SAME) * _SAME
    original, copy = PurePosixPath(match.original.name), PurePosixPath(match.copy.name)
    other_name = original.with_suffix("") != copy.with_suffix("")
    return -agreement, other_name, match.original.name, match.copy.name
