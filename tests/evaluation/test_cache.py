"""The cache keeps what it is given, whole, and says so when it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluation.cache import FILE_NAME, Cache, key_of
from faceguard.errors import SettingsError


def test_keys_depend_on_every_part_and_not_on_their_order() -> None:
    assert key_of({"a": 1, "b": [2]}) == key_of({"b": [2], "a": 1})
    assert len({key_of({"a": value}) for value in (1, 1.5, "1", None, [1])}) == 5


def test_values_outlive_the_run(tmp_path: Path) -> None:
    values = {key_of({"n": n}): bytes([n % 256]) * n for n in range(1200)}
    with Cache(tmp_path / "deep" / "cache") as cache:
        cache.put(values)
    with Cache(tmp_path / "deep" / "cache") as cache:
        assert cache.get([*values, key_of({"n": "missing"})]) == values


def test_a_write_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with Cache(tmp_path) as cache:
        with pytest.raises(SettingsError):
            cache.put({b"good": b"1", b"bad": None})  # type: ignore[dict-item]
        assert cache.get([b"good"]) == {}


def test_two_runs_at_once(tmp_path: Path) -> None:
    with Cache(tmp_path) as first, Cache(tmp_path) as second:
        first.put({b"a": b"1"})
        second.put({b"b": b"2"})
        assert first.get([b"a", b"b"]) == second.get([b"a", b"b"]) == {b"a": b"1", b"b": b"2"}


def test_in_memory() -> None:
    with Cache() as cache:
        cache.put({b"a": b"1"})
        assert cache.get([b"a"]) == {b"a": b"1"}


def test_what_is_no_cache_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text("this is a text, and long enough to be taken for a database" * 20)
    with pytest.raises(SettingsError, match="is no cache, or a damaged one"):
        Cache(tmp_path)


def test_a_file_in_the_folders_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(SettingsError, match="no cache can be kept there"):
        Cache(tmp_path / "cache")
