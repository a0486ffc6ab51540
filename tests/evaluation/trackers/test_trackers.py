"""Trackers name faces: against hand cases, the identification metrics, and each other."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from evaluation.metrics.identification import identify
from evaluation.trackers import names
from evaluation.trackers.tracker import Faces, Tracker, ranks
from faceguard.errors import SettingsError
from tests.evaluation.fakes import FakeRecognizer


def faces(embeddings: list[list[float]], people: list[int]) -> Faces:
    return Faces(np.array(embeddings, np.float32), np.array(people), lambda: torch.zeros(0))


def seen(people: np.ndarray, seed: int, recognizer: FakeRecognizer, noise: float = 0.05) -> Faces:
    """Crops of made-up people and what a recogniser makes of them."""
    blocks = torch.rand(10, 3, 8, 8, generator=torch.Generator().manual_seed(9))[people]
    moved = blocks + noise * torch.randn(blocks.shape, generator=torch.Generator().manual_seed(seed))
    crops = torch.nn.functional.interpolate(moved, (112, 112), mode="nearest").clamp(0, 1)
    return Faces(recognizer.embed(crops).numpy(), people, lambda: crops.half())


def test_ranks_count_ties_and_the_missing_against_the_person() -> None:
    scores = np.array([[0.9, 0.5, 0.1], [0.5, 0.5, 0.1], [0.1, 0.2, 0.3], [0.1, 0.2, -np.inf]])
    assert ranks(scores, np.array([0, 1, 0, 2])).tolist() == [1, 2, 3, 4]


def test_the_nearest_neighbour_is_that_of_the_metrics() -> None:
    rng = np.random.default_rng(0)
    gallery = Faces(
        rng.normal(size=(30, 8)).astype(np.float32), rng.integers(0, 7, 30), lambda: torch.zeros(0)
    )
    probes = Faces(
        rng.normal(size=(50, 8)).astype(np.float32), rng.integers(0, 9, 50), lambda: torch.zeros(0)
    )
    found = ranks(names.load("nearest").scores(gallery, probes, 9), probes.people)
    wanted = identify(probes.embeddings, probes.people, gallery.embeddings, gallery.people)
    enrolled = np.isin(probes.people, gallery.people)
    np.testing.assert_array_equal(found[enrolled], wanted.rank[enrolled])
    assert (found[~enrolled] == 10).all()


def test_a_centroid_is_the_mean_of_unit_embeddings() -> None:
    gallery = faces([[1, 0], [0, 5], [-1, 0]], [0, 0, 2])
    scores = names.load("centroid").scores(gallery, faces([[2, 2]], [0]), 3)
    np.testing.assert_allclose(scores, [[1, -np.inf, -np.sqrt(0.5)]], atol=1e-6)


@pytest.mark.parametrize("name", names.NAMES)
def test_every_tracker_names_clean_probes_and_leaves_out_who_is_not_enrolled(name: str) -> None:
    recognizer, tracker = FakeRecognizer(), names.load(name)
    gallery = seen(np.repeat([0, 1, 2, 3, 5], 3), 0, recognizer)
    probes = seen(np.repeat([0, 1, 2, 3, 4, 5], 2), 1, recognizer)
    study(tracker, recognizer, gallery, [0, 1, 2])
    scores = tracker.scores(gallery, probes, 6)
    assert scores.shape == (12, 6)
    assert np.isneginf(scores[:, 4]).all()
    found = ranks(scores, probes.people)
    assert (found[probes.people != 4] == 1).all()
    assert (found[probes.people == 4] == 7).all()


@pytest.mark.parametrize("name", ["nearest", "centroid", "linear"])
def test_two_people_are_enough(name: str) -> None:
    scores = names.load(name).scores(faces([[1, 0.1], [0.1, 1]], [0, 1]), faces([[1, 0], [0, 1]], [0, 1]), 2)
    assert ranks(scores, np.array([0, 1])).tolist() == [1, 1]


def test_fine_tuning_moves_only_a_copy_and_is_repeatable() -> None:
    recognizer = FakeRecognizer()
    weights = recognizer.network.weight.clone()
    gallery, probes = (seen(np.repeat([0, 1, 2, 3], 3), seed, recognizer) for seed in (0, 1))
    found = []
    for _ in range(2):
        tracker = names.load("fine-tuned", seed=3)
        study(tracker, recognizer, gallery, [0, 1])
        found.append(tracker.scores(gallery, probes, 4))
        found.append(tracker.scores(gallery, probes, 4))
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2])
    torch.testing.assert_close(recognizer.network.weight, weights)
    plain = names.load("centroid").scores(gallery, probes, 4)
    assert np.abs(found[0] - plain).max() > 1e-3


def test_fine_tuning_learns_whom_a_label_means() -> None:
    """Users enrolled with each other's faces are found by these: head and network follow the labels."""
    recognizer = FakeRecognizer()
    gallery = seen(np.repeat([0, 1, 2, 3], 3), 0, recognizer)
    swapped = Faces(gallery.embeddings, np.repeat([0, 1, 3, 2], 3), gallery.crops)
    tracker = names.load("fine-tuned")
    study(tracker, recognizer, swapped, [0, 1])
    probes = seen(np.array([2, 3]), 1, recognizer)
    assert tracker.scores(swapped, probes, 4).argmax(1).tolist() == [3, 2]


def test_unknown_names_are_refused() -> None:
    with pytest.raises(SettingsError, match="no tracker 'oracle'; there are nearest"):
        names.load("oracle")


def study(tracker: Tracker, recognizer: FakeRecognizer, gallery: Faces, others: list[int]) -> None:
    kept = np.isin(gallery.people, others)
    part = Faces(
        gallery.embeddings[kept], gallery.people[kept], lambda: gallery.crops()[torch.from_numpy(kept)]
    )
    tracker.study(recognizer, part, 6)
