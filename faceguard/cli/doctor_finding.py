"""One thing that `faceguard doctor` looked at, and how it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class State(Enum):
    """How something is.

    Attributes:
        FINE: As it should be.
        NOTE: Worth knowing; nothing has to be done.
        BROKEN: Something will not work until it is put right.
    """

    FINE = "fine"
    NOTE = "note"
    BROKEN = "broken"


@dataclass(frozen=True)
class Finding:
    """What was found.

    Attributes:
        area: What it belongs to, such as "packages"; findings of an area are shown together.
        name: What was looked at, such as "torch".
        state: How it is.
        text: What was found, in a line.
        remedy: The command or the step that puts it right or adds it; None where there is nothing to do.
    """

    area: str
    name: str
    state: State
    text: str
    remedy: str | None = None

    def to_json(self) -> dict[str, str | None]:
        """The finding as JSON values."""
        return {
            "area": self.area,
            "name": self.name,
            "state": self.state.value,
            "text": self.text,
            "remedy": self.remedy,
        }
