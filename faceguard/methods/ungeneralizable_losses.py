"""What a generator of ungeneralizable examples is trained on: the three losses, and an error-minimising one.

J. Ye, X. Wang, Ungeneralizable Examples (CVPR 2024) names gradient matching, feature distance and
undistillation. Its equations were not at hand: what follows is a reconstruction from what they are for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from recognizers.training import FaceClassifier


@dataclass(frozen=True)
class LossWeights:
    """What each loss counts for, beside the error-minimising one.

    Attributes:
        gradients: Gradient matching.
        features: Feature distance.
        distilled: Undistillation.
        margin: The distance of features, 1 - cos, that is enough.
        temperature: Of distillation.
        matched: How many photos of a batch gradients are matched on, as that takes a second derivative.
    """

    gradients: float = 1.0
    features: float = 0.5
    distilled: float = 0.1
    margin: float = 0.5
    temperature: float = 4.0
    matched: int = 8


def gradient_matching(authorised: FaceClassifier, protected: Tensor, clean: Tensor, labels: Tensor) -> Tensor:
    """How differently protected and clean crops would teach a network, 0..2: a scalar.

    1 - cos(gradient over its weights on protected crops, gradient on clean ones): 0 where a step of training
    on either goes the same way, so that the network's trajectory stays what it was.

    Args:
        authorised: The network where its training is; nothing in it is changed.
        protected: (B, 3, size, size), 0..1; gradients pass to them.
        clean: The same crops without noise.
        labels: (B,), int64.
    """
    weights = [weight for weight in authorised.parameters() if weight.requires_grad]
    goal = torch.autograd.grad(authorised.losses(clean, labels).mean(), weights)
    made = torch.autograd.grad(authorised.losses(protected, labels).mean(), weights, create_graph=True)
    return 1 - F.cosine_similarity(_joined(made), _joined(goal), dim=0)


def _joined(gradients: Sequence[Tensor]) -> Tensor:
    return torch.cat([gradient.flatten() for gradient in gradients])


def feature_distance(protected: Tensor, clean: Tensor, margin: float) -> Tensor:
    """How far embeddings fall short of a distance from those of the clean crops: a scalar, 0 where none does.

    Args:
        protected: (B, dimension) of the protected crops, in a feature space that is common to both.
        clean: Those of the clean ones.
        margin: The distance, 1 - cos, that is enough.
    """
    distance = 1 - F.cosine_similarity(protected, clean.detach())
    return F.relu(margin - distance).mean()


def distillation(teacher: Tensor, student: Tensor, temperature: float) -> Tensor:
    """What a student lowers: temperature² * KL(softmax(teacher / t) || softmax(student / t)), a scalar.

    G. Hinton et al., Distilling the Knowledge in a Neural Network (2015). The generator lowers it too, with
    the student held: soft labels that the noise explains leave nothing to learn of the faces.

    Args:
        teacher: Scores (B, classes).
        student: Scores (B, classes).
        temperature: How soft the labels are.
    """
    return temperature**2 * F.kl_div(
        F.log_softmax(student / temperature, 1),
        F.log_softmax(teacher.detach() / temperature, 1),
        reduction="batchmean",
        log_target=True,
    )


def error_minimising(
    hackers: Sequence[FaceClassifier], protected: Sequence[Tensor], labels: Tensor
) -> Tensor:
    """The mean training loss of several networks on protected crops: a scalar.

    Args:
        hackers: The networks where their training is.
        protected: What each is shown, (B, 3, size, size), 0..1.
        labels: (B,), int64.
    """
    losses = [hacker.losses(crops, labels).mean() for hacker, crops in zip(hackers, protected, strict=True)]
    return torch.stack(losses).mean()
