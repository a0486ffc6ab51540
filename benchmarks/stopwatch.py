"""Which stage the time goes to: functions are wrapped where they are, and each is told the time it took
without the stages inside it.
"""

from __future__ import annotations

import functools
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from benchmarks.clock import Clock

_PACKAGES = ("faceguard", "recognizers", "evaluation")


@dataclass(frozen=True)
class Stage:
    """A function whose time is a stage's.

    Attributes:
        name: What the stage is called; several functions may share one.
        place: "module:function" or "module:Class.method".
        whole: Whether stages inside it count as it, too.
    """

    name: str
    place: str
    whole: bool = False


@dataclass
class Stopwatch:
    """Seconds and calls by stage, over all threads.

    Attributes:
        clock: What is read.
        seconds: By stage, without the stages inside.
        calls: By stage.
    """

    clock: Clock
    seconds: dict[str, float] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    _thread: threading.local = field(default_factory=threading.local)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def stage(self, name: str, whole: bool = False) -> Iterator[None]:
        """Counts what happens inside; nothing where a stage that counts as a whole is around it."""
        stack: list[list[Any]] = self._thread.__dict__.setdefault("stack", [])
        if stack and stack[-1][1]:
            yield
            return
        frame = [0.0, whole]  # seconds of the stages inside
        stack.append(frame)
        start = self.clock.read()
        try:
            yield
        finally:
            took = self.clock.read() - start
            stack.pop()
            if stack:
                stack[-1][0] += took
            with self._lock:
                self.seconds[name] = self.seconds.get(name, 0.0) + took - frame[0]
                self.calls[name] += 1

    def move(self, stage: str, other: str, seconds: float) -> None:
        """Counts some seconds of a stage as another one's."""
        with self._lock:
            self.seconds[stage] -= seconds
            self.seconds[other] = self.seconds.get(other, 0.0) + seconds
            self.calls[other] += 1

    def wrapped(self, stage: Stage, function: Callable[..., Any]) -> Callable[..., Any]:
        """A function that does the same and is timed."""

        @functools.wraps(function)
        def timed(*args: Any, **kwargs: Any) -> Any:
            with self.stage(stage.name, stage.whole):
                return function(*args, **kwargs)

        return timed


@contextmanager
def watching(watch: Stopwatch, stages: list[Stage]) -> Iterator[list[str]]:
    """Wraps the stages' functions in every module that has them, and puts them back in the end.

    Yields:
        The places that are no longer there, which the caller should tell of.
    """
    undone: list[tuple[Any, str, Any]] = []
    missing = []
    try:
        for stage in stages:
            found = _found(stage.place)
            if found is None:
                missing.append(stage.place)
                continue
            owner, name, function = found
            timed = watch.wrapped(stage, function)
            for holder in [owner, *_holders(name, function)]:
                undone.append((holder, name, vars(holder)[name]))
                setattr(holder, name, timed)
        yield missing
    finally:
        for holder, name, function in reversed(undone):
            setattr(holder, name, function)


def _found(place: str) -> tuple[Any, str, Callable[..., Any]] | None:
    module, _, path = place.partition(":")
    *classes, name = path.split(".")
    try:
        owner: Any = functools.reduce(getattr, classes, import_module(module))
        return owner, name, vars(owner)[name]
    except (ImportError, AttributeError, KeyError):
        return None


def _holders(name: str, function: Callable[..., Any]) -> list[Any]:
    """The other modules that imported a function by its name."""
    modules = [module for key, module in list(sys.modules.items()) if key.partition(".")[0] in _PACKAGES]
    home = sys.modules.get(function.__module__)
    return [module for module in modules if vars(module).get(name) is function and module is not home]
