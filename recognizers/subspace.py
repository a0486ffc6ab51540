"""The classical recognisers: eigenfaces (PCA) and Fisherfaces (PCA, then LDA), fitted with scikit-learn.

M. Turk, A. Pentland: Eigenfaces for Recognition, 1991. P. Belhumeur, J. Hespanha, D. Kriegman: Eigenfaces vs.
Fisherfaces, PAMI 1997. Both see the grey values of a crop as one long vector and are linear in it, so
gradients pass through a matrix.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from recognizers.base import Threshold, Views, check_crops
from recognizers.checkpoint import Checkpoint, common_description, write_checkpoint
from recognizers.crops import ARCFACE_112, CropSpec

EIGENFACES, FISHERFACES = KINDS = ("eigenfaces", "fisherfaces")
_LUMA = (0.299, 0.587, 0.114)  # of R, G, B: ITU-R BT.601, as OpenCV's grey
_USUAL_COMPONENTS = 150
_LICENCE = "fitted on a gallery of your own; the photos' terms apply"

Floats = NDArray[np.float64]


class Subspace:
    """A linear recogniser: the embedding of a crop is a matrix times its grey values less their mean.

    It computes in float64, whatever the crops are. Differentiable; it has no intermediate features.

    Args:
        kind: One of `KINDS`.
        mean: (size * size,): what is subtracted from the grey values, 0..1, row by row.
        matrix: (dimension, size * size).
        crop: The crop it was fitted on.
        device: Where it runs.
        name: What it is called.
        licence: The licence of its matrix, in words.
        threshold: Its usual threshold, where one is known.

    Raises:
        ValueError: The shapes do not belong together.
    """

    differentiable = True

    def __init__(
        self,
        kind: str,
        mean: Tensor,
        matrix: Tensor,
        crop: CropSpec = ARCFACE_112,
        device: torch.device | str = "cpu",
        *,
        name: str | None = None,
        licence: str = _LICENCE,
        threshold: Threshold | None = None,
    ) -> None:
        if matrix.ndim != 2 or mean.shape != (crop.size**2,) or matrix.shape[1] != crop.size**2:
            raise ValueError(
                f"{kind} of {crop.size} px crops need a mean ({crop.size**2},) and a matrix (dimension, "
                f"{crop.size**2}), not {tuple(mean.shape)} and {tuple(matrix.shape)}"
            )
        self.kind = kind
        self.name = name or kind
        self.licence = licence
        self.threshold = threshold
        self.crop = crop
        self._mean = mean.double().to(device)
        self._matrix = matrix.double().to(device)

    @classmethod
    def from_checkpoint(cls, checkpoint: Checkpoint, device: torch.device | str = "cpu") -> Subspace:
        """The recogniser that a checkpoint holds, called `file:` and its path.

        Raises:
            RecognizerError: Its sidecar or its tensors are not those of a subspace.
        """
        try:
            return cls(
                checkpoint.read("kind", str),
                checkpoint.tensors["mean"],
                checkpoint.tensors["matrix"],
                checkpoint.crop(),
                device,
                name=f"file:{checkpoint.path}",
                licence=checkpoint.read("licence", str),
                threshold=checkpoint.threshold(),
            )
        except KeyError as error:
            raise checkpoint.refusal(f"there is no tensor {error} beside it") from error
        except ValueError as error:
            raise checkpoint.refusal(str(error)) from error

    @property
    def dimension(self) -> int:
        """The length of its embeddings."""
        return self._matrix.shape[0]

    def embed(self, crops: Tensor) -> Tensor:
        """Embeddings (B, dimension) of crops (B, 3, size, size), RGB, 0..1, in the crops' type."""
        check_crops(crops, self.crop, self.name)
        embeddings: Tensor = (grey(crops.double()).flatten(1) - self._mean) @ self._matrix.T
        return embeddings.to(crops.dtype)

    def view(self, crops: Tensor) -> Views:
        """The embeddings of crops; there are no intermediate features."""
        return Views(self.embed(crops), ())

    def to(self, device: torch.device | str) -> Subspace:
        """The same recogniser with its matrix on another device."""
        self._mean, self._matrix = self._mean.to(device), self._matrix.to(device)
        return self

    def save(self, path: Path) -> None:
        """Writes the recogniser for `recognizers.load("file:PATH")`.

        Args:
            path: The file of tensors, NAME.safetensors; its sidecar NAME.json comes beside it.

        Raises:
            RecognizerError: It cannot be written.
        """
        description = common_description(self.kind, self.crop, self.dimension, self.licence, self.threshold)
        write_checkpoint(path, description, {"mean": self._mean, "matrix": self._matrix})


def grey(crops: Tensor) -> Tensor:
    """Grey values (B, H, W) of crops (B, 3, H, W), RGB, float 0..1."""
    weights = torch.tensor(_LUMA, dtype=crops.dtype, device=crops.device).view(1, 3, 1, 1)
    return (crops * weights).sum(1)


def fit_eigenfaces(gallery: Tensor, components: int | None = None, crop: CropSpec = ARCFACE_112) -> Subspace:
    """Eigenfaces: the principal components of a gallery, whitened (each with variance 1 over the gallery).

    Args:
        gallery: Crops (N, 3, size, size), RGB, uint8 or float 0..1.
        components: The length of the embeddings; the smaller of 150 and N - 1 if not given.
        crop: What the crops are.

    Raises:
        ValueError: There are too few crops for so many components.
    """
    values = _values(gallery, crop)
    count = min(_USUAL_COMPONENTS, len(values) - 1) if components is None else components
    mean, matrix = _principal(values, count, whiten=True)
    return Subspace(EIGENFACES, torch.from_numpy(mean), torch.from_numpy(matrix), crop)


def fit_fisherfaces(
    gallery: Tensor,
    people: Sequence[int] | Sequence[str] | Tensor,
    components: int | None = None,
    crop: CropSpec = ARCFACE_112,
) -> Subspace:
    """Fisherfaces: of a gallery's principal components, the directions that tell its people apart best.

    There are at most as many components as people less one. The PCA before keeps N - people components, as
    in the paper, so that the scatter within people can be inverted.

    Args:
        gallery: Crops (N, 3, size, size), RGB, uint8 or float 0..1.
        people: Who each of them shows: N numbers or names.
        components: The length of the embeddings; as many as there can be if not given.
        crop: What the crops are.

    Raises:
        ValueError: There are too few people, or crops of them, for so many components.
    """
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    values = _values(gallery, crop)
    labels = people.cpu().numpy() if isinstance(people, Tensor) else np.asarray(people)
    if len(labels) != len(values):
        raise ValueError(f"{len(values)} crops need as many names, not {len(labels)}")
    different = len(np.unique(labels))
    most = different - 1
    if most < 1:
        raise ValueError("Fisherfaces tell people apart: a gallery needs two at least")
    if components is not None and not 1 <= components <= most:
        raise ValueError(f"{different} people give 1 to {most} Fisherfaces, not {components}")
    mean, principal = _principal(values, min(len(values) - different, values.shape[1]), whiten=False)
    analysis = LinearDiscriminantAnalysis(n_components=components or most)
    analysis.fit((values - mean) @ principal.T, labels)
    directions: Floats = analysis.scalings_[:, : components or most]
    # LDA has its own mean, of the classes: moved back through the PCA, the two steps are one.
    centre = mean + analysis.xbar_ @ principal
    return Subspace(FISHERFACES, torch.from_numpy(centre), torch.from_numpy(directions.T @ principal), crop)


def _values(gallery: Tensor, crop: CropSpec) -> Floats:
    """Grey values (N, size * size), 0..1."""
    crops = gallery.double() / 255 if gallery.dtype == torch.uint8 else gallery.double()
    check_crops(crops, crop, "a gallery")
    values: Floats = grey(crops).flatten(1).cpu().numpy()
    return values


def _principal(values: Floats, components: int, whiten: bool) -> tuple[Floats, Floats]:
    """The mean (P,) and the principal components (components, P) of values (N, P)."""
    from sklearn.decomposition import PCA

    if not 1 <= components < len(values) or components > values.shape[1]:
        raise ValueError(f"{len(values)} crops do not give {components} components")
    analysis: Any = PCA(components, whiten=whiten, random_state=0).fit(values)
    matrix: Floats = analysis.components_
    if whiten:
        matrix = matrix / np.sqrt(analysis.explained_variance_)[:, None]
    return analysis.mean_, matrix
