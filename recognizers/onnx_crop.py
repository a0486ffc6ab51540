"""What an ONNX recogniser wants to be shown: read from its graph, unless its publisher states it.

The rules are insightface's (`insightface.model_zoo.arcface_onnx`, `insightface.utils.face_align.norm_crop`),
so that a file means here what it means to most who use it.
"""

from __future__ import annotations

from dataclasses import dataclass

import onnx

from recognizers.crops import ARCFACE_112, DLIB_150, FACENET_160, CropSpec, Template

NAMED_TEMPLATES = {"arcface": ARCFACE_112, "dlib": DLIB_150, "facenet": FACENET_160}
"""Template that can be given by name -> the crop it is known from; it is scaled to the file's own size."""

_RANGE_NODES = 8  # how far into the graph insightface looks for the network's own normalisation


class OnnxCropError(Exception):
    """The graph asks for something that is no crop, or for another one than is stated."""


@dataclass(frozen=True)
class StatedCrop:
    """What is known of a crop from elsewhere; None is read from the graph.

    Attributes:
        size: Width and height, in pixels.
        template: The five landmarks in pixels, or one of `NAMED_TEMPLATES`.
        mean: What is subtracted from each of the values 0..255, in RGB order.
        scale: What the difference is divided by.
        colour_order: "RGB" or "BGR".
    """

    size: int | None = None
    template: Template | str | None = None
    mean: tuple[float, float, float] | None = None
    scale: float | None = None
    colour_order: str | None = None


def crop_of(model: onnx.ModelProto, stated: StatedCrop | None = None) -> CropSpec:
    """The crop that a network takes.

    Sizes that are multiples of 112 scale ArcFace's template; multiples of 128 do too, with a border of 8
    pixels in 128 at the left and the right. A size that the graph leaves open is 112. Values are
    (x - 127.5) / 127.5, and 0..255 where the graph brings them to its own range.

    Args:
        model: The graph.
        stated: What is known already, and wins.

    Raises:
        OnnxCropError: The graph takes no square colour pictures, or no crop of its size is known.
    """
    known = stated or StatedCrop()
    size = _declared_size(model)
    if known.size is not None and size not in (0, known.size):
        raise OnnxCropError(f"takes crops of {size} pixels, and {known.size} are stated")
    size = known.size or size or ARCFACE_112.size
    normalises = _normalises(model)
    return CropSpec(
        size,
        _template(known.template, size),
        mean=known.mean or ((0.0, 0.0, 0.0) if normalises else ARCFACE_112.mean),
        scale=known.scale or (1.0 if normalises else ARCFACE_112.scale),
        colour_order=known.colour_order or ARCFACE_112.colour_order,
    )


def arcface_template(size: int) -> Template | None:
    """insightface's template for crops of a size, or None where it has none."""
    if size < 1 or (size % 112 and size % 128):
        return None
    unit, border = (112, 0.0) if size % 112 == 0 else (128, 8.0)
    return _scaled(ARCFACE_112.template, size / unit, border)


def _scaled(template: Template, scale: float, border: float = 0.0) -> Template:
    first, second, third, fourth, fifth = (((x + border) * scale, y * scale) for x, y in template)
    return first, second, third, fourth, fifth


def _template(stated: Template | str | None, size: int) -> Template:
    if isinstance(stated, tuple):
        return stated
    if stated is not None and stated != "arcface":
        named = NAMED_TEMPLATES[stated]
        return _scaled(named.template, size / named.size)
    template = arcface_template(size)
    if template is None:
        raise OnnxCropError(
            f"takes {size} pixels; ArcFace's crops have 112 or 128 pixels or a multiple. "
            "State another template in its sidecar"
        )
    return template


def _declared_size(model: onnx.ModelProto) -> int:
    """The side of the pictures that a graph takes, 0 where it is left open."""
    weights = {tensor.name for tensor in model.graph.initializer}
    inputs = [entry for entry in model.graph.input if entry.name not in weights]
    if len(inputs) != 1:
        raise OnnxCropError(f"takes {len(inputs)} inputs, not one batch of crops")
    extents = [axis.dim_value for axis in inputs[0].type.tensor_type.shape.dim]  # 0 where it is left open
    shape = tuple(extent or "?" for extent in extents)
    if extents and (len(extents) != 4 or extents[1] not in (0, 3) or extents[2] != extents[3]):
        raise OnnxCropError(f"takes {shape}, not square colour crops (B, 3, size, size)")
    return extents[2] if extents else 0


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
