"""What a trained victim is tested on, and how: its head on people it knows, its embeddings on strangers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from evaluation.benchmarks.train_preparation import Prepared
from evaluation.benchmarks.train_scenes import Scene
from evaluation.benchmarks.train_settings import TrainCase
from evaluation.benchmarks.train_split import TrainSplit
from evaluation.benchmarks.train_trials import Compared, Hits, Trials
from evaluation.benchmarks.train_verification import VerificationTest
from evaluation.metrics.identification import cmc
from evaluation.metrics.names import rank_name
from evaluation.metrics.nearest_neighbours import leave_one_out, votes
from evaluation.metrics.pairs import ScoredPairs, pair_similarities
from recognizers.training import FaceClassifier

EVERYBODY, PROTECTED, OTHERS, VERIFICATION = "", "protected people", "other people", "verification"
_RANKS = (1, 5)
_LONGEST_RANK = 20
_AT_ONCE = 128

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class VictimTests:
    """Everything that the victims of one scene are tested on: clean photos.

    Attributes:
        scene: The scene.
        split: Its people.
        photos: The test photos of the people who are trained on; in the open set, all photos of those who are
            kept out.
        neighbours: How many vote in the open set, beside the ranks.
        flip: Whether an embedding is the sum of the face's and of its mirror image's.
        verification: Pairs to compare in the open set; None for none.
    """

    scene: Scene
    split: TrainSplit
    photos: Prepared
    neighbours: int = 1
    flip: bool = False
    verification: VerificationTest | None = None

    def __call__(self, classifier: FaceClassifier) -> dict[str, Trials]:
        """Part (`EVERYBODY`, `PROTECTED`, `OTHERS`, `VERIFICATION`) -> what became of its trials."""
        people = self.photos.people(self.split.numbers()).numpy()
        if self.scene.case is TrainCase.OPEN:
            return self._open(classifier, people)
        known = np.array(self.scene.trained, np.int64)
        named = known[classifier.predict(self.photos.crops).numpy()]
        found = Hits({"accuracy": named == people}, people)
        parts: dict[str, Trials] = {EVERYBODY: found}
        if self.scene.mixed:
            protected = np.isin(people, self.scene.protected)
            parts |= {PROTECTED: found.only(protected), OTHERS: found.only(~protected)}
        return parts

    def _open(self, classifier: FaceClassifier, people: NDArray[np.int64]) -> dict[str, Trials]:
        vectors = embedded(classifier, self.photos.crops, self.flip)
        parts: dict[str, Trials] = {EVERYBODY: self._identified(vectors, people)}
        test = self.verification
        if test is not None:
            vectors = embedded(classifier, test.photos.crops, self.flip)
            first, second = test.pairs.first, test.pairs.second
            scores, strangers = pair_similarities(vectors, first, second), test.people()
            parts[VERIFICATION] = Compared(
                ScoredPairs(scores, strangers[first], strangers[second]), test.pairs.folds
            )
        return parts

    def _identified(self, vectors: Floats, people: NDArray[np.int64]) -> Hits:
        candidates = leave_one_out(vectors, people)
        mated = candidates.mated
        hits = {rank_name(rank): candidates.hits(rank)[mated] for rank in _ranks(people)}
        if self.neighbours > 1:
            hits[f"accuracy@k={self.neighbours}"] = votes(vectors, people, self.neighbours)[mated]
        return Hits(hits, people[mated], cmc(candidates, min(_LONGEST_RANK, len(np.unique(people)))))


def _ranks(people: NDArray[np.int64]) -> Sequence[int]:
    """A rank that everybody reaches says nothing."""
    return [rank for rank in _RANKS if rank == 1 or rank < len(np.unique(people))]


@torch.no_grad()
def embedded(classifier: FaceClassifier, crops: Tensor, flip: bool) -> Floats:
    """The embeddings (N, D) of crops, uint8 (N, 3, size, size), in evaluation mode."""
    classifier.eval()
    device = next(classifier.parameters()).device
    parts = []
    for part in crops.split(_AT_ONCE):
        shown = part.to(device).float() / 255
        vectors = classifier.embed(shown)
        if flip:
            vectors = vectors + classifier.embed(shown.flip(-1))
        parts.append(vectors.float().cpu())
    return np.asarray(torch.cat(parts).numpy(), np.float32)
