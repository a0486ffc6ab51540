"""The crops recognisers look at: their size, where the five landmarks lie in them, and their values.

A crop is a square, upright, aligned picture of one face. Everywhere in faceguard crops travel as float
tensors (B, 3, size, size), RGB, 0..1; a recogniser converts them to what its network was trained on.
Landmarks are left eye, right eye, nose, left and right mouth corner, as (x, y); left is the image's left.
Pixel (0, 0) is the centre of the first pixel, as in OpenCV.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Point = tuple[float, float]
Template = tuple[Point, Point, Point, Point, Point]


@dataclass(frozen=True)
class CropSpec:
    """What a recogniser is shown.

    Attributes:
        size: Width and height of the crop, in pixels.
        template: Where the five landmarks lie in it, in pixels.
        mean: What is subtracted from each of the values 0..255, in RGB order.
        scale: What the difference is divided by.
        colour_order: "RGB" or "BGR": the order the network itself takes its channels in.
    """

    size: int
    template: Template
    mean: tuple[float, float, float] = (127.5, 127.5, 127.5)
    scale: float = 127.5
    colour_order: str = "RGB"

    def __post_init__(self) -> None:
        if self.size < 1:
            raise ValueError(f"a crop's size must be positive, not {self.size}")
        if len(self.template) != 5:
            raise ValueError(f"a template has five landmarks, not {len(self.template)}")
        if self.scale <= 0:
            raise ValueError(f"a crop's scale must be positive, not {self.scale}")
        if self.colour_order not in ("RGB", "BGR"):
            raise ValueError(f'the colour order is "RGB" or "BGR", not "{self.colour_order}"')


def crop_of(stated: Mapping[str, Any]) -> CropSpec:
    """The crop that JSON values made by `dataclasses.asdict` state.

    Raises:
        KeyError, TypeError, ValueError: They state none, or none that is possible.
    """
    first, second, third, fourth, fifth = ((float(x), float(y)) for x, y in stated["template"])
    red, green, blue = map(float, stated["mean"])
    return CropSpec(
        int(stated["size"]),
        (first, second, third, fourth, fifth),
        (red, green, blue),
        float(stated["scale"]),
        stated["colour_order"],
    )


_ARCFACE_TEMPLATE: Template = (
    (38.2946, 51.6963),
    (73.5318, 51.5014),
    (56.0252, 71.7366),
    (41.5493, 92.3655),
    (70.7299, 92.2041),
)

ARCFACE_112 = CropSpec(size=112, template=_ARCFACE_TEMPLATE)
"""insightface's template (`insightface.utils.face_align.arcface_dst`); values (x - 127.5) / 127.5."""

DLIB_150 = CropSpec(
    size=150,
    template=((48.11, 45.81), (102.20, 45.63), (74.57, 79.50), (51.04, 102.87), (98.86, 102.91)),
    mean=(122.782, 117.001, 104.298),
    scale=256.0,
)
"""dlib's chip (150 px, padding 0.25): the median place of MTCNN's five points over 269 photos."""

FACENET_160 = CropSpec(
    size=160,
    template=(
        (54.7066, 73.8519),
        (105.0454, 73.5734),
        (80.0360, 102.4809),
        (59.3561, 131.9507),
        (101.0427, 131.7201),
    ),
    scale=128.0,
)
"""FaceNet's 160 px: ArcFace's template scaled by 160/112; values (x - 127.5) / 128, as in its training."""
