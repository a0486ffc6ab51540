"""Names of what a tracker does while it trains."""

from __future__ import annotations

import pytest

from evaluation.defenders.adversary import Adversary
from evaluation.defenders.dp_sgd import DpSgd
from evaluation.defenders.mixup import Mixup
from evaluation.defenders.random_transforms import Cutout, Noise
from evaluation.defenders.training_defence import NONE, parse
from faceguard.errors import SettingsError


def test_every_part_goes_to_its_place() -> None:
    found = parse("photo-half+photo-jpeg75+purifier+grey+blur1.5+noise8+cutout28+mixup0.2+pgd4x3+dpsgd1x0.5")
    assert found.photo_edit.name == "half+jpeg75"
    assert found.purifies
    assert found.crop_edit.name == "grey+blur1.5"
    assert found.transforms == (Noise(8), Cutout(28))
    assert found.step.mixup == Mixup(0.2)
    assert found.step.adversary == Adversary(4, 3)
    assert found.step.privacy == DpSgd(1, 0.5)
    assert "+".join(found.always + found.at_training_only) == found.name


def test_what_is_done_when() -> None:
    found = parse("noise2+grey")
    assert found.always == ["grey"]
    assert found.at_training_only == ["noise2"]
    assert parse("fgsm8").at_training_only == ["fgsm8"]
    assert parse("pgd8").step.adversary == Adversary(8, 10)


def test_none_does_nothing() -> None:
    assert parse("none") is NONE
    assert not NONE.always
    assert not NONE.at_training_only
    assert not NONE.photo_edit.steps
    assert not NONE.crop_edit.steps


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("magic", "no defence 'magic'; there are none, half"),
        ("", "no defence ''"),
        ("grey+none", "no defence 'none'"),
        ("noise", "noise takes a standard deviation"),
        ("noise0", "noise takes"),
        ("noise300", "noise takes"),
        ("noise1.2.3", "noise takes"),
        ("cutout0", "cutout takes"),
        ("cutout1.5", "cutout takes"),
        ("cutout8x8", "cutout takes"),
        ("mixup0", "mixup takes"),
        ("fgsm8x2", "fgsm takes"),
        ("pgd8x0", "pgd takes"),
        ("pgd8x2.5", "pgd takes"),
        ("pgd8x", "pgd takes"),
        ("dpsgd1", "dpsgd takes a clipping norm"),
        ("dpsgd0x1", "dpsgd takes"),
        ("jpeg0", "jpeg takes a quality"),
        ("photo-noise8", "no edit 'noise8'"),
        ("mixup1+mixup2", "one of them at most"),
        ("fgsm4+pgd4", "one of them at most"),
    ],
)
def test_what_is_none_is_refused_with_a_reason(name: str, complaint: str) -> None:
    with pytest.raises(SettingsError, match=complaint):
        parse(name)
