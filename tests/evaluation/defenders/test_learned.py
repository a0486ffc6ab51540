"""Learned defenders learn to see through a protection that can be learned, and keep what they learned."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from evaluation.defenders.adaptive import AdaptiveTraining, train_adaptive
from evaluation.defenders.kept_weights import kept, load_parameters, parameters_state
from evaluation.defenders.purifier import Denoiser, Purified, PurifierTraining, train_purifier
from evaluation.defenders.training_pairs import TrainingPairs, embedded
from evaluation.progress import Silent
from evaluation.trackers.tuning import last_of, trainable_copy
from faceguard.errors import SettingsError
from recognizers import Recognizer
from tests.evaluation.defenders.made_pairs import made_pairs
from tests.evaluation.fakes import FakeRecognizer

CPU = torch.device("cpu")
QUICK = PurifierTraining(patch_steps=350, patches=4, patch_side=24, guided_steps=15, batch=2)


def alike(recognizer: Recognizer, pairs: TrainingPairs, side: Tensor) -> float:
    """How alike the fake recogniser's clean embeddings and a recogniser's of other crops are, in the mean."""
    wanted = embedded(FakeRecognizer(), pairs.clean, CPU)
    return float(F.cosine_similarity(embedded(recognizer, side, CPU), wanted).mean())


@pytest.mark.parametrize("side", [112, 111, 150])
def test_an_untrained_denoiser_changes_nothing(side: int) -> None:
    crops = torch.rand(2, 3, side, side)
    torch.testing.assert_close(Denoiser()(crops), crops)


def test_a_purifier_takes_the_pattern_away_from_people_it_has_not_seen() -> None:
    denoiser = train_purifier(FakeRecognizer(), made_pairs(), CPU, 0, Silent(), QUICK)
    strangers = made_pairs(seed=1)
    purified = Purified(FakeRecognizer(), denoiser)
    before = alike(FakeRecognizer(), strangers, strangers.protected)
    assert alike(purified, strangers, strangers.protected) > before + 0.25 * (1 - before)
    assert alike(purified, strangers, strangers.clean) > 0.9
    changed = denoiser(strangers.protected.float()) - strangers.clean
    assert changed.square().mean() < (strangers.protected.float() - strangers.clean).square().mean()


def test_a_purifier_needs_no_gradients() -> None:
    blind = FakeRecognizer(differentiable=False)
    denoiser = train_purifier(blind, made_pairs(), CPU, 0, Silent(), PurifierTraining(patch_steps=2))
    assert blind.shown == 0
    assert not any(parameter.requires_grad for parameter in denoiser.parameters())


def test_training_is_repeatable() -> None:
    quick = PurifierTraining(patch_steps=3, guided_steps=1, batch=1)
    first, second = (
        train_purifier(FakeRecognizer(), made_pairs(), CPU, 0, Silent(), quick) for _ in range(2)
    )
    for one, other in zip(first.parameters(), second.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0)


def test_an_adapted_recogniser_sees_through_and_still_tells_strangers_apart() -> None:
    original = FakeRecognizer()
    weights = original.network.weight.clone()
    settings = AdaptiveTraining(steps=150, rate=1e-2)
    adapted = train_adaptive(original, made_pairs(), CPU, 0, Silent(), settings)
    strangers = made_pairs(seed=1)
    before = alike(original, strangers, strangers.protected)
    assert alike(adapted, strangers, strangers.protected) > before + 0.5 * (1 - before)
    assert alike(adapted, strangers, strangers.clean) > 0.9
    torch.testing.assert_close(original.network.weight, weights)


def test_a_recogniser_without_gradients_cannot_adapt() -> None:
    with pytest.raises(SettingsError, match="blind gives no gradients"):
        train_adaptive(FakeRecognizer("blind", differentiable=False), made_pairs(), CPU, 0, Silent())


def test_weights_are_kept_and_a_damaged_file_is_made_again(tmp_path: Path) -> None:
    path, trained = tmp_path / "w.safetensors", []

    def train() -> dict[str, Tensor]:
        trained.append(1)
        return parameters_state([torch.nn.Parameter(torch.arange(3.0))])

    for damage, wanted in ((False, 1), (False, 1), (True, 2)):
        if damage:
            path.write_bytes(path.read_bytes()[:-4])
        state = kept(path, train)
        assert len(trained) == wanted
        target = [torch.nn.Parameter(torch.zeros(3))]
        load_parameters(target, state)
        torch.testing.assert_close(target[0].data, torch.arange(3.0))


def test_the_last_weights() -> None:
    parameters = [torch.nn.Parameter(torch.zeros(n)) for n in (80, 5, 10, 5)]
    assert last_of(parameters, 0.15) == [parameters[3], parameters[2]]
    assert last_of(parameters, 0.0) == [parameters[3]]
    assert len(last_of(parameters, 1.0)) == 4


def test_a_copy_has_weights_of_its_own() -> None:
    original = FakeRecognizer()
    tuned, parameters = trainable_copy(original)
    with torch.no_grad():
        parameters[0].zero_()
    crops = torch.rand(1, 3, 112, 112)
    assert original.embed(crops).abs().sum() > 0
    assert tuned.embed(crops).abs().sum() == 0
