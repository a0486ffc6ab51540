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
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from faceguard.faces.mtcnn_files import mtcnn_file

_BATCHES = (64, 32, 16, 8, 4)  # windows that go through a network at once

Floats = NDArray[np.float32]


class MtcnnNetworks:
    """The networks on a device; safe to use from several threads.

    Args:
        device: Where they run.

    Raises:
        RecognizerError: The weights are missing or not what they should be.
    """

    def __init__(self, device: torch.device | str) -> None:
        self._device = torch.device(device)
        self._first, self._second, self._third = (
            _Network(_weights(name, self._device)) for name in ("pnet.pt", "rnet.pt", "onet.pt")
        )
        weights = self._first.weights
        # The softmax of two is the sigmoid of their difference.
        self._face_weight = (weights["conv4_1.weight"][1] - weights["conv4_1.weight"][0]).flatten()
        self._face_bias = float(weights["conv4_1.bias"][1] - weights["conv4_1.bias"][0])
        self._box_weight = weights["conv4_2.weight"].flatten(1)
        self._box_bias = weights["conv4_2.bias"]

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
        seen = _leaky(network.convolved(self._batch(picture[None]), 1), network.weights["prelu1.weight"])
        seen = torch.maximum(seen[:, :, 0::2], seen[:, :, 1::2])
        seen = torch.maximum(seen[..., 0::2], seen[..., 1::2])
        seen = network.layer(network.layer(seen, 2), 3)
        windows = seen[0].permute(1, 2, 0)
        sure = windows @ self._face_weight + self._face_bias
        places = (sure >= float(np.log(threshold / (1 - threshold)))).nonzero()
        rows, columns = places.unbind(1)
        shifts = functional.linear(windows[rows, columns], self._box_weight, self._box_bias)
        return places.cpu().numpy(), sure[rows, columns].sigmoid().cpu().numpy(), shifts.cpu().numpy()

    def refine(self, windows: Floats) -> tuple[Floats, Floats]:
        """How sure the second network is of windows (N, 24, 24, 3): (N,), and the shifts (N, 4)."""
        shifts, sure = self._run(self._refined, windows)
        return sure[:, 1], shifts

    def finish(self, windows: Floats) -> tuple[Floats, Floats, Floats]:
        """How sure the third network is of windows (N, 48, 48, 3): (N,), the shifts (N, 4), and landmarks.

        The landmarks (N, 5, 2) are x and y in shares of the window.
        """
        shifts, landmarks, sure = self._run(self._finished, windows)
        return sure[:, 1], shifts, landmarks.reshape(-1, 2, 5).transpose(0, 2, 1)

    def _refined(self, windows: Tensor) -> tuple[Tensor, Tensor]:
        network = self._second
        maps = _halved(network.layer(windows, 1))
        maps = functional.max_pool2d(network.layer(maps, 2), 3, 2, ceil_mode=True)
        seen = network.hidden(network.layer(maps, 3), 4)
        return network.dense(seen, "dense5_2"), network.dense(seen, "dense5_1").softmax(1)

    def _finished(self, windows: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        network = self._third
        maps = _halved(network.layer(windows, 1))
        maps = functional.max_pool2d(network.layer(maps, 2), 3, 2, ceil_mode=True)
        maps = functional.max_pool2d(network.layer(maps, 3), 2, 2, ceil_mode=True)
        seen = network.hidden(network.layer(maps, 4), 5)
        shifts, landmarks = network.dense(seen, "dense6_2"), network.dense(seen, "dense6_3")
        return shifts, landmarks, network.dense(seen, "dense6_1").softmax(1)

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


class _Network:
    """A network by the names of its tensors in facenet-pytorch."""

    def __init__(self, weights: dict[str, Tensor]) -> None:
        self.weights = weights

    def convolved(self, values: Tensor, number: int) -> Tensor:
        """Values (N, C, H, W) after a convolution."""
        return functional.conv2d(
            values, self.weights[f"conv{number}.weight"], self.weights[f"conv{number}.bias"]
        )

    def layer(self, values: Tensor, number: int) -> Tensor:
        """Values (N, C, H, W) after a convolution and its activation."""
        return functional.prelu(self.convolved(values, number), self.weights[f"prelu{number}.weight"])

    def dense(self, values: Tensor, name: str) -> Tensor:
        """Values (N, C) after a linear layer."""
        return functional.linear(values, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"])

    def hidden(self, maps: Tensor, number: int) -> Tensor:
        """Maps (N, C, H, W), columns first as the weights were learned, after the layer that ends them."""
        flat = maps.permute(0, 3, 2, 1).flatten(1)
        return functional.prelu(self.dense(flat, f"dense{number}"), self.weights[f"prelu{number}.weight"])


def _weights(name: str, device: torch.device) -> dict[str, Tensor]:
    """A network's tensors by name, filters with their channels last in memory."""
    tensors: dict[str, Tensor] = torch.load(mtcnn_file(name), map_location=device, weights_only=True)
    return {
        key: value.contiguous(memory_format=torch.channels_last) if value.dim() == 4 else value
        for key, value in tensors.items()
    }


def _halved(values: Tensor) -> Tensor:
    """`MaxPool2d(3, 2, ceil_mode=True)` for sides that are even."""
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
