"""Small ONNX recognisers with random weights, and pictures to show them."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from pathlib import Path

import numpy as np
import onnx
import skimage.data
import torch
from facenet_pytorch import InceptionResnetV1
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper


def weights(rng: np.random.Generator, name: str, *shape: int) -> onnx.TensorProto:
    values = rng.normal(0, (1 / np.prod(shape[1:])) ** 0.5, shape).astype(np.float32)
    return numpy_helper.from_array(values, name)


def network(
    path: Path,
    start: Sequence[tuple[str, str, float]] = (),
    shape: Sequence[int | str] = ("batch", 3, 112, 112),
    end: str = "Gemm",
) -> Path:
    """Writes convolution, ReLU, convolution, ReLU, flatten, matrix; `start` is (operator, name, constant)."""
    rng = np.random.default_rng(0)
    side = shape[2] if len(shape) == 4 and isinstance(shape[2], int) else 112
    nodes, constants, last = [], [], "crops"
    for index, (operator, name, constant) in enumerate(start):
        constants.append(numpy_helper.from_array(np.float32(constant), f"constant{index}"))
        nodes.append(helper.make_node(operator, [last, f"constant{index}"], [f"start{index}"], name=name))
        last = f"start{index}"
    constants += [
        weights(rng, "first", 4, 3, 7, 7),
        weights(rng, "second", 6, 4, 7, 7),
        weights(rng, "matrix", 16, 6 * ceil(side / 16) ** 2),
    ]
    stride = {"strides": [4, 4], "pads": [3, 3, 3, 3]}
    nodes += [
        helper.make_node("Conv", [last, "first"], ["a"], name="conv1", **stride),
        helper.make_node("Relu", ["a"], ["b"], name="relu1"),
        helper.make_node("Conv", ["b", "second"], ["c"], name="conv2", **stride),
        helper.make_node("Relu", ["c"], ["d"], name="relu2"),
    ]
    outputs = ["embedding"]
    if end == "map":
        nodes[-1].output[0] = "embedding"
    else:
        nodes.append(helper.make_node("Flatten", ["d"], ["e"], name="flatten"))
        nodes.append(helper.make_node("Gemm", ["e", "matrix"], ["embedding"], name="matrix", transB=1))
    if end == "two":
        nodes.append(helper.make_node("Relu", ["embedding"], ["norm"], name="norm"))
        outputs.append("norm")
    if end == "one crop":
        constants.append(numpy_helper.from_array(np.array([1, 16], np.int64), "shape"))
        nodes[-1].output[0] = "f"
        nodes.append(helper.make_node("Reshape", ["f", "shape"], ["embedding"], name="reshape"))
    graph = helper.make_graph(
        nodes,
        "recogniser",
        [helper.make_tensor_value_info("crops", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, str(path))
    return path


def residual_network(path: Path) -> Path:
    """Writes a small network of the operators that the recognisers of insightface's packs are made of."""
    rng = np.random.default_rng(0)
    constants: list[onnx.TensorProto] = []
    nodes: list[onnx.NodeProto] = []

    def normalised(last: str, name: str, channels: int) -> str:
        ranges = {"gamma": (0.5, 1.5), "beta": (-0.2, 0.2), "mean": (-0.2, 0.2), "var": (0.5, 2.0)}
        for part, (low, high) in ranges.items():
            values = rng.uniform(low, high, channels).astype(np.float32)
            constants.append(numpy_helper.from_array(values, f"{name}_{part}"))
        parameters = [f"{name}_{part}" for part in ranges]
        nodes.append(helper.make_node("BatchNormalization", [last, *parameters], [name]))
        return name

    def convolved(last: str, name: str, inputs: int, outputs: int, stride: int) -> str:
        constants.append(weights(rng, f"{name}_w", outputs, inputs, 3, 3))
        settings = {"strides": [stride, stride], "pads": [1, 1, 1, 1]}
        nodes.append(helper.make_node("Conv", [last, f"{name}_w"], [name], **settings))
        return name

    def bent(last: str, name: str, channels: int) -> str:
        slopes = rng.uniform(0.1, 0.4, (channels, 1, 1)).astype(np.float32)
        constants.append(numpy_helper.from_array(slopes, f"{name}_slopes"))
        nodes.append(helper.make_node("PRelu", [last, f"{name}_slopes"], [name]))
        return name

    last, inputs = convolved("crops", "stem", 3, 8, 2), 8
    last = bent(normalised(last, "stem_n", 8), "stem_p", 8)
    for index, outputs in enumerate((12, 16, 16)):
        branch = convolved(normalised(last, f"n{index}a", inputs), f"c{index}a", inputs, outputs, 1)
        branch = convolved(bent(branch, f"p{index}", outputs), f"c{index}b", outputs, outputs, 2)
        branch = normalised(branch, f"n{index}b", outputs)
        trunk = normalised(convolved(last, f"c{index}t", inputs, outputs, 2), f"n{index}t", outputs)
        last, inputs = f"s{index}", outputs
        nodes.append(helper.make_node("Add", [branch, trunk], [last]))
    last = normalised(last, "n9", inputs)
    constants += [weights(rng, "matrix", 32, inputs * 7 * 7), weights(rng, "bias", 32)]
    nodes.append(helper.make_node("Flatten", [last], ["flat"]))
    nodes.append(helper.make_node("Gemm", ["flat", "matrix", "bias"], ["features"], transB=1))
    normalised("features", "embedding", 32)
    graph = helper.make_graph(
        nodes,
        "residual",
        [helper.make_tensor_value_info("crops", TensorProto.FLOAT, ("batch", 3, 112, 112))],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, None)],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=6)
    onnx.save(model, str(path))
    return path


def pictures(count: int = 3, side: int = 112) -> NDArray[np.uint8]:
    astronaut = skimage.data.astronaut()
    return np.stack([astronaut[20 * i : 20 * i + side, 150 : 150 + side] for i in range(count)])


def batch(crops: NDArray[np.uint8]) -> torch.Tensor:
    return torch.from_numpy(crops).permute(0, 3, 1, 2).float() / 255


def random_facenet(seed: int = 0) -> InceptionResnetV1:
    """facenet-pytorch's network with random weights and random running statistics, in evaluation mode."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        made = InceptionResnetV1()
        for module in made.modules():
            if isinstance(module, torch.nn.BatchNorm2d | torch.nn.BatchNorm1d):
                # As if it had been trained: what goes on is about as large as what came in.
                torch.nn.init.uniform_(module.weight, 1.0, 2.0)
                torch.nn.init.normal_(module.bias, 0.0, 0.1)
                torch.nn.init.normal_(module.running_mean, 0.0, 0.1)
                torch.nn.init.uniform_(module.running_var, 0.2, 0.6)
    return made.eval()
