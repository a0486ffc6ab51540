"""One photo: upright pixels, and what is needed to write them back as they came."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from faceguard.errors import PhotoError
from faceguard.photos.decoding import decoding
from faceguard.photos.formats.base import PhotoFormat
from faceguard.photos.samples import Pixels


@dataclass(frozen=True, eq=False)
class StoredSource:
    """The file a photo came from.

    Attributes:
        format: What reads and writes its format.
        data: The file's bytes.
        orientation: The EXIF orientation, 1 to 8.
        plain: Whether the upright pixels hold all samples (8-bit, no alpha, no CMYK).
    """

    format: PhotoFormat
    data: bytes
    orientation: int
    plain: bool


@dataclass(frozen=True, eq=False)
class MemorySource:
    """What a photo that came from memory has beside its pixels.

    Attributes:
        alpha: uint8, shape (H, W), 0 for transparent; None for an opaque photo.
        icc_profile: The colour profile; None for none.
    """

    alpha: Pixels | None = None
    icc_profile: bytes | None = None


@dataclass(frozen=True, eq=False)
class Photo:
    """A photo that was read and can be written back.

    Attributes:
        pixels: uint8 RGB, shape (H, W, 3), 0 to 255, upright. Alpha is not composited: these are the
            colour values as stored, also under transparent pixels. 16-bit photos are seen at 8 bits,
            CMYK photos as RGB without their colour profile.
        grey: Whether the source has one colour channel: red, green and blue are equal everywhere, and
            have to stay so.
        path: Where the photo was read from; None where it came from memory.
        sha256: Of the source file's bytes, hexadecimal; of size and pixels where it came from memory.
        source: Everything else that is needed to write it back.
    """

    pixels: Pixels = field(repr=False)
    grey: bool
    path: Path | None
    sha256: str
    source: StoredSource | MemorySource = field(repr=False)

    @property
    def format_name(self) -> str | None:
        """The source's format, such as "JPEG"; None where the photo came from memory."""
        return self.source.format.name if isinstance(self.source, StoredSource) else None

    @classmethod
    def from_array(cls, pixels: npt.NDArray[np.uint8]) -> Photo:
        """Makes a photo of an array.

        Args:
            pixels: uint8, 0 to 255, upright: RGB of shape (H, W, 3), or grey of shape (H, W).

        Returns:
            A photo with a copy of the pixels.

        Raises:
            PhotoError: Another shape or type, or an empty array.
        """
        if pixels.dtype != np.uint8 or not (pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[2] == 3)):
            raise PhotoError(
                None,
                "a photo is a uint8 array of shape (H, W, 3) or (H, W) with values 0 to 255, "
                f"not {pixels.dtype} of shape {pixels.shape}",
            )
        if pixels.size == 0:
            raise PhotoError(None, "a photo has at least one pixel")
        return _from_memory(pixels, MemorySource())

    @classmethod
    def from_image(cls, image: Image.Image) -> Photo:
        """Makes a photo of a Pillow image.

        Args:
            image: Of any mode but floating point. Its EXIF orientation is applied. Its alpha channel and
                ICC profile are kept; other metadata is not, as the file it came from is not known.

        Returns:
            A photo with a copy of the pixels.

        Raises:
            PhotoError: A floating-point or 32-bit image, an empty one, or one whose file is damaged.
        """
        if image.mode in ("F", "I"):
            raise PhotoError(
                None, f"images of mode {image.mode} have no fixed value range: convert to RGB first"
            )
        if min(image.size) < 1:
            raise PhotoError(None, "a photo has at least one pixel")
        with decoding():  # Pillow decodes a file when its pixels are asked for
            upright = ImageOps.exif_transpose(image)
            upright.load()
        alpha = None
        if upright.mode == "La":  # Pillow brings it to no other mode
            upright = upright.convert("LA")
        if upright.has_transparency_data:
            rgba = np.asarray(upright.convert("RGBA"))
            alpha = np.ascontiguousarray(rgba[:, :, 3])
            grey = upright.mode in ("LA", "L", "1")
            colour = rgba[:, :, 0] if grey else rgba[:, :, :3]
        elif upright.mode.startswith("I;16"):
            colour = ((np.asarray(upright).astype(np.uint32) + 128) // 257).astype(np.uint8)
        else:
            colour = np.asarray(upright.convert("L" if upright.mode in ("1", "L") else "RGB"))
        return _from_memory(colour, MemorySource(alpha, image.info.get("icc_profile")))


def _from_memory(colour: npt.NDArray[np.uint8], source: MemorySource) -> Photo:
    grey = colour.ndim == 2
    pixels = np.repeat(colour[:, :, None], 3, axis=2) if grey else np.array(colour, order="C")
    digest = hashlib.sha256(repr(colour.shape).encode() + np.ascontiguousarray(colour).tobytes())
    return Photo(pixels, grey, None, digest.hexdigest(), source)
