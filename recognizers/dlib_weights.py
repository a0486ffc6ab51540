"""Reads dlib's own serialisation of its ResNet face descriptor.

The file (`dlib_face_recognition_resnet_model_v1.dat`, public domain, CC0) is a stream of layer records from
the input to the output: 29 convolutions `con_4`, each followed by its affine layer `affine_`, then one
fully connected layer `fc_2`. An integer is a control byte (low four bits: how many bytes follow; 0x80:
negative) and then those bytes, little-endian. A tensor is the version 2, four integers (samples, channels,
rows, columns), and little-endian float32 values.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from recognizers.errors import RecognizerError

_TENSOR_VERSION = 2
_CONVOLUTIONS = 29
_CONVOLUTION, _AFFINE, _CONNECTED = (bytes([1, len(tag)]) + tag for tag in (b"con_4", b"affine_", b"fc_2"))

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Convolution:
    """One convolution as stored, still apart from its affine layer.

    Attributes:
        values: Its filter weights and biases, flat: outputs * inputs * rows * columns, then outputs.
        gamma: (outputs,) the affine layer's factors.
        beta: (outputs,) the affine layer's offsets.
    """

    values: Floats
    gamma: Floats
    beta: Floats

    def folded(self, inputs: int, kernel: int) -> tuple[Floats, Floats]:
        """Weights (outputs, inputs, kernel, kernel) and biases (outputs,) with the affine layer folded in.

        Raises:
            RecognizerError: The layer has another number of values.
        """
        outputs = self.gamma.size
        wanted = outputs * (inputs * kernel**2 + 1)
        if self.values.size != wanted:
            raise RecognizerError(f"dlib weights: a layer has {self.values.size} values, not {wanted}")
        weights = self.values[:-outputs].reshape(outputs, inputs, kernel, kernel)
        return (
            weights * self.gamma[:, None, None, None],
            self.values[-outputs:] * self.gamma + self.beta,
        )


@dataclass(frozen=True)
class DlibWeights:
    """The layers of the file, from the input to the output.

    Attributes:
        convolutions: The 29 convolutions with their affine layers.
        matrix: (256, 128); the embedding is the pooled features times this matrix.
    """

    convolutions: tuple[Convolution, ...]
    matrix: Floats


class _Reader:
    """A place in the file."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.place = 0

    def seek(self, tag: bytes) -> None:
        """Goes behind the next occurrence of a layer's version string."""
        found = self.data.find(tag, self.place)
        if found < 0:
            raise RecognizerError(f"dlib weights: no layer {tag[2:].decode()} after byte {self.place}")
        self.place = found + len(tag)

    def integer(self) -> int:
        control = self.data[self.place]
        length = control & 0x0F
        value = int.from_bytes(self.data[self.place + 1 : self.place + 1 + length], "little")
        self.place += 1 + length
        return -value if control & 0x80 else value

    def tensor(self) -> Floats | None:
        """The values of the tensor that begins here, flat, or None (the place unchanged) if none does."""
        start = self.place
        if self.integer() == _TENSOR_VERSION:
            shape = [self.integer() for _ in range(4)]
            size = prod(shape)
            if all(0 < extent < 1 << 24 for extent in shape) and self.place + 4 * size <= len(self.data):
                values = np.frombuffer(self.data, "<f4", size, self.place)
                self.place += 4 * size
                return values
        self.place = start
        return None

    def next_tensor(self) -> Floats:
        """The values of the first tensor from here on, past the integers before it."""
        for _ in range(8):
            values = self.tensor()
            if values is not None:
                return values
            self.integer()
        raise RecognizerError(f"dlib weights: no tensor at byte {self.place}")


def parse(data: bytes) -> DlibWeights:
    """Reads the layers out of the file's bytes.

    Raises:
        RecognizerError: The bytes are not such a file.
    """
    reader = _Reader(data)
    convolutions = []
    try:
        for _ in range(_CONVOLUTIONS):
            reader.seek(_CONVOLUTION)
            values = reader.next_tensor()
            reader.seek(_AFFINE)
            parameters = reader.next_tensor()
            outputs = parameters.size // 2
            convolutions.append(Convolution(values, parameters[:outputs], parameters[outputs:]))
        reader.seek(_CONNECTED)
        matrix = reader.next_tensor()
    except IndexError as error:
        raise RecognizerError(f"dlib weights: the file ends at byte {reader.place}") from error
    if matrix.size != 256 * 128:
        raise RecognizerError(f"dlib weights: the last layer has {matrix.size} weights, not 256 x 128")
    return DlibWeights(tuple(convolutions), matrix.reshape(256, 128))
