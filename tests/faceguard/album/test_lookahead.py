"""Working ahead keeps the order, holds few items, and leaves the process as it was."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import torch

from faceguard.album.lookahead import looked_ahead


def test_items_come_in_order_with_their_own_results() -> None:
    pairs = [(item, work.result()) for item, work in looked_ahead(lambda n: n * n, range(20), 3)]
    assert pairs == [(n, n * n) for n in range(20)]


def test_an_error_belongs_to_its_item_alone() -> None:
    def work(n: int) -> int:
        if n == 1:
            raise ValueError("one")
        return n

    results = []
    for n, future in looked_ahead(work, range(3), 2):
        try:
            results.append(future.result())
        except ValueError as error:
            results.append(f"{n}: {error}")
    assert results == [0, "1: one", 2]


def test_the_next_item_is_worked_on_while_one_is_used() -> None:
    started = [threading.Event() for _ in range(3)]

    def work(n: int) -> int:
        started[n].set()
        return n

    looked = looked_ahead(work, range(3), 1)
    assert next(looked)[1].result() == 0
    assert started[1].wait(10)  # though nobody has asked for it


def test_only_a_few_items_are_taken_ahead() -> None:
    taken = []

    def items() -> Iterator[int]:
        for n in range(100):
            taken.append(n)
            yield n

    looked = looked_ahead(lambda n: n, items(), 2)
    next(looked)
    assert len(taken) <= 4


def test_each_worker_computes_on_one_thread_and_others_keep_theirs() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        in_new_threads: list[int] = []
        for _, work in looked_ahead(lambda _: torch.get_num_threads(), range(4), 2):
            assert work.result() == 1
            thread = threading.Thread(target=lambda: in_new_threads.append(torch.get_num_threads()))
            thread.start()
            thread.join()
        assert torch.get_num_threads() == 2
        assert in_new_threads == [2] * 4
    finally:
        torch.set_num_threads(before)


def test_leaving_early_ends_the_workers() -> None:
    for _ in looked_ahead(lambda n: n, range(100), 2):
        break
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("lookahead")]


def test_no_workers_are_refused() -> None:
    with pytest.raises(ValueError, match="max_workers"):
        next(looked_ahead(lambda n: n, [1], 0))
