"""Training on real faces: what is learned recognises photos that were not shown."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from faceguard.engine.sight import aligned_crops
from faceguard.faces.mtcnn import MtcnnDetector
from faceguard.photos import read_photo
from recognizers import ARCFACE_112, load
from recognizers.subspace import fit_fisherfaces
from recognizers.training import TrainingSettings, new_classifier, train

PEOPLE, SHOWN, HELD_OUT = 8, 12, 4


@pytest.fixture(scope="module")
def faces(data_root: Path) -> tuple[Tensor, Tensor, Tensor]:
    """Crops of the largest face in each photo (N, 3, 112, 112), uint8; who; and whether it is held out."""
    listed = data_root / "celeba" / "identity_CelebA.txt"
    if not listed.is_file():
        pytest.skip(f"no {listed}")
    photos: dict[str, list[str]] = {}
    for line in listed.read_text().splitlines():
        name, person = line.split()
        photos.setdefault(person, []).append(name)
    detector = MtcnnDetector("cpu")
    crops, labels, held_out = [], [], []
    for label, person in enumerate(sorted(photos)[:PEOPLE]):
        for place, name in enumerate(sorted(photos[person])[: SHOWN + HELD_OUT]):
            pixels = read_photo(data_root / "celeba" / "img_celeba" / name).pixels
            found = detector.detect([pixels])[0]
            if found:
                crops.append((aligned_crops(pixels, found[:1], ARCFACE_112)[0] * 255).round())
                labels.append(label)
                held_out.append(place >= SHOWN)
    return torch.stack(crops).to(torch.uint8), torch.tensor(labels), torch.tensor(held_out)


@pytest.mark.slow
def test_a_small_network_learns_people_and_keeps_them_in_its_file(
    faces: tuple[Tensor, Tensor, Tensor], tmp_path: Path
) -> None:
    crops, labels, held_out = faces
    path = tmp_path / "victim.safetensors"
    result = train(
        new_classifier("small-resnet", "cosface", PEOPLE, scale=16, margin=0.2),
        (crops[~held_out], labels[~held_out]),
        TrainingSettings(epochs=20, batch_size=16, device="cpu"),
        checkpoint=path,
    )
    share = (result.classifier.predict(crops[held_out]) == labels[held_out]).double().mean()
    assert share > 0.5  # chance is one in eight
    recognizer = load(f"file:{path}")
    gallery, probes = (F.normalize(recognizer.embed(part.float() / 255)) for part in _parts(crops, held_out))
    nearest = labels[~held_out][(probes @ gallery.T).argmax(1)]
    assert (nearest == labels[held_out]).double().mean() > 0.5


@pytest.mark.slow
def test_fisherfaces_recognise_people(faces: tuple[Tensor, Tensor, Tensor]) -> None:
    crops, labels, held_out = faces
    recognizer = fit_fisherfaces(crops[~held_out], labels[~held_out])
    gallery, probes = (F.normalize(recognizer.embed(part.float() / 255)) for part in _parts(crops, held_out))
    nearest = labels[~held_out][(probes @ gallery.T).argmax(1)]
    assert (nearest == labels[held_out]).double().mean() > 0.3


def _parts(crops: Tensor, held_out: Tensor) -> tuple[Tensor, Tensor]:
    return crops[~held_out], crops[held_out]
