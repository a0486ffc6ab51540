"""What faceguard saves comes back as it was, and what is altered or foreign is refused in words."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from recognizers import ARCFACE_112, CropSpec, Measure, Recognizer, RecognizerError, Threshold, backbones
from recognizers.saved_file import load_file as load
from recognizers.subspace import fit_eigenfaces
from recognizers.trained_network import TrainedNetwork

CROP = CropSpec(32, ARCFACE_112.template, mean=(120.0, 110.0, 100.0), scale=60.0, colour_order="BGR")


def crops(count: int = 3) -> torch.Tensor:
    return torch.rand(count, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def network(**options: Any) -> TrainedNetwork:
    torch.manual_seed(0)
    return TrainedNetwork(backbones.SmallResNet(16, CROP), **options)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "folder" / "mine.safetensors"
    network().save(path)
    return path


def test_a_network_comes_back_as_it_was(tmp_path: Path) -> None:
    threshold = Threshold(Measure.EUCLIDEAN, 1.1, "a test")
    before = network(licence="for tests", threshold=threshold)
    path = tmp_path / "mine.safetensors"
    before.save(path)
    after = load(path)
    assert isinstance(after, Recognizer)
    assert (after.name, after.licence, after.threshold) == (f"file:{path}", "for tests", threshold)
    assert (after.crop, after.dimension, after.differentiable) == (CROP, 16, True)
    assert torch.equal(after.embed(crops()), before.embed(crops()))
    views = after.view(crops())
    assert torch.equal(views.embedding, after.embed(crops()))
    assert [feature.shape[-1] for feature in views.features] == [8, 4, 2]
    assert after.to("cpu") is after


def test_weights_published_as_float16_come_back_too(saved: Path) -> None:
    tensors = {
        name: tensor.half() if tensor.is_floating_point() else tensor
        for name, tensor in load_file(saved).items()
    }
    rewritten(saved, tensors)
    assert torch.allclose(load(saved).embed(crops()), network().embed(crops()), atol=0.05)


@pytest.mark.parametrize("ending", [".safetensors", ".json", ""])
def test_either_file_names_the_pair(saved: Path, ending: str) -> None:
    assert load(saved.with_suffix(ending)).name == f"file:{saved}"


def test_a_name_may_have_dots(tmp_path: Path) -> None:
    network().save(tmp_path / "victim.epoch-0003")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "victim.epoch-0003.json",
        "victim.epoch-0003.safetensors",
    ]
    assert load(tmp_path / "victim.epoch-0003").dimension == 16


def test_the_network_is_a_copy_at_rest(tmp_path: Path) -> None:
    backbone = backbones.SmallResNet(16, CROP).train()
    recognizer = TrainedNetwork(backbone)
    before = recognizer.embed(crops())
    with torch.no_grad():
        backbone.fc.weight.zero_()
    assert torch.equal(recognizer.embed(crops()), before)
    assert not recognizer.network.training
    assert backbone.training
    assert not any(weight.requires_grad for weight in recognizer.network.parameters())
    assert backbone.fc.weight.requires_grad
    assert torch.allclose(recognizer.embed(crops()[:1]), before[:1], atol=1e-5)  # nothing goes by the batch


def test_no_crops_give_no_embeddings() -> None:
    assert network().embed(crops(0)).shape == (0, 16)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [(torch.zeros(1, 3, 112, 112), "takes crops"), (torch.zeros(1, 3, 32, 32, dtype=torch.uint8), "float")],
)
def test_wrong_crops_are_refused(wrong: torch.Tensor, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        network().embed(wrong)


def rewritten(path: Path, tensors: dict[str, torch.Tensor] | None = None, **changes: Any) -> None:
    """Alters a pair of files as somebody would who knows the format, the SHA-256 included."""
    import hashlib

    if tensors is not None:
        save_file(tensors, path)
    sidecar = path.with_suffix(".json")
    stated = json.loads(sidecar.read_text())
    stated |= {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), **changes}
    sidecar.write_text(json.dumps({key: value for key, value in stated.items() if value != "remove"}))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"format": "another"}, "does not describe a recogniser of faceguard's"),
        ({"kind": "detector"}, "no kind of recogniser 'detector'; there are network, eigenfaces"),
        ({"kind": "remove"}, "'kind' should be of type str, not None"),
        ({"backbone": "resnet999"}, "no backbone 'resnet999'"),
        ({"backbone": "iresnet18"}, "the weights are not those of iresnet18"),
        ({"dimension": 17}, "the weights are not those of small-resnet"),
        ({"dimension": True}, "'dimension' should be of type int, not True"),
        ({"dimension": "16"}, "'dimension' should be of type int, not '16'"),
        ({"crop": {}}, "its 'crop' is not one: 'template'"),
        ({"crop": {**dataclasses.asdict(CROP), "size": -3}}, "must be positive, not -3"),
        ({"crop": [1, 2]}, "'crop' should be of type dict"),
        ({"threshold": {"measure": "manhattan", "value": 1, "source": ""}}, "its 'threshold' is not one"),
        ({"threshold": 0.5}, "its 'threshold' is not one"),
        ({"licence": 3}, "'licence' should be of type str"),
        ({"sha256": None}, "'sha256' should be of type str"),
        ({"sha256": "0" * 64}, "It is not the file that mine.json describes"),
    ],
)
def test_descriptions_that_do_not_fit(saved: Path, changes: dict[str, Any], said: str) -> None:
    rewritten(saved, **changes)
    with pytest.raises(RecognizerError, match=said) as caught:
        load(saved)
    assert "\n" not in str(caught.value)


def test_altered_tensors_are_refused(saved: Path) -> None:
    content = bytearray(saved.read_bytes())
    content[-1] ^= 1
    saved.write_bytes(content)
    with pytest.raises(RecognizerError, match=r"mine\.safetensors: its SHA-256 is"):
        load(saved)


@pytest.mark.parametrize("content", [b"", b"Dear network,\n", b"\x80\x04\x95", b"\xff" * 100])
def test_files_that_are_no_safetensors(saved: Path, content: bytes) -> None:
    saved.write_bytes(content)
    rewritten(saved)
    with pytest.raises(RecognizerError, match=r"mine\.safetensors: is not a file of safetensors"):
        load(saved)


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"format": 1}'])
def test_sidecars_that_are_none(saved: Path, content: str) -> None:
    saved.with_suffix(".json").write_text(content)
    with pytest.raises(RecognizerError, match=r"mine\.json: (is not JSON|does not describe)"):
        load(saved)


@pytest.mark.parametrize("ending", [".safetensors", ".json"])
def test_half_a_pair(saved: Path, ending: str) -> None:
    saved.with_suffix(ending).unlink()
    with pytest.raises(RecognizerError, match=rf"mine\{ending}: no such file; a recogniser .* is two files"):
        load(saved)


@pytest.mark.skipif(os.geteuid() == 0 if hasattr(os, "geteuid") else True, reason="root may do anything")
def test_files_that_may_not_be_read(saved: Path) -> None:
    saved.chmod(0)
    with pytest.raises(RecognizerError, match="ermission denied"):
        load(saved)


def test_saving_again_replaces_and_failing_leaves_what_was(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(1)
    TrainedNetwork(backbones.SmallResNet(24, CROP)).save(saved)
    assert load(saved).dimension == 24
    before = {path.name: path.read_bytes() for path in saved.parent.iterdir()}

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RecognizerError, match=r"mine\.safetensors: cannot be written: no space left"):
        network().save(saved)
    assert {path.name: path.read_bytes() for path in saved.parent.iterdir()} == before


def test_a_subspace_comes_back_as_it_was(tmp_path: Path) -> None:
    gallery = torch.rand(10, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    before = fit_eigenfaces(gallery, 5, CROP)
    path = tmp_path / "faces.safetensors"
    before.save(path)
    after = load(path)
    assert isinstance(after, Recognizer)
    assert (after.name, after.dimension, after.crop) == (f"file:{path}", 5, CROP)
    assert torch.equal(after.embed(crops()), before.embed(crops()))
    tensors = load_file(path)
    rewritten(path, {"mean": tensors["mean"]})
    with pytest.raises(RecognizerError, match="no tensor 'matrix'"):
        load(path)
    rewritten(path, {"mean": tensors["mean"][1:], "matrix": tensors["matrix"]})
    with pytest.raises(RecognizerError, match=r"need a mean \(1024,\)"):
        load(path)
