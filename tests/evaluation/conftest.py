"""What the tests of benchmarks share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import recognizers
from faceguard.faces import detectors
from tests.evaluation.fakes import FakeDetector, FakeRecognizer, people_folder


@pytest.fixture
def fake_tracker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Detectors and recognisers of any name are fakes; "other" sees with other weights."""
    monkeypatch.setattr(detectors, "load", lambda name, device, min_face: FakeDetector(min_face))
    monkeypatch.setattr(
        recognizers, "load", lambda name, device: FakeRecognizer(name, seed=1 if name == "other" else 0)
    )


@pytest.fixture
def made_people(tmp_path: Path) -> Callable[..., Path]:
    """Makes a folder of identities below the temporary folder."""
    return lambda **sizes: people_folder(tmp_path / "people", **sizes)
