"""Stages: each has the time that is its own, and functions are themselves again in the end."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import torch
from torch import Tensor

from benchmarks.backward import NETWORK, VIEWS, dividing_backward
from benchmarks.stages import STAGES
from benchmarks.stopwatch import Stage, Stopwatch, watching
from faceguard.engine import sight, solver
from faceguard.measures import similarity
from tests.benchmarks.test_measurement import ToldClock

HERE = __name__


def pause(seconds: float) -> None:
    ToldClock.now += seconds


def outer() -> str:
    pause(1.0)
    inner()
    inner()
    return "done"


def inner() -> None:
    pause(2.0)


@pytest.fixture
def watch() -> Stopwatch:
    ToldClock.now = 0.0
    return Stopwatch(ToldClock())


def test_a_stage_s_time_is_without_the_stages_inside(watch: Stopwatch) -> None:
    with watching(watch, [Stage("outer", f"{HERE}:outer"), Stage("inner", f"{HERE}:inner")]) as missing:
        assert outer() == "done"
    assert missing == []
    assert watch.seconds == {"outer": 1.0, "inner": 4.0}
    assert watch.calls == {"outer": 1, "inner": 2}


def test_a_stage_may_count_as_a_whole(watch: Stopwatch) -> None:
    stages = [Stage("outer", f"{HERE}:outer", whole=True), Stage("inner", f"{HERE}:inner")]
    with watching(watch, stages):
        outer()
        inner()
    assert watch.seconds == {"outer": 5.0, "inner": 2.0}


def test_threads_do_not_mix(watch: Stopwatch) -> None:
    with watch.stage("here"):
        thread = threading.Thread(target=lambda: watch.wrapped(Stage("there", ""), inner)())
        thread.start()
        thread.join()
    assert watch.calls == {"here": 1, "there": 1}
    assert watch.seconds["here"] == 2.0  # what happened in the other thread is not inside


def test_functions_are_wrapped_wherever_they_were_imported_and_put_back(watch: Stopwatch) -> None:
    before = sight.embeddings
    with watching(watch, [Stage("seeing", "faceguard.engine.sight:embeddings")]):
        assert sight.embeddings is not before
        assert vars(similarity)["embeddings"] is sight.embeddings
    assert vars(similarity)["embeddings"] is sight.embeddings is before


def test_what_is_no_longer_there_is_told(watch: Stopwatch) -> None:
    places = ["faceguard.engine.sight:insight", "faceguard.nowhere:f", f"{HERE}:Nobody.f"]
    with watching(watch, [Stage("gone", place) for place in places]) as missing:
        assert missing == places


def test_the_way_back_is_divided_at_the_crops(watch: Stopwatch, monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow(torch.autograd.Function):
        """Doubles; its way back takes some seconds of the made-up clock."""

        @staticmethod
        def forward(ctx: Any, values: Tensor, seconds: float) -> Tensor:
            ctx.seconds = seconds
            return values * 2

        @staticmethod
        def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
            pause(ctx.seconds)
            return gradient * 2, None

    monkeypatch.setattr(solver, "cut_out", lambda values: Slow.apply(values, 3.0))
    delta = torch.ones(2, requires_grad=True)
    with dividing_backward(watch), watch.stage("solver"):
        crops = vars(solver)["cut_out"](delta)
        (gradient,) = torch.autograd.grad(Slow.apply(crops, 5.0).sum(), delta)
    assert gradient.tolist() == [4.0, 4.0]
    assert watch.seconds == {NETWORK: 5.0, VIEWS: 3.0, "solver": 0.0}


def test_every_stage_of_a_face_is_there(watch: Stopwatch) -> None:
    with watching(watch, STAGES) as missing:
        assert missing == []
