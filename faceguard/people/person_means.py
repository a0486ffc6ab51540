"""Who is in an album: the embeddings of its faces, and each face's person's mean."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock

import torch
from torch import Tensor
from torch.nn import functional as F

from faceguard.faces.face import Face
from recognizers import Measure, Recognizer

_COSINE_WITHOUT_THRESHOLD = 0.5  # well above what ArcFace-like recognisers give strangers
_BLOCK = 4096


class People:
    """Embeddings of an album's faces, one set for each surrogate.

    A face's person is whoever its surrogate takes for the same: the faces within its usual threshold. So
    nothing depends on the order of the photos, and nobody has to be named.

    Args:
        surrogates: The recognisers that tell people apart.
    """

    def __init__(self, surrogates: Sequence[Recognizer]) -> None:
        self._surrogates = list(surrogates)
        self._embeddings: list[list[Tensor]] = [[] for _ in self._surrogates]
        self._places: dict[Face, tuple[int, int]] = {}  # which addition, and which of its faces
        self._adding = Lock()

    def add(self, embeddings: Sequence[Tensor], faces: Sequence[Face] = ()) -> None:
        """Remembers faces: one (F, D) tensor of embeddings for each surrogate.

        Args:
            embeddings: What the surrogates make of them.
            faces: Whose they are, in this order, where `of` shall know them again.
        """
        with self._adding:
            addition = len(self._embeddings[0])
            for known, new in zip(self._embeddings, embeddings, strict=True):
                known.append(new.detach().float().cpu())
            self._places.update({face: (addition, row) for row, face in enumerate(faces)})

    def of(self, faces: Sequence[Face]) -> list[Tensor] | None:
        """For each surrogate, (F, D): the embeddings of faces as they were added, None if one was not."""
        places = [self._places.get(face) for face in faces]
        known = [place for place in places if place is not None]
        if not known or len(known) < len(places):
            return None
        return [torch.stack([added[one][row] for one, row in known]) for added in self._embeddings]

    def means(self, embeddings: Sequence[Tensor]) -> list[Tensor]:
        """For each surrogate, (F, D): the mean unit embedding of each face's person among those remembered.

        A face that resembles none of them, not even itself, is its own person.

        Args:
            embeddings: The faces asked about: one (F, D) tensor for each surrogate.
        """
        return [
            self._mean(recognizer, torch.cat(known) if known else new.cpu()[:0].float(), new.float().cpu())
            for recognizer, known, new in zip(self._surrogates, self._embeddings, embeddings, strict=True)
        ]

    def _mean(self, recognizer: Recognizer, known: Tensor, faces: Tensor) -> Tensor:
        total = torch.zeros_like(faces)
        for block in known.split(_BLOCK):
            threshold = recognizer.threshold
            if threshold is not None and threshold.measure is Measure.EUCLIDEAN:
                alike = torch.cdist(faces, block) <= threshold.value
            else:
                least = threshold.value if threshold is not None else _COSINE_WITHOUT_THRESHOLD
                alike = F.normalize(faces) @ F.normalize(block).T >= least
            total += alike.float() @ F.normalize(block)
        unknown = total.square().sum(1, keepdim=True) == 0
        return F.normalize(torch.where(unknown, faces, total))
