"""ONNX recognisers against ONNX Runtime and against insightface's own reading of the same files."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
import skimage.data
import torch
from numpy.typing import NDArray

from recognizers import ARCFACE_112, CropSpec, Recognizer, RecognizerError, load
from recognizers.onnx_file import OnnxFile
from tests.recognizers.made_networks import batch, network, pictures

Floats = NDArray[np.float32]


def by_onnxruntime(path: Path, crops: Floats) -> Floats:
    onnxruntime = pytest.importorskip("onnxruntime")
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {session.get_inputs()[0].name: crops})[0], np.float32)


def test_embeddings_are_onnx_runtimes(tmp_path: Path) -> None:
    path = network(tmp_path / "a.onnx")
    recognizer = load(f"onnx:{path}")
    assert isinstance(recognizer, Recognizer)
    assert (recognizer.dimension, recognizer.crop, recognizer.threshold) == (16, ARCFACE_112, None)
    values = (pictures().transpose(0, 3, 1, 2).astype(np.float32) - 127.5) / 127.5
    assert np.abs(recognizer.embed(batch(pictures())).numpy() - by_onnxruntime(path, values)).max() < 1e-5


RANGES: list[tuple[list[tuple[str, str, float]], bool]] = [
    ([], False),
    ([("Sub", "Sub_0", 127.5), ("Mul", "Mul_1", 0.0078125)], True),
    ([("Sub", "_minusscalar0", 127.5), ("Mul", "_mulscalar0", 0.0078125)], True),
    ([("Sub", "Sub_0", 0.1)], False),
    ([("Mul", "Mul_0", 1.1)], False),
    ([("Mul", "scaled", 1.1), ("Sub", "shifted", 0.1)], False),
]


@pytest.mark.parametrize(("start", "normalises"), RANGES)
def test_values_are_those_insightface_gives(
    tmp_path: Path, start: list[tuple[str, str, float]], normalises: bool
) -> None:
    arcface_onnx = pytest.importorskip("insightface.model_zoo.arcface_onnx")
    path = network(tmp_path / "a.onnx", start)
    recognizer, theirs = OnnxFile(path), arcface_onnx.ArcFaceONNX(str(path))
    assert (recognizer.crop.mean[0], recognizer.crop.scale) == (theirs.input_mean, theirs.input_std)
    assert (theirs.input_std == 1) is normalises
    expected = theirs.get_feat([np.ascontiguousarray(crop[..., ::-1]) for crop in pictures()])
    found = recognizer.embed(batch(pictures())).numpy()
    assert np.abs(found - expected).max() < 1e-5 * max(1, np.abs(expected).max())


@pytest.mark.parametrize("second", [("Mul", "/Mul", 0.0078125), ("Div", "/Div", 128.0)])
def test_a_graph_that_subtracts_and_scales_first_is_believed_whatever_its_nodes_are_named(
    tmp_path: Path, second: tuple[str, str, float]
) -> None:
    recognizer = OnnxFile(network(tmp_path / "a.onnx", [("Sub", "/Sub", 127.5), second]))
    assert (recognizer.crop.mean, recognizer.crop.scale) == ((0, 0, 0), 1)


@pytest.mark.parametrize("side", [112, 128, 224])
def test_crops_are_those_insightface_cuts(tmp_path: Path, side: int) -> None:
    face_align = pytest.importorskip("insightface.utils.face_align")
    recognizer = OnnxFile(network(tmp_path / "a.onnx", shape=("batch", 3, side, side)))
    template = np.array(recognizer.crop.template)
    matrix = face_align.estimate_norm(template.astype(np.float32), side)
    assert matrix == pytest.approx(np.eye(2, 3), abs=1e-3)
    assert recognizer.crop.size == side
    assert recognizer.embed(torch.rand(2, 3, side, side)).shape == (2, 16)


def test_an_open_size_is_112(tmp_path: Path) -> None:
    recognizer = OnnxFile(network(tmp_path / "a.onnx", shape=("batch", 3, "height", "width")))
    assert recognizer.crop == ARCFACE_112


def test_another_crop_can_be_given(tmp_path: Path) -> None:
    crop = CropSpec(112, ARCFACE_112.template, mean=(0.0, 0.0, 0.0), scale=255.0, colour_order="BGR")
    path = network(tmp_path / "a.onnx")
    values = pictures()[..., ::-1].transpose(0, 3, 1, 2).astype(np.float32) / 255
    found = OnnxFile(path, crop=crop).embed(batch(pictures())).numpy()
    assert np.abs(found - by_onnxruntime(path, values)).max() < 1e-5


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"end": "map"}, r"gives \(2, 6, 7, 7\) for two crops"),
        ({"end": "two"}, "several outputs"),
        ({"end": "one crop"}, "two 112 px crops"),
        ({"shape": ("batch", 3, 100, 100)}, "112 or 128 pixels"),
        ({"shape": ("batch", 3, 112, 96)}, "square colour crops"),
        ({"shape": ("batch", 1, 112, 112)}, "square colour crops"),
        ({"shape": ("batch", 512)}, "square colour crops"),
    ],
)
def test_networks_that_are_no_recognisers(tmp_path: Path, change: dict[str, str], said: str) -> None:
    path = network(tmp_path / "a.onnx", **change)  # type: ignore[arg-type]
    with pytest.raises(RecognizerError, match=said) as caught:
        OnnxFile(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_operator_nobody_knows(tmp_path: Path) -> None:
    path = network(tmp_path / "a.onnx")
    model = onnx.load(str(path))
    model.graph.node[1].op_type = "Frobnicate"
    onnx.save(model, str(path))
    with pytest.raises(RecognizerError, match="cannot be read as an ONNX network"):
        OnnxFile(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty; get it again"),
        (
            b"version https://git-lfs.github.com/spec/v1\n",
            "is no ONNX file, or only part of one; get it again",
        ),
        (b"\x08\x07", "holds no network; it is no ONNX file, or only part of one; get it again"),
    ],
)
@pytest.mark.parametrize("kind", ["onnx", "insightface"])
def test_files_that_hold_no_network(tmp_path: Path, kind: str, content: bytes, said: str) -> None:
    path = tmp_path / "a.onnx"
    path.write_bytes(content)
    with pytest.raises(RecognizerError) as caught:
        load(f"{kind}:{path}")
    assert str(caught.value).startswith(f"{path}: {said}")


def test_half_a_file_is_only_part_of_one(tmp_path: Path) -> None:
    path = network(tmp_path / "a.onnx")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(RecognizerError, match="only part of one; get it again"):
        load(f"onnx:{path}")


def test_features_are_the_last_at_each_size(tmp_path: Path) -> None:
    views = OnnxFile(network(tmp_path / "a.onnx")).view(batch(pictures()))
    assert [tuple(feature.shape) for feature in views.features] == [(3, 4, 28, 28), (3, 6, 7, 7)]
    assert all((feature >= 0).all() for feature in views.features)  # behind the ReLU, not before it
    assert views.embedding.shape == (3, 16)


def test_other_shapes_and_types_are_refused_and_double_is_taken(tmp_path: Path) -> None:
    recognizer = OnnxFile(network(tmp_path / "a.onnx"))
    with pytest.raises(ValueError, match="takes crops"):
        recognizer.embed(torch.zeros(1, 3, 150, 150))
    with pytest.raises(ValueError, match="float"):
        recognizer.embed(torch.zeros(1, 3, 112, 112, dtype=torch.uint8))
    crops = batch(pictures())
    assert (recognizer.embed(crops.double()) - recognizer.embed(crops)).abs().max() < 1e-5


def test_a_real_recognisers_embeddings_are_insightfaces(mobilefacenet: Path) -> None:
    arcface_onnx = pytest.importorskip("insightface.model_zoo.arcface_onnx")
    landmarks = np.array([[204, 101], [247, 104], [225, 130], [202, 140], [245, 143]], np.float32)
    template = np.array(ARCFACE_112.template, np.float32)
    matrix, _ = cv2.estimateAffinePartial2D(landmarks, template, method=cv2.LMEDS)
    face = cv2.warpAffine(skimage.data.astronaut(), matrix, (112, 112))
    crops = np.stack([face, *pictures(2)]).astype(np.uint8)
    expected = arcface_onnx.ArcFaceONNX(str(mobilefacenet)).get_feat(
        [np.ascontiguousarray(crop[..., ::-1]) for crop in crops]
    )
    assert np.abs(OnnxFile(mobilefacenet).embed(batch(crops)).numpy() - expected).max() < 1e-4


def test_a_real_recognisers_features_come_from_three_sizes(mobilefacenet: Path) -> None:
    views = OnnxFile(mobilefacenet).view(batch(pictures(2)))
    assert [feature.shape[-1] for feature in views.features] == [28, 14, 7]
