"""Two results side by side: what changed, and whether it is more than chance."""

from __future__ import annotations

from dataclasses import dataclass

from evaluation.results import Json, Metric, Result


@dataclass(frozen=True)
class Difference:
    """One figure in two results.

    Attributes:
        recogniser: Whose.
        case: In which case.
        metric: Which figure.
        before: In the first result.
        after: In the second.
        difference: after - before with its interval; no value where either is missing.
        paired: Whether the interval comes from the same persons' trials in both; otherwise the two are taken
            as independent, which makes it wider than it need be.
    """

    recogniser: str
    case: str
    metric: str
    before: Metric
    after: Metric
    difference: Metric
    paired: bool


@dataclass(frozen=True)
class Comparison:
    """All figures two results share.

    Attributes:
        differences: In the order of the first result.
        settings: Setting -> (first, second), where they differ.
        only_first: "recogniser, case, metric" of figures that the first alone has.
        only_second: The same of the second.
    """

    differences: tuple[Difference, ...]
    settings: dict[str, tuple[Json, Json]]
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]

    def to_json(self) -> dict[str, Json]:
        """The comparison as JSON values."""
        raise NotImplementedError

    def text(self) -> str:
        """The comparison as a table in plain words."""
        raise NotImplementedError


def compare(first: Result, second: Result) -> Comparison:
    """Compares two results of the same benchmark, protocol and data.

    Raises:
        SettingsError: They are not of the same benchmark, protocol or data; the text says what differs.
    """
    raise NotImplementedError
