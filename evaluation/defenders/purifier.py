"""A learned purifier: a small denoiser before the recogniser, trained on the tool's own pairs of photos.

The network works on four interleaved quarters of the crop (FFDNet, Zhang et al. 2018) and predicts what to
take away. It is trained to give back the clean pixels and, through the recogniser, the clean embedding
(high-level representation guided denoiser, Liao et al. 2018).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from evaluation.defenders.training_pairs import TrainingPairs, embedded
from evaluation.progress import Progress
from recognizers import CropSpec, Recognizer, Threshold, Views
from recognizers.training.randomness import seeded


@dataclass(frozen=True)
class PurifierTraining:
    """How the denoiser is trained.

    Attributes:
        steps: Adam's steps.
        batch: Faces in each, clean and protected.
        rate: Adam's first learning rate; it falls to nothing along a cosine.
        guidance: Weight of the distance between embeddings, beside that between pixels (0..1).
    """

    steps: int = 300
    batch: int = 8
    rate: float = 1e-3
    guidance: float = 0.1


class Denoiser(nn.Module):
    """Crops (B, 3, H, W), 0..1, to crops of the same shape; an untrained one changes nothing.

    Args:
        channels: Of its hidden layers.
        layers: How many of these it has.
    """

    def __init__(self, channels: int = 32, layers: int = 4) -> None:
        super().__init__()
        blocks: list[nn.Module] = [nn.Conv2d(12, channels, 3, padding=1), nn.ReLU()]
        for _ in range(layers - 1):
            blocks += [nn.Conv2d(channels, channels, 3, padding=1), nn.ReLU()]
        last = nn.Conv2d(channels, 12, 3, padding=1)
        nn.init.zeros_(last.weight)
        assert last.bias is not None
        nn.init.zeros_(last.bias)
        self.layers = nn.Sequential(*blocks, last)

    def forward(self, crops: Tensor) -> Tensor:
        height, width = crops.shape[-2:]
        even = F.pad(crops, (0, width % 2, 0, height % 2), mode="replicate")
        taken = F.pixel_shuffle(self.layers(F.pixel_unshuffle(even, 2)), 2)
        return (even - taken)[..., :height, :width].clamp(0, 1)


class Purified:
    """A recogniser that looks through a denoiser.

    Args:
        recognizer: The recogniser.
        denoiser: What its crops go through first.
    """

    def __init__(self, recognizer: Recognizer, denoiser: Denoiser) -> None:
        self.inner = recognizer
        self.denoiser = denoiser

    @property
    def name(self) -> str:
        """The recogniser's."""
        return self.inner.name

    @property
    def licence(self) -> str:
        """The recogniser's."""
        return self.inner.licence

    @property
    def crop(self) -> CropSpec:
        """The recogniser's."""
        return self.inner.crop

    @property
    def dimension(self) -> int:
        """The recogniser's."""
        return self.inner.dimension

    @property
    def threshold(self) -> Threshold | None:
        """The recogniser's."""
        return self.inner.threshold

    @property
    def differentiable(self) -> bool:
        """The recogniser's."""
        return self.inner.differentiable

    def embed(self, crops: Tensor) -> Tensor:
        """Embeddings of purified crops."""
        return self.inner.embed(self.denoiser(crops))

    def view(self, crops: Tensor) -> Views:
        """The same with intermediate features."""
        return self.inner.view(self.denoiser(crops))

    def to(self, device: torch.device | str) -> Purified:
        """The same on another device."""
        self.inner.to(device)
        self.denoiser.to(device)
        return self


def train_purifier(
    recognizer: Recognizer,
    pairs: TrainingPairs,
    device: torch.device,
    seed: int,
    progress: Progress,
    settings: PurifierTraining | None = None,
) -> Denoiser:
    """Trains a denoiser for a recogniser.

    Args:
        recognizer: What it is to see clean; one without gradients gives no guidance.
        pairs: Faces of people that it is not measured on.
        device: Where to compute.
        seed: Of the first weights and of the order of the faces.
        progress: What is told how far it has come.
        settings: How it is trained.
    """
    chosen = settings or PurifierTraining()
    progress.stage(f"training a purifier for {recognizer.name}", chosen.steps)
    wanted = embedded(recognizer, pairs.clean, device) if recognizer.differentiable else None
    with seeded("purifier", seed):
        denoiser = Denoiser().to(device)
        optimiser = torch.optim.Adam(denoiser.parameters(), lr=chosen.rate)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, chosen.steps)
        for _ in range(chosen.steps):
            places = torch.randint(len(pairs), (chosen.batch,))
            clean = pairs.clean[places].float().to(device)
            both = torch.cat([pairs.protected[places].float().to(device), clean])
            purified = denoiser(both)
            loss = F.l1_loss(purified, clean.repeat(2, 1, 1, 1))
            if wanted is not None:
                seen = recognizer.embed(purified)
                apart = 1 - F.cosine_similarity(seen, wanted[places.to(device)].repeat(2, 1)).mean()
                loss = loss + chosen.guidance * apart
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            progress.step()
    return denoiser.eval().requires_grad_(False)
