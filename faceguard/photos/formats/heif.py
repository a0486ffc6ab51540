"""HEIC and HEIF, by way of the optional package pillow-heif."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from faceguard.errors import PhotoError
from faceguard.photos.exif_block import orientation_of
from faceguard.photos.formats.base import Header, PhotoFormat
from faceguard.photos.formats.quality_search import encode_near_size
from faceguard.photos.metadata_cleaning import cleaned_exif, cleaned_xmp
from faceguard.photos.metadata_policy import MetadataPolicy
from faceguard.photos.orientation import as_stored
from faceguard.photos.same_length_metadata import without_gps_in_place
from faceguard.photos.samples import SampleArray, Samples

_CARRIED = (
    "icc_profile",
    "icc_profile_type",
    "nclx_profile",
    "chroma",
    "bit_depth",
    "pixel_aspect_ratio",
    "content_light_level",
    "mastering_display_colour_volume",
    "ambient_viewing_environment",
    "nominal_diffuse_white_luminance",
    "tiling",
)
_COLOURS = {"L": 1, "RGB": 3}


class Heif(PhotoFormat):
    """HEIC files of one picture, at 8, 10 or 12 bits; thumbnails, depth and gain maps are dropped.

    The decoder turns the picture upright, so ``Header.orientation`` is always 1. The new file is turned
    by the same EXIF orientation as the old one. It does not tell its quality, so that of the new one is
    chosen by file size.
    """

    name = "HEIC"

    def header(self, data: bytes) -> Header:
        """See ``PhotoFormat.header``."""
        return Header(*_open(data).size)

    def decode(self, data: bytes) -> Samples:
        """See ``PhotoFormat.decode``."""
        file = _open(data)
        mode, _, deep = str(file.mode).partition(";")
        channels = _COLOURS.get(mode.rstrip("Aa"))
        if channels is None:
            raise PhotoError(None, f"HEIC file of an unknown kind ({file.mode})")
        total = channels + (mode[-1] in "Aa")
        array: SampleArray = np.frombuffer(file.data, np.uint16 if deep else np.uint8)
        array = array.reshape(file.size[1], file.size[0], total)
        colour = array[:, :, 0] if channels == 1 else array[:, :, :3]
        alpha = np.ascontiguousarray(array[:, :, -1]) if total > channels else None
        return Samples(np.ascontiguousarray(colour), alpha)

    def encode(self, samples: Samples, data: bytes, policy: MetadataPolicy) -> bytes:
        """See ``PhotoFormat.encode``."""
        file = _open(data)
        info: dict[str, Any] = {key: file.info[key] for key in _CARRIED if key in file.info}
        exif = cleaned_exif(file.info.get("exif"), policy)
        xmp = cleaned_xmp(file.info.get("xmp"), policy)
        info.update({key: value for key, value in (("exif", exif), ("xmp", xmp)) if value})
        array = samples.colour
        if samples.alpha is not None:
            array = np.dstack([array, samples.alpha])
        # pillow-heif marks the new file as turned where its EXIF says so.
        array = as_stored(array, orientation_of(exif) if exif else 1)
        height, width = array.shape[:2]

        def encode(quality: int) -> bytes:
            encoded = io.BytesIO()
            _library().encode(file.mode, (width, height), array.tobytes(), encoded, quality=quality, **info)
            return encoded.getvalue()

        return encode_near_size(encode, len(data))

    def stripped(self, data: bytes, policy: MetadataPolicy) -> bytes | None:
        """See ``PhotoFormat.stripped``; only the place can be taken out in place."""
        if policy is MetadataPolicy.STRIP_ALL:
            return None
        info = _open(data).info
        return without_gps_in_place(data, info.get("exif"), info.get("xmp"))


def _library() -> Any:
    try:
        import pillow_heif
    except ImportError:
        raise PhotoError(None, 'HEIC photos need pillow-heif: pip install "faceguard[heif]"') from None
    return pillow_heif


def _open(data: bytes) -> Any:
    library = _library()
    file = library.HeifFile(io.BytesIO(data), convert_hdr_to_8bit=False, hdr_to_16bit=True)
    if len(file) > 1:
        raise PhotoError(None, f"HEIC file with {len(file)} pictures: only single photos can be protected")
    return file
