"""Work on the next items while this one is used: small networks leave all cores but one idle."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

import torch
from threadpoolctl import threadpool_limits

Item = TypeVar("Item")
Result = TypeVar("Result")


def looked_ahead(
    work: Callable[[Item], Result], items: Iterable[Item], workers: int
) -> Generator[tuple[Item, Future[Result]], None, None]:
    """Each item with its work, in order; up to `workers` further items are worked on meanwhile.

    One more waits for whoever is done first: else a worker would be idle until the item before is used.
    Each worker computes on one thread, so results do not depend on how many workers there are.

    Args:
        work: Called in another thread; what it raises, the future's `result` raises.
        items: What to work on; taken one by one, only a few ahead.
        workers: How many items are worked on at a time, at least 1.
    """
    left = iter(items)
    pool = ThreadPoolExecutor(workers, "lookahead", initializer=_compute_alone)
    try:
        waiting = deque((item, pool.submit(work, item)) for item in islice(left, workers + 1))
        while waiting:
            item, future = waiting.popleft()
            waiting.extend((following, pool.submit(work, following)) for following in islice(left, 1))
            yield item, future
            del future  # what it holds is large
    finally:
        pool.shutdown(cancel_futures=True)


def _compute_alone() -> None:
    """Lets this thread compute on one core.

    `torch.set_num_threads` would do it too, but threads that an app starts meanwhile would follow: their
    results would differ in their last bits.
    """
    torch.get_num_threads()  # a thread that is new to PyTorch takes the usual number at its first look
    threadpool_limits(1, user_api="openmp")
