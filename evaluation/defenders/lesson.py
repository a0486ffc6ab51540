"""A batch that a victim learns from, as far as defences have changed it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from torch import Tensor

from recognizers.training import Trainer


@dataclass(frozen=True, eq=False)
class Lesson:
    """Crops with the people they are to be named as: one, or two of whom the first counts for a share.

    Attributes:
        crops: (B, 3, H, W), RGB, 0..1, varied as the victim's training varies them, on its device.
        labels: (B,), int64.
        partners: (B,), int64: who else is mixed in; the same as `labels` where nobody is.
        share: How much of the loss `labels` makes up; `partners` make up the rest.
    """

    crops: Tensor
    labels: Tensor
    partners: Tensor
    share: float = 1.0

    def __len__(self) -> int:
        return len(self.labels)

    def with_crops(self, crops: Tensor) -> Lesson:
        """The same people on other crops."""
        return replace(self, crops=crops)

    def at(self, place: int) -> Lesson:
        """One of its samples, as a batch of one."""
        one = slice(place, place + 1)
        return Lesson(self.crops[one], self.labels[one], self.partners[one], self.share)

    def losses(self, trainer: Trainer) -> tuple[Tensor, Tensor]:
        """Each sample's loss (B,), margin included, and whether it is named as `labels` say (B,)."""
        head = trainer.classifier.head
        with trainer.autocast():
            embeddings = trainer.classifier.embed(self.crops)
        losses = head.losses(embeddings, self.labels)
        if self.share < 1:
            losses = self.share * losses + (1 - self.share) * head.losses(embeddings, self.partners)
        named = head.logits(embeddings.detach()).argmax(1)
        return losses, named == self.labels
