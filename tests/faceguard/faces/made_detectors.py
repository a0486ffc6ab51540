"""Detectors' networks small enough to work out by hand: a cell of the picture that is red is a face.

They have the outputs of the published SCRFD and YuNet files, in their order and shapes, and YuNet's names. At
each stride a cell's score is how red it is on average, 0 for greys and 1 for pure red; its box and landmarks
are the same for every cell, in strides from the cell's upper left corner.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

STRIDES = (8, 16, 32)
RED = np.array([1, -0.5, -0.5])  # times RGB 0..1: 1 for red, 0 for greys, negative for green and blue
SCRFD_DISTANCES = (0.5, 1.0, 2.0, 3.0)  # left, top, right, bottom of the cell's corner
YUNET_BOX = (0.75, 1.0, np.log(2.5), np.log(4.0))  # centre x, y; logarithms of width and height
# Both make the box (-0.5, -1, 2, 3). The landmarks are in the order of the published files.
LANDMARKS = (0.0, 0.25, 1.5, 0.5, 0.75, 1.25, 0.125, 2.0, 1.25, 2.25)


def scrfd_file(
    path: Path,
    *,
    size: Sequence[int | str] = ("height", "width"),
    landmarks: bool = True,
    strides: Sequence[int] = STRIDES,
) -> Path:
    """Writes a network like insightface's SCRFD; `strides` are those at which it sees anything.

    Its input is RGB as (x - 127.5) / 128. Each cell has two anchors; the second is less sure.
    """
    graph = _Graph()
    red = RED * 128 / 255
    for part, values in (
        ("score", None),
        ("bbox", SCRFD_DISTANCES * 2),
        ("kps", LANDMARKS * 2),
    ):
        if part == "kps" and not landmarks:
            continue
        for stride in STRIDES:
            name = f"{part}_{stride}"
            if values is None:
                seen = stride in strides
                graph.cells(name, stride, [red * seen] * 2, [0.0, -0.25], [-1, 1])
            else:
                graph.cells(name, stride, [np.zeros(3)] * len(values), values, [-1, len(values) // 2])
    return graph.write(path, "input.1", size)


def yunet_file(
    path: Path, *, size: Sequence[int | str] = ("height", "width"), strides: Sequence[int] = STRIDES
) -> Path:
    """Writes a network like OpenCV's YuNet; its input is BGR as it is, 0..255."""
    graph = _Graph()
    red = RED[::-1] / 255
    for part, values in (("cls", None), ("obj", (1.0,)), ("bbox", YUNET_BOX), ("kps", LANDMARKS)):
        for stride in STRIDES:
            name = f"{part}_{stride}"
            if values is None:
                graph.cells(name, stride, [red * (stride in strides)], [0.0], [1, -1, 1])
            else:
                graph.cells(name, stride, [np.zeros(3)] * len(values), values, [1, -1, len(values)])
    return graph.write(path, "input", size)


class _Graph:
    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self.outputs: list[onnx.ValueInfoProto] = []

    def cells(
        self, name: str, stride: int, colours: Sequence[object], biases: Sequence[float], shape: Sequence[int]
    ) -> None:
        """Adds an output: a cell's average colour times weights, plus biases, cell by cell."""
        kernels = np.array(colours, np.float32)[:, :, None, None] / stride**2
        kernels = np.broadcast_to(kernels, (*kernels.shape[:2], stride, stride))
        self.constants += [
            numpy_helper.from_array(np.ascontiguousarray(kernels), f"{name}_w"),
            numpy_helper.from_array(np.array(biases, np.float32), f"{name}_b"),
            numpy_helper.from_array(np.array(shape, np.int64), f"{name}_s"),
        ]
        self.nodes += [
            helper.make_node(
                "Conv",
                ["", f"{name}_w", f"{name}_b"],
                [f"{name}_c"],
                name=f"{name}_conv",
                kernel_shape=[stride, stride],
                strides=[stride, stride],
            ),
            helper.make_node(
                "Transpose", [f"{name}_c"], [f"{name}_t"], name=f"{name}_move", perm=[0, 2, 3, 1]
            ),
            helper.make_node("Reshape", [f"{name}_t", f"{name}_s"], [name], name=f"{name}_flat"),
        ]
        open_shape = [None if extent == -1 else extent for extent in shape]
        self.outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, open_shape))

    def write(self, path: Path, entry: str, size: Sequence[int | str]) -> Path:
        for node in self.nodes:
            if node.op_type == "Conv":
                node.input[0] = entry
        taken = helper.make_tensor_value_info(entry, TensorProto.FLOAT, [1, 3, *size])
        graph = helper.make_graph(self.nodes, "detector", [taken], self.outputs, self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=8)
        onnx.checker.check_model(model)
        onnx.save(model, str(path))
        return path
