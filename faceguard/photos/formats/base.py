"""What every photo format has to offer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from faceguard.errors import PhotoError
from faceguard.photos.metadata_policy import MetadataPolicy
from faceguard.photos.samples import Samples


@dataclass(frozen=True)
class Header:
    """What a photo says about itself before it is decoded.

    Attributes:
        width: Columns, in pixels, as stored.
        height: Rows, in pixels, as stored.
        orientation: The EXIF orientation, 1 to 8, that turns the stored photo upright.
    """

    width: int
    height: int
    orientation: int = 1


class PhotoFormat(ABC):
    """Reads and writes one file format, from and to bytes.

    Every method raises ``PhotoError`` without a path for what it cannot do.
    """

    name: ClassVar[str]

    @abstractmethod
    def header(self, data: bytes) -> Header:
        """Reads the size without decoding.

        Args:
            data: The file's bytes.

        Returns:
            The header.

        Raises:
            PhotoError: The photo is cut off, animated, has several pages or is of a kind that cannot be
                written back.
        """

    @abstractmethod
    def decode(self, data: bytes) -> Samples:
        """Decodes the photo as stored, not turned upright.

        Args:
            data: The file's bytes; ``header`` accepted them.

        Returns:
            All its samples.
        """

    @abstractmethod
    def encode(self, samples: Samples, data: bytes, policy: MetadataPolicy) -> bytes:
        """Encodes new samples in the manner of a source file.

        Args:
            samples: As ``decode`` returned them, with other colours.
            data: The source file's bytes.
            policy: What becomes of the source's metadata.

        Returns:
            The new file's bytes.
        """

    def stripped(self, data: bytes, policy: MetadataPolicy) -> bytes | None:
        """Removes metadata without touching the pixels.

        Args:
            data: The file's bytes.
            policy: STRIP_GPS or STRIP_ALL.

        Returns:
            The file without what the policy takes; None where the pixels would have to be encoded anew.
        """
        return None


def refuse_animation(frames: int) -> None:
    """Refuses an image of several frames.

    Args:
        frames: How many it has.

    Raises:
        PhotoError: More than one.
    """
    if frames > 1:
        raise PhotoError(None, f"animated image with {frames} frames: only still photos can be protected")
