"""Who is in an album: what surrogates make of its faces, of each face's person, and of everybody else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock

import torch
from torch import Tensor
from torch.nn import functional as F

from faceguard.faces.face import Face
from faceguard.people.typical_face import typical_features
from recognizers import Measure, Recognizer, Views

_COSINE_WITHOUT_THRESHOLD = 0.5  # well above what ArcFace-like recognisers give strangers
_BLOCK = 4096
_FACES = 16  # of a person, whose activations are kept: they are large, and albums may be, too
_ALL_FACES = 2048  # of all people together: the later ones' activations are then taken for their person's
_LARGEST = torch.finfo(torch.float16).max
_STRANGERS = 8  # faces of the album's other people that count as much as the strangers everybody has


class People:
    """What is remembered of an album's faces, for each surrogate.

    A face's person is whoever its surrogate takes for the same: the faces within its usual threshold. So
    nobody has to be named. Embeddings are kept of all faces, in any order; activations, which take more
    memory, of a person's first faces only, and of an album's first ones.

    Args:
        surrogates: The recognisers that tell people apart.
    """

    def __init__(self, surrogates: Sequence[Recognizer]) -> None:
        self._memories = [_Memory(surrogate) for surrogate in surrogates]
        self._places: dict[Face, tuple[int, int]] = {}  # which addition, and which of its faces
        self._adding = Lock()

    def add(self, seen: Sequence[Views], faces: Sequence[Face] = ()) -> None:
        """Remembers faces.

        Args:
            seen: What each surrogate makes of them.
            faces: Whose they are, in this order, where `of` shall know them again.
        """
        with self._adding:
            addition = len(self._memories[0].embeddings)
            for memory, views in zip(self._memories, seen, strict=True):
                memory.add(views)
            self._places.update({face: (addition, row) for row, face in enumerate(faces)})

    def of(self, faces: Sequence[Face]) -> list[Tensor] | None:
        """For each surrogate, (F, D): the embeddings of faces as they were added, None if one was not."""
        places = [self._places.get(face) for face in faces]
        known = [place for place in places if place is not None]
        if not known or len(known) < len(places):
            return None
        return [torch.stack([memory.embeddings[one][row] for one, row in known]) for memory in self._memories]

    def means(self, embeddings: Sequence[Tensor]) -> list[Views]:
        """For each surrogate, what it makes of each face's person on average.

        These are the mean unit embedding (F, D) and the mean activations (F, channels, height, width), of
        those among the remembered that are taken for the same. A face that resembles none of them, not even
        itself, is its own person; its activations are zero.

        Args:
            embeddings: The faces asked about: one (F, D) tensor for each surrogate.
        """
        return [
            Views(memory.mean_embedding(faces.float().cpu()), memory.mean_features(faces.float().cpu()))
            for memory, faces in zip(self._memories, embeddings, strict=True)
        ]

    def typical(self, embeddings: Sequence[Tensor], device: torch.device) -> list[list[Tensor]]:
        """For each surrogate, the activations that faces in general give it, each face's person aside.

        These are the means over the strangers of `typical_features` and over those of the album's faces that
        are not taken for the same: the more of them are kept, the more they count.

        Args:
            embeddings: The faces asked about: one (F, D) tensor for each surrogate.
            device: Where the surrogates run.

        Returns:
            Each (F, channels, height, width), on the CPU; none for a surrogate that shows no activations.
        """
        return [
            memory.typical(faces.float().cpu(), typical_features(memory.recognizer, device))
            for memory, faces in zip(self._memories, embeddings, strict=True)
        ]


@dataclass(eq=False)
class _Memory:
    """What one surrogate makes of an album's faces.

    Attributes:
        recognizer: The surrogate.
        embeddings: Of all faces, (F, D) for each addition.
        kept: The embeddings of the faces whose activations are kept, each (D,).
        features: Their activations, float16, for each of the surrogate's groups.
        total: The sum of these, float32.
    """

    recognizer: Recognizer
    embeddings: list[Tensor] = field(default_factory=list)
    kept: list[Tensor] = field(default_factory=list)
    features: list[tuple[Tensor, ...]] = field(default_factory=list)
    total: list[Tensor] = field(default_factory=list)

    def add(self, views: Views) -> None:
        embeddings = views.embedding.detach().float().cpu()
        self.embeddings.append(embeddings)
        if not views.features:
            return
        for row, embedding in enumerate(embeddings):
            if len(self.kept) == _ALL_FACES:
                return
            if not self.kept or self._alike(embedding[None], torch.stack(self.kept)).sum() < _FACES:
                self._keep(embedding, [_half(feature[row].detach()).cpu() for feature in views.features])

    def _keep(self, embedding: Tensor, features: Sequence[Tensor]) -> None:
        self.kept.append(embedding)
        self.features.append(tuple(features))
        self.total = self.total or [torch.zeros_like(feature, dtype=torch.float32) for feature in features]
        for total, feature in zip(self.total, features, strict=True):
            total += feature

    def mean_embedding(self, faces: Tensor) -> Tensor:
        """(F, D): the mean unit embedding of each face's person."""
        known = torch.cat(self.embeddings) if self.embeddings else faces[:0]
        total = torch.zeros_like(faces)
        for block in known.split(_BLOCK):
            total += self._alike(faces, block).float() @ F.normalize(block)
        unknown = total.square().sum(1, keepdim=True) == 0
        return F.normalize(torch.where(unknown, faces, total))

    def mean_features(self, faces: Tensor) -> list[Tensor]:
        """The mean activations of each face's person, (F, channels, height, width)."""
        if not self.kept:
            return []
        means = []
        for alike in self._alike(faces, torch.stack(self.kept)):
            theirs = self._features_of(alike)
            mean = [torch.stack(group).float().mean(0) for group in zip(*theirs, strict=True)]
            means.append(mean or [torch.zeros_like(group).float() for group in self.features[0]])
        return [torch.stack(group) for group in zip(*means, strict=True)]

    def typical(self, faces: Tensor, strangers: Sequence[Tensor]) -> list[Tensor]:
        """The mean activations of strangers, (1, ...), and of others than each face's person: (F, ...)."""
        own = [_STRANGERS * stranger[0].cpu() for stranger in strangers]
        if not self.kept:
            return [total.expand(len(faces), -1, -1, -1) / _STRANGERS for total in own]
        each = []
        for alike in self._alike(faces, torch.stack(self.kept)):
            theirs = self._features_of(alike)
            number = _STRANGERS + len(self.kept) - len(theirs)
            totals = [first + second for first, second in zip(own, self.total, strict=True)]
            for one in theirs:
                totals = [total - feature for total, feature in zip(totals, one, strict=True)]
            each.append([total / number for total in totals])
        return [torch.stack(group) for group in zip(*each, strict=True)]

    def _features_of(self, kept: Tensor) -> list[tuple[Tensor, ...]]:
        """The activations of some of the faces whose are kept, by a bool for each of these."""
        return [self.features[place] for place in kept.nonzero()[:, 0].tolist()]

    def _alike(self, faces: Tensor, others: Tensor) -> Tensor:
        """(F, O) bool: which of others (O, D) the surrogate takes for the same person as faces (F, D)."""
        threshold = self.recognizer.threshold
        if threshold is not None and threshold.measure is Measure.EUCLIDEAN:
            return torch.cdist(faces, others) <= threshold.value
        least = threshold.value if threshold is not None else _COSINE_WITHOUT_THRESHOLD
        return F.normalize(faces) @ F.normalize(others).T >= least


def _half(values: Tensor) -> Tensor:
    """In half the space; larger values than it holds become its largest, as infinite ones have no mean."""
    return values.clamp(-_LARGEST, _LARGEST).half()
