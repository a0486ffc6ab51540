"""FLIP: how visible a difference is to a person who flips between two pictures (Andersson et al. 2020).

The paper's low dynamic range metric for sRGB pictures, seen from where 67 pixels fill one degree of sight
(a 0.7 m wide display of 3840 pixels at 0.7 m, as in the paper). Every filter in it is a sum of separable ones
and is applied as rows and columns, which is exact.
"""

from __future__ import annotations

from functools import cache
from math import ceil, pi, sqrt

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_PIXELS_PER_DEGREE = 0.7 * 3840 / 0.7 * pi / 180
_FEATURE_WIDTH = 0.082  # degrees
_COLOUR_EXPONENT, _FEATURE_EXPONENT = 0.7, 0.5
_KNEE, _KNEE_ERROR = 0.4, 0.95  # this share of the largest colour difference takes up this share of 0..1

# How sharply the eye sees each opponent channel: Gaussians (weight, width), table 1 of the paper.
_SENSITIVITY = (
    ((1.0, 0.0047),),
    ((1.0, 0.0053),),
    ((34.1, 0.04), (13.5, 0.025)),
)
_TO_XYZ = np.array(
    [
        [10135552 / 24577794, 8788810 / 24577794, 4435075 / 24577794],
        [2613072 / 12288897, 8788810 / 12288897, 887015 / 12288897],
        [1425312 / 73733382, 8788810 / 73733382, 70074185 / 73733382],
    ]
)
_WHITE = _TO_XYZ.sum(1)
_TO_RELATIVE_XYZ = _TO_XYZ / _WHITE[:, None]
# Relative XYZ to the linear part of CIELAB's opponent axes; the constant -16 of lightness is left out.
_OPPONENT = np.array([[0.0, 116.0, 0.0], [500.0, -500.0, 0.0], [0.0, 200.0, -200.0]])


def flip(reference: NDArray[np.generic], test: NDArray[np.generic]) -> float:
    """The mean FLIP error between two sRGB pictures.

    Args:
        reference: (H, W, 3), values 0..255, whole numbers or not.
        test: The same shape.

    Returns:
        0..1; 0 is the same picture.

    Raises:
        ValueError: The shapes are unequal or not those of colour pictures.
    """
    if reference.shape != test.shape or reference.ndim != 3 or reference.shape[2] != 3:
        raise ValueError(f"FLIP compares (H, W, 3) with (H, W, 3), not {reference.shape} with {test.shape}")
    opponents = [_matrix(_linear(picture), _OPPONENT @ _TO_RELATIVE_XYZ) for picture in (reference, test)]
    first, second = (_perceived(opponent) for opponent in opponents)
    colour = _redistributed(_colour_difference(first, second) ** _COLOUR_EXPONENT)
    feature = _feature_difference(*(opponent[..., 0] / np.float32(116) for opponent in opponents))
    return float((colour ** (1 - feature)).mean(dtype=np.float64))


def _linear(picture: NDArray[np.generic]) -> Floats:
    """sRGB values 0..255 as linear light 0..1."""
    values = np.asarray(picture, np.float32) / np.float32(255)
    bright = ((values + np.float32(0.055)) / np.float32(1.055)) ** np.float32(2.4)
    return np.where(values > 0.04045, bright, values / np.float32(12.92)).astype(np.float32)


def _matrix(picture: Floats, matrix: NDArray[np.float64]) -> Floats:
    return np.asarray(cv2.transform(picture, matrix.astype(np.float32)), np.float32)


def _filtered(plane: Floats, along: Floats, across: Floats) -> Floats:
    """A plane correlated with one filter along its rows and one along its columns, its edges repeated."""
    plane = np.ascontiguousarray(plane)
    filtered = cv2.sepFilter2D(plane, cv2.CV_32F, along, across, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(filtered, np.float32)


def _perceived(opponent: Floats) -> Floats:
    """CIELAB with the Hunt effect of what the eye resolves of opponent channels."""
    blurred = np.stack(
        [
            sum((_filtered(opponent[..., c], row, column) for row, column in kernels), np.float32(0))
            for c, kernels in enumerate(_eye())
        ],
        axis=-1,
    ).astype(np.float32)
    light = _matrix(blurred, np.linalg.inv(_OPPONENT @ _TO_RELATIVE_XYZ))
    return _lab(np.clip(light, 0, 1))


def _lab(light: Floats) -> Floats:
    """Linear RGB 0..1 as CIELAB whose chroma shrinks with the lightness."""
    relative = _matrix(light, _TO_RELATIVE_XYZ)
    limit = 6 / 29
    curve = np.where(relative > limit**3, np.cbrt(relative), relative / (3 * limit**2) + 4 / 29)
    lab = _matrix(curve.astype(np.float32), _OPPONENT)
    lab[..., 0] -= 16
    lab[..., 1:] *= lab[..., :1] / 100
    return lab


def _colour_difference(first: Floats, second: Floats) -> Floats:
    """The HyAB distance: of lightness in absolute value, of the two colour axes Euclidean."""
    delta = first - second
    difference = np.abs(delta[..., 0]) + np.hypot(delta[..., 1], delta[..., 2])
    return np.asarray(difference, np.float32)


@cache
def _largest_colour_difference() -> float:
    """Pure green against pure blue, after the exponent."""
    green, blue = (_lab(np.array([[colour]], np.float32)) for colour in ((0, 1, 0), (0, 0, 1)))
    return float(_colour_difference(green, blue)[0, 0] ** _COLOUR_EXPONENT)


def _redistributed(difference: Floats) -> Floats:
    """Colour differences brought to 0..1, the small ones spread out at the cost of the large ones."""
    largest = _largest_colour_difference()
    knee = _KNEE * largest
    steep = difference * (_KNEE_ERROR / knee)
    flat = _KNEE_ERROR + (difference - knee) / (largest - knee) * (1 - _KNEE_ERROR)
    return np.where(difference < knee, steep, flat).astype(np.float32)


def _feature_difference(first: Floats, second: Floats) -> Floats:
    """How much stronger edges or points are in one lightness plane than in the other, 0..1."""
    differences = []
    smooth, *detectors = _detectors()
    for detector in detectors:
        strengths = [
            np.hypot(_filtered(plane, detector, smooth), _filtered(plane, smooth, detector))
            for plane in (first, second)
        ]
        differences.append(np.abs(strengths[0] - strengths[1]))
    strongest = np.maximum(*differences) / sqrt(2)
    return np.asarray(np.clip(strongest**_FEATURE_EXPONENT, 0, 1), np.float32)


@cache
def _eye() -> tuple[tuple[tuple[Floats, Floats], ...], ...]:
    """The (row, column) filters of each opponent channel; their responses add up to what the eye resolves."""
    widest = max(width for channel in _SENSITIVITY for _, width in channel)
    radius = ceil(3 * sqrt(widest / (2 * pi**2)) * _PIXELS_PER_DEGREE)
    place = np.arange(-radius, radius + 1) / _PIXELS_PER_DEGREE
    channels = []
    for channel in _SENSITIVITY:
        bells = [np.exp(-(pi**2) * place**2 / width) for _, width in channel]
        weights = [weight * sqrt(pi / width) for weight, width in channel]
        total = sum(weight * bell.sum() ** 2 for weight, bell in zip(weights, bells, strict=True))
        channels.append(
            tuple(
                ((bell * weight / total).astype(np.float32), bell.astype(np.float32))
                for weight, bell in zip(weights, bells, strict=True)
            )
        )
    return tuple(channels)


@cache
def _detectors() -> tuple[Floats, Floats, Floats]:
    """A Gaussian and its first and second derivative, in which the values of either sign add up to one."""
    deviation = 0.5 * _FEATURE_WIDTH * _PIXELS_PER_DEGREE
    radius = ceil(3 * deviation)
    place = np.arange(-radius, radius + 1, dtype=np.float64)
    bell = np.exp(-(place**2) / (2 * deviation**2))
    edge = -place * bell
    point = (place**2 / deviation**2 - 1) * bell
    return (
        (bell / bell.sum()).astype(np.float32),
        _balanced(edge),
        _balanced(point),
    )


def _balanced(kernel: NDArray[np.float64]) -> Floats:
    negative, positive = -kernel[kernel < 0].sum(), kernel[kernel > 0].sum()
    return np.asarray(np.where(kernel < 0, kernel / negative, kernel / positive), np.float32)
