"""A learned purifier: a small denoiser before the recogniser, trained on the tool's own pairs of photos.

A U-Net (Ronneberger et al. 2015) on four interleaved quarters of the crop (FFDNet, Zhang et al. 2018) and a
linear filter beside it predict what to take away. They are trained first to give back the clean pixels of
small patches, then of whole crops and, through the recogniser, the clean embedding (high-level representation
guided denoiser, Liao et al. 2018).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from evaluation.defenders.training_pairs import TrainingPairs, embedded
from evaluation.progress import Progress
from recognizers import CropSpec, Recognizer, Threshold, Views
from recognizers.training.randomness import seeded

_QUARTERS = 12  # three colours of four interleaved quarters
_MULTIPLE = 8  # sides are padded to one, as they are halved three times


@dataclass(frozen=True)
class PurifierTraining:
    """How the denoiser is trained.

    Attributes:
        patch_steps: Adam's steps on patches, by pixels alone.
        patches: Patches in each, clean and protected.
        patch_side: Their side in pixels.
        guided_steps: Adam's steps on whole crops, by pixels and embeddings; none without gradients.
        batch: Faces in each, clean and protected.
        rate: Adam's largest learning rate on patches; it rises, and falls to nothing, along cosines.
        guided_rate: The same on whole crops.
        pixels: Weight of the mean squared difference of pixels (0..1), beside 1 - the cosine similarity of
            embeddings.
    """

    patch_steps: int = 800
    patches: int = 12
    patch_side: int = 48
    guided_steps: int = 120
    batch: int = 6
    rate: float = 1e-3
    guided_rate: float = 3e-4
    pixels: float = 20.0


class Denoiser(nn.Module):
    """Crops (B, 3, H, W), 0..1, to crops of the same shape; an untrained one changes nothing.

    Args:
        channels: Of its three scales, the finest first.
    """

    def __init__(self, channels: tuple[int, int, int] = (32, 64, 96)) -> None:
        super().__init__()
        fine, middle, coarse = channels
        self.down_fine = _block(_QUARTERS, fine)
        self.down_middle = _block(fine, middle)
        self.bottom = _block(middle, coarse)
        self.up_middle = _block(coarse + middle, middle)
        self.up_fine = _block(middle + fine, fine)
        self.last = nn.Conv2d(fine, _QUARTERS, 3, padding=1)
        self.linear = nn.Conv2d(_QUARTERS, _QUARTERS, 5, padding=2)
        for layer in (self.last, self.linear):
            assert layer.bias is not None
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, crops: Tensor) -> Tensor:
        height, width = crops.shape[-2:]
        padded = F.pad(crops, (0, -width % _MULTIPLE, 0, -height % _MULTIPLE), mode="replicate")
        quarters = F.pixel_unshuffle(padded, 2)
        fine = self.down_fine(quarters)
        middle = self.down_middle(F.avg_pool2d(fine, 2))
        bottom = self.bottom(F.avg_pool2d(middle, 2))
        middle = self.up_middle(torch.cat([_doubled(bottom), middle], 1))
        fine = self.up_fine(torch.cat([_doubled(middle), fine], 1))
        taken = F.pixel_shuffle(self.last(fine) + self.linear(quarters), 2)
        purified = (padded - taken)[..., :height, :width]
        return purified if self.training else purified.clamp(0, 1)  # a clamp would stop learning


def _block(inputs: int, outputs: int) -> nn.Sequential:
    first, second = nn.Conv2d(inputs, outputs, 3, padding=1), nn.Conv2d(outputs, outputs, 3, padding=1)
    # Plain ReLUs die here: at first changing nothing is nearly the best there is.
    return nn.Sequential(first, nn.LeakyReLU(0.1), second, nn.LeakyReLU(0.1))


def _doubled(features: Tensor) -> Tensor:
    return F.interpolate(features, scale_factor=2.0, mode="nearest")


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
    guide = recognizer if recognizer is not None and recognizer.differentiable else None
    steps = chosen.patch_steps + (chosen.guided_steps if guide is not None else 0)
    progress.stage("training a purifier" + (f" for {recognizer.name}" if recognizer else ""), steps)
    with seeded("purifier", seed):
        denoiser = Denoiser().to(device)

        def patch_loss() -> Tensor:
            clean, protected = _patches(pairs, chosen.patches, chosen.patch_side)
            purified = denoiser(torch.cat([protected, clean]).to(device))
            return F.mse_loss(purified, clean.to(device).repeat(2, 1, 1, 1))

        _descend(denoiser, patch_loss, chosen.patch_steps, chosen.rate, progress)
        if guide is not None:
            wanted = embedded(guide, pairs.clean, device)

            def guided_loss() -> Tensor:
                places = torch.randint(len(pairs), (chosen.batch,))
                clean = pairs.clean[places].float().to(device)
                purified = denoiser(torch.cat([pairs.protected[places].float().to(device), clean]))
                seen, target = guide.embed(purified), wanted[places.to(device)].repeat(2, 1)
                apart = 1 - F.cosine_similarity(seen, target).mean()
                return apart + chosen.pixels * F.mse_loss(purified, clean.repeat(2, 1, 1, 1))

            _descend(denoiser, guided_loss, chosen.guided_steps, chosen.guided_rate, progress)
    return denoiser.eval().requires_grad_(False)


def _descend(
    denoiser: Denoiser, loss: Callable[[], Tensor], steps: int, rate: float, progress: Progress
) -> None:
    optimiser = torch.optim.Adam(denoiser.parameters(), lr=rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=max(1, steps))
    for _ in range(steps):
        optimiser.zero_grad()
        loss().backward()
        optimiser.step()
        schedule.step()
        progress.step()


def _patches(pairs: TrainingPairs, count: int, side: int) -> tuple[Tensor, Tensor]:
    """Random patches of random faces, clean and protected: (count, 3, side, side) each."""
    free = [max(1, extent - side + 1) for extent in pairs.clean.shape[-2:]]
    chosen = [
        (int(place), slice(int(top), int(top) + side), slice(int(left), int(left) + side))
        for place, top, left in zip(
            torch.randint(len(pairs), (count,)),
            torch.randint(free[0], (count,)),
            torch.randint(free[1], (count,)),
            strict=True,
        )
    ]
    clean, protected = (
        torch.stack([crops[place, :, rows, columns] for place, rows, columns in chosen]).float()
        for crops in (pairs.clean, pairs.protected)
    )
    return clean, protected
