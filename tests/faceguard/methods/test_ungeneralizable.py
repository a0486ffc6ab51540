"""Ungeneralizable examples on synthetic crops: the key's network learns from them, others do not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from faceguard.engine.budget import Budget
from faceguard.engine.labelled import patches_of_crops
from faceguard.engine.patches import batch
from faceguard.errors import SettingsError
from faceguard.methods.authorised_key import AuthorisedKey
from faceguard.methods.coloured_noise import ColouredNoise, room
from faceguard.methods.noise_generator import NoiseGenerator, spread_codes
from faceguard.methods.secret_colour import blind, draw_colour, without_colour
from faceguard.methods.ungeneralizable import Ungeneralizable
from faceguard.methods.ungeneralizable_losses import (
    distillation,
    error_minimising,
    feature_distance,
    gradient_matching,
)
from faceguard.poisoned_crops import poisoned_crops
from recognizers.heads import CosFace
from recognizers.training import FaceClassifier, new_classifier, train
from tests.faceguard.methods.tiny_surrogate import EXTRACTION, LEARNING, TinySurrogate, accuracy, photos
from tests.recognizers.tiny_training import CROP, PEOPLE, Tiny

EPSILON = 20.0
TINY = TinySurrogate()
METHOD = Ungeneralizable(
    Budget(EPSILON),
    authorised=TINY,
    hackers=(TINY,),
    rounds=2,
    train_steps=3,
    noise_steps=2,
    extraction=EXTRACTION,
)


@pytest.fixture(scope="module")
def protected() -> Tensor:
    crops, labels = photos(0)
    return poisoned_crops(METHOD, crops, labels, crop=CROP)


@pytest.fixture(scope="module")
def key() -> AuthorisedKey:
    crops, labels = photos(0)
    return METHOD.key(patches_of_crops(crops, labels, CROP))


def test_the_authorised_network_learns_and_a_hacker_does_not(protected: Tensor, key: AuthorisedKey) -> None:
    (crops, labels), (tests, tested) = photos(0), photos(1)
    clean = accuracy(crops, labels, tests, tested)
    assert clean > 0.85
    assert accuracy(protected, labels, tests, tested) < clean - 0.2
    authorised = train(key.classifier(PEOPLE), (protected, labels), LEARNING).classifier
    assert float((authorised.predict(tests) == tested).float().mean()) >= 0.85 * clean


def test_the_budget_holds_and_all_noise_has_the_colour(protected: Tensor, key: AuthorisedKey) -> None:
    moved = (protected.int() - photos(0)[0].int()).float()
    assert moved.abs().max() <= EPSILON
    beside = without_colour(moved, key.colour)
    assert beside.square().mean() < 0.02 * moved.square().mean()  # dither and rounding
    assert (moved > 0).float().mean() > 0.2
    assert (moved < 0).float().mean() > 0.2


def test_the_seed_and_the_photos_decide_everything(protected: Tensor, key: AuthorisedKey) -> None:
    crops, labels = photos(0)
    faces = patches_of_crops(crops, labels, CROP)
    assert torch.equal(poisoned_crops(METHOD, crops, labels, crop=CROP), protected)
    assert torch.equal(METHOD.key(faces).colour, key.colour)
    assert not torch.equal(METHOD.key(faces, seed=1).colour, key.colour)
    others = patches_of_crops(photos(1)[0], labels, CROP)
    assert not torch.equal(METHOD.key(others).colour, key.colour)


def test_a_key_that_is_given_is_used(key: AuthorisedKey) -> None:
    crops, labels = photos(1)
    faces = patches_of_crops(crops, labels, CROP)
    few = replace(METHOD, rounds=1)
    values = torch.stack(few(faces, torch.device("cpu"), key=key).values)
    assert without_colour(values, key.colour).square().mean() < 0.02 * values.square().mean()
    own = torch.stack(few(faces, torch.device("cpu")).values)
    assert without_colour(own, key.colour).square().mean() > 0.05 * own.square().mean()


def test_one_person_is_too_few() -> None:
    crops, labels = photos()
    with pytest.raises(ValueError, match="two people"):
        poisoned_crops(METHOD, crops[:6], labels[:6], crop=CROP)


def test_gradients_match_on_the_blind_network_and_on_no_other(protected: Tensor, key: AuthorisedKey) -> None:
    crops, labels = photos(0)
    pair = (protected[::3].float() / 255, crops[::3].float() / 255, labels[::3])
    settings = replace(LEARNING, epochs=4)
    blind_one, other = (
        train(start, (crops, labels), settings).classifier
        for start in (key.classifier(PEOPLE), TINY.classifier(PEOPLE, 5))
    )
    assert gradient_matching(blind_one, *pair) < 0.02
    assert gradient_matching(other, *pair) > 0.1


def test_gradient_matching_is_one_minus_the_cosine_and_differentiable(key: AuthorisedKey) -> None:
    crops, labels = photos(0)
    clean, few = crops[::6].float() / 255, labels[::6]
    network = TINY.classifier(PEOPLE, 5).eval()
    moved = (clean + 0.05).requires_grad_()
    gradients = []
    for shown in (moved.detach(), clean):
        network.zero_grad()
        network.losses(shown, few).mean().backward()
        gradients.append(torch.cat([p.grad.flatten() for p in network.parameters() if p.grad is not None]))
    mismatch = gradient_matching(network, moved, clean, few)
    cosine = float(gradients[0] @ gradients[1] / gradients[0].norm() / gradients[1].norm())
    assert float(mismatch.detach()) == pytest.approx(1 - cosine, abs=1e-4)
    (gradient,) = torch.autograd.grad(mismatch, moved)
    lower = (moved - 0.01 * gradient / gradient.norm()).detach()
    assert gradient_matching(network, lower, clean, few) < mismatch


def test_feature_distance_is_what_is_missing_to_the_margin() -> None:
    one = torch.tensor([[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]])
    other = torch.tensor([[3.0, 0.0], [1.0, 0.0], [1.0, 0.0]])
    wanted = (0.5 + 0.0 + (0.5 - (1 - 0.5**0.5))) / 3
    assert float(feature_distance(one, other, 0.5)) == pytest.approx(wanted)


def test_distillation_is_the_divergence_of_softened_answers() -> None:
    teacher, student = torch.tensor([[2.0, 0.0, -2.0]]), torch.tensor([[0.0, 1.0, 0.0]])
    t, s = torch.softmax(teacher / 2, 1), torch.softmax(student / 2, 1)
    assert float(distillation(teacher, student, 2.0)) == pytest.approx(float(4 * (t * (t / s).log()).sum()))
    assert float(distillation(teacher, teacher + 3, 2.0)) == pytest.approx(0.0, abs=1e-6)


def test_error_minimising_is_the_mean_over_hackers() -> None:
    crops, labels = photos(0)
    shown = crops[:4].float() / 255
    hackers = [TINY.classifier(PEOPLE, seed).eval() for seed in (1, 2)]
    each = [hacker.losses(shown, labels[:4]).mean().item() for hacker in hackers]
    assert error_minimising(hackers, [shown, shown], labels[:4]).item() == pytest.approx(sum(each) / 2)


def test_colours_are_far_from_grey_and_seen_in_greyscale() -> None:
    colours = torch.stack([draw_colour(seed) for seed in range(50)])
    assert torch.allclose(colours.abs().amax(1), torch.ones(50))
    assert (colours.norm(dim=1) >= 1.5).all()
    assert ((colours.sum(1) / colours.norm(dim=1) / 3**0.5).abs() <= 0.6).all()
    assert ((colours @ torch.tensor([0.299, 0.587, 0.114])).abs() >= 0.25).all()
    assert len(torch.unique((colours * colours[:, :1].sign()).round(decimals=2), dim=0)) > 40


@pytest.mark.parametrize("order", ["RGB", "BGR"])
def test_a_blind_network_sees_nothing_of_the_colour_after_training_either(order: str) -> None:
    colour = torch.tensor([1.0, 0.6, -0.7])
    backbone = Tiny(crop=replace(CROP, colour_order=order))
    key = AuthorisedKey.of(FaceClassifier(backbone, CosFace(8, PEOPLE, 8, 0.1)), colour)
    crops, labels = photos(0)
    trained = train(key.classifier(PEOPLE), (crops, labels), replace(LEARNING, epochs=2)).classifier.eval()
    plain = FaceClassifier(trained.backbone, trained.head).eval()  # as any recogniser runs it
    before = crops[:4].float() / 255
    shape = 0.1 * torch.rand(4, 1, 16, 16) * colour.view(1, 3, 1, 1)
    for network in (trained, plain):
        assert torch.allclose(network.embed(before), network.embed(before + shape), atol=1e-4)
    assert not torch.allclose(plain.embed(before), plain.embed(before + 0.05), atol=1e-4)


def test_only_a_network_that_begins_with_three_colours_can_be_blind() -> None:
    backbone = Tiny()
    backbone.convolution = torch.nn.Conv2d(1, 4, 3, 2, 1)
    with pytest.raises(SettingsError, match="no first layer over three colours"):
        blind(backbone, torch.ones(3))


def test_noise_keeps_its_colour_where_photos_leave_no_room_and_grey_photos_stay_grey() -> None:
    crops, labels = photos(0)
    crops[0] = 255
    crops[1] = 0
    faces = patches_of_crops(crops[:6], labels[:6], CROP)
    stacked = batch([replace(patch, grey=place == 2) for place, patch in enumerate(faces.patches)],
                    torch.device("cpu"))  # fmt: skip
    colour = torch.tensor([1.0, 0.6, -0.7])
    noise = ColouredNoise(NoiseGenerator(PEOPLE, 0), colour, Budget(EPSILON))
    delta = noise.of(stacked, torch.zeros(6, dtype=torch.int64)).detach()
    moved = stacked.images + delta
    assert moved.min() >= -1e-6
    assert moved.max() <= 1 + 1e-6
    assert not delta[0].any()  # white cannot rise, nor fall in one channel alone
    assert not delta[1].any()
    assert torch.equal(delta[2, :1].expand(3, -1, -1), delta[2])
    assert delta[2].any()
    assert without_colour(delta[3:], colour).abs().max() < 1e-6


def test_room_is_what_a_pixel_may_still_move() -> None:
    image = torch.tensor([0.9, 0.5, 0.1]).view(1, 3, 1, 1)
    lowest, highest = room(image, torch.tensor([0.2, 0.2, -0.2]).view(1, 3, 1, 1))
    assert float(highest) == pytest.approx(0.5)  # red to 1, blue to 0
    assert float(lowest) == -1.0


def test_codes_are_symmetric_and_far_apart() -> None:
    codes = spread_codes(40, 6, seed=0)
    assert torch.equal(codes, codes.flip(-1))
    half = codes[..., :3].flatten(1)
    apart = (half[:, None] != half[None]).sum(2) + 99 * torch.eye(40, dtype=torch.int64)
    assert apart.min() >= 5  # 40 codes drawn without a choice have a pair that differs in 2


def test_a_key_comes_back_from_its_file(tmp_path: Path) -> None:
    start = new_classifier("small-resnet", "cosface", 3, dimension=4, crop=CROP, scale=16.0, margin=0.2)
    made = AuthorisedKey.of(start, draw_colour(3))
    made = replace(made, settings={"method": "ungeneralizable"})
    path = tmp_path / "folder" / "key.safetensors"
    made.write(path)
    assert path.stat().st_mode & 0o077 == 0
    read = AuthorisedKey.read(str(path))
    assert read.settings == {"method": "ungeneralizable"}
    assert (read.head, read.head_settings) == ("cosface", {"scale": 16.0, "margin": 0.2})
    crops = torch.rand(2, 3, 16, 16)
    assert torch.equal(read.classifier(5, 1).eval().logits(crops), made.classifier(5, 1).eval().logits(crops))


def test_no_path_and_nobody_are_refused(key: AuthorisedKey) -> None:
    with pytest.raises(SettingsError, match="a key file is a path, not 5"):
        AuthorisedKey.read(5)  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match="a key file is a path, not None"):
        key.write(None)  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match="people is a whole number, not 'anna'"):
        key.classifier("anna")  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match="people must be at least 1, not 0"):
        key.classifier(0)
    with pytest.raises(SettingsError, match=r"seed is a whole number, not 1\.5"):
        key.classifier(2, seed=1.5)  # type: ignore[arg-type]


@pytest.mark.parametrize("damage", ["text", "altered", "other", "missing"])
def test_a_file_that_is_no_key_is_refused(tmp_path: Path, damage: str) -> None:
    from safetensors.torch import save

    start = new_classifier("small-resnet", "cosface", 3, dimension=4, crop=CROP, scale=16.0, margin=0.2)
    path = tmp_path / "key.safetensors"
    AuthorisedKey.of(start, draw_colour(3)).write(path)
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes({"text": b"not a key", "altered": bytes(content), "other": save({})}[damage])
    with pytest.raises(SettingsError, match=r"key\.safetensors: "):
        AuthorisedKey.read(path)
