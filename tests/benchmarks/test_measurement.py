"""Clocks, warm-ups, turns, and what repeats come to."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch

from benchmarks.clock import Clock, ThreadClock
from benchmarks.figure import Figure
from benchmarks.measurement import taking_turns, timed
from faceguard.errors import SettingsError


class ToldClock(Clock):
    """Stands still, but for what it is told."""

    now = 0.0

    def read(self) -> float:
        return ToldClock.now


@pytest.fixture
def clock() -> Clock:
    ToldClock.now = 0.0
    return ToldClock()


def test_warm_up_does_not_count(clock: Clock) -> None:
    durations = iter([100.0, 50.0, 3.0, 1.0, 2.0])

    def work() -> None:
        ToldClock.now += next(durations)

    assert timed(work, clock, warm_up=2, repeats=3) == (3.0, 1.0, 2.0)


def test_works_take_turns(clock: Clock) -> None:
    order: list[str] = []

    def work(name: str, seconds: float) -> None:
        order.append(name)
        ToldClock.now += seconds

    works = {"slow": lambda: work("slow", 2.0), "fast": lambda: work("fast", 0.5)}
    assert taking_turns(works, clock, repeats=2) == {"slow": (2.0, 2.0), "fast": (0.5, 0.5)}
    assert order == ["slow", "fast"] * 3


def test_nothing_is_repeated_less_than_once() -> None:
    with pytest.raises(ValueError, match="once at least"):
        timed(lambda: None, Clock(), repeats=0)


@pytest.mark.parametrize("kind", ["wall", "cpu"])
def test_clocks_go_forward(kind: str) -> None:
    (seconds,) = timed(lambda: sum(range(200_000)), Clock(kind), repeats=1)  # type: ignore[arg-type]
    assert 0 < seconds < 10


def test_a_thread_s_clock_does_not_see_other_threads() -> None:
    clock, everyone = ThreadClock("cpu"), Clock("cpu")
    start, all_start = clock.read(), everyone.read()
    other = threading.Thread(target=lambda: sum(range(3_000_000)))
    other.start()
    other.join()
    own, all_used = clock.read() - start, everyone.read() - all_start
    assert 0 <= own < 0.5 * all_used


def test_the_processor_s_time_is_not_a_gpu_s() -> None:
    with pytest.raises(SettingsError, match="--clock wall"):
        Clock("cpu", torch.device("cuda"))


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 10])
def test_quartiles_are_numpy_s(n: int) -> None:
    values = np.random.default_rng(n).random(n)
    figure = Figure("name", "s", tuple(values))
    assert figure.median == pytest.approx(np.median(values))
    assert figure.quartiles == pytest.approx(np.percentile(values, [25, 75]))
    assert figure.spread == pytest.approx(np.subtract(*np.percentile(values, [75, 25])) / np.median(values))


def test_a_figure_has_values() -> None:
    with pytest.raises(ValueError, match="one value at least"):
        Figure("name", "s", ())


def test_a_figure_in_a_line() -> None:
    figure = Figure("step", "ms a face", (1.0, 2.0, 3.0), facts={"gflop/s": 61.234, "engine": "float32"})
    assert figure.text() == "step: 2 ms a face (1.5 to 2.5, n = 3); gflop/s 61.2, engine float32"
