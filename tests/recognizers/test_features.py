"""Intermediate activations, also while other threads run the same network."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import torch
from torch import nn

from recognizers.features import collected


def test_outputs_come_in_the_order_of_running() -> None:
    network = nn.Sequential(nn.Identity(), nn.Tanh())
    with collected([network[1], network[0]]) as seen:
        network(torch.tensor([1.0]))
    assert [float(each) for each in seen] == [1.0, float(torch.tensor(1.0).tanh())]
    network(torch.tensor([2.0]))
    assert len(seen) == 2


def test_threads_do_not_see_each_others_outputs() -> None:
    network = nn.Sequential(nn.Identity(), nn.Identity())
    together = Barrier(4)

    def run(number: int) -> list[float]:
        seen_by_now = []
        for _ in range(50):
            together.wait(10)
            with collected(list(network)) as seen:
                network(torch.tensor([float(number)]))
            seen_by_now += [float(each) for each in seen]
        return seen_by_now

    with ThreadPoolExecutor(4) as pool:
        for number, seen in enumerate(pool.map(run, range(4))):
            assert seen == [number] * 100
