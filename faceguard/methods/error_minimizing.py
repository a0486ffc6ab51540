"""Error-minimising noise, for the training threat: a tracker trains a recogniser on your photos.

H. Huang et al., Unlearnable Examples: Making Personal Data Unexploitable (ICLR 2021): noise that makes the
photos so easy to tell apart that a model trained on them has nothing left to learn from the faces (equation
2, solved by turns as in algorithm 1). Sample-wise, each photo has its own; class-wise, each person.

What differs from the paper: the noise lies in photo pixels and is crafted through a random extraction (the
paper adds it to finished crops, without any variation); the surrogate has a margin head and is shown mirrored
and shifted crops; fewer and longer inner steps (`noise_steps`, `step_size`). Class-wise noise is made
symmetric and brought to its full strength at the end, as its mean over a person's photos is weak. Sample-wise
noise starts from class-wise noise: what each photo has for itself, a fresh network finds no easier than the
faces. The model also learns clean photos, as if they showed other people (`twins`): noise that only has to
tell the protected people apart fails where a tracker has clean photos of others as well. The published code
drops the negative half of the noise; here both signs are kept.

Measured at 8 of 255 on aligned crops of 100 CelebA people, 16 photos of each: of 397 clean photos, a small
network trained on them names rightly, with three seeds of the network and one of the noise, 4.2 % with class-
wise and 3.5 % with sample-wise noise (68 % after clean training; without twins, and five rounds, 5.1 and 4.8
%). How many twins there are counts where only 20 of the 100 people wear the noise; class-wise, five rounds,
one seed there (67.9 % of their 78 clean photos after clean training), three where all wear it:

    twins for each photo    20 people wear it    all 100 wear it
    none                         12.8 %               5.1 %
    half                          3.8 %               5.9 %
    one                           1.3 %               4.8 %

Through whole photos, class-wise noise with one twin and five rounds left 11.0 % (three seeds), with eight
rounds 7.6 % (three seeds): noise in photos takes its model longer to learn. Sample-wise noise with one twin
for each photo too left 12.8 % of those 78, with half a twin 5.1 %; with 50 steps in a round, not 100, and
class-wise noise of half a twin to start from, 0.0 %, but 7.5 % where all wear it. Twins do not make up for
other people: of 20 people for each of whom noise was crafted alone, 57.7 % is left (one twin for two photos);
`separable` is for albums of one person.

Without twins, with one seed: class-wise noise as it comes 7.8 %, twice as strong 7.1 %, eight times 5.8 %;
sample-wise noise from nothing 36.3 %, from blocks of colours 19.9 %, from class-wise noise as it comes 8.3 %.
No gain: a fresh surrogate every other round, a larger margin, more rounds, wearing the next person's noise,
adding targeted noise.

Cost: each round is `train_steps` steps of training, with one twin for each photo twice as dear, and
`noise_steps` passes over all photos. What defeats it, through whole photos: greyscale (67.0 %, clean 70.3 %),
adversarial training (51.1 and 49.9 %), in part a purifier (24.9 instead of 9.5 %), and, as known from the
literature, clean photos of the same people. JPEG down to quality 10 (7.8 %) and a blur of one pixel (6.3 %)
do not. Class-wise, greyscale leaves 54.2 %, adversarial training 51.4 % and JPEG 10 13.9 %. It does nothing
against a recogniser that is not trained on the photos.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from faceguard.engine.budget import Budget
from faceguard.engine.extraction import Extraction, plain
from faceguard.engine.labelled import LabelledPatches
from faceguard.engine.noise import Noise
from faceguard.engine.parts import Parts
from faceguard.engine.shared_noise import faces_alike, laid_on
from faceguard.methods.surrogate_training import SurrogateTraining
from recognizers.training import Trainer, TrainingSettings
from recognizers.training.randomness import seeded

_LEARNING = TrainingSettings(schedule="constant", warmup_epochs=0, learning_rate=0.05, clip_norm=5.0)


@dataclass(frozen=True)
class ErrorMinimizing:
    """The noise's settings; calling it crafts.

    Attributes:
        budget: How far pixels may move.
        per_person: One noise for each person (class-wise), else one for each patch (sample-wise).
        surrogate: The model that is trained along the way.
        train_steps: Steps of training in a round (M in the paper's code).
        noise_steps: Steps of the noise in a round (T).
        step_size: How far a pixel moves in a step, as a share of its limit (alpha).
        stop_error: The share of photos named wrongly by the model at which crafting ends (lambda).
        fewest_rounds: How many rounds there are at least.
        most_rounds: How many rounds there are at most.
        start: Sample-wise, what all photos of a person start from: class-wise noise, crafted this way.
        gain: What finished class-wise noise is multiplied by, within its limits: each photo pulls it another
            way, and the mean of them is weak.
        mirrored: Whether finished class-wise noise is made symmetric: trackers mirror crops, and what looks
            the same mirrored is the quicker thing to learn.
        twins: How many clean photos, 0..1 for each perturbed one, the model learns too, each as if it showed
            its person's twin. A tracker with clean photos of others learns from those what tells faces
            apart, and noise must be easier to learn than that.
        extraction: How the tracker's handling of photos is drawn.

    Raises:
        ValueError: The share of twins is not 0..1.
    """

    threat = "training"
    fewest_people = 2

    budget: Budget
    per_person: bool = False
    surrogate: SurrogateTraining = field(default_factory=lambda: SurrogateTraining(training=_LEARNING))
    train_steps: int = 50
    noise_steps: int = 4
    step_size: float = 0.25
    stop_error: float = 0.01
    fewest_rounds: int = 5
    most_rounds: int = 12
    start: ErrorMinimizing | None = None
    gain: float = 1.0
    mirrored: bool = False
    twins: float = 0.0
    extraction: Extraction = field(default_factory=Extraction)

    def __post_init__(self) -> None:
        if not 0 <= self.twins <= 1:
            raise ValueError(f"the share of twins must be 0..1, not {self.twins}")

    @property
    def name(self) -> str:
        """What a person types after `--method`."""
        return "error-minimizing-classwise" if self.per_person else "error-minimizing"

    def __call__(
        self,
        faces: LabelledPatches,
        device: torch.device,
        seed: int = 0,
        on_round: Callable[[int, float], None] | None = None,
    ) -> Noise:
        """The noise of labelled patches, within the budget before rounding.

        Args:
            faces: The patches. Class-wise noise needs canvases of one size that show faces alike.
            device: Where to compute.
            seed: Decides everything random.
            on_round: Called with each round's number, from 1, and the share that is named wrongly after it.

        Raises:
            ValueError: There are fewer than two people: nothing can be learnt of one.
        """
        if len(faces.people) < 2:
            raise ValueError("error-minimising noise needs photos of at least two people")
        size = self.surrogate.training.batch_size
        classes = len(faces.people) * (2 if self.twins else 1)
        trainer = self.surrogate.trainer(classes, max(1, len(faces.patches) // size), device, seed)
        noise, rounds = self._first(faces, device, seed, on_round)
        order = _endless(faces, size, seed)
        for number in range(1, self.most_rounds + 1):
            for _ in range(self.train_steps):
                self._train(trainer, faces, noise, next(order))
            for place, group in enumerate(faces.groups(size, seed, "noise order", number)):
                self._improve(trainer, faces, noise, group, (seed, "noise", number, place))
            error = self.error(trainer, faces, noise)
            if on_round is not None:
                on_round(rounds + number, error)
            if number >= self.fewest_rounds and error <= self.stop_error:
                break
        return self._finished(noise, faces) if self.per_person else noise

    def _first(
        self,
        faces: LabelledPatches,
        device: torch.device,
        seed: int,
        on_round: Callable[[int, float], None] | None,
    ) -> tuple[Noise, int]:
        """The noise to begin with, and how many rounds it took."""
        if self.start is None:
            return Noise.zero(faces, self.per_person), 0
        rounds = 0

        def count(number: int, error: float) -> None:
            nonlocal rounds
            rounds = number
            if on_round is not None:
                on_round(number, error)

        shared = self.start(faces_alike(faces), device, seed, count)
        noise = Noise.zero(faces, per_person=False)
        for value, patch, label in zip(noise.values, faces.patches, faces.labels, strict=True):
            value.copy_(laid_on(patch, shared.values[label]) * patch.mask)
        return noise, rounds

    def _finished(self, noise: Noise, faces: LabelledPatches) -> Noise:
        """Class-wise noise, symmetric and at its full strength."""
        # It lies on canvases that show faces alike, so any of a person's gives its limits.
        masks = dict(zip(noise.owner, (patch.mask for patch in faces.patches), strict=True))
        finished = []
        for owner, value in enumerate(noise.values):
            even = (value + value.flip(-1)) / 2 if self.mirrored else value
            most = masks[owner] * (self.budget.epsilon / 255)
            finished.append((even * self.gain).clamp(-most, most))
        return Noise(finished, noise.owner)

    def _train(self, trainer: Trainer, faces: LabelledPatches, noise: Noise, group: Sequence[int]) -> None:
        parts, labels = _parts(faces, group, trainer.device)
        deltas, count = noise.of(group), len(labels)
        crop, key = trainer.classifier.crop, (trainer.settings.seed, "train", trainer.steps)
        crops = parts.crops(deltas, self.extraction.handling(count, *key), crop)
        few = math.ceil(self.twins * count)
        if few:
            none = [torch.zeros_like(delta) for delta in deltas]
            clean = parts.crops(none, self.extraction.handling(count, *key, "clean"), crop)
            crops = torch.cat([crops, clean[:few]])
            labels = torch.cat([labels, labels[:few] + len(faces.people)])
        with trainer.randomness():
            trainer.learn(self.disturbed(trainer, trainer.varied(crops), labels), labels)

    def _improve(
        self,
        trainer: Trainer,
        faces: LabelledPatches,
        noise: Noise,
        group: Sequence[int],
        key: tuple[int | str, ...],
    ) -> None:
        """Moves the noise of some patches down the model's loss."""
        model = trainer.classifier.eval()
        parts, labels = _parts(faces, group, trainer.device)
        deltas = noise.of(group)
        for step in range(self.noise_steps):
            handling = self.extraction.handling(len(labels), *key, step)

            def loss(crops: Tensor, step: int = step) -> Tensor:
                with seeded(*key, step, "varied", device=trainer.device):
                    shown = self.disturbed(trainer, trainer.varied(crops), labels)
                with trainer.autocast():
                    return model.losses(shown, labels).sum()

            for part, delta, gradient in parts.gradients(deltas, handling, model.crop, loss):
                room = self.budget.room(part.batch.images, part.batch.mask, part.batch.grey)
                moved = delta - self.step_size * room.limits * gradient.sign()
                deltas[part.rows] = part.unpadded(room.kept(moved))
        noise.learn(group, deltas)

    def disturbed(self, trainer: Trainer, crops: Tensor, labels: Tensor) -> Tensor:
        """What the model is shown of varied crops, in training and in crafting; here, all as they are."""
        return crops

    @torch.no_grad()
    def error(self, trainer: Trainer, faces: LabelledPatches, noise: Noise) -> float:
        """The share of perturbed faces that the model names wrongly, as they are."""
        wrong = total = 0
        for group in faces.groups(128, "error"):
            parts, labels = _parts(faces, group, trainer.device)
            crops = parts.crops(noise.of(group), plain(len(labels)), trainer.classifier.crop)
            wrong += int((trainer.classifier.predict(crops) != labels.cpu()).sum())
            total += len(labels)
        return wrong / total


def classwise(budget: Budget) -> ErrorMinimizing:
    """One noise for each person, as `faceguard protect` uses it."""
    # As in the paper: one small step on each batch, as a person's photos share the noise.
    return ErrorMinimizing(
        budget,
        per_person=True,
        noise_steps=1,
        step_size=0.1,
        gain=8.0,
        mirrored=True,
        twins=1.0,
        fewest_rounds=8,
    )


def samplewise(budget: Budget) -> ErrorMinimizing:
    """One noise for each photo: each starts from its person's."""
    return ErrorMinimizing(
        budget,
        train_steps=100,
        step_size=0.05,
        fewest_rounds=2,
        most_rounds=2,
        start=classwise(budget),
        twins=0.5,
    )


def _endless(faces: LabelledPatches, size: int, seed: int) -> Iterator[list[int]]:
    """Groups of patches for training, pass after pass."""
    number = 0
    while True:
        yield from faces.groups(size, seed, "training order", number)
        number += 1


def _parts(faces: LabelledPatches, group: Sequence[int], device: torch.device) -> tuple[Parts, Tensor]:
    """Some patches in parts, and the label of each of their faces."""
    patches = [faces.patches[place] for place in group]
    return Parts(patches, device), faces.labels_of_faces(group).to(device)
