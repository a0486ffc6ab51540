"""Identification figures against brute force and cases counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from evaluation.intervals import Bootstrap
from evaluation.metrics import rivals
from evaluation.metrics.identification import Candidates, cmc, identify, rank1_hits, templates
from evaluation.metrics.measured_identification import identification_difference, identification_metrics

Floats = NDArray[np.float32]
People = NDArray[np.int64]


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


def test_an_empty_side_is_refused() -> None:
    one, nobody = np.ones((1, 2), np.float32), np.array([], int)
    with pytest.raises(ValueError, match="gallery is empty"):
        rank1_hits(one, np.array([0]), np.ones((0, 2), np.float32), nobody)
    with pytest.raises(ValueError, match="no probes"):
        identify(np.ones((0, 2), np.float32), nobody, one, np.array([0]))


def test_shapes_must_fit() -> None:
    one = np.ones((1, 2), np.float32)
    with pytest.raises(ValueError, match="exactly one person"):
        identify(one, np.array([0, 1]), one, np.array([0]))
    with pytest.raises(ValueError, match="one dimension"):
        identify(one, np.array([0]), np.ones((1, 3), np.float32), np.array([0]))


def brute_force(
    probes: Floats, probe_people: People, gallery: Floats, gallery_people: People
) -> tuple[list[int], list[float], list[float]]:
    """Ranks and similarities one by one; small whole coordinates make many exact ties."""
    ranks, own, best = [], [], []
    units = [
        side / np.maximum(np.linalg.norm(side, axis=1, keepdims=True), 1e-12) for side in (probes, gallery)
    ]
    for similarity, person in zip(units[0] @ units[1].T, probe_people, strict=True):
        by_person = {p: similarity[gallery_people == p].max() for p in set(gallery_people.tolist())}
        mine = by_person.get(int(person), -np.inf)
        ranks.append(1 + sum(s >= mine - 1e-6 for p, s in by_person.items() if p != person))
        own.append(mine)
        best.append(max(by_person.values()))
    return ranks, own, best


@pytest.mark.parametrize("seed", range(30))
def test_ranks_equal_brute_force_whatever_the_blocks(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rivals, "_ENTRIES", 7)
    monkeypatch.setattr(rivals, "_PROBES", 5)
    rng = np.random.default_rng(seed)
    entries, count, persons = rng.integers(1, 60), rng.integers(1, 12), rng.integers(1, 25)
    gallery = rng.integers(-2, 3, (entries, 3)).astype(np.float32)
    probes = rng.integers(-2, 3, (count, 3)).astype(np.float32)
    gallery_people, people = rng.integers(0, persons, entries), rng.integers(0, persons + 2, count)
    if seed % 3 == 0:
        gallery_people[gallery_people > 3] = 99  # somebody with more entries than a block holds
    found = identify(probes, people, gallery, gallery_people)
    ranks, own, best = brute_force(probes, people, gallery, gallery_people)
    assert found.rank.tolist() == ranks
    np.testing.assert_allclose(found.own, own, atol=1e-6)
    np.testing.assert_allclose(found.best, best, atol=1e-6)
    assert found.mated.tolist() == [person in set(gallery_people.tolist()) for person in people.tolist()]


def test_ties_are_seen_wherever_the_twin_lies_in_the_gallery() -> None:
    rng = np.random.default_rng(0)
    gallery = rng.normal(size=(9000, 64)).astype(np.float32)
    people = np.arange(9000)
    for place in (17, 4095, 4096, 8999):
        gallery[place] = 3 * gallery[0]
        assert identify(gallery[:1], np.array([0]), gallery, people).rank[0] == 2
        gallery[place] = rng.normal(size=64)
        assert identify(gallery[:1], np.array([0]), gallery, people).rank[0] == 1


def found(ranks: list[int], mated: list[bool] | None = None) -> Candidates:
    own = np.where(np.ones(len(ranks), bool) if mated is None else mated, 0.5, -np.inf).astype(np.float32)
    return Candidates(np.array(ranks), own, np.full(len(ranks), 0.6, np.float32))


def test_cmc_by_hand() -> None:
    shares = cmc(found([1, 1, 2, 5, 4], [True, True, True, True, False]), 5)
    assert shares.tolist() == [0.4, 0.6, 0.6, 0.6, 0.8]
    assert cmc(found([3]), 2).tolist() == [0, 0]
    with pytest.raises(ValueError, match="not 0"):
        cmc(found([1]), 0)


def test_the_cmc_starts_at_rank_1_and_ends_with_all_enrolled_probes() -> None:
    rng = np.random.default_rng(1)
    gallery, probes = rng.normal(size=(2, 40, 6)).astype(np.float32)
    result = identify(probes, np.arange(40) % 25, gallery, np.arange(40) % 20)
    shares = cmc(result, 20)
    assert shares[0] == result.hits(1).mean()
    assert shares[-1] == result.mated.mean() < 1
    assert (np.diff(shares) >= 0).all()


def test_templates_are_means_of_unit_embeddings() -> None:
    embeddings = np.array([[10, 0], [0, 1], [0, -3], [3, 4]], dtype=np.float32)
    vectors, people = templates(embeddings, np.array([8, 8, 5, 2]))
    assert people.tolist() == [2, 5, 8]
    np.testing.assert_allclose(vectors, [[0.6, 0.8], [0, -1], [np.sqrt(0.5)] * 2], atol=1e-6)


def test_figures_carry_names_persons_and_trials() -> None:
    people = np.repeat(np.arange(6), 3)
    ranks = [1, 1, 1, 1, 2, 9, 1, 1, 7, 1, 1, 1, 3, 3, 3, 1, 1, 1]
    figures = identification_metrics(found(ranks), people, (1, 5), Bootstrap(100))
    assert list(figures) == ["rank1", "rank5"]
    assert figures["rank1"].value == 12 / 18
    assert (figures["rank1"].n, figures["rank1"].persons) == (18, 6)
    assert figures["rank5"].value == 16 / 18
    assert figures["rank5"].low < 16 / 18 < figures["rank5"].high


def test_differences_are_of_the_same_probes() -> None:
    people = np.repeat(np.arange(10), 4)
    before, after = found([1] * 40), found([1, 2, 3, 4] * 10)
    moved = identification_difference(before, after, people, (1,), Bootstrap(100))["rank1"]
    assert moved.value == -0.75
    with pytest.raises(ValueError, match="39 values of 40 trials"):
        identification_difference(before, found([1] * 39), people, (1,))
