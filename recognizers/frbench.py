"""FRBench's models: 45 and more of many backbones, losses and training sets, all differentiable.

Z. Wang et al., CVPR 2026 (the package `frbench`, MIT). FRBench keeps its weights in a folder of its own, from
where its own command `frbench-download` fetches them and compares the archive with the SHA-256 in its list;
here they are loaded from there and nothing is ever fetched. Its weights files are read without running any
code in them (`weights_only`).

What is known without those weights: the networks, the crop from each model's own configuration, and that
embeddings are exactly those of `frbench.FR` for aligned crops without its mirrored second look (its default
averages over both). That was checked with random weights; how well the models recognise was not measured.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from recognizers.base import Threshold, Views, check_crops, network_input
from recognizers.crops import CropSpec
from recognizers.errors import RecognizerError
from recognizers.features import collected, hooked


class FRBench:
    """One of FRBench's models; differentiable.

    Args:
        key: FRBench's name for it, BACKBONE_LOSS_DATASET, such as "irse-100_arcface_ms1m";
            `frbench-download --list-models` lists them.
        device: Where the network runs.

    Raises:
        RecognizerError: FRBench is not installed or has no such model, or the weights are missing or do not
            fit.
    """

    differentiable = True
    threshold: Threshold | None = None  # FRBench publishes none

    def __init__(self, key: str, device: torch.device | str = "cpu") -> None:
        self.name = f"frbench:{key}"
        self.licence = (
            "MIT (FRBench, which states none of its own for the weights); trained on "
            f"{key.rpartition('_')[2]}, a data set for non-commercial research"
        )
        model = _load(key)
        self.crop = _crop(model, self.name)
        self.dimension = model.embedding_dim
        self.network: nn.Module = model.backbone.requires_grad_(False)
        try:
            self._stages = self._find_stages()
        except RuntimeError as error:
            raise RecognizerError(
                f"{self.name}: does not run on two {self.crop.size} px crops, as its configuration has it: "
                f"{' '.join(str(error).split())}"
            ) from error
        self.network.to(device)

    def embed(self, crops: Tensor) -> Tensor:
        """Embeddings (B, dimension) of crops (B, 3, size, size), RGB, 0..1."""
        check_crops(crops, self.crop, self.name)
        dtype = next(self.network.parameters()).dtype
        embeddings: Tensor = self.network(network_input(crops, self.crop).to(dtype))
        return embeddings

    def view(self, crops: Tensor) -> Views:
        """Embeddings of crops, and the last activation at each of the three coarsest sizes above 4 pixels.

        The Swin networks show none: from their first layer on they hold tokens, no pictures.
        """
        with collected(self._stages) as features:
            return Views(self.embed(crops), features)

    def to(self, device: torch.device | str) -> FRBench:
        """The same recogniser with its weights on another device."""
        self.network.to(device)
        return self

    @torch.no_grad()
    def _find_stages(self) -> list[nn.Module]:
        """The modules whose outputs are the last pictures of their size."""
        runs: Counter[nn.Module] = Counter()
        pictures: list[tuple[int, nn.Module]] = []

        def remember(module: nn.Module, _inputs: object, output: object) -> None:
            runs[module] += 1
            # What these put out with four axes are weights of attention.
            if isinstance(output, Tensor) and not isinstance(module, nn.Softmax | nn.Dropout):
                side = output.shape[-1]
                if (
                    tuple(output.shape) == (2, output.shape[1], side, side)
                    and 4 < side <= self.crop.size // 4
                ):
                    pictures.append((side, module))

        with hooked(list(self.network.modules()), remember):
            self.embed(torch.zeros(2, 3, self.crop.size, self.crop.size))
        # An activation that several layers share would show all of theirs.
        last = {side: module for side, module in pictures if runs[module] == 1}
        return [last[side] for side in sorted(last)[:3]]


def _load(key: str) -> Any:
    """FRBench's own pipeline for a model, from its folder; the network is not asked."""
    try:
        import frbench
    except ImportError as error:
        raise RecognizerError(
            f'frbench:{key} needs the package frbench: pip install "faceguard[frbench]"'
        ) from error
    with frbench.configure_scoped(update_check=False, verbose=False):
        try:
            _check_fetched(key, Path(frbench.CACHE))
            model = next((model for model in frbench.list_models() if model.key == key), None)
            if model is None:
                raise RecognizerError(
                    f"FRBench has no recogniser {key!r}; frbench-download --list-models lists those it has"
                )
            return frbench.FR(
                model.backbone,
                model.loss,
                model.dataset,
                detector=frbench.FaceDetector(),  # never used, and so never loaded
                eager_load=True,
            )
        except RecognizerError:
            raise
        except Exception as error:  # what FRBench, YAML and PyTorch raise for files that do not fit
            raise RecognizerError(
                f"frbench:{key}: FRBench cannot load it: {' '.join(str(error).split())}. "
                f"Fetch it again: frbench-download --force {key}"
            ) from error


def _check_fetched(key: str, folder: Path) -> None:
    """Refuses a model that FRBench would fetch."""
    remedy = (
        f"Fetch them with FRBench's own command: frbench-download {key}. Without a connection here, run it "
        f"elsewhere and copy its folder ~/.frbench to {folder}; the environment variable FRBENCH_CACHE names "
        "another one"
    )
    try:
        entries = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise RecognizerError(f"frbench:{key}: its weights are not here. {remedy}") from error
    entry: dict[str, Any] = entries.get(key, {})
    files = entry.get("contents", {}).values()
    if not all((folder / entry["target_name"] / file).is_file() for file in files):
        raise RecognizerError(f"frbench:{key}: its weights are not here. {remedy}")


def _crop(model: Any, name: str) -> CropSpec:
    """What FRBench's configuration says of the crop."""
    steps = model.preprocessor
    height, width = model.input_size
    scales = {float(value) * 255 for value in steps.std.flatten()}
    if height != width or len(scales) != 1:
        raise RecognizerError(
            f"{name}: takes crops of {width} x {height} pixels divided by {sorted(scales)}, "
            "not squares divided by one number"
        )
    mean = [float(value) * 255 for value in steps.mean.flatten()]
    order = steps.channel.upper()
    if order == "BGR":
        mean.reverse()  # FRBench has it in the network's order
    first, second, third, fourth, fifth = ((float(x), float(y)) for x, y in steps.template)
    return CropSpec(
        size=width,
        template=(first, second, third, fourth, fifth),
        mean=(mean[0], mean[1], mean[2]),
        scale=scales.pop(),
        colour_order=order,
    )
