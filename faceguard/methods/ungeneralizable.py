"""Ungeneralizable examples, for the training threat: of your photos, only your own network learns.

J. Ye, X. Wang, Ungeneralizable Examples (CVPR 2024): a generator, trained for one data set, turns photos into
ones that a network which its owner authorised learns from as from the originals, and no other network does.
The authorised network's initialisation is a key, see `faceguard.methods.authorised_key`.

What is reconstruction: the paper's equations were not at hand, only the names and the purpose of its three
losses, gradient matching, feature distance and undistillation; what they are here is in
`faceguard.methods.ungeneralizable_losses`. The paper is said to take its common feature space from CLIP; here
it is the hackers' own. Ours are also:

- The error-minimising term on an ensemble of hackers (Huang et al., ICLR 2021). A distance in a feature space
  alone does not keep a network that is trained from scratch from learning.
- The secret colour. Random weights alone do not close a shortcut that other random weights take. So the noise
  has one colour, drawn for each data set, and the authorised network is blind to it: its gradients match,
  whatever the generator draws, but for rounding.
- The generator knows whom a photo shows, and begins with a code of blocks for each person.

The key contains the colour and the first weights, nothing learnt from the photos. Its secret is small, two
numbers: the colour's direction. A tracker who finds it, from the photos' statistics, from pairs of an
original and its protected version, or by training a few networks that are each blind to another of the
strong colours, is as good as authorised. The key depends on the photos' content and the seed: who has the
originals of all photos can draw it again.

Undistillation needs the authorised network's help. It does not see the noise, so its answers are about the
faces, and a student that is taught by how alike it finds people to each other learns the faces too, whatever
the noise. Let it tell strangers no more than names, or a name and how sure it is of it
(`faceguard.methods.blunt_answers`): those a student learns by the shortcut, as any hacker.

Measured at 8 of 255 on aligned crops of 100 CelebA people, 16 photos of each, 397 clean photos to test,
small networks trained for 25 epochs (68.3 % after clean training, three seeds), one seed each: the
authorised network names 69.3 % rightly, a hacker of the same architecture with another initialisation 4.5
%. On prototypes of the noise that the generator begins with, sharp blocks in the colour (1, 1, -1) left a
hacker 1.5 %; blurred blocks in the weaker colour (1, 0.73, -0.61) left a hacker 13.1 %, a network that
starts from the key's weights without its blindness 9.1 %, and a student of the authorised network's
answers, at temperature 4, 68.3 %. So colours are drawn among strong ones, and blocks are sharp.

Through whole photos, saved and detected again (three seeds of the networks, clean 69.4 %): authorised network
69.6 % (clean 68.7 %), another initialisation 3.6 %, `timm:resnet10t` 3.5 % (42.4 %), with the key's weights
and not blind 5.5 %, with other weights and blind to the noise's colour 68.0 %, a student of the authorised
network 11.7 % at temperature 1 and 68.5 % at 4, of its blunt answers 8.0 and 5.9 %. With one seed,
`timm:mobilenetv3_small_050` 6.3 % (clean 29.0 %). Defences were not measured at this size.

Greyscale photos must stay grey; the authorised network sees their noise.

Cost: `rounds` rounds, each of `train_steps` steps of training for every network and `noise_steps` of the
generator. What defeats it, besides the key: adversarial training, purifiers, strong JPEG compression, and
clean photos of the same people. It does nothing against a recogniser that is not trained on the photos.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field

import torch

from faceguard.engine.budget import Budget
from faceguard.engine.extraction import Extraction
from faceguard.engine.labelled import LabelledPatches
from faceguard.engine.noise import Noise
from faceguard.engine.patches import batch
from faceguard.methods.authorised_key import AuthorisedKey
from faceguard.methods.coloured_noise import ColouredNoise
from faceguard.methods.generator_training import GeneratorTraining, Networks
from faceguard.methods.noise_generator import NoiseGenerator
from faceguard.methods.secret_colour import draw_colour
from faceguard.methods.surrogate_training import SurrogateTraining
from faceguard.methods.ungeneralizable_losses import LossWeights
from recognizers.training import Trainer, TrainingSettings
from recognizers.training.randomness import seed_for

_LEARNING = TrainingSettings(schedule="constant", warmup_epochs=0, learning_rate=0.05, clip_norm=5.0)
_AT_ONCE = 32


@dataclass(frozen=True)
class Ungeneralizable:
    """The method's settings; calling it trains a generator and makes the noise.

    Attributes:
        budget: How far pixels may move.
        authorised: The network that shall learn, and how it learns meanwhile.
        hackers: Those that shall not; each from random weights of its own. A student that distils from the
            authorised network is as the first of them.
        weights: What the losses count for.
        rounds: How often networks and generator take turns.
        train_steps: Steps of training of every network in a round.
        noise_steps: Steps of the generator in a round.
        noise_rate: The learning rate of the generator's codes (Adam).
        extraction: How the tracker's handling of photos is drawn.
    """

    name = "ungeneralizable"
    threat = "training"
    fewest_people = 2
    per_person = False

    budget: Budget
    authorised: SurrogateTraining = field(default_factory=lambda: SurrogateTraining(training=_LEARNING))
    hackers: tuple[SurrogateTraining, ...] = field(
        default_factory=lambda: (SurrogateTraining(training=_LEARNING),) * 2
    )
    weights: LossWeights = field(default_factory=LossWeights)
    rounds: int = 6
    train_steps: int = 25
    noise_steps: int = 12
    noise_rate: float = 0.05
    extraction: Extraction = field(default_factory=Extraction)

    def key(self, faces: LabelledPatches, seed: int = 0) -> AuthorisedKey:
        """The key to the noise of these patches with this seed."""
        secret = _content(faces)
        start = self.authorised.classifier(len(faces.people), seed_for(seed, "authorised", secret))
        return AuthorisedKey.of(start, draw_colour(seed, "colour", secret))

    def __call__(
        self,
        faces: LabelledPatches,
        device: torch.device,
        seed: int = 0,
        on_round: Callable[[int, float], None] | None = None,
        key: AuthorisedKey | None = None,
    ) -> Noise:
        """The noise of labelled patches, within the budget before rounding.

        Args:
            faces: The patches.
            device: Where to compute.
            seed: Decides everything random, with the patches' content.
            on_round: Called with each round's number, from 1, and the share of protected photos that the
                first hacker named wrongly in its last step.
            key: A key to use again; that of these patches and this seed if not given.

        Raises:
            ValueError: There are fewer than two people: nothing can be learnt of one.
            SettingsError: The authorised network cannot be made blind to a colour.
        """
        if len(faces.people) < 2:
            raise ValueError("ungeneralizable examples need photos of at least two people")
        key = key or self.key(faces, seed)
        people = len(faces.people)
        # From the key, so that people's codes begin the same when photos are added to those of before.
        codes = seed_for(seed, "generator", json.dumps(key.colour.tolist()))
        generator = NoiseGenerator(people, codes).to(device)
        noise = ColouredNoise(generator, key.colour, self.budget)
        turns = GeneratorTraining(
            faces,
            noise,
            self._networks(key, faces, device, seed),
            self.weights,
            self.extraction,
            self.noise_rate,
            seed,
        )
        for number in range(1, self.rounds + 1):
            for _ in range(self.train_steps):
                turns.train()
            for _ in range(self.noise_steps):
                turns.improve()
            if on_round is not None:
                on_round(number, turns.error)
        return _drawn(noise, faces, device, seed)

    def _networks(
        self, key: AuthorisedKey, faces: LabelledPatches, device: torch.device, seed: int
    ) -> Networks:
        people = len(faces.people)
        first = self.hackers[0]
        steps = max(1, len(faces.patches) // first.training.batch_size)
        authorised = key.classifier(people, seed)
        return Networks(
            Trainer(authorised, self.authorised.settings(device, seed), steps),
            tuple(
                hacker.trainer(people, steps, device, seed_for(seed, "hacker", place))
                for place, hacker in enumerate(self.hackers)
            ),
            first.trainer(people, steps, device, seed_for(seed, "student")),
        )


@torch.no_grad()
def _drawn(noise: ColouredNoise, faces: LabelledPatches, device: torch.device, seed: int) -> Noise:
    """What a trained generator makes of every patch."""
    drawn = Noise.zero(faces, per_person=False)
    for start in range(0, len(faces.patches), _AT_ONCE):
        places = range(start, min(start + _AT_ONCE, len(faces.patches)))
        stacked = batch([faces.patches[place] for place in places], device)
        labels = torch.tensor([faces.labels[place] for place in places], device=device)
        drawn.learn(places, noise.dithered(stacked, labels[stacked.owner], seed))
    return drawn


def _content(faces: LabelledPatches) -> str:
    """Stands for the photos' pixels: who knows the program and its usual seed, but no originals, must not be
    able to draw what depends on it."""
    return hashlib.sha256(json.dumps(sorted(patch.key for patch in faces.patches)).encode()).hexdigest()
