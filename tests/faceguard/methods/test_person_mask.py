"""Person masks on synthetic people: in the budget, good for photos that were not there, apart on request."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from faceguard.engine.budget import Budget
from faceguard.engine.extraction import plain_crops
from faceguard.engine.labelled import LabelledPatches
from faceguard.engine.masks import fading
from faceguard.engine.patches import batch
from faceguard.errors import SettingsError
from faceguard.methods.person_mask import PersonMask
from faceguard.methods.person_subspace import Subspace
from faceguard.methods.photo_variety import PhotoVariety
from recognizers import RecognizerError
from tests.faceguard.engine.closed_form import LinearRecognizer
from tests.faceguard.methods.linear_surrogate import people, use_linear_surrogate

CPU = torch.device("cpu")
MASK = PersonMask(Budget(8), ("linear",), steps=12, photos_at_once=3)


@pytest.fixture(autouse=True)
def _linear(monkeypatch: pytest.MonkeyPatch) -> None:
    use_linear_surrogate(monkeypatch)


def embedded(faces: LabelledPatches, mask: Tensor) -> Tensor:
    surrogate, stacked = LinearRecognizer(), batch(faces.patches, CPU)
    return surrogate.embed(plain_crops(stacked, mask.expand_as(stacked.images), surrogate.crop))


@pytest.mark.parametrize("kind", list(Subspace))
def test_a_mask_moves_photos_that_it_was_not_learned_from(kind: Subspace) -> None:
    mask = replace(MASK, subspace=kind)(people("a", 4), CPU).values[0]
    new = people("a", 4, seed=1)
    clean, masked = embedded(new, torch.zeros_like(mask)), embedded(new, mask)
    random = (torch.rand(mask.shape, generator=torch.Generator().manual_seed(0)) - 0.5).sign() * 8 / 255
    alike, at_random = (F.cosine_similarity(clean, other).mean() for other in (masked, embedded(new, random)))
    assert alike < at_random - 0.05


def test_masks_keep_to_the_budget_and_fade_out() -> None:
    noise = MASK(people("ab", 2), CPU)
    assert noise.owner == (0, 0, 1, 1)
    for mask in noise.values:
        assert (mask.abs() <= fading() * 8 / 255 + 1e-7).all()
        assert mask.abs().max() > 7 / 255
        assert (mask > 0).any()
        assert (mask < 0).any()


def test_a_mask_depends_on_the_person_and_the_seed_alone() -> None:
    together, alone = MASK(people("ab", 2), CPU), MASK(people("a", 2), CPU)
    assert torch.equal(together.values[0], alone.values[0])
    assert not torch.equal(together.values[0], together.values[1])
    assert not torch.equal(MASK(people("a", 2), CPU, seed=1).values[0], alone.values[0])


def test_masked_photos_are_less_alike_when_they_are_kept_apart() -> None:
    def alike(apart: float) -> float:
        faces = people("a", 4)
        mask = replace(MASK, apart=apart, steps=20, photos_at_once=4)(faces, CPU).values[0]
        vectors = F.normalize(embedded(faces, mask))
        return float((vectors @ vectors.T).mean())

    assert alike(0.5) < alike(0.0) - 0.003


def test_it_tells_after_each_person_how_many_faces_are_lost() -> None:
    told: list[tuple[int, float]] = []
    MASK(people("ab", 3), CPU, on_round=lambda number, share: told.append((number, share)))
    assert [number for number, _ in told] == [1, 2]
    assert all(0 <= share <= 1 for _, share in told)


def test_one_photo_is_enough() -> None:
    assert MASK(people("a", 1), CPU).values[0].abs().max() > 0


def test_unknown_surrogates_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object) -> None:
        raise RecognizerError("no recogniser of that name")

    monkeypatch.setattr("recognizers.load", unknown)
    with pytest.raises(SettingsError, match="of that name"):
        MASK(people("a", 1), CPU)


def test_variety_keeps_shape_and_range_and_follows_its_generator() -> None:
    photos = torch.rand(3, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    one, same, other = (
        PhotoVariety().apply(photos, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)
    )
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
    assert one.shape == photos.shape
    assert one.min() >= 0
    assert one.max() <= 1


def test_variety_can_be_left_out_part_by_part() -> None:
    photos = torch.rand(8, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    generator = torch.Generator().manual_seed(0)
    assert torch.equal(PhotoVariety(False, 0.0, 0.0).apply(photos, generator), photos)
    mirrored = PhotoVariety(True, 0.0, 0.0).apply(photos, generator)
    kinds = {torch.equal(now, before.flip(2)) for now, before in zip(mirrored, photos, strict=True)}
    assert kinds == {True, False}
