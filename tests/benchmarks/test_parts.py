"""What benchmarks are made of: photos, processes, operations, arithmetic, slopes, manifests."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.album import faces_in
from benchmarks.arithmetic import arithmetic
from benchmarks.bench import Bench
from benchmarks.child import python, run_child
from benchmarks.clock import Clock
from benchmarks.flops import gflop
from benchmarks.memory import growth
from benchmarks.networks import forward_of, network_of
from benchmarks.peak import peak
from benchmarks.photo_sizes import shape_of
from benchmarks.sample_photos import crowd, portrait, sample, varied, write_album
from benchmarks.subjects import subjects
from faceguard.album.protecting import protect_album
from faceguard.errors import FaceguardError, SettingsError
from faceguard.faces import detectors
from faceguard.photos import MANIFEST_NAME, list_photos, read_photo
from tests.evaluation.fakes import FakeDetector, FakeRecognizer
from tests.faceguard.fake_guard import FakeGuard, photo_file

needs_wait4 = pytest.mark.skipif(not hasattr(os, "wait4"), reason="no wait4")


def test_no_two_sample_photos_are_the_same_and_each_is_itself_again() -> None:
    first, second = varied(portrait(), 1), varied(portrait(), 2)
    assert first.shape != second.shape or not np.array_equal(first, second)
    assert np.array_equal(first, varied(portrait(), 1))


@pytest.mark.parametrize("megapixels", [0.05, 0.3])
def test_samples_are_of_the_size_that_is_asked_for(megapixels: float) -> None:
    for number in range(5):
        height, width, _ = sample(number, megapixels).shape
        assert height * width / 1e6 == pytest.approx(megapixels, rel=0.02)


@pytest.mark.parametrize("faces", [0, 1, 6])
def test_a_crowd_has_so_many_faces(faces: int) -> None:
    photo = crowd(640, 480, faces)
    assert photo.shape == (480, 640, 3)
    assert len(detectors.load("mtcnn", min_face=40).detect([photo])[0]) == faces


def test_an_album_of_samples_can_be_read(tmp_path: Path) -> None:
    write_album(tmp_path / "album", 3, 0.02)
    photos = list_photos(tmp_path / "album").photos
    assert [read_photo(photo.source).format_name for photo in photos] == ["JPEG"] * 3


def test_subjects_are_one_of_each_photo_with_what_lies_around(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detectors, "load", lambda *_, **__: FakeDetector())
    for number, shade in enumerate((250, 5, 100)):  # two faces, none, one
        photo_file(tmp_path / f"{number}.png", shade=shade)
    (tmp_path / "text.jpg").write_text("no photo")
    bench = Bench(data=tmp_path)
    assert len(subjects(bench, 1)) == 1
    with pytest.raises(SettingsError, match=r"photos with a face; 4 are needed"):
        subjects(bench, 4)
    assert any("text.jpg" in note for note in bench.notes)


def test_sizes_are_four_to_three() -> None:
    assert shape_of(12) == (4000, 3000)
    assert shape_of(48) == (8000, 6000)


def test_operations_of_a_product_and_its_gradient() -> None:
    first, second = torch.rand(10, 20, requires_grad=True), torch.rand(20, 30)
    assert gflop(lambda: first @ second) == pytest.approx(2 * 10 * 20 * 30 / 1e9)
    both = gflop(lambda: torch.autograd.grad((first @ second).sum(), first))
    assert both == pytest.approx(4 * 10 * 20 * 30 / 1e9)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_arithmetic_that_is_really_used(dtype: torch.dtype) -> None:
    layer, values = torch.nn.Conv2d(3, 4, 3), torch.rand(1, 3, 8, 8)

    def work() -> None:
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=dtype == torch.bfloat16):
            layer(values)

    assert arithmetic(work) == dtype
    assert arithmetic(lambda: None) == torch.float32


def test_the_network_alone_gives_what_the_recogniser_gives() -> None:
    from recognizers.dlib_resnet import DlibResNet

    recogniser = DlibResNet()
    network = network_of(recogniser)
    assert network is recogniser.network
    crops = torch.rand(2, 3, 150, 150)
    for layout in (torch.contiguous_format, torch.channels_last):
        forward, values = forward_of(network, recogniser, crops, torch.float32, layout)
        assert torch.allclose(forward(), recogniser.embed(crops), atol=1e-4)
        (gradient,) = torch.autograd.grad(forward().sum(), values)
        assert float(gradient.abs().max()) > 0


def test_a_recogniser_without_one_network_has_none_to_measure() -> None:
    recogniser = FakeRecognizer()
    assert network_of(recogniser) is recogniser.network
    recogniser.another = torch.nn.Linear(1, 1)  # type: ignore[attr-defined]
    assert network_of(recogniser) is None


def test_the_peak_is_a_rate_that_a_machine_can_have() -> None:
    assert 0.01 < peak(torch.float32, 1, Clock(), quick=True) < 1e6


@needs_wait4
def test_a_process_is_timed_and_its_memory_known() -> None:
    start = time.perf_counter()
    child = run_child(python("-c", "held = bytearray(80_000_000); print(len(held))"))
    assert 0 < child.wall <= time.perf_counter() - start
    assert child.seconds("cpu") == child.cpu > 0
    assert child.output == "80000000\n"
    assert 80 < child.peak_mib < 1000


@needs_wait4
def test_a_process_that_fails_is_an_error() -> None:
    with pytest.raises(FaceguardError, match=r"failed with 3: the last words"):
        run_child(python("-c", "import sys; print('the last words', file=sys.stderr); sys.exit(3)"))


def test_growth_is_of_the_second_half() -> None:
    assert growth(np.array([100.0, 200.0, 300.0, 300.0, 300.0, 300.0])) == 0
    assert growth(np.array([0.0, 9.0, 10.0, 10.1, 10.2, 10.3])) == pytest.approx(100)


def test_the_faces_of_a_manifest_are_counted(tmp_path: Path) -> None:
    photo_file(tmp_path / "album" / "a.png", faces=2)
    photo_file(tmp_path / "album" / "b.png", faces=0)
    photo_file(tmp_path / "album" / "c.png")
    list(protect_album(FakeGuard(), tmp_path / "album", tmp_path / "out"))
    assert faces_in(tmp_path / "out" / MANIFEST_NAME) == 3
    assert len(json.loads((tmp_path / "out" / MANIFEST_NAME).read_text().splitlines()[0])) > 3
