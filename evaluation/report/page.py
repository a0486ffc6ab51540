"""The HTML report: self-contained, readable on a phone, in light and dark, and on paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evaluation.results import Result

REPORT_NAME = "report.html"


@dataclass(frozen=True, eq=False)
class Sample:
    """One photo to look at.

    Attributes:
        caption: What it is.
        before: uint8 (H, W, 3), RGB, upright.
        after: The same photo protected.
    """

    caption: str
    before: NDArray[np.uint8]
    after: NDArray[np.uint8]


def write_report(result: Result, folder: Path, samples: Sequence[Sample] = ()) -> Path:
    """Writes `report.html` into a folder, whole or not at all.

    Args:
        result: What to show.
        folder: Where.
        samples: Photos to show; each is drawn before, after, and its difference amplified.

    Returns:
        The file.

    Raises:
        DiskFullError: There is no room left.
        PhotoError: It cannot be written for another reason.
    """
    raise NotImplementedError
