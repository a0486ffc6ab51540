"""The search of large galleries against sorting all similarities."""

from __future__ import annotations

import numpy as np
import pytest

from evaluation import search
from evaluation.search import nearest


@pytest.mark.parametrize(("probes", "entries", "k"), [(1, 1, 1), (7, 100, 5), (50, 333, 20), (3, 4, 10)])
def test_equal_to_sorting_everything(
    probes: int, entries: int, k: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "_ENTRIES", 32)
    monkeypatch.setattr(search, "_PROBES", 16)
    rng = np.random.default_rng(0)
    one, many = (rng.normal(size=(size, 12)).astype(np.float32) for size in (probes, entries))
    found = nearest(one, many, k)
    units = [side / np.linalg.norm(side, axis=1, keepdims=True) for side in (one, many)]
    similarity = units[0] @ units[1].T
    order = np.argsort(-similarity, axis=1)[:, :k]
    np.testing.assert_array_equal(found.entry, order)
    np.testing.assert_allclose(found.similarity, np.take_along_axis(similarity, order, 1), atol=1e-6)


def test_a_memory_mapped_gallery_is_read_in_blocks(tmp_path) -> None:
    gallery = np.random.default_rng(1).normal(size=(500, 8)).astype(np.float32)
    np.save(tmp_path / "gallery.npy", gallery)
    mapped = np.load(tmp_path / "gallery.npy", mmap_mode="r")
    assert nearest(gallery[[3, 499]], mapped).entry.tolist() == [[3], [499]]


def test_wrong_input_is_refused() -> None:
    some, none = np.ones((2, 3), np.float32), np.ones((0, 3), np.float32)
    with pytest.raises(ValueError, match="neither may be empty"):
        nearest(some, none)
    with pytest.raises(ValueError, match="one dimension"):
        nearest(some, np.ones((2, 4), np.float32))
    with pytest.raises(ValueError, match="not 0"):
        nearest(some, some, 0)
