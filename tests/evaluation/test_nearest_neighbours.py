"""Leave-one-out identification, against scikit-learn and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.model_selection import LeaveOneOut, cross_val_predict
from sklearn.neighbors import KNeighborsClassifier

from evaluation.metrics import nearest_neighbours
from evaluation.metrics.identification import identify, unit_length
from evaluation.metrics.nearest_neighbours import leave_one_out, votes


def photos(noise: float = 1.2, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Embeddings of a dozen people with two to six photos each, in no order."""
    rng = np.random.default_rng(seed)
    people = rng.permutation(np.repeat(np.arange(12) * 3, rng.integers(2, 7, 12)))
    vectors = rng.normal(size=(36, 8))[people] + noise * rng.normal(size=(len(people), 8))
    return vectors.astype(np.float32), people


@pytest.mark.parametrize("rows", [5, 1024])
def test_each_photo_is_searched_among_all_others(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearest_neighbours, "_ROWS", rows)
    vectors, people = photos()
    found = leave_one_out(vectors, people)
    for place in range(len(people)):
        others = np.arange(len(people)) != place
        one = identify(vectors[[place]], people[[place]], vectors[others], people[others])
        assert found.rank[place] == one.rank[0]
        assert found.own[place] == pytest.approx(one.own[0], abs=1e-6)
        assert found.best[place] == pytest.approx(one.best[0], abs=1e-6)
    assert 0.2 < found.hits(1).mean() < 0.9  # neither nothing nor all


def test_the_nearest_is_scikit_learns() -> None:
    vectors, people = photos()
    guessed = cross_val_predict(KNeighborsClassifier(1), unit_length(vectors), people, cv=LeaveOneOut())
    assert np.array_equal(leave_one_out(vectors, people).hits(1), guessed == people)
    assert np.array_equal(votes(vectors, people, 1), guessed == people)


@pytest.mark.parametrize("neighbours", [2, 3, 5, 1000])
def test_the_majority_of_neighbours_decides_and_of_a_tie_the_nearest(neighbours: int) -> None:
    vectors, people = photos()
    unit = unit_length(vectors).astype(np.float64)
    expected = []
    for place, probe in enumerate(unit):
        order = [other for other in np.argsort(-(unit @ probe)) if other != place][:neighbours]
        ballots = [int(people[other]) for other in order]
        most = max(map(ballots.count, ballots))
        expected.append(next(who for who in ballots if ballots.count(who) == most) == people[place])
    assert votes(vectors, people, neighbours).tolist() == expected


def test_a_tie_counts_against_and_somebody_alone_is_not_mated() -> None:
    vectors = np.array([[1, 0], [1, 0], [1, 0], [0, 1]], np.float32)
    found = leave_one_out(vectors, np.array([7, 7, 8, 9]))
    assert found.rank.tolist() == [2, 2, 3, 3]
    assert found.mated.tolist() == [True, True, False, False]
    assert not found.hits(3)[3]


def test_what_cannot_be_searched_is_refused() -> None:
    with pytest.raises(ValueError, match="two photos"):
        leave_one_out(np.ones((1, 2), np.float32), np.array([0]))
    with pytest.raises(ValueError, match="do not fit"):
        votes(np.ones((3, 2), np.float32), np.array([0, 1]), 1)
    with pytest.raises(ValueError, match="one neighbour or more"):
        votes(np.ones((3, 2), np.float32), np.array([0, 1, 1]), 0)


def test_equal_photos_vote_for_each_other_and_not_for_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearest_neighbours, "_ROWS", 4)
    embeddings = np.repeat(np.eye(2, 8, dtype=np.float32), 6, axis=0)
    people = np.repeat([4, 7], 6)
    assert votes(embeddings, people, 2).all()
    alone = people.copy()
    alone[3] = 9  # among equals, and nobody else's
    assert votes(embeddings, alone, 2).tolist() == [place != 3 for place in range(12)]
