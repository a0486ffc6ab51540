"""What protects photos in a benchmark is what was asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluation.benchmarks.enroll_settings import Crafting
from evaluation.benchmarks.guards import guard_of
from faceguard import Protector, SettingsError
from faceguard.cli.bench_settings import enroll_settings
from faceguard.cli.parser import parser
from tests.faceguard.painted_people import painted, use_paint


@pytest.fixture
def friend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A photo of somebody, painted, and a detector and recogniser for such."""
    use_paint(monkeypatch)
    return painted(tmp_path / "friend.png", (0.1, 0.1, 0.9))


def test_a_cloak_knows_the_others_that_were_named(friend: Path) -> None:
    command = ["bench", "enroll", "--data", "people", "--output", "out", "--others", str(friend)]
    crafting = enroll_settings(parser().parse_args(command), Path("out")).crafting
    assert crafting == Crafting(others=(friend,))
    guard = guard_of(crafting, "cpu")
    assert isinstance(guard, Protector)
    assert guard.settings == Protector(others=[friend], device="cpu").settings


def test_others_are_refused_where_nothing_looks_at_them(friend: Path) -> None:
    with pytest.raises(SettingsError, match="combined does not look at them"):
        guard_of(Crafting(method="combined", others=(friend,)), "cpu")
