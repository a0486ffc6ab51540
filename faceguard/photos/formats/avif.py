"""AVIF, where Pillow was built with it."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageFile

from faceguard.errors import PhotoError
from faceguard.photos.exif_block import orientation_of, without_orientation
from faceguard.photos.formats.base import Header, PhotoFormat, refuse_animation
from faceguard.photos.formats.quality_search import encode_near_size
from faceguard.photos.metadata_cleaning import cleaned_exif, cleaned_xmp
from faceguard.photos.metadata_policy import MetadataPolicy
from faceguard.photos.orientation import upright
from faceguard.photos.same_length_metadata import without_gps_in_place
from faceguard.photos.samples import Samples

_MONOCHROME, _HALF_COLUMNS, _HALF_ROWS = 0x10, 0x08, 0x04


class Avif(PhotoFormat):
    """AVIF files of one frame. The new file has 8 bits and is stored upright, without orientation."""

    name = "AVIF"

    def header(self, data: bytes) -> Header:
        """See ``PhotoFormat.header``."""
        image = _open(data)
        refuse_animation(getattr(image, "n_frames", 1))
        exif = image.info.get("exif")
        return Header(*image.size, orientation_of(exif) if exif else 1)

    def decode(self, data: bytes) -> Samples:
        """See ``PhotoFormat.decode``."""
        image = _open(data)
        array = np.asarray(image)
        if image.mode in ("LA", "RGBA"):
            colour = array[:, :, 0] if image.mode == "LA" else array[:, :, :3]
            return Samples(np.ascontiguousarray(colour), np.ascontiguousarray(array[:, :, -1]))
        return Samples(array)

    def encode(self, samples: Samples, data: bytes, policy: MetadataPolicy) -> bytes:
        """See ``PhotoFormat.encode``."""
        source = _open(data)
        exif = source.info.get("exif")
        orientation = orientation_of(exif) if exif else 1
        array = samples.colour.astype(np.uint8, copy=False)
        if samples.alpha is not None:
            array = np.dstack([array, samples.alpha.astype(np.uint8, copy=False)])
        image = Image.fromarray(upright(array, orientation))
        # Pillow would lay out a block with an orientation anew, and break maker notes.
        block = None if policy is MetadataPolicy.STRIP_ALL or not exif else cleaned_exif(exif, policy)
        block = without_orientation(block) if block else b""
        xmp = cleaned_xmp(source.info.get("xmp"), policy) or b""
        profile = source.info.get("icc_profile", b"")

        def encode(quality: int) -> bytes:
            encoded = io.BytesIO()
            image.save(
                encoded,
                "AVIF",
                quality=quality,
                subsampling=_subsampling(data),
                exif=block,
                xmp=xmp,
                icc_profile=profile,
            )
            return encoded.getvalue()

        return encode_near_size(encode, len(data))

    def stripped(self, data: bytes, policy: MetadataPolicy) -> bytes | None:
        """See ``PhotoFormat.stripped``; only the place can be taken out in place."""
        if policy is MetadataPolicy.STRIP_ALL:
            return None
        info = _open(data).info
        return without_gps_in_place(data, info.get("exif"), info.get("xmp"))


def _open(data: bytes) -> ImageFile.ImageFile:
    try:
        from PIL.AvifImagePlugin import SUPPORTED, AvifImageFile  # since Pillow 11.3
    except ImportError:
        SUPPORTED = False
    if not SUPPORTED:
        raise PhotoError(
            None, "AVIF photos need Pillow 11.3 or later, built with AVIF: pip install -U pillow"
        )
    return AvifImageFile(io.BytesIO(data))


def _subsampling(data: bytes) -> str:
    """The chroma layout the file's first AV1 configuration names."""
    flags = data[data.find(b"av1C") + 6]
    if flags & _MONOCHROME:
        return "4:0:0"
    if not flags & _HALF_COLUMNS:
        return "4:4:4"
    return "4:2:0" if flags & _HALF_ROWS else "4:2:2"
