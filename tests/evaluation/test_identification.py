"""Identification metrics against SciPy and hand-computed cases."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from evaluation.intervals import proportion
from evaluation.metrics.identification import rank1_hits


@pytest.mark.parametrize(("hits", "n"), [(0, 10), (10, 10), (3, 17), (194, 199), (1, 1)])
def test_intervals_equal_scipys(hits: int, n: int) -> None:
    found = proportion(hits, n)
    wanted = binomtest(hits, n).proportion_ci(0.95, method="exact")
    assert found.value == hits / n
    assert found.low == pytest.approx(wanted.low, abs=1e-9)
    assert found.high == pytest.approx(wanted.high, abs=1e-9)
    assert found.n == n


@pytest.mark.parametrize(("hits", "n"), [(0, 0), (3, 2), (-1, 4)])
def test_impossible_counts_are_refused(hits: int, n: int) -> None:
    with pytest.raises(ValueError, match="proportion"):
        proportion(hits, n)


def test_rank1_by_hand() -> None:
    gallery = np.array([[1, 0], [0, 2], [-3, 0]], dtype=np.float32)
    people = np.array([0, 1, 2])
    probes = np.array([[5, 1], [1, 5], [1, -0.2]], dtype=np.float32)
    hits = rank1_hits(probes, np.array([0, 1, 2]), gallery, people)
    assert hits.tolist() == [True, True, False]


def test_the_best_of_a_persons_entries_counts() -> None:
    gallery = np.array([[1, 0], [0, 1], [0.9, 0.1]], dtype=np.float32)
    hits = rank1_hits(np.array([[0, 1]], dtype=np.float32), np.array([0]), gallery, np.array([0, 0, 1]))
    assert hits.tolist() == [True]


def test_a_tie_is_a_miss_and_so_is_a_person_without_entries() -> None:
    gallery = np.array([[1, 0], [2, 0]], dtype=np.float32)
    probes = np.array([[1, 0], [1, 0]], dtype=np.float32)
    assert rank1_hits(probes, np.array([0, 7]), gallery, np.array([0, 1])).tolist() == [False, False]


def test_an_empty_gallery_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        rank1_hits(np.ones((1, 2), np.float32), np.array([0]), np.ones((0, 2), np.float32), np.array([], int))
