"""One step of training at a time: for the training loop, and for methods that train along the way."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from recognizers.errors import RecognizerError
from recognizers.precision import has_bfloat16
from recognizers.training.augmentation import Transform, flipped_and_shifted
from recognizers.training.classifier import FaceClassifier, as_float
from recognizers.training.randomness import seeded
from recognizers.training.settings import TrainingSettings


@dataclass(frozen=True)
class Step:
    """What one step came to, before it changed the weights.

    Attributes:
        loss: The mean loss of the batch, margin included; a scalar tensor on the trainer's device.
        accuracy: The share of the batch that was named rightly, without a margin; likewise.
    """

    loss: Tensor
    accuracy: Tensor


class Trainer:
    """Trains a classifier step by step. What is random in a step depends on the seed and its number alone.

    Args:
        classifier: What is trained; it is moved to the settings' device.
        settings: How.
        steps_per_epoch: How many steps make an epoch; the learning rate goes by that. Training may go on
            beyond the last epoch, at the last learning rate.
        transforms: Applied in order to each batch of crops, float (B, 3, H, W), RGB, 0..1, on the device,
            before crops are mirrored and shifted. What they draw from PyTorch's generators is reproducible.

    Raises:
        RecognizerError: There is no such device here.
    """

    def __init__(
        self,
        classifier: FaceClassifier,
        settings: TrainingSettings,
        steps_per_epoch: int,
        transforms: Sequence[Transform] = (),
    ) -> None:
        if steps_per_epoch < 1:
            raise ValueError(f"an epoch has at least one step, not {steps_per_epoch}")
        self.device = _device(settings.device)
        self.classifier = classifier.to(self.device).to(memory_format=torch.channels_last)
        self.settings = settings
        self.steps_per_epoch = steps_per_epoch
        self.transforms = tuple(transforms)
        self.steps = 0
        self._optimizer = torch.optim.SGD(
            _groups(classifier, settings.weight_decay), lr=settings.learning_rate, momentum=settings.momentum
        )

    @property
    def learning_rate(self) -> float:
        """That of the next step: the schedule's halfway through it."""
        return self.settings.learning_rate_at((self.steps + 0.5) / self.steps_per_epoch)

    def step(self, crops: Tensor, labels: Tensor) -> Step:
        """Varies a batch and learns from it.

        Args:
            crops: (B, 3, size, size), RGB, uint8 or float 0..1, on any device.
            labels: (B,), int64.
        """
        with self.randomness():
            return self.learn(self.varied(crops), labels)

    def randomness(self) -> AbstractContextManager[None]:
        """A context in which PyTorch's global generators depend on the seed and the steps done alone."""
        return seeded(self.settings.seed, "step", self.steps, device=self.device)

    def varied(self, crops: Tensor) -> Tensor:
        """Crops as a step shows them: float 0..1 on the device, transformed, mirrored and shifted.

        Draws from PyTorch's global generators, see `randomness`. Gradients pass if the transforms pass them.
        """
        shown = as_float(crops.to(self.device))
        for transform in self.transforms:
            shown = transform(shown)
        return flipped_and_shifted(shown, self.settings.flip, self.settings.shift)

    def learn(self, crops: Tensor, labels: Tensor) -> Step:
        """Takes one step down the mean loss of crops (B, 3, size, size), float 0..1, as they are."""
        labels = labels.to(self.device)
        self.classifier.train()
        with self.autocast():
            embeddings = self.classifier.embed(crops.to(self.device))
        loss = self.classifier.head.losses(embeddings, labels).mean()
        with torch.no_grad():
            named = self.classifier.head.logits(embeddings).argmax(1)
        self.descend(loss)
        return Step(loss.detach(), (named == labels).float().mean())

    def descend(self, loss: Tensor) -> None:
        """Takes one step down any loss of the classifier, a scalar tensor with its graph."""
        self._optimizer.zero_grad()
        loss.backward()
        self.follow_gradients()

    def follow_gradients(self) -> None:
        """Takes one step along the `grad` that the weights have: for gradients made otherwise."""
        if self.settings.clip_norm is not None:
            nn.utils.clip_grad_norm_(self.classifier.parameters(), self.settings.clip_norm)
        for group in self._optimizer.param_groups:
            group["lr"] = self.learning_rate
        self._optimizer.step()
        self.steps += 1

    def autocast(self) -> torch.autocast:
        """The settings' mixed precision, as a context: for losses that a method computes itself."""
        wanted = self.settings.precision == "bfloat16"
        auto = self.settings.precision == "auto" and has_bfloat16(self.device)
        return torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=wanted or auto)

    def momenta(self) -> dict[str, Tensor]:
        """The momentum of each weight by its name: with the weights and `steps`, the state of training."""
        state = self._optimizer.state
        return {
            name: state[weight]["momentum_buffer"]
            for name, weight in self.classifier.named_parameters()
            if "momentum_buffer" in state.get(weight, {})
        }

    def restore(self, weights: dict[str, Tensor], momenta: dict[str, Tensor], steps: int) -> None:
        """Goes back to a state: the classifier's `state_dict`, `momenta()` and `steps` of that time.

        Raises:
            RuntimeError: They do not fit this classifier.
        """
        self.classifier.load_state_dict(weights)
        for name, weight in self.classifier.named_parameters():
            if name in momenta:
                # In the weight's own memory layout, as the optimiser would have made it.
                self._optimizer.state[weight]["momentum_buffer"] = torch.empty_like(weight).copy_(
                    momenta[name]
                )
        self.steps = steps


def _device(name: str) -> torch.device:
    present = torch.cuda.is_available()
    if name == "cuda" and not present:
        raise RecognizerError("there is no CUDA GPU here that PyTorch can use; train with device='cpu'")
    return torch.device("cuda" if present and name != "cpu" else "cpu")


def _groups(classifier: nn.Module, weight_decay: float) -> list[dict[str, object]]:
    """Weights with decay, and without: biases and those of normalisation layers and PReLUs."""
    trained = [weight for weight in classifier.parameters() if weight.requires_grad]
    return [
        {"params": [weight for weight in trained if weight.ndim > 1], "weight_decay": weight_decay},
        {"params": [weight for weight in trained if weight.ndim <= 1], "weight_decay": 0.0},
    ]
