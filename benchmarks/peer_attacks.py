"""Attack libraries and plain PGD, brought to one call: model, crops, steps, step size -> perturbed crops."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.networks import embedded, network_of
from faceguard.engine.precision import crafting_autocast
from recognizers import Recognizer

EPSILON = 8 / 255
Attack = Callable[["FaceClassifier", Tensor, int, float], Tensor]


class FaceClassifier(nn.Module):
    """A recogniser as the classifier that attack libraries expect.

    Each face has two classes, itself and not itself, with its similarity to the clean embedding and minus
    that as logits. The cross-entropy of the first falls with the similarity and with nothing else, so that
    whoever raises it by its gradient's sign lowers the similarity: no library loses anything by the detour.

    Args:
        recogniser: Whose network it is.
        crops: (F, 3, size, size): the clean faces.
        as_module: Take the PyTorch module as it is, in float32 and channels-last, as a library is given one;
            else the recogniser as faceguard uses it, which may compute in its own way.
    """

    def __init__(self, recogniser: Recognizer, crops: Tensor, as_module: bool = True) -> None:
        super().__init__()
        self.network = network_of(recogniser)  # libraries look for a model's device and mode here, too
        self._recogniser = recogniser
        self._as_module = as_module and self.network is not None
        self.eval()
        with torch.no_grad():
            self._clean = self._embedded(crops)

    def forward(self, crops: Tensor) -> Tensor:
        """(F, 2) logits of crops (F, 3, size, size), RGB, 0..1, in the order of the clean embeddings."""
        alike = F.cosine_similarity(self._embedded(crops), self._clean)
        return torch.stack([alike, -alike], dim=1)

    def _embedded(self, crops: Tensor) -> Tensor:
        if self._as_module and self.network is not None:
            return embedded(self.network, self._recogniser, crops)
        with crafting_autocast(crops.device):
            return self._recogniser.embed(crops).float()


@dataclass(frozen=True)
class Peer:
    """One way to attack.

    Attributes:
        name: Whose it is.
        attack: (model, crops, steps, size of a step) -> perturbed crops.
        usual_step: The step that it takes where nobody says, in units of 0..1.
        package: What has to be installed; "" for what is our own.
        as_module: Whether it gets the plain PyTorch module, see `FaceClassifier`.
    """

    name: str
    attack: Attack
    usual_step: float
    package: str = ""
    as_module: bool = True

    @property
    def version(self) -> str | None:
        """The package's version; None where it is not installed, "" where there is none."""
        try:
            return version(self.package) if self.package else ""
        except PackageNotFoundError:
            return None


def plain_pgd(model: FaceClassifier, crops: Tensor, steps: int, step: float) -> Tensor:
    """Madry et al. 2018, with a random start and nothing else: the floor."""
    moved = (crops + torch.empty_like(crops).uniform_(-EPSILON, EPSILON)).clamp(0, 1)
    labels = torch.zeros(len(crops), dtype=torch.long, device=crops.device)
    for _ in range(steps):
        moved.requires_grad_()
        (gradient,) = torch.autograd.grad(F.cross_entropy(model(moved), labels), moved)
        with torch.no_grad():
            delta = (moved + step * gradient.sign() - crops).clamp(-EPSILON, EPSILON)
            moved = (crops + delta).clamp(0, 1)
    return moved.detach()


def torchattacks_pgd(model: FaceClassifier, crops: Tensor, steps: int, step: float) -> Tensor:
    """torchattacks' PGD (Kim 2020)."""
    import torchattacks

    attack = torchattacks.PGD(model, eps=EPSILON, alpha=step, steps=steps, random_start=True)
    moved: Tensor = attack(crops, torch.zeros(len(crops), dtype=torch.long))
    return moved


def foolbox_pgd(model: FaceClassifier, crops: Tensor, steps: int, step: float) -> Tensor:
    """foolbox's LinfPGD (Rauber et al. 2020)."""
    import foolbox

    attack = foolbox.attacks.LinfPGD(abs_stepsize=step, steps=steps, random_start=True)
    wrapped = foolbox.PyTorchModel(model, bounds=(0, 1), device=crops.device)
    labels = torch.zeros(len(crops), dtype=torch.long, device=crops.device)
    moved: Tensor = attack(wrapped, crops, labels, epsilons=EPSILON)[1]
    return moved


def art_pgd(model: FaceClassifier, crops: Tensor, steps: int, step: float) -> Tensor:
    """ART's ProjectedGradientDescent (Nicolae et al. 2018), with one random start.

    Its usual start is the photo itself, where a similarity to the photo has no gradient.
    """
    import numpy as np
    from art.attacks.evasion import ProjectedGradientDescentPyTorch
    from art.estimators.classification import PyTorchClassifier

    classifier = PyTorchClassifier(
        model,
        loss=nn.CrossEntropyLoss(),
        input_shape=tuple(crops.shape[1:]),
        nb_classes=2,
        clip_values=(0.0, 1.0),
        device_type="gpu" if crops.device.type == "cuda" else "cpu",
    )
    attack = ProjectedGradientDescentPyTorch(
        classifier, eps=EPSILON, eps_step=step, max_iter=steps, num_random_init=1, batch_size=len(crops),
        verbose=False,
    )  # fmt: skip
    moved = attack.generate(crops.cpu().numpy(), np.zeros(len(crops), dtype=np.int64))
    return torch.from_numpy(moved).to(crops.device)


PEERS: Sequence[Peer] = (
    Peer("plain PGD", plain_pgd, 2 / 255),
    Peer("plain PGD, faceguard's network", plain_pgd, 2 / 255, as_module=False),
    Peer("torchattacks", torchattacks_pgd, 2 / 255, "torchattacks"),
    Peer("foolbox", foolbox_pgd, EPSILON / 30, "foolbox"),
    Peer("ART", art_pgd, 0.1, "adversarial-robustness-toolbox"),
)
"""The usual steps are those of torchattacks.PGD, foolbox.attacks.LinfPGD (0.01 / 0.3 of epsilon) and ART's
ProjectedGradientDescent in their newest versions; plain PGD takes torchattacks'."""
