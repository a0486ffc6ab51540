"""What was crafted on is known, also inside ensembles."""

from __future__ import annotations

import pytest

from evaluation.benchmarks.published_photos import every_so_many, used_in_crafting


@pytest.mark.parametrize(
    ("recognizer", "surrogates", "used"),
    [
        ("dlib", ("dlib",), True),
        ("onnx:a.onnx", ("dlib",), False),
        ("dlib+onnx:a.onnx", ("dlib",), True),
        ("onnx:a.onnx", ("dlib+onnx:a.onnx",), True),
        ("onnx:b.onnx", ("dlib+onnx:a.onnx", "dlib"), False),
        ("dlib", (), False),
    ],
)
def test_whether_a_recogniser_was_crafted_on(
    recognizer: str, surrogates: tuple[str, ...], used: bool
) -> None:
    assert used_in_crafting(recognizer, surrogates) == used


def test_every_fifth_from_the_first() -> None:
    assert every_so_many(11, 5) == (0, 5, 10)
