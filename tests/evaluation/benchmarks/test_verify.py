"""Verification: which pairs are compared, and what protected versions change."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from evaluation.benchmarks.pairing import pairing, people_of
from evaluation.datasets.layouts import open_dataset
from evaluation.trackers.pipeline import Pipeline
from faceguard.errors import SettingsError
from tests.evaluation.benchmarks.made_bench import verified
from tests.evaluation.datasets.made_data import pack
from tests.evaluation.fakes import FakeDetector, people_folder, plain, portrait

pytestmark = pytest.mark.usefixtures("fake_tracker")

People = Callable[..., Path]


def looked(root: Path) -> tuple:
    dataset = open_dataset(root)
    return dataset, Pipeline(FakeDetector(), torch.device("cpu")).look(dataset.photos)


def test_all_pairs_where_there_is_no_protocol(made_people: People) -> None:
    dataset, seen = looked(made_people(people=4, photos=3))
    found = pairing(dataset, seen, 1000, seed=0)
    pairs = {tuple(sorted(pair)) for pair in zip(found.first.tolist(), found.second.tolist(), strict=True)}
    assert len(pairs) == len(found.first) == 12 * 11 // 2
    people = people_of(seen)
    assert int((people[found.first] == people[found.second]).sum()) == 4 * 3
    assert (found.folds, found.source) == (None, "all pairs")


def test_of_too_many_pairs_so_many_are_drawn(made_people: People) -> None:
    dataset, seen = looked(made_people(people=6, photos=4))
    found, again, other = (pairing(dataset, seen, 20, seed) for seed in (0, 0, 1))
    people = people_of(seen)
    same = people[found.first] == people[found.second]
    assert (int(same.sum()), int((~same).sum())) == (20, 20)
    assert len(set(zip(found.first.tolist(), found.second.tolist(), strict=True))) == 40
    np.testing.assert_array_equal(found.first, again.first)
    assert not np.array_equal(found.first, other.first)


def test_one_kind_of_pair_is_not_enough(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="3 genuine and 0 impostor pairs"):
        verified(people_folder(tmp_path / "one", people=1, photos=3))
    with pytest.raises(SettingsError, match="0 genuine and 3 impostor pairs"):
        verified(people_folder(tmp_path / "single", people=3, photos=1))


def test_clean_photos_are_told_apart(made_people: People) -> None:
    result = verified(made_people(people=6), recognizers=("fake", "other"))
    for name in ("fake", "other"):
        figures = result.metrics[name]["clean/clean"]
        assert (figures["eer"].value, figures["auc"].value, figures["tar@far=1e-1"].value) == (0, 1, 1)
        assert figures["tar@far=1e-6"].value is None
        assert "accuracy" not in figures
        assert set(result.curves[name]["clean/clean"]) == {"roc", "genuine", "impostor"}
    assert result.protocol["pairs"] == 24 * 23 // 2


def test_a_packs_folds_give_an_accuracy(tmp_path: Path) -> None:
    files = [portrait(n // 2 + 10 * (n % 2) * (n // 2 % 2), n) for n in range(40)]
    result = verified(pack(tmp_path / "made.bin", files, [n % 2 == 0 for n in range(20)]))
    accuracy = result.metrics["fake"]["clean/clean"]["accuracy"]
    assert (accuracy.value, accuracy.n) == (1, 20)
    assert result.protocol["pairs_from"] == "the protocol's, folds 1, 2, 3, 4, 5, 6, 7, 8, 9, 10"


def test_protected_versions_are_scored_on_the_same_pairs(made_people: People, tmp_path: Path) -> None:
    root = made_people(people=6)
    for path in sorted(root.rglob("*.png")):
        version = tmp_path / "cloaked" / path.relative_to(root).with_suffix(".bmp")
        version.parent.mkdir(parents=True, exist_ok=True)
        version.write_bytes(portrait(1000 + len(list(version.parent.iterdir())), int(path.parent.name[1:])))
    (tmp_path / "cloaked" / "p0" / "0.bmp").write_bytes(plain(5))
    (tmp_path / "cloaked" / "p1" / "0.bmp").unlink()
    result = verified(root, protected=tmp_path / "cloaked")
    figures = result.metrics["fake"]
    assert figures["clean/clean"]["eer"].value == 0
    assert figures["protected/clean"]["eer"].value > 0.3
    change = figures["protected/clean, change"]["eer"]
    assert change.value == pytest.approx(figures["protected/clean"]["eer"].value)
    assert change.low is not None
    assert any("45 pairs are left out" in text for text in result.not_measured)


def test_versions_that_are_nowhere_are_refused(made_people: People, tmp_path: Path) -> None:
    root = made_people(people=3)
    with pytest.raises(SettingsError, match="no such folder of protected photos"):
        verified(root, protected=tmp_path / "nowhere")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "x.png").write_bytes(portrait(0, 0))
    with pytest.raises(
        SettingsError, match=r"no protected version of the photos, such as p0/0\.png; there is"
    ):
        verified(root, protected=tmp_path / "other")
