"""The training benchmark: a tracker trains a recogniser on published photos, all or some of them protected.

Each victim is trained on clean and on protected photos of the same people, from the same first weights and in
the same order, and tested on clean photos that it was not trained on: of the same people (closed set, and
partial), or of others (open set). Several seeds give a mean with an interval.
"""

from __future__ import annotations

from typing import Any

from evaluation.benchmarks.measured import Measured
from evaluation.benchmarks.protected_quality import measured_quality
from evaluation.benchmarks.protecting import ProtectedPhoto
from evaluation.benchmarks.timing import Stopwatch
from evaluation.benchmarks.train_parts import put_together
from evaluation.benchmarks.train_result import train_result
from evaluation.benchmarks.train_runs import all_runs
from evaluation.benchmarks.train_settings import TrainSettings
from evaluation.benchmarks.train_verification import verification_data
from evaluation.benchmarks.train_victim import check_victims
from evaluation.benchmarks.workbench import Workbench
from evaluation.datasets.validation import Validation
from faceguard.album.guard import Guard

_MOST_FOR_QUALITY = 40  # photos: their figures hardly differ, and each takes a second


def train_victims(
    settings: TrainSettings,
    bench: Workbench,
    validation: Validation,
    guard: Guard[Any] | None = None,
) -> Measured:
    """Measures training on validated data.

    Args:
        settings: What to measure.
        bench: The tracker.
        validation: The data.
        guard: What protects; None for what the settings say.

    Returns:
        By victim, or who is trained because of a key (`evaluation.benchmarks.authorised`), and case
        (`evaluation.benchmarks.train_result.case_name`), the mean over seeds and each
        seed's own: `accuracy`, the share of the people's other photos that the head names rightly, and
        `accuracy_training`; in the open set `rank1` and `rank5` among all other photos of strangers, and
        figures of verification; `_change` is from the clean victim of the same seed.

    Raises:
        SettingsError: There are too few people or photos, or a defence or the key cannot be had.
        FaceguardError: A photo could not be protected.
        RecognizerError: A victim cannot be trained.
    """
    watch = Stopwatch()
    check_victims(settings.victims, bench.device)
    with verification_data(settings, bench) as verification:
        with watch.stage("protecting"):
            parts = put_together(settings, bench, validation, guard)
        with watch.stage("quality"):
            photos = _some(parts.protected_photos(parts.scenes[0]))
            quality = measured_quality(photos, bench, settings.statistics.bootstrap)
        runs = all_runs(parts, verification, watch)
        with watch.stage("measuring"):
            result = train_result(parts, validation, verification, runs, quality, watch)
    return Measured(result, tuple(photos))


def _some(photos: list[ProtectedPhoto]) -> list[ProtectedPhoto]:
    count = min(len(photos), _MOST_FOR_QUALITY)
    return [photos[place * len(photos) // count] for place in range(count)]
