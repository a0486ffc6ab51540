"""What all tests share."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

# As the command line does it, and for its reason: read when PyTorch is loaded, which no test has done yet.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# Whoever keeps a cache of their own shall find nothing of the tests' in it, nor the tests anything of theirs.
os.environ.pop("FACEGUARD_CACHE", None)
# A shell that runs the tests in the background has SIGINT ignored, and so would the programs that tests stop.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def data_root() -> Path:
    """The folder of test photos, FACEGUARD_DATA or `../shared/data` beside the project; skips without it."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("FACEGUARD_DATA", beside))
    if not folder.is_dir():
        pytest.skip(f"no test photos in {folder} (set FACEGUARD_DATA)")
    return folder


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Several threads round their sums as they come."""
    import torch  # not above, see there

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
