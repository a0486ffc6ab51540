"""Timing: a warm-up that does not count, then repeats, of which every one is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from benchmarks.clock import Clock

Work = Callable[[], object]
Seconds = tuple[float, ...]


def timed(work: Work, clock: Clock, *, warm_up: int = 1, repeats: int = 5) -> Seconds:
    """The seconds of each repeat.

    Args:
        work: What is timed.
        clock: What is read before and after it.
        warm_up: How often it is done before, untimed: the first time allocates, compiles and fills caches.
        repeats: How often it is timed; 1 at least.
    """
    return taking_turns({"": work}, clock, warm_up=warm_up, repeats=repeats)[""]


def taking_turns(
    works: Mapping[str, Work], clock: Clock, *, warm_up: int = 1, repeats: int = 5
) -> dict[str, Seconds]:
    """The seconds of each repeat of several works, by name.

    They take turns (first, second, third, first, ...), so that a machine that slows down meanwhile slows
    them all down alike, and their ratios stand.
    """
    if repeats < 1:
        raise ValueError(f"something is repeated once at least, not {repeats} times")
    for _ in range(warm_up):
        for work in works.values():
            work()
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(repeats):
        for name, work in works.items():
            start = clock.read()
            work()
            seconds[name].append(clock.read() - start)
    return {name: tuple(each) for name, each in seconds.items()}
