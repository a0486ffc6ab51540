"""FRBench's models against FRBench itself, with random weights laid out as its own downloads are."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from torch import nn

from recognizers import ARCFACE_112, Recognizer, RecognizerError, load
from recognizers.frbench import FRBench

frbench = pytest.importorskip("frbench")
KEY = "mobilefacenet_arcface_ms1m"
STEP = 1e-8  # small, since a longer step crosses the kinks of some activation among many
Fetched = Callable[..., str]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """FRBench's folder of weights; whoever wants the network fails."""

    def refuse(*_arguments: object, **_options: object) -> None:
        raise AssertionError("something was fetched")

    monkeypatch.setattr("urllib.request.urlopen", refuse)
    monkeypatch.setenv("FRBENCH_CACHE", str(tmp_path / "frbench"))
    monkeypatch.setenv("FRBENCH_CONFIG", str(tmp_path / "config.json"))
    return tmp_path / "frbench"


@pytest.fixture
def fetched(folder: Path) -> Fetched:
    """Puts a model with random weights where `frbench-download` would put it."""

    def put(key: str = KEY, *, network: dict[str, Any] | None = None, **shown: Any) -> str:
        from frbench.backbones import build_backbone

        backbone = {"name": key.split("_")[0], "kwargs": network or {"num_features": 128}}
        torch.manual_seed(0)
        made = build_backbone(backbone["name"], backbone["kwargs"], torch.device("cpu"))
        for module in made.modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm):
                module.momentum = 1.0
        # Normalisations that fit random weights: else all crops end in about the same embedding.
        made.train()(torch.randn(8, 3, *shown.get("size", (112, 112))))
        weights = made.state_dict()
        (folder / key).mkdir(parents=True)
        torch.save(weights, folder / key / "weights.pth")
        (folder / key / "config.yaml").write_text(yaml.safe_dump({"backbone": backbone, "input": shown}))
        contents = {"config": "config.yaml", "weight": "weights.pth"}
        entry = {"target_name": key, "asset_name": f"{key}.tar.gz", "contents": contents}
        absent = {**entry, "target_name": "absent"}
        manifest = {"__version__": 1, "retinaface_mobilenetv1": absent, "irse-100_arcface_ms1m": absent}
        (folder / "manifest.json").write_text(json.dumps({**manifest, key: entry}))
        return key

    return put


def crops(size: int = 112, count: int = 3) -> torch.Tensor:
    return torch.rand(count, 3, size, size, generator=torch.Generator().manual_seed(1))


def by_frbench(key: str, crops: torch.Tensor) -> torch.Tensor:
    with frbench.configure_scoped(update_check=False, verbose=False):
        model = frbench.FR(*key.split("_"), detector=frbench.FaceDetector())
        embeddings: torch.Tensor = model(crops * 255, need_crop=False, tta=()).embeddings
    return embeddings


def test_it_is_a_recogniser(fetched: Fetched) -> None:
    model = FRBench(fetched())
    assert isinstance(model, Recognizer)
    assert model.name == f"frbench:{KEY}"
    assert (model.dimension, model.differentiable, model.threshold) == (128, True, None)
    assert "ms1m, a data set for non-commercial research" in model.licence
    assert (model.crop.size, model.crop.mean, model.crop.scale) == (112, (127.5,) * 3, 127.5)
    assert torch.tensor(model.crop.template).allclose(torch.tensor(ARCFACE_112.template), atol=1e-3)
    assert not any(weights.requires_grad for weights in model.network.parameters())


@pytest.mark.parametrize(
    ("key", "network", "shown"),
    [
        (KEY, {"num_features": 128}, {}),
        (KEY, {"num_features": 64}, {"mean": [0.4, 0.5, 0.6], "std": [0.25, 0.25, 0.25], "channel": "bgr"}),
        ("mobilevit-xxs_cosface_glint360k", {"num_features": 512}, {}),
    ],
    ids=["mobilefacenet", "its own values, BGR", "mobilevit"],
)
def test_embeddings_are_those_of_frbench(
    fetched: Fetched, key: str, network: dict[str, Any], shown: dict[str, Any]
) -> None:
    model = FRBench(fetched(key, network=network, **shown))
    embeddings = model.embed(crops())
    assert embeddings.shape == (3, network["num_features"])
    assert embeddings.std(0).mean() > 1e-4  # it looks at the crops
    torch.testing.assert_close(embeddings, by_frbench(key, crops()), rtol=1e-4, atol=1e-5)


def test_gradients_are_those_of_finite_differences(fetched: Fetched) -> None:
    model = FRBench(fetched())
    model.network.double()
    random = torch.Generator().manual_seed(2)
    x = crops(count=1).double().requires_grad_()
    weights = torch.randn(model.dimension, dtype=torch.float64, generator=random)
    (gradient,) = torch.autograd.grad((model.embed(x) * weights).sum(), x)
    expected, found = [], []
    for _ in range(4):
        step = torch.randn(x.shape, dtype=torch.float64, generator=random)
        with torch.no_grad():
            ahead, behind = ((model.embed(x + sign * STEP * step) * weights).sum() for sign in (1, -1))
        expected.append(float(ahead - behind) / (2 * STEP))
        found.append(float((gradient * step).sum()))
    # Together, as one vector: a single derivative can come out next to zero.
    off = torch.dist(torch.tensor(found), torch.tensor(expected)) / torch.tensor(expected).norm()
    assert off < 1e-3


def test_views_show_the_last_picture_of_each_size(fetched: Fetched) -> None:
    view = FRBench(fetched()).view(crops())
    assert [tuple(feature.shape[2:]) for feature in view.features] == [(28, 28), (14, 14), (7, 7)]
    torch.testing.assert_close(view.embedding, FRBench(KEY).embed(crops()))


def test_another_crop(fetched: Fetched) -> None:
    template = [[x * 2, y * 2] for x, y in ARCFACE_112.template]
    network = {"num_features": 64, "input_size": [224, 224]}
    key = fetched("mobilevit-xxs_arcface_ms1m", network=network, size=[224, 224], template=template)
    model = FRBench(key)
    assert model.crop.size == 224
    assert model.crop.template[0] == pytest.approx(template[0], abs=1e-3)
    torch.testing.assert_close(model.embed(crops(224)), by_frbench(key, crops(224)), rtol=1e-4, atol=1e-5)


def test_a_network_for_another_crop_is_refused(folder: Path, fetched: Fetched) -> None:
    key = fetched("mobilevit-xxs_arcface_ms1m")
    config = folder / key / "config.yaml"
    config.write_text(config.read_text().replace("input: {}", "input: {size: [224, 224]}"))
    with pytest.raises(RecognizerError, match="does not run on two 224 px crops"):
        FRBench(key)


def test_wrong_crops_are_refused(fetched: Fetched) -> None:
    model = FRBench(fetched())
    with pytest.raises(ValueError, match=f"frbench:{KEY} takes crops"):
        model.embed(crops(160))


def test_values_divided_by_several_numbers_are_refused(fetched: Fetched) -> None:
    with pytest.raises(RecognizerError, match="not squares divided by one number"):
        FRBench(fetched(std=[0.2, 0.25, 0.3]))


def test_it_loads_by_its_name(fetched: Fetched) -> None:
    assert load(f"frbench:{fetched()}").name == f"frbench:{KEY}"
    with pytest.raises(RecognizerError, match=r"no recogniser 'frbench:'; there are .*frbench:NAME"):
        load("frbench:")


def test_nothing_is_fetched_and_the_command_is_named(folder: Path, fetched: Fetched) -> None:
    said = f"its weights are not here. Fetch them with FRBench's own command: frbench-download {KEY}"
    with pytest.raises(RecognizerError, match=said):
        FRBench(KEY)
    fetched()
    with pytest.raises(RecognizerError, match=f"irse-100_arcface_ms1m.* copy its folder .* to {folder}"):
        FRBench("irse-100_arcface_ms1m")
    (folder / KEY / "weights.pth").unlink()
    with pytest.raises(RecognizerError, match=said):
        FRBench(KEY)


@pytest.mark.parametrize("key", ["", "irse-100", "retinaface_mobilenetv1", "__version__"])
def test_unknown_names(fetched: Fetched, key: str) -> None:
    fetched()
    with pytest.raises(RecognizerError):
        FRBench(key)


def test_a_name_that_frbench_does_not_have(fetched: Fetched) -> None:
    fetched()
    with pytest.raises(RecognizerError, match="no recogniser 'vgg_softmax_faces'; frbench-download --list"):
        FRBench("vgg_softmax_faces")


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("weights.pth", b"text"),
        ("config.yaml", b"- 1"),
        ("../manifest.json", b"{"),
        ("../manifest.json", b"[]"),
    ],
)
def test_damaged_files_are_one_clear_line(folder: Path, fetched: Fetched, file: str, content: bytes) -> None:
    fetched()
    (folder / KEY / file).write_bytes(content)
    with pytest.raises(RecognizerError, match=f"frbench-download --force {KEY}") as caught:
        FRBench(KEY)
    assert "\n" not in str(caught.value)


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "frbench", None)
    with pytest.raises(RecognizerError, match=r'pip install "faceguard\[frbench\]"'):
        FRBench(KEY)
