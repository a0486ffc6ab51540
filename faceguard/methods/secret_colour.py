"""A secret colour: noise that has this one colour, and networks that cannot see it.

Colour here is a direction among red, green and blue. Noise along it lies in one of a crop's three colour
dimensions, whatever its shape. A network whose first layer is orthogonal to it sees the other two dimensions
as they are, before and after the photo was cut, turned, resized or mirrored.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from faceguard.errors import SettingsError
from faceguard.photos.jpeg_planes import LUMINANCE
from recognizers.backbones import Backbone
from recognizers.heads import Head
from recognizers.training import FaceClassifier
from recognizers.training.randomness import seed_for

_SHORTEST = 1.5  # of a colour whose largest value is 1: all channels should use their budget
_GREYEST = 0.6  # of its cosine to grey: luminance is what the authorised network mostly sees by
_FAINTEST = 0.25  # of its luminance: the noise should not be gone in greyscale


def draw_colour(*key: int | str) -> Tensor:
    """A colour (3,), RGB, whose largest value is 1 or -1, that depends on the key alone.

    It is drawn evenly from the sphere, among colours that are far from grey, that show in greyscale, and that
    use most of the budget of all three channels.
    """
    generator = torch.Generator().manual_seed(seed_for(*key))
    while True:
        colour = torch.randn(3, generator=generator)
        colour /= colour.abs().max()
        grey = float(colour.mean() * 3**0.5 / colour.norm())
        seen = float((colour * torch.tensor(LUMINANCE)).sum())
        if colour.norm() >= _SHORTEST and abs(grey) <= _GREYEST and abs(seen) >= _FAINTEST:
            return colour


def without_colour(values: Tensor, colour: Tensor) -> Tensor:
    """Values (B, 3, ...) less their part along a colour (3,)."""
    unit = F.normalize(colour.to(values), dim=0).view(1, 3, *[1] * (values.ndim - 2))
    return values - (values * unit).sum(1, keepdim=True) * unit


def blind(backbone: Backbone, colour: Tensor) -> None:
    """Takes a colour out of a network's first layer, so that it does not change what the network sees.

    Raises:
        SettingsError: The network does not begin with a convolution of three channels.
    """
    first = next((module for module in backbone.modules() if isinstance(module, nn.Conv2d)), None)
    if first is None or first.in_channels != 3 or first.groups != 1:
        raise SettingsError(f"{backbone.name} cannot be authorised: it has no first layer over three colours")
    ordered = colour.flip(0) if backbone.crop.colour_order == "BGR" else colour
    with torch.no_grad():
        first.weight.copy_(without_colour(first.weight, ordered))


class ColourBlindClassifier(FaceClassifier):
    """A face classifier that is trained without seeing a colour.

    The colour is taken out of the crops too, so that no training, by whatever optimiser, teaches the first
    layer to see it: the backbone stays a plain network that is blind by its weights.

    Args:
        backbone: Makes embeddings of crops; it has to be `blind` already.
        head: Names embeddings.
        colour: (3,), RGB, of any length.
    """

    def __init__(self, backbone: Backbone, head: Head, colour: Tensor) -> None:
        super().__init__(backbone, head)
        self._colour = colour.clone()

    def embed(self, crops: Tensor) -> Tensor:
        """Embeddings (B, dimension) of crops, as the backbone gives them."""
        return super().embed(without_colour(crops - 0.5, self._colour) + 0.5)
