"""Which faces match references: thresholds, the band around them, and one person once on a photo."""

from __future__ import annotations

import torch

from faceguard.people.references import Reference, References, Verdict, distances


def references(*places: float) -> References:
    """References on a line, named by their places."""
    return References([Reference(f"{place}", "", torch.tensor([place, 0.0])) for place in places])


def verdicts(known: References, *faces: float) -> list[Verdict]:
    return [match.verdict for match in known.matches(torch.tensor([[face, 0.0] for face in faces]))]


def test_the_band_around_the_threshold_is_unsure() -> None:
    known = references(0.0)
    for distance, verdict in (
        (0.0, Verdict.YES),
        (0.54, Verdict.YES),
        (0.56, Verdict.UNSURE),
        (0.64, Verdict.UNSURE),
        (0.66, Verdict.NO),
        (5.0, Verdict.NO),
    ):
        assert verdicts(known, distance) == [verdict], distance


def test_the_nearest_reference_counts() -> None:
    (match,) = references(0.0, 1.0, 9.0).matches(torch.tensor([[0.9, 0.0]]))
    assert (match.verdict, match.distance, match.reference) == (Verdict.YES, 0.1, "1.0")


def test_nobody_is_on_a_photo_twice() -> None:
    assert verdicts(references(0.0), 0.3, 0.1, 0.2) == [Verdict.UNSURE, Verdict.YES, Verdict.UNSURE]
    # Two references of one person do not make it two, but two people are two.
    assert verdicts(references(0.0, 0.5), 0.1, 0.45) == [Verdict.UNSURE, Verdict.YES]
    assert verdicts(references(0.0, 2.0), 0.1, 1.9) == [Verdict.YES, Verdict.YES]
    # Chains join: the outer two are too far apart by themselves.
    assert verdicts(references(0.0, 0.5, 1.0), 0.1, 0.98) == [Verdict.UNSURE, Verdict.YES]
    # Who is far from all takes nothing from the one who is near.
    assert verdicts(references(0.0), 0.5, 3.0) == [Verdict.YES, Verdict.NO]


def test_what_two_sides_have_in_common() -> None:
    assert references(0.0, 3.0).in_common(references(2.8, 9.0)) == ("3.0", "2.8")
    assert references(0.0).in_common(references(0.6)) is None


def test_distances_are_euclidean() -> None:
    apart = distances(torch.tensor([[0.0, 0.0], [3.0, 4.0]]), torch.tensor([[0.0, 0.0]]))
    assert apart.tolist() == [[0.0], [5.0]]
