"""A generator against held networks: its steps lower what it is trained on, and leave the networks alone."""

from __future__ import annotations

import torch

from faceguard.engine.budget import Budget
from faceguard.engine.extraction import plain_crops
from faceguard.engine.labelled import patches_of_crops
from faceguard.engine.patches import batch
from faceguard.methods.authorised_key import AuthorisedKey
from faceguard.methods.coloured_noise import ColouredNoise
from faceguard.methods.generator_training import GeneratorTraining, Networks
from faceguard.methods.noise_generator import NoiseGenerator
from faceguard.methods.ungeneralizable_losses import LossWeights, error_minimising
from tests.faceguard.methods.tiny_surrogate import EXTRACTION, TinySurrogate, photos
from tests.recognizers.tiny_training import CROP, PEOPLE, weights

CPU = torch.device("cpu")


def test_steps_of_the_generator_lower_the_hackers_loss_and_hold_the_networks() -> None:
    crops, labels = photos()
    faces = patches_of_crops(crops, labels, CROP)
    tiny = TinySurrogate()
    colour = torch.tensor([1.0, 0.7, -0.8])
    key = AuthorisedKey.of(tiny.classifier(PEOPLE, 1), colour)
    hacker, student = tiny.trainer(PEOPLE, 2, CPU, 2), tiny.trainer(PEOPLE, 2, CPU, 3)
    authorised = type(hacker)(key.classifier(PEOPLE), tiny.settings(CPU, 1), 2)
    noise = ColouredNoise(NoiseGenerator(PEOPLE, 0), colour, Budget(20.0))
    torch.nn.init.zeros_(noise.generator.codes)
    networks = Networks(authorised, (hacker,), student)
    turns = GeneratorTraining(faces, noise, networks, LossWeights(), EXTRACTION, 0.1, seed=0)
    for _ in range(6):
        turns.train()
    assert (authorised.steps, hacker.steps, student.steps) == (6, 6, 6)

    def loss() -> float:
        stacked = batch(faces.patches, CPU)
        shown = plain_crops(stacked, noise.of(stacked, labels), CROP)
        return error_minimising([hacker.classifier.eval()], [shown], labels).item()

    before = loss()
    held = [weights(trainer.classifier) for trainer in (authorised, hacker, student)]
    for _ in range(12):
        turns.improve()
    assert loss() < 0.9 * before
    for trainer, its in zip((authorised, hacker, student), held, strict=True):
        assert torch.equal(weights(trainer.classifier), its)
