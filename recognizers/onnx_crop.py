"""What an ONNX recogniser wants to be shown, read from its graph.

The rules are insightface's (`insightface.model_zoo.arcface_onnx`, `insightface.utils.face_align.norm_crop`),
so that a file means here what it means to most who use it.
"""

from __future__ import annotations

import onnx

from recognizers.crops import ARCFACE_112, CropSpec, Point

_RANGE_NODES = 8  # how far into the graph insightface looks for the network's own normalisation


class OnnxCropError(Exception):
    """The graph asks for something that is no ArcFace crop."""


def detected_crop(model: onnx.ModelProto) -> CropSpec:
    """The crop that a graph asks for.

    Sizes that are multiples of 112 scale ArcFace's template; multiples of 128 do too, with a border of 8
    pixels in 128 at the left and the right. A size that the graph leaves open is 112.

    Raises:
        OnnxCropError: The graph takes no colour pictures of such a size.
    """
    size = _declared_size(model)
    if _normalises(model):
        return CropSpec(size, _template(size), mean=(0.0, 0.0, 0.0), scale=1.0)
    return CropSpec(size, _template(size))


def _declared_size(model: onnx.ModelProto) -> int:
    weights = {tensor.name for tensor in model.graph.initializer}
    inputs = [entry for entry in model.graph.input if entry.name not in weights]
    if len(inputs) != 1:
        raise OnnxCropError(f"takes {len(inputs)} inputs, not one batch of crops")
    extents = [axis.dim_value for axis in inputs[0].type.tensor_type.shape.dim]  # 0 where it is left open
    shape = tuple(extent or "?" for extent in extents)
    if extents and (len(extents) != 4 or extents[1] not in (0, 3) or extents[2] != extents[3]):
        raise OnnxCropError(f"takes {shape}, not square colour crops (B, 3, size, size)")
    size = extents[2] if extents else 0
    if size % 112 and size % 128:
        raise OnnxCropError(f"takes {shape}; ArcFace's crops have 112 or 128 pixels or a multiple")
    return size or ARCFACE_112.size


def _template(size: int) -> tuple[Point, Point, Point, Point, Point]:
    unit, border = (112, 0.0) if size % 112 == 0 else (128, 8.0)
    scale = size / unit
    first, second, third, fourth, fifth = (((x + border) * scale, y * scale) for x, y in ARCFACE_112.template)
    return first, second, third, fourth, fifth


def _normalises(model: onnx.ModelProto) -> bool:
    """Whether the graph brings values 0..255 to its own range.

    insightface goes by the names of the first nodes. Graphs whose nodes are named otherwise are taken at
    what they do: the first thing that happens to the input is a subtraction, the next a multiplication or
    division.
    """
    nodes = model.graph.node
    names = [node.name for node in nodes[:_RANGE_NODES]]
    subtracts = any(name.startswith(("Sub", "_minus")) for name in names)
    multiplies = any(name.startswith(("Mul", "_mul")) for name in names)
    if subtracts and multiplies:
        return True
    steps = [node.op_type for node in nodes if node.op_type not in ("Constant", "Identity", "Cast")][:2]
    return len(steps) == 2 and steps[0] == "Sub" and steps[1] in ("Mul", "Div")
