"""What all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# As the command line does it, and for its reason: read when PyTorch is loaded, which no test has done yet.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


@pytest.fixture(scope="session")
def data_root() -> Path:
    """The folder of test photos, FACEGUARD_DATA or `../shared/data` beside the project; skips without it."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("FACEGUARD_DATA", beside))
    if not folder.is_dir():
        pytest.skip(f"no test photos in {folder} (set FACEGUARD_DATA)")
    return folder
