"""ArcFace against insightface itself, the device that was asked for, and what is missing."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from numpy.typing import NDArray

from faceguard.faces.face import Face
from recognizers import ARCFACE_112, Measure, Recognizer, RecognizerError, load, onnxruntime_install
from recognizers.arcface import ArcFace
from recognizers.catalogue import MODELS
from recognizers.onnx_file import OnnxFile
from tests.recognizers.conftest import real_crops
from tests.recognizers.made_networks import batch, network, pictures, residual_network

onnxruntime = pytest.importorskip("onnxruntime")
arcface_onnx = pytest.importorskip("insightface.model_zoo.arcface_onnx")


def get_feat(path: Path, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
    """What insightface itself makes of crops, which it takes in BGR."""
    feats = arcface_onnx.ArcFaceONNX(str(path)).get_feat([np.ascontiguousarray(c[..., ::-1]) for c in crops])
    return np.asarray(feats, np.float32)


def test_real_photos_have_insightfaces_embeddings_in_both_engines(
    mobilefacenet: Path, people: list[tuple[NDArray[np.uint8], Face]]
) -> None:
    recognizer = ArcFace(mobilefacenet)
    crops = real_crops(people, recognizer.crop)
    expected = get_feat(mobilefacenet, crops)
    assert np.abs(expected).max() > 0.1
    assert np.abs(recognizer.embed(batch(crops)).numpy() - expected).max() < 1e-4
    assert np.abs(recognizer.view(batch(crops)).embedding.numpy() - expected).max() < 1e-4


@pytest.mark.parametrize(
    "start", [[], [("Sub", "Sub_0", 127.5), ("Mul", "Mul_1", 0.0078125)], [("Sub", "/Sub", 0.1)]]
)
def test_both_engines_see_what_insightface_shows(start: list[tuple[str, str, float]], tmp_path: Path) -> None:
    path = network(tmp_path / "a.onnx", start)
    recognizer = load(f"insightface:{path}")
    assert isinstance(recognizer, Recognizer)
    expected = get_feat(path, pictures())
    bound = 1e-5 * max(1, float(np.abs(expected).max()))
    assert np.abs(recognizer.embed(batch(pictures())).numpy() - expected).max() < bound
    assert np.abs(recognizer.view(batch(pictures())).embedding.numpy() - expected).max() < bound


def test_both_engines_know_the_operators_of_insightfaces_packs(tmp_path: Path) -> None:
    path = residual_network(tmp_path / "a.onnx")
    recognizer = ArcFace(path)
    expected = get_feat(path, pictures())
    assert np.abs(expected).max() > 0.5
    assert np.abs(recognizer.embed(batch(pictures())).numpy() - expected).max() < 1e-4
    views = recognizer.view(batch(pictures()))
    assert np.abs(views.embedding.numpy() - expected).max() < 1e-4
    assert [feature.shape[-1] for feature in views.features] == [28, 14, 7]


def test_a_range_that_insightface_does_not_detect_is_its_own_here(tmp_path: Path) -> None:
    path = network(tmp_path / "a.onnx", [("Sub", "/Sub", 127.5), ("Mul", "/Mul", 0.0078125)])
    assert OnnxFile(path).crop.scale == 1.0
    assert ArcFace(path).crop == ARCFACE_112
    found = ArcFace(path).view(batch(pictures())).embedding.numpy()
    assert np.abs(found - get_feat(path, pictures())).max() < 1e-5


def test_pytorch_runs_only_where_gradients_are_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recognizer = ArcFace(network(tmp_path / "a.onnx"))

    def never(_self: OnnxFile, _crops: torch.Tensor) -> torch.Tensor:
        raise AssertionError("in PyTorch")

    monkeypatch.setattr(OnnxFile, "embed", never)
    crops = batch(pictures()).requires_grad_()
    assert recognizer.embed(crops.detach()).shape == (3, 16)
    with torch.no_grad():
        assert recognizer.embed(crops).shape == (3, 16)
    with pytest.raises(AssertionError, match="in PyTorch"):
        recognizer.embed(crops)


def test_names_and_terms_come_from_the_sidecar_and_the_crop_from_insightface(tmp_path: Path) -> None:
    path = network(tmp_path / "a.onnx")
    assert ArcFace(path).name == f"insightface:{path}"
    (tmp_path / "a.onnx.toml").write_text('name = "mine"\nlicence = "MIT"\n[crop]\nscale = 255\n')
    recognizer = ArcFace(path)
    assert (recognizer.name, recognizer.licence, recognizer.crop.scale) == ("mine", "MIT", 127.5)


def test_a_pack_has_its_name_its_terms_and_its_threshold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "weights").mkdir()
    path = network(tmp_path / "weights" / "w600k_r50.onnx")
    model = MODELS["arcface-buffalo_l"]
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    made = replace(model, weights=replace(model.weights, sha256=digest, size=path.stat().st_size))
    monkeypatch.setitem(MODELS, "arcface-buffalo_l", made)
    monkeypatch.setenv("FACEGUARD_CACHE", str(tmp_path))
    recognizer = load("arcface-buffalo_l")
    assert recognizer.name == "arcface-buffalo_l"
    assert "non-commercial" in recognizer.licence
    assert recognizer.threshold is not None
    assert (recognizer.threshold.measure, recognizer.threshold.value) == (Measure.COSINE, 0.4)


def test_other_crops_are_refused(tmp_path: Path) -> None:
    recognizer = ArcFace(network(tmp_path / "a.onnx"))
    with pytest.raises(ValueError, match=r"takes crops \(B, 3, 112, 112\)"):
        recognizer.embed(torch.zeros(1, 3, 150, 150))
    assert recognizer.embed(torch.zeros(0, 3, 112, 112)).shape == (0, 16)


def test_cuda_is_refused_where_onnx_runtime_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = network(tmp_path / "a.onnx")
    recognizer = ArcFace(path)
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"])
    for attempt in (lambda: ArcFace(path, "cuda"), lambda: recognizer.to("cuda:0")):
        with pytest.raises(RecognizerError, match=r"cuda was asked for.*pip install onnxruntime-gpu"):
            attempt()
    assert recognizer.embed(batch(pictures())).shape == (3, 16)  # still on the processor


def test_cuda_that_does_not_start_is_an_error_and_not_the_processor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[object] = []

    class Fallen:
        """What ONNX Runtime returns where CUDA's libraries do not load: a session on the processor."""

        def __init__(self, _path: str, _options: object, **settings: object) -> None:
            started.append(settings)

        def get_providers(self) -> list[str]:
            return ["CPUExecutionProvider"]

    both = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: both)
    monkeypatch.setattr(onnxruntime, "preload_dlls", lambda: None)
    monkeypatch.setattr(onnxruntime, "InferenceSession", Fallen)
    with pytest.raises(RecognizerError, match="cuda was asked for, and ONNX Runtime could not start it"):
        ArcFace(network(tmp_path / "a.onnx"), "cuda:1")
    assert started == [
        {
            "providers": [("CUDAExecutionProvider", {"device_id": "1", "use_tf32": "0"})],
            "enable_fallback": 0,
        }
    ]


def test_other_devices_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RecognizerError, match="cpu and cuda here, not on mps"):
        ArcFace(network(tmp_path / "a.onnx"), "mps")


def test_a_broken_onnx_runtime_is_said_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnxruntime_install, "problem", lambda: "both are installed")
    with pytest.raises(RecognizerError, match="both are installed"):
        ArcFace(network(tmp_path / "a.onnx"))


@pytest.mark.parametrize("module", ["onnxruntime", "insightface.model_zoo.arcface_onnx"])
def test_a_missing_library_is_named(module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(RecognizerError, match=r'pip install "faceguard\[insightface\]"'):
        ArcFace(network(tmp_path / "a.onnx"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"end": "two"}, "several outputs"),
        ({"end": "map"}, r"gives \(2, 6, 7, 7\)"),
        ({"shape": ("batch", 3, "height", "width")}, "takes crops of width x height.* load it as onnx:"),
        ({"shape": ("batch", 3, 100, 100)}, "takes crops of 100 x 100"),
    ],
)
def test_files_that_insightface_cannot_use(tmp_path: Path, change: dict[str, str], said: str) -> None:
    path = network(tmp_path / "a.onnx", **change)  # type: ignore[arg-type]
    with pytest.raises(RecognizerError, match=said) as caught:
        ArcFace(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_that_are_no_networks(tmp_path: Path) -> None:
    with pytest.raises(RecognizerError, match="no such file"):
        ArcFace(tmp_path / "none.onnx")
    path = tmp_path / "a.onnx"
    path.write_text("Dear network,")
    with pytest.raises(RecognizerError, match="is no ONNX file, or only part of one"):
        ArcFace(path)


def test_a_file_that_onnx_runtime_runs_and_pytorch_does_not(tmp_path: Path) -> None:
    path = network(tmp_path / "a.onnx")
    model = onnx.load(str(path))
    model.graph.node[1].op_type = "Hardmax"
    onnx.save(model, str(path))
    with pytest.raises(RecognizerError, match="cannot be read as an ONNX network"):
        ArcFace(path)
