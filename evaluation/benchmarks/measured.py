"""What a benchmark gives back."""

from __future__ import annotations

from dataclasses import dataclass

from evaluation.benchmarks.protecting import ProtectedPhoto
from evaluation.results import Result


@dataclass(frozen=True)
class Measured:
    """A result, and photos to show with it.

    Attributes:
        result: What was found.
        samples: Some of the protected photos.
    """

    result: Result
    samples: tuple[ProtectedPhoto, ...] = ()
