"""What a tracker does against protection, by the name a person types.

A name's parts are joined with "+": edits of pixels (`evaluation.defenders.edits`), at most one thing that is
learned, and how much of a user's gallery escaped protection: `half+jpeg75`, `jpeg75+purifier`, `mixed25`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from evaluation.defenders import edits
from evaluation.defenders.edits import UNEDITED, Edit
from faceguard.errors import SettingsError

Learned = Literal["purifier", "adaptive"]

_LEARNED: tuple[Learned, ...] = ("purifier", "adaptive")
_MIXED = "mixed"

NAMES = ("none", *edits.NAMES, *_LEARNED, "oblivious", "mixedPERCENT")


@dataclass(frozen=True)
class Defender:
    """What a tracker does against protection.

    Attributes:
        name: What a person types for it.
        edit: What it does to pixels before it looks for faces.
        learned: "purifier" for a denoiser before the recogniser, "adaptive" for a recogniser that was
            trained further on clean and protected photos of other people; None for neither.
        unprotected: Which share of a user's gallery photos escaped protection, 0..1.
        oblivious: Whether only recognisers count that were never used in crafting.
    """

    name: str
    edit: Edit = UNEDITED
    learned: Learned | None = None
    unprotected: float = 0.0
    oblivious: bool = False


NONE = Defender("none")


def parse(name: str) -> Defender:
    """A defender by its name.

    Raises:
        SettingsError: There is no such defender, a number is out of range, or parts do not go together.
    """
    if name == "none":
        return NONE
    edited: list[str] = []
    learned: list[Learned] = []
    shares: list[float] = []
    oblivious = False
    for part in name.split("+"):
        if edits.is_edit(part):
            edited.append(part)
        elif part == "oblivious":
            oblivious = True
        elif part.startswith(_MIXED):
            shares.append(_share(part))
        elif part in _LEARNED:
            learned.append(part)
        else:
            raise SettingsError(f"no defender {part!r}; there are {', '.join(NAMES)}, and several with +")
    if len(learned) > 1 or len(shares) > 1:
        raise SettingsError(f"{name!r}: one learned part and one share of mixed photos at most")
    edit = edits.parse("+".join(edited)) if edited else UNEDITED
    return Defender(name, edit, next(iter(learned), None), sum(shares), oblivious)


def _share(part: str) -> float:
    try:
        percent = float(part.removeprefix(_MIXED))
    except ValueError:
        percent = float("nan")
    if not 0 < percent < 100:
        raise SettingsError(
            f"{part!r}: mixed takes the percentage of unprotected photos, above 0 and below 100"
        )
    return percent / 100
