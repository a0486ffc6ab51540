"""What recognisers make of protected versions of photos, as figures."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray

from evaluation.benchmarks.curves import similarity_histograms
from evaluation.intervals import Bootstrap, person_mean, person_rate
from evaluation.metrics.identification import unit_length
from evaluation.results import Curve, Metric
from recognizers import Recognizer

COPY, PROTECTED = "ordinary copy", "protected"
_MOST_STRANGERS = 200_000  # pairs of different people that are looked at

Floats = NDArray[np.float32]


def version_figures(
    recognizer: Recognizer,
    before: Floats,
    after: Mapping[str, Floats],
    people: NDArray[np.int64],
    bootstrap: Bootstrap,
) -> dict[str, dict[str, Metric]]:
    """`found`, `similarity`, `recognised` and `similarity_change` by case.

    Args:
        recognizer: What made the embeddings.
        before: (N, D) of the originals.
        after: Case, the ordinary copy among them -> (N, D) of the versions, not a number where no face is.
        people: (N,) who they are.
        bootstrap: How persons are drawn again.
    """
    alike = {case: _similarity(before, vectors) for case, vectors in after.items()}
    figures: dict[str, dict[str, Metric]] = {}
    for case, vectors in after.items():
        there = np.isfinite(alike[case])
        figures[case] = {
            "found": person_rate(there, people, bootstrap),
            "similarity": _mean(alike[case], people, bootstrap),
            "recognised": _recognised(recognizer, before, vectors, people, bootstrap),
        }
        if case != COPY:
            figures[case]["similarity_change"] = _mean(alike[case] - alike[COPY], people, bootstrap)
    return figures


def _similarity(first: Floats, second: Floats) -> NDArray[np.float64]:
    """(N,) cosine similarities, not a number where one side has none."""
    return np.asarray(np.einsum("nd,nd->n", unit_length(first), unit_length(second), dtype=np.float64))


def _mean(values: NDArray[np.float64], people: NDArray[np.int64], bootstrap: Bootstrap) -> Metric:
    there = np.isfinite(values)
    if not there.any():
        return Metric(None, None, None, 0, reason="no face was found on any version")
    return person_mean(values[there], people[there], bootstrap)


def _recognised(
    recognizer: Recognizer, before: Floats, after: Floats, people: NDArray[np.int64], bootstrap: Bootstrap
) -> Metric:
    threshold = recognizer.threshold
    if threshold is None:
        return Metric(None, None, None, len(people), reason=f"{recognizer.name} has no usual threshold")
    passes = threshold.same_person(torch.from_numpy(before), torch.from_numpy(after)).numpy()
    return person_rate(passes, people, bootstrap)


def version_histograms(
    before: Floats, after: Floats, people: NDArray[np.int64], seed: int
) -> dict[str, Curve]:
    """Similarities of originals to versions: of their own, and of other people's; empty without these.

    Args:
        before: (N, D) of the originals.
        after: (N, D) of the versions, not a number where no face is.
        people: (N,) who they are.
        seed: Of drawing pairs of different people.
    """
    rng = np.random.default_rng(seed)
    first, second = rng.integers(len(people), size=(2, min(_MOST_STRANGERS, len(people) ** 2)))
    strangers = _similarity(before[first], after[second])[people[first] != people[second]]
    own = _similarity(before, after)
    if not np.isfinite(strangers).any() or not np.isfinite(own).any():
        return {}
    same = np.repeat([True, False], [len(own), len(strangers)])
    return similarity_histograms(np.concatenate([own, strangers]), same)
