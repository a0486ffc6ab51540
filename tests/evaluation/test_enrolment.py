"""The enrolment protocol on made-up embeddings, where the answer is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from evaluation.benchmarks.enrolment import gallery_and_probes, rank1
from evaluation.datasets.celeba import Identity


def made(people: int = 5, photos: int = 4) -> tuple[list[Identity], dict[Path, np.ndarray]]:
    identities = [Identity(str(i), tuple(Path(f"{i}-{k}.jpg") for k in range(photos))) for i in range(people)]
    rng = np.random.default_rng(0)
    centres = np.eye(people, dtype=np.float32)
    return identities, {
        path: centres[i] + 0.01 * rng.normal(size=people).astype(np.float32)
        for i, identity in enumerate(identities)
        for path in identity.photos
    }


def test_the_first_half_is_the_gallery() -> None:
    gallery, probes = gallery_and_probes(made()[0][0])
    assert [path.name for path in gallery] == ["0-0.jpg", "0-1.jpg"]
    assert [path.name for path in probes] == ["0-2.jpg", "0-3.jpg"]


def test_clean_galleries_find_everybody() -> None:
    people, clean = made()
    share = rank1(people, [0, 3], clean, clean)
    assert (share.value, share.n) == (1.0, 4)


def test_a_gallery_that_moved_away_finds_nobody_and_moves_only_its_own_person() -> None:
    people, clean = made()
    moved = {path: -vector for path, vector in clean.items()}
    assert rank1(people, [0, 3], clean, moved).value == 0
    half = {path: -v if path.name.startswith("0") else v for path, v in clean.items()}
    assert rank1(people, [0, 3], clean, half).value == 0.5


def test_photos_without_a_face_leave_the_gallery() -> None:
    people, clean = made()
    assert rank1(people, [1], clean, {}).value == 0
