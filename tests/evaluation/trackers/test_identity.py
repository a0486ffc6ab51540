"""What is kept in the cache is told apart by everything that decides it, and by nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path

import torch

from evaluation.defenders.purifier import Denoiser, Purified
from evaluation.trackers.identity import detector_identity, recognizer_identity, weights_digest
from tests.evaluation.fakes import FakeDetector, FakeRecognizer


def test_equal_things_are_one() -> None:
    assert recognizer_identity(FakeRecognizer()) == recognizer_identity(FakeRecognizer())
    assert detector_identity(FakeDetector()) == detector_identity(FakeDetector())


def test_weights_and_settings_count() -> None:
    plain = recognizer_identity(FakeRecognizer())
    assert recognizer_identity(FakeRecognizer(seed=1)) != plain
    changed = FakeRecognizer()
    with torch.no_grad():
        changed.network.weight[0, 0] += 1e-6
    assert recognizer_identity(changed) != plain
    assert detector_identity(FakeDetector(30)) != detector_identity(FakeDetector(20))


def test_a_purifier_counts_and_so_does_what_is_behind_it() -> None:
    torch.manual_seed(0)
    denoiser = Denoiser()
    one = recognizer_identity(Purified(FakeRecognizer(), denoiser))
    assert one != recognizer_identity(FakeRecognizer())
    assert one == recognizer_identity(Purified(FakeRecognizer(), denoiser))
    assert one != recognizer_identity(Purified(FakeRecognizer(seed=1), denoiser))
    torch.manual_seed(1)
    assert one != recognizer_identity(Purified(FakeRecognizer(), Denoiser()))


def test_a_file_counts_by_its_content_wherever_it_lies(tmp_path: Path) -> None:
    first, copy, other = (tmp_path / name for name in ("a.onnx", "b.onnx", "c.onnx"))
    first.write_bytes(b"weights")
    shutil.copy(first, copy)
    other.write_bytes(b"others")
    found = [recognizer_identity(FakeRecognizer(f"onnx:{path}")) for path in (first, copy, other)]
    assert found[0] == found[1]
    assert found[0] != found[2]


def test_digests_tell_names_shapes_and_values_apart() -> None:
    modules = [torch.nn.Linear(2, 3), torch.nn.Linear(3, 2), torch.nn.Conv2d(1, 1, 1)]
    for module in modules:
        for parameter in module.parameters():
            torch.nn.init.zeros_(parameter)
    assert len({weights_digest(module) for module in modules}) == 3
    assert weights_digest(torch.nn.BatchNorm2d(2)) == weights_digest(torch.nn.BatchNorm2d(2))
