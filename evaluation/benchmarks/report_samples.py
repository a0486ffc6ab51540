"""Sample photos for a report: the surroundings of a face, before and after."""

from __future__ import annotations

from collections.abc import Sequence

from evaluation.benchmarks.protecting import Box, ProtectedPhoto
from evaluation.report.samples import Sample
from faceguard.photos import decode_photo

COUNT = 3
_MARGIN = 0.4  # of the face's longer side, around it


def report_samples(photos: Sequence[ProtectedPhoto]) -> list[Sample]:
    """Up to three photos, evenly spread over those that have a protected face and kept their size."""
    shown = [photo for photo in photos if photo.boxes]
    chosen = [shown[place * len(shown) // COUNT] for place in range(COUNT)] if len(shown) > COUNT else shown
    samples = []
    for photo in chosen:
        before = decode_photo(photo.original.read(), photo.original.path).pixels
        after = decode_photo(photo.written.read(), photo.written.path).pixels
        if before.shape == after.shape:
            part = _around(photo.boxes[0], before.shape[0], before.shape[1])
            samples.append(Sample(photo.original.name, before[part], after[part]))
    return samples


def _around(box: Box, height: int, width: int) -> tuple[slice, slice]:
    left, top, right, bottom = box
    margin = _MARGIN * max(right - left, bottom - top)
    first_row, last_row = max(0, int(top - margin)), min(height, int(bottom + margin) + 1)
    first_column, last_column = max(0, int(left - margin)), min(width, int(right + margin) + 1)
    return slice(first_row, last_row), slice(first_column, last_column)
