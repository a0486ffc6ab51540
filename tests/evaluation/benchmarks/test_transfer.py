"""The transfer matrix: a row for each surrogate, a column for each victim, and the unprotected row."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from evaluation.benchmarks import published_photos
from evaluation.benchmarks.enroll_settings import Crafting, EnrollSettings
from evaluation.benchmarks.transfer import transfer
from evaluation.benchmarks.workbench import DataSettings, TrackerSettings, Workbench, opened
from evaluation.result_files import read_result, write_result
from evaluation.results import Result
from faceguard.errors import SettingsError
from tests.evaluation.benchmarks.made_bench import FAST
from tests.evaluation.fakes import FakeGuard

pytestmark = pytest.mark.usefixtures("fake_tracker")

People = Callable[..., Path]


class Idle(FakeGuard):
    """Protects nothing."""

    def protect_photos(self, photos: list, *arguments: object) -> list:
        results = super().protect_photos(photos, *arguments)
        for result, photo in zip(results, photos, strict=True):
            result.pixels[:] = photo.pixels
        return results


@pytest.fixture
def crafted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Guards crafted on "weak" are idle; the surrogates of all of them, in order."""
    asked: list[tuple[str, ...]] = []

    def guard_of(crafting: Crafting, device: str) -> FakeGuard:
        asked.append(crafting.surrogates)
        kind = Idle if crafting.surrogates == ("weak",) else FakeGuard
        return kind(key="+".join(crafting.surrogates))

    monkeypatch.setattr(published_photos, "guard_of", guard_of)
    return asked


def measured(root: Path, output: Path, surrogates: list[str]) -> Result:
    settings = EnrollSettings(DataSettings(root), output, TrackerSettings(("fake", "other")), FAST)
    dataset = opened(settings.data)
    with Workbench(settings.tracker, dataset.layout) as bench:
        return transfer(settings, surrogates, bench, bench.validated(dataset)).result


def test_the_matrix(made_people: People, tmp_path: Path, crafted: list[tuple[str, ...]]) -> None:
    result = measured(made_people(people=10), tmp_path / "out", ["weak", "strong", "weak+strong"])
    assert crafted == [("weak",), ("strong",), ("weak", "strong")]
    for victim in ("fake", "other"):
        rank1 = {case: figures["rank1"].value for case, figures in result.metrics[victim].items()}
        assert rank1 == {"unprotected": 1, "weak": 1, "strong": 0, "weak+strong": 0}
        assert result.metrics[victim]["strong"]["rank1_change"].value == -1
    assert set(result.quality) == {"weak", "strong", "weak+strong"}
    assert result.quality["weak"]["largest_change"].value == 0
    assert result.cost["seconds_per_face"].n == 12
    assert result.settings["surrogates"] == ["weak", "strong", "weak+strong"]
    assert read_result(write_result(result, tmp_path / "out")).to_json() == result.to_json()


def test_what_makes_no_matrix_is_refused(made_people: People, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="at least one surrogate"):
        measured(made_people(), tmp_path / "out", [])
