"""The three networks of MTCNN (Zhang et al. 2016) with facenet-pytorch's weights, run in less time.

Their results are facenet-pytorch's up to rounding. What differs: the channels lie last in memory, where
convolutions and activations of so few channels are fastest; maxima are taken over shifted views, which
PyTorch's own pooling is several times slower at; the first network's boxes are computed only where it sees a
face; and the inputs come in few sizes, because the first run at a new size takes up to three times as long.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from facenet_pytorch import MTCNN
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

_BATCHES = (64, 32, 16, 8, 4)  # windows that go through a network at once

Floats = NDArray[np.float32]


class MtcnnNetworks:
    """The networks on a device; safe to use from several threads.

    Args:
        device: Where they run.
    """

    def __init__(self, device: torch.device | str) -> None:
        self._device = torch.device(device)
        networks = MTCNN(device=self._device).eval().requires_grad_(False)
        networks.to(memory_format=torch.channels_last)
        self._first, self._second, self._third = networks.pnet, networks.rnet, networks.onet
        for network in (self._second, self._third):
            network.pool1 = _Pool()
        head = self._first.conv4_1
        # The softmax of two is the sigmoid of their difference.
        self._face_weight = (head.weight[1] - head.weight[0]).flatten()
        self._face_bias = float(head.bias[1] - head.bias[0])
        self._box_weight = self._first.conv4_2.weight.flatten(1)
        self._box_bias = self._first.conv4_2.bias

    @torch.inference_mode()
    def propose(self, picture: Floats, threshold: float) -> tuple[NDArray[np.intp], Floats, Floats]:
        """The windows of 12 x 12 pixels, two pixels apart, that may show a face.

        Args:
            picture: float32 (H, W, 3), -1 to 1; both even and at least 12.
            threshold: How sure the network must be, between 0 and 1.

        Returns:
            Row and column of each in the grid of windows (N, 2), how sure the network is (N,), and by how
            much of its size each side of the box is to be shifted (N, 4).
        """
        network = self._first
        seen = _leaky(network.conv1(self._batch(picture[None])), network.prelu1.weight)
        seen = torch.maximum(seen[:, :, 0::2], seen[:, :, 1::2])
        seen = torch.maximum(seen[..., 0::2], seen[..., 1::2])
        seen = network.prelu3(network.conv3(network.prelu2(network.conv2(seen))))
        windows = seen[0].permute(1, 2, 0)
        sure = windows @ self._face_weight + self._face_bias
        places = (sure >= float(np.log(threshold / (1 - threshold)))).nonzero()
        rows, columns = places.unbind(1)
        shifts = functional.linear(windows[rows, columns], self._box_weight, self._box_bias)
        return places.cpu().numpy(), sure[rows, columns].sigmoid().cpu().numpy(), shifts.cpu().numpy()

    def refine(self, windows: Floats) -> tuple[Floats, Floats]:
        """How sure the second network is of windows (N, 24, 24, 3): (N,), and the shifts (N, 4)."""
        shifts, sure = self._run(self._second, windows)
        return sure[:, 1], shifts

    def finish(self, windows: Floats) -> tuple[Floats, Floats, Floats]:
        """How sure the third network is of windows (N, 48, 48, 3): (N,), the shifts (N, 4), and landmarks.

        The landmarks (N, 5, 2) are x and y in shares of the window.
        """
        shifts, landmarks, sure = self._run(self._third, windows)
        return sure[:, 1], shifts, landmarks.reshape(-1, 2, 5).transpose(0, 2, 1)

    @torch.inference_mode()
    def _run(self, network: Callable[[Tensor], tuple[Tensor, ...]], windows: Floats) -> list[Floats]:
        """What a network says of windows, of which there is one at least."""
        count = len(windows)
        spare = -count % _BATCHES[-1]
        batch = self._batch(np.concatenate([windows, np.zeros((spare, *windows.shape[1:]), np.float32)]))
        said = [network(part) for part in batch.split(_parts(len(batch)))]
        return [torch.cat(values)[:count].cpu().numpy() for values in zip(*said, strict=True)]

    def _batch(self, pictures: Floats) -> Tensor:
        return torch.from_numpy(pictures).to(self._device).permute(0, 3, 1, 2)


class _Pool(torch.nn.Module):
    """`MaxPool2d(3, 2, ceil_mode=True)` for sides that are even."""

    def forward(self, values: Tensor) -> Tensor:
        for dim in (2, 3):
            size = values.shape[dim]
            even = values.unflatten(dim, (size // 2, 2))
            first, second = even.unbind(dim + 1)
            largest = torch.maximum(first, second)
            before = largest.narrow(dim, 0, size // 2 - 1)
            torch.maximum(before, first.narrow(dim, 1, size // 2 - 1), out=before)
            values = largest
        return values


def _leaky(values: Tensor, slopes: Tensor) -> Tensor:
    """`prelu` of one picture (1, C, H, W) with the channels last, with columns and channels as one axis.

    PyTorch is several times slower along an axis that is as short as the channels are few.
    """
    _, channels, _, width = values.shape
    rows = values[0].permute(1, 2, 0).flatten(1)
    leaky: Tensor = torch.prelu(rows, slopes.repeat(width))
    return leaky.view(-1, width, channels).permute(2, 0, 1)[None]


def _parts(count: int) -> list[int]:
    """A count, a multiple of the smallest batch, as a sum of batches."""
    parts = []
    for batch in _BATCHES:
        parts += [batch] * (count // batch)
        count %= batch
    return parts
