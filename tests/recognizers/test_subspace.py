"""Eigenfaces and Fisherfaces against scikit-learn and against their definitions."""

from __future__ import annotations

import dataclasses

import cv2
import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from torch import Tensor

from recognizers import ARCFACE_112, Recognizer
from recognizers.subspace import Subspace, fit_eigenfaces, fit_fisherfaces, grey

SMALL = dataclasses.replace(ARCFACE_112, size=24)
PEOPLE, PHOTOS = 6, 5


def gallery(seed: int = 0) -> tuple[Tensor, list[str]]:
    """Crops of people, each a smooth pattern under smooth noise, uint8; and who."""
    generator = torch.Generator().manual_seed(7)
    patterns = torch.rand(PEOPLE, 3, 6, 6, generator=generator)
    noise = torch.rand(PEOPLE, PHOTOS, 3, 6, 6, generator=generator.manual_seed(seed))
    small = (0.6 * patterns[:, None] + 0.4 * noise).flatten(0, 1)
    crops = torch.nn.functional.interpolate(small, 24, mode="bilinear")
    return (crops * 255).to(torch.uint8), [f"person {i}" for i in range(PEOPLE) for _ in range(PHOTOS)]


def vectors(crops: Tensor) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Grey values by hand: (N, 576), 0..1."""
    red, green, blue = crops.double().unbind(1)
    return ((0.299 * red + 0.587 * green + 0.114 * blue) / 255).flatten(1).numpy()


def test_eigenfaces_are_scikit_learns_whitened_components() -> None:
    crops, _ = gallery()
    others, _ = gallery(seed=1)
    theirs = PCA(12, whiten=True, random_state=0).fit(vectors(crops))
    ours = fit_eigenfaces(crops, 12, SMALL)
    assert isinstance(ours, Recognizer)
    found = ours.embed(others.double() / 255).numpy()
    assert np.abs(found - theirs.transform(vectors(others))).max() < 1e-6
    assert (ours.name, ours.dimension, ours.crop, ours.threshold) == ("eigenfaces", 12, SMALL, None)
    assert list(ours.view(others.double() / 255).features) == []


def test_eigenfaces_of_the_gallery_have_variance_one_and_no_correlation() -> None:
    crops, _ = gallery()
    embeddings = fit_eigenfaces(crops, 8, SMALL).embed(crops.double() / 255)
    assert torch.allclose(torch.cov(embeddings.T), torch.eye(8, dtype=torch.float64), atol=1e-9)


@pytest.mark.parametrize("components", [None, 3])
def test_fisherfaces_are_scikit_learns_two_steps(components: int | None) -> None:
    crops, people = gallery()
    others, _ = gallery(seed=1)
    first = PCA(len(people) - PEOPLE, random_state=0).fit(vectors(crops))
    second = LinearDiscriminantAnalysis(n_components=components)
    second.fit(first.transform(vectors(crops)), people)
    expected = second.transform(first.transform(vectors(others)))
    ours = fit_fisherfaces(crops, people, components, SMALL)
    found = ours.embed(others.double() / 255).numpy()
    assert found.shape == (30, components or PEOPLE - 1)
    # Each direction's sign is anybody's choice, and falls otherwise with every rounding.
    expected *= np.sign((found * expected).sum(0))
    assert np.abs(found - expected).max() < 1e-6 * np.abs(expected).max()
    assert ours.name == "fisherfaces"


def test_fisherfaces_recognise_new_photos_better_than_chance_and_numbers_name_people_too() -> None:
    crops, people = gallery()
    others, _ = gallery(seed=1)
    ours = fit_fisherfaces(crops, people, crop=SMALL)
    known, new = (torch.nn.functional.normalize(ours.embed(c.float() / 255)) for c in (crops, others))
    nearest = (new @ known.T).argmax(1)
    assert sum(people[i] == people[j] for i, j in enumerate(nearest.tolist())) > 24
    numbers = fit_fisherfaces(crops, torch.arange(PEOPLE).repeat_interleave(PHOTOS), crop=SMALL)
    assert torch.equal(numbers.embed(crops.float() / 255), ours.embed(crops.float() / 255))


def test_the_usual_number_of_components_fits_the_gallery() -> None:
    crops, people = gallery()
    assert fit_eigenfaces(crops, crop=SMALL).dimension == 29
    assert fit_fisherfaces(crops, people, crop=SMALL).dimension == PEOPLE - 1


def test_grey_is_opencvs() -> None:
    crops, _ = gallery()
    expected = [cv2.cvtColor(crop.permute(1, 2, 0).numpy(), cv2.COLOR_RGB2GRAY) for crop in crops]
    assert np.abs(grey(crops.double()).numpy() - np.stack(expected)).max() <= 0.51  # rounded there


def test_bytes_and_floats_are_the_same_gallery() -> None:
    crops, people = gallery()
    values = crops.double() / 255
    assert torch.allclose(
        fit_fisherfaces(crops, people, crop=SMALL).embed(values),
        fit_fisherfaces(values, people, crop=SMALL).embed(values),
    )


@pytest.mark.parametrize("kind", ["eigenfaces", "fisherfaces"])
def test_gradients_are_exact(kind: str) -> None:
    crops, people = gallery()
    ours = (
        fit_eigenfaces(crops, 4, SMALL) if kind == "eigenfaces" else fit_fisherfaces(crops, people, 4, SMALL)
    )
    values = (crops[:2].double() / 255).requires_grad_()
    assert torch.autograd.gradcheck(ours.embed, (values,))
    assert torch.allclose(ours.embed(values.float()), ours.embed(values).float(), rtol=1e-4, atol=1e-5)
    assert ours.embed(values.float()).dtype == torch.float32
    assert ours.embed(values[:0]).shape == (0, 4)


def test_galleries_that_are_too_small() -> None:
    crops, people = gallery()
    with pytest.raises(ValueError, match="30 crops do not give 30 components"):
        fit_eigenfaces(crops, 30, SMALL)
    with pytest.raises(ValueError, match="1 crops do not give 0 components"):
        fit_eigenfaces(crops[:1], crop=SMALL)
    with pytest.raises(ValueError, match="6 people give 1 to 5 Fisherfaces, not 6"):
        fit_fisherfaces(crops, people, 6, SMALL)
    with pytest.raises(ValueError, match="needs two at least"):
        fit_fisherfaces(crops[:5], people[:5], crop=SMALL)
    with pytest.raises(ValueError, match="30 crops need as many names, not 3"):
        fit_fisherfaces(crops, people[:3], crop=SMALL)
    with pytest.raises(ValueError, match="a gallery takes crops"):
        fit_eigenfaces(crops)


def test_matrices_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match=r"need a mean \(576,\) and a matrix \(dimension, 576\)"):
        Subspace("eigenfaces", torch.zeros(576), torch.zeros(4, 575), SMALL)
