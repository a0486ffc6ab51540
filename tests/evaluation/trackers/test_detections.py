"""Detections come back from the cache to the last bit, and alike photos hash alike."""

from __future__ import annotations

import numpy as np

from evaluation.defenders.edits import jpeg, resized
from evaluation.trackers.detections import Detections, difference_hash
from faceguard.faces.face import Face


def test_a_round_trip_is_exact() -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (40, 30, 3), np.uint8)
    faces = [
        Face(tuple(rng.normal(size=4)), rng.normal(size=(5, 2)).astype(np.float32), float(rng.random()))
        for _ in range(3)
    ]
    wanted = Detections.of(pixels, faces)
    found = Detections.from_bytes(wanted.to_bytes())
    assert (found.height, found.width, found.look) == (40, 30, wanted.look)
    for one, other in zip(found.faces, faces, strict=True):
        assert (one.box, one.score) == (other.box, other.score)
        np.testing.assert_array_equal(one.landmarks, other.landmarks)


def test_copies_hash_alike_and_other_photos_do_not() -> None:
    rng = np.random.default_rng(0)
    first, second = (
        np.kron(rng.integers(0, 256, (12, 12, 3), np.uint8), np.ones((20, 20, 1), np.uint8)) for _ in range(2)
    )

    def apart(one: bytes, other: bytes) -> int:
        return sum((a ^ b).bit_count() for a, b in zip(one, other, strict=True))

    assert apart(difference_hash(first), difference_hash(jpeg(first, 60))) <= 6
    assert apart(difference_hash(first), difference_hash(resized(first, 0.5))) <= 10
    assert apart(difference_hash(first), difference_hash(second)) > 60
