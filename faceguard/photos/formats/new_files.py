"""Files for photos that came from memory."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image

from faceguard.errors import PhotoError
from faceguard.photos import png_chunks
from faceguard.photos.formats.encoder_buffer import encoder_buffer
from faceguard.photos.samples import Samples

_FORMATS: dict[str, tuple[str, dict[str, Any]]] = {
    ".jpg": ("JPEG", {"quality": 95, "subsampling": 0, "optimize": True}),
    ".jpeg": ("JPEG", {"quality": 95, "subsampling": 0, "optimize": True}),
    ".png": ("PNG", {}),
    ".webp": ("WEBP", {"lossless": True, "exact": True}),
    ".tif": ("TIFF", {"compression": "tiff_adobe_deflate"}),
    ".tiff": ("TIFF", {"compression": "tiff_adobe_deflate"}),
    ".bmp": ("BMP", {}),
}
_WITHOUT_ALPHA = ("JPEG", "BMP")


def encode_new(samples: Samples, suffix: str, icc_profile: bytes | None) -> bytes:
    """Encodes samples that have no source file; without loss, except for JPEG at quality 95.

    Args:
        samples: 8-bit grey or RGB, with or without alpha.
        suffix: The file extension that chooses the format, such as ".png"; case does not count.
        icc_profile: The colour profile to store; None for none.

    Returns:
        The file's bytes.

    Raises:
        PhotoError: The extension is unknown, or its format has no alpha channel and the photo has.
    """
    if suffix.lower() not in _FORMATS:
        raise PhotoError(None, f'"{suffix}" names no format to write; use one of {", ".join(_FORMATS)}')
    name, options = _FORMATS[suffix.lower()]
    array = samples.colour
    if samples.alpha is not None:
        if name in _WITHOUT_ALPHA:
            raise PhotoError(None, f"{name} has no alpha channel: use PNG, WebP or TIFF")
        array = np.dstack([array, samples.alpha])
    encoded = io.BytesIO()
    image = Image.fromarray(array)
    with encoder_buffer(image, icc_profile or b""):
        image.save(encoded, name, icc_profile=icc_profile, **options)
    if name == "PNG":
        return png_chunks.join(png_chunks.with_pixels_in_one(png_chunks.split(encoded.getvalue())))
    return encoded.getvalue()
