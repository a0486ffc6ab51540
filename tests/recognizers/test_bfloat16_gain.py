"""The processor's gain from bfloat16: measured once, kept for the machine, and what follows from it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from faceguard.engine import precision
from recognizers import bfloat16_gain as gains
from recognizers.weights_cache import cache_folder


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[list[float]]:
    """What measuring gives next, and an empty cache folder."""
    monkeypatch.setenv("FACEGUARD_CACHE", str(tmp_path / "cache"))
    results = [2.0]
    monkeypatch.setattr(gains, "measured_gain", lambda: results.pop(0))
    gains._gain.cache_clear()
    yield results
    gains._gain.cache_clear()


def another_process() -> float:
    gains._gain.cache_clear()
    return gains.bfloat16_gain()


def record() -> Path:
    return cache_folder() / "bfloat16-gain.json"


def test_a_machine_is_measured_once(measured: list[float]) -> None:
    assert [another_process() for _ in range(3)] == [2.0] * 3
    assert measured == []
    assert list(json.loads(record().read_text()).values()) == [2.0]
    assert [path.name for path in record().parent.iterdir()] == [record().name]


def test_another_machine_is_measured_too_and_both_are_kept(
    measured: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    measured.append(0.5)
    one = another_process()
    monkeypatch.setattr(gains, "_machine", lambda: "another")
    assert (one, another_process()) == (2.0, 0.5)
    assert sorted(json.loads(record().read_text()).values()) == [0.5, 2.0]


@pytest.mark.parametrize("content", ["", "[1]", '{"a": ', "\xff"])
def test_a_damaged_record_is_measured_anew(measured: list[float], content: str) -> None:
    record().parent.mkdir()
    record().write_text(content, encoding="latin-1")
    assert another_process() == 2.0
    assert list(json.loads(record().read_text()).values()) == [2.0]


def test_without_a_place_to_keep_it_each_process_measures(
    measured: list[float], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    measured.append(3.0)
    (tmp_path / "file").touch()
    monkeypatch.setenv("FACEGUARD_CACHE", str(tmp_path / "file"))
    assert another_process() == 2.0
    assert gains.bfloat16_gain() == 2.0
    assert another_process() == 3.0


@pytest.mark.parametrize(("gain", "shorter"), [(2.0, True), (1.0, False), (0.4, False)])
def test_crafting_is_in_bfloat16_where_that_is_faster(
    measured: list[float], monkeypatch: pytest.MonkeyPatch, gain: float, shorter: bool
) -> None:
    measured[:] = [gain]
    monkeypatch.setattr(precision, "has_bfloat16", lambda device: True)
    with precision.crafting_autocast(torch.device("cpu")):
        made = torch.ones(2, 2) @ torch.ones(2, 2)
    assert made.dtype == (torch.bfloat16 if shorter else torch.float32)


def test_without_hardware_for_it_nothing_is_measured(
    measured: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(precision, "has_bfloat16", lambda device: False)
    with precision.crafting_autocast(torch.device("cpu")):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.float32
    assert measured == [2.0]


def test_measuring_compares_the_two_types() -> None:
    assert 0.01 < gains.measured_gain() < 100
