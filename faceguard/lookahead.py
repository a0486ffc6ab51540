"""Work on the next items while this one is used: small networks leave all cores but one idle."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

import torch

_setting = threading.Lock()

Item = TypeVar("Item")
Result = TypeVar("Result")


def looked_ahead(
    work: Callable[[Item], Result], items: Iterable[Item], workers: int
) -> Generator[tuple[Item, Future[Result]], None, None]:
    """Each item with its work, in order; up to `workers` further items are worked on meanwhile.

    Each worker computes on one thread, so results do not depend on how many workers there are.

    Args:
        work: Called in another thread; what it raises, the future's `result` raises.
        items: What to work on; taken one by one, only a few ahead.
        workers: How many items are worked on at a time, at least 1.
    """
    left = iter(items)
    threads = torch.get_num_threads()
    pool = ThreadPoolExecutor(workers, "lookahead", initializer=_compute_alone, initargs=(threads,))
    try:
        waiting = deque((item, pool.submit(work, item)) for item in islice(left, workers))
        while waiting:
            item, future = waiting.popleft()
            waiting.extend((following, pool.submit(work, following)) for following in islice(left, 1))
            yield item, future
            del future  # what it holds is large
    finally:
        pool.shutdown(cancel_futures=True)


def _compute_alone(threads: int) -> None:
    """Lets this thread compute on one thread, and threads that are new to PyTorch on as many as before.

    PyTorch keeps the number for each thread, and those to come follow the last that set it. Results depend on
    it in their last bits, so what an app computes meanwhile must not notice.
    """
    with _setting:
        torch.set_num_threads(1)
        torch.get_num_threads()  # from here on this thread is not new
        follower = threading.Thread(target=torch.set_num_threads, args=(threads,))
        follower.start()
        follower.join()
