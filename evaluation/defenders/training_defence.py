"""What a tracker does against protection while it trains, by name.

Parts are joined with "+". Some are part of the tracker's pipeline, at training and ever after:

- `grey`, `jpegQ`, `blurSIGMA`, `medianSIDE`, `bitsN`, `half`, `resizeSHARE`: edits of the aligned crops;
  those that shrink are followed by bringing the crop back to its size
- `photo-EDIT`, such as `photo-half` or `photo-jpeg75`: the same edits of whole photos, before faces are
  looked for, so that crops are cut and resized anew
- `purifier`: a denoiser learned from other people's photos that the tool itself protected

Others are of training alone:

- `noiseSIGMA` (in steps of 255), `cutoutSIDE` (in pixels)
- `mixupALPHA`
- `fgsmEPSILON`, `pgdEPSILON` (ten steps), `pgdEPSILONxSTEPS`: adversarial training, in steps of 255
- `dpsgdCLIPxNOISE`: DP-SGD with this clipping norm and noise multiplier
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from evaluation.defenders import edits
from evaluation.defenders.adversary import Adversary
from evaluation.defenders.defended_step import DefendedStep
from evaluation.defenders.dp_sgd import DpSgd
from evaluation.defenders.edits import UNEDITED, Edit
from evaluation.defenders.mixup import Mixup
from evaluation.defenders.random_transforms import Cutout, Noise
from faceguard.errors import SettingsError

NAMES = (
    "none",
    *edits.NAMES,
    "photo-EDIT",
    "purifier",
    "noiseSIGMA",
    "cutoutSIDE",
    "mixupALPHA",
    "fgsmEPSILON",
    "pgdEPSILON",
    "pgdEPSILONxSTEPS",
    "dpsgdCLIPxNOISE",
)
_PHOTO = "photo-"
_PGD_STEPS = 10


@dataclass(frozen=True)
class TrainingDefence:
    """What a tracker does against protection while it trains.

    Attributes:
        name: What a person types for it.
        photo_edit: What is done to photos before faces are looked for.
        purifies: Whether crops go through a learned denoiser next.
        crop_edit: What is done to crops then.
        transforms: What varies crops at random, at training only.
        step: How the victim learns from a batch, at training only.
    """

    name: str = "none"
    photo_edit: Edit = UNEDITED
    purifies: bool = False
    crop_edit: Edit = UNEDITED
    transforms: tuple[Noise | Cutout, ...] = ()
    step: DefendedStep = field(default_factory=DefendedStep)

    @property
    def always(self) -> list[str]:
        """The parts that photos go through at training and at recognition, in their order."""
        photo_edits = [_PHOTO + part for part in self.photo_edit.name.split("+") if part]
        crop_edits = [part for part in self.crop_edit.name.split("+") if part]
        return [*photo_edits, *(["purifier"] if self.purifies else []), *crop_edits]

    @property
    def at_training_only(self) -> list[str]:
        """The other parts, in their order."""
        step = self.step
        found = [transform.name for transform in self.transforms]
        if step.mixup is not None:
            found.append(f"mixup{step.mixup.alpha:g}")
        if step.adversary is not None:
            steps = step.adversary.steps
            kind = "fgsm" if steps == 1 else "pgd"
            found.append(f"{kind}{step.adversary.epsilon:g}" + (f"x{steps}" if steps > 1 else ""))
        if step.privacy is not None:
            found.append(f"dpsgd{step.privacy.clip:g}x{step.privacy.noise:g}")
        return found


NONE = TrainingDefence()


def parse(name: str) -> TrainingDefence:
    """A defence by its name, such as "none", "jpeg10" or "grey+cutout28+mixup1".

    Raises:
        SettingsError: There is no such part, a number is out of range, or parts do not go together.
    """
    if name == NONE.name:
        return NONE
    photo_edits: list[str] = []
    crop_edits: list[str] = []
    transforms: list[Noise | Cutout] = []
    step: dict[str, Any] = {}
    purifies = False
    for part in name.split("+"):
        if part.startswith(_PHOTO):
            photo_edits.append(part.removeprefix(_PHOTO))
        elif edits.is_edit(part):
            crop_edits.append(part)
        elif part == "purifier":
            purifies = True
        else:
            made = _made(part)
            if isinstance(made, Noise | Cutout):
                transforms.append(made)
                continue
            role = _ROLES[type(made)]
            if role in step:
                raise SettingsError(f"{name!r}: {part} and another part do the same; one of them at most")
            step[role] = made
    return TrainingDefence(
        name, _edit(photo_edits), purifies, _edit(crop_edits), tuple(transforms), DefendedStep(**step)
    )


_Random = Noise | Cutout | Mixup | Adversary | DpSgd
_ROLES: dict[type[_Random], str] = {Mixup: "mixup", Adversary: "adversary", DpSgd: "privacy"}


def _edit(parts: Sequence[str]) -> Edit:
    return edits.parse("+".join(parts)) if parts else UNEDITED


@dataclass(frozen=True)
class _Kind:
    """A family of parts: the numbers it takes, and what it makes of them."""

    numbers: str
    make: Callable[..., _Random]


_KINDS = {
    "noise": _Kind("a standard deviation in steps of 255, above 0 and up to 255", Noise),
    "cutout": _Kind("a side in pixels, such as 28", lambda side: Cutout(_whole(side))),
    "mixup": _Kind("alpha above 0, such as 1", Mixup),
    "fgsm": _Kind("epsilon in steps of 255, above 0 and up to 255", lambda epsilon: Adversary(epsilon, 1)),
    "pgd": _Kind(
        "epsilon in steps of 255, above 0 and up to 255, and a number of steps: pgd8 or pgd8x5",
        lambda epsilon, steps=_PGD_STEPS: Adversary(epsilon, _whole(steps)),
    ),
    "dpsgd": _Kind("a clipping norm above 0 and a noise multiplier from 0, such as dpsgd1x0.01", DpSgd),
}


def _made(part: str) -> _Random:
    """What one part of a name stands for, other than an edit."""
    name = part.rstrip("0123456789.x")
    if name not in _KINDS:
        raise SettingsError(f"no defence {part!r}; there are {', '.join(NAMES)}, and several with +")
    kind = _KINDS[name]
    try:
        return kind.make(*map(float, part.removeprefix(name).split("x")))
    except (TypeError, ValueError) as error:
        raise SettingsError(f"{part!r}: {name} takes {kind.numbers}") from error


def _whole(number: float) -> int:
    if number != int(number):
        raise ValueError(f"{number} is not whole")
    return int(number)
