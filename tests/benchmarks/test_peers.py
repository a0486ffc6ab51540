"""Peers: everyone lowers the same similarity within the same budget, and is judged alike."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import recognizers
from benchmarks import peers
from benchmarks.bench import Bench
from benchmarks.contenders import PLACES, CropContender, FaceguardContender, Faces, carried_back
from benchmarks.figure import Figure
from benchmarks.first_true import first_true
from benchmarks.peer_attacks import EPSILON, PEERS, FaceClassifier, Peer
from benchmarks.peers import strangers
from benchmarks.subjects import Subject
from faceguard.faces.face import Face
from recognizers import Measure, Recognizer, Threshold, Views
from recognizers.base import network_input
from recognizers.crops import ARCFACE_112

CPU = torch.device("cpu")


class BlockRecognizer:
    """Embeds a crop's 8 x 8 blocks: strangers have nothing in common, and a faint pattern is soon gone."""

    name, licence, crop, dimension, differentiable = "blocks", "none", ARCFACE_112, 32, True
    threshold: Threshold | None = Threshold(Measure.COSINE, 0.5, "made up")

    def __init__(self, offset: float = 0) -> None:
        torch.manual_seed(0)
        linear = nn.Linear(3 * 8 * 8, self.dimension)
        nn.init.constant_(linear.bias, offset)
        self.network = nn.Sequential(nn.AdaptiveAvgPool2d(8), nn.Flatten(), linear).requires_grad_(False)

    def embed(self, crops: Tensor) -> Tensor:
        embeddings: Tensor = self.network(network_input(crops, self.crop))
        return embeddings

    def view(self, crops: Tensor) -> Views:
        return Views(self.embed(crops), ())

    def to(self, device: torch.device | str) -> BlockRecognizer:
        self.network.to(device)
        return self


RECOGNISER: Recognizer = BlockRecognizer()


def subject(seed: int, size: int = 112) -> Subject:
    """A face in a patterned photo of 160 x 160 pixels, 24 from its edges."""
    blocks = np.random.default_rng(seed).integers(110, 146, (20, 20, 3))
    landmarks = (np.array(ARCFACE_112.template) + 0.5) * size / 112 - 0.5 + 24
    face = Face((24, 24, 24 + size, 24 + size), landmarks.astype(np.float32), 1.0)
    return Subject(np.kron(blocks, np.ones((8, 8, 1))).astype(np.uint8), face)


@pytest.fixture
def faces() -> Faces:
    return Faces([subject(0), subject(1), subject(2)], RECOGNISER, CPU)


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_everyone_lowers_the_similarity_within_the_budget(peer: Peer, faces: Faces) -> None:
    if peer.version is None:
        pytest.skip(f"{peer.package} is not installed")
    torch.manual_seed(0)
    crops = CropContender(peer, 2 / 255).craft(faces, 6)
    assert crops.shape == faces.crops.shape
    assert float((crops - faces.crops).abs().max()) <= EPSILON + 1e-6
    assert float(crops.min()) >= 0
    assert float(crops.max()) <= 1
    noise = (faces.crops + torch.empty_like(crops).uniform_(-EPSILON, EPSILON)).clamp(0, 1)
    assert (faces.in_crops(crops) < faces.in_crops(noise) - 0.01).all()


@pytest.mark.parametrize("as_module", [True, False])
def test_the_classifier_s_loss_falls_with_the_similarity_alone(faces: Faces, as_module: bool) -> None:
    model = FaceClassifier(RECOGNISER, faces.crops, as_module)
    crops = (faces.crops + 0.1).clamp(0, 1)
    logits = model(crops)
    alike = faces.in_crops(crops)
    assert torch.allclose(logits, torch.stack([alike, -alike], 1), atol=1e-6 if as_module else 2e-2)
    assert not model.training
    assert next(model.parameters()).device == CPU


def test_a_crop_s_perturbation_is_carried_to_its_place(faces: Faces) -> None:
    """The face's crop is the photo's pixels 24 to 136, unscaled."""
    delta = torch.zeros_like(faces.crops)
    delta[:, :, 30:40, 50:70] = 4 / 255
    photos = carried_back(faces, faces.crops + delta)
    for photo, subject in zip(photos, faces.subjects, strict=True):
        moved = photo.astype(int) - subject.pixels
        assert (moved[54:64, 74:94] == 4).all()
        assert np.abs(moved).sum() == 4 * 10 * 20 * 3


def test_nothing_is_carried_beyond_the_budget(faces: Faces) -> None:
    photos = carried_back(faces, (faces.crops + 0.5).clamp(0, 1))
    moved = np.stack([p.astype(int) - s.pixels for p, s in zip(photos, faces.subjects, strict=True)])
    assert np.abs(moved).max() == 8


def test_faceguard_keeps_to_the_budget_and_is_judged_on_its_photos(faces: Faces) -> None:
    contender = FaceguardContender("ours")
    photos = contender.craft(faces, 5)
    moved = np.stack([p.astype(int) - s.pixels for p, s in zip(photos, faces.subjects, strict=True)])
    assert 0 < np.abs(moved).max() <= 8
    judged = contender.judged(faces, photos)
    assert set(judged) == set(PLACES)
    assert torch.equal(judged["crop"], judged["photo"])
    assert (judged["photo"] < 0.999).all()


def test_the_untouched_are_themselves(faces: Faces) -> None:
    photos = [subject.pixels for subject in faces.subjects]
    assert torch.allclose(faces.in_photos(photos), torch.ones(3), atol=1e-4)
    assert (faces.in_copies(photos) > 0.9).all()


def test_strangers_are_pairs_that_the_recogniser_tells_apart() -> None:
    same = Faces([subject(0), subject(0)], RECOGNISER, CPU)
    assert strangers([same]) == 0.0  # there are none
    three = Faces([subject(0), subject(0), subject(5)], RECOGNISER, CPU)
    cosine = torch.nn.functional.cosine_similarity(three.clean[0], three.clean[2], dim=0)
    assert float(cosine) < 0.5
    assert strangers([three]) == pytest.approx(float(cosine), abs=1e-6)


@pytest.mark.parametrize("least", [1, 2, 3, 7, 8, 9, 59, 60])
def test_the_least_number_is_found_with_few_questions(least: int) -> None:
    asked: list[int] = []

    def holds(number: int) -> bool:
        asked.append(number)
        return number >= least

    assert first_true(holds, 60) == least
    assert len(asked) <= 2 + 2 * least.bit_length()
    assert max(asked) < max(3, 2 * least)


def test_what_never_holds_is_not_found() -> None:
    assert first_true(lambda number: False, 60) is None


def options(**chosen: object) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    peers.add_options(parser)
    return argparse.Namespace(**{**vars(parser.parse_args([])), **chosen})


def measured(
    bench: Bench,
    monkeypatch: pytest.MonkeyPatch,
    recogniser: Recognizer = RECOGNISER,
    **chosen: object,
) -> Iterator[Figure]:
    monkeypatch.setattr(recognizers, "load", lambda name, device: recogniser)
    monkeypatch.setattr(peers, "subjects", lambda bench, number: [subject(seed) for seed in range(number)])
    return peers.measure(bench, options(**chosen))


def test_the_whole_comparison(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(quick=True, repeats=2)
    found = {figure.name: figure for figure in measured(bench, monkeypatch, effects=[0.9])}
    ours = found["0.9/crop/faceguard/time to the effect"]
    theirs = found["0.9/crop/plain PGD/time to the effect"]
    ratio = found["0.9/crop/plain PGD/times as long as faceguard"]
    assert ratio.values == pytest.approx([t / o for t, o in zip(theirs.values, ours.values, strict=True)])
    start, floor = 1.0, found["strangers/cosine"].median
    assert float(theirs.facts["cosine in crop"] or 0) <= floor + 0.9 * (start - floor)
    assert found["equal time/plain PGD/cosine/copy"].facts["steps"]
    missing = [peer.name for peer in PEERS if peer.version is None]
    assert all(any(note.startswith(f"{name}: left out") for note in bench.notes) for name in missing)


def test_an_effect_that_nobody_reaches_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(quick=True, repeats=1)
    everyone_is_the_same = BlockRecognizer(offset=9)
    found = list(measured(bench, monkeypatch, everyone_is_the_same, effects=[0.5]))
    assert not [figure for figure in found if "time to the effect" in figure.name]
    assert any("0.5/copy: faceguard does not get there in 16 steps" in note for note in bench.notes)
