"""The system's reason is told in small letters, and without the path that the message has already."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from recognizers.system_errors import reason_of


def test_it_is_what_the_system_says_without_number_and_path(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="Errno") as missing:
        (tmp_path / "missing.jpg").read_bytes()
    assert reason_of(missing.value) == os.strerror(errno.ENOENT).lower()


def test_an_error_with_a_text_alone_is_told_by_its_text() -> None:
    assert reason_of(OSError("Truncated File")) == "truncated file"
