"""Writes photos back as they came."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import numpy.typing as npt

from faceguard.errors import PhotoError
from faceguard.photos.atomic_files import write_atomically
from faceguard.photos.decoding import decoding
from faceguard.photos.formats.new_files import encode_new
from faceguard.photos.metadata_policy import MetadataPolicy, policy_of
from faceguard.photos.orientation import as_stored
from faceguard.photos.photo import Photo, StoredSource
from faceguard.photos.pull import Pull
from faceguard.photos.reading import read_bytes, read_photo
from faceguard.photos.samples import Pixels, Samples
from faceguard.photos.sniffing import format_of


def write_photo(
    photo: Photo,
    pixels: npt.NDArray[np.uint8],
    path: str | os.PathLike[str],
    metadata: MetadataPolicy = MetadataPolicy.KEEP,
    pull: Pull | None = None,
) -> None:
    """Writes a photo with new pixels, in the format and manner of its source.

    The file is complete under its name or not there at all. See ``encode_photo`` for what is kept.

    Args:
        photo: The photo as read.
        pixels: uint8 RGB, shape (H, W, 3), upright, of the photo's own size.
        path: The new file. Its extension does not count, unless the photo came from memory.
        metadata: What becomes of the metadata.
        pull: Which way to round them, for JPEGs of brightness and colour, or grey, that were read from JPEGs.

    Raises:
        PhotoError: The photo cannot be encoded or the file not be written.
        DiskFullError: There is no room left.
        ValueError: ``pixels`` is of another shape or type, or coloured where the photo is grey.
    """
    path = Path(path)
    suffix = None if isinstance(photo.source, StoredSource) else path.suffix
    write_atomically(path, _encoded(photo, pixels, metadata, pull, suffix, path))


def encode_photo(
    photo: Photo,
    pixels: npt.NDArray[np.uint8],
    metadata: MetadataPolicy = MetadataPolicy.KEEP,
    pull: Pull | None = None,
) -> bytes:
    """Encodes a photo with new pixels, in the format and manner of its source.

    Size, orientation, colour model, bit depth (8 or 16), alpha, compression and metadata stay. A lossy
    file is encoded anew as a whole, close to its old quality; of a JPEG, so that more of what changed
    outlives its rounding, see `faceguard.photos.jpeg_rounding`. Embedded previews show the faces as
    they were and are removed: EXIF, JFIF, Photoshop and XMP thumbnails, multi-picture previews, depth and
    gain maps, and whatever follows the image in the file, motion clips among it.

    Args:
        photo: The photo as read. One that came from memory is encoded as PNG.
        pixels: uint8 RGB, shape (H, W, 3), upright, of the photo's own size. Where it equals
            ``photo.pixels``, 16-bit, CMYK and hidden samples stay as they are.
        metadata: What becomes of the metadata.
        pull: Which way to round them, for JPEGs of brightness and colour, or grey, that were read from JPEGs.

    Returns:
        The file's bytes.

    Raises:
        PhotoError: The photo cannot be encoded.
        ValueError: ``pixels`` is of another shape or type, or coloured where the photo is grey.
    """
    return _encoded(photo, pixels, metadata, pull, ".png", photo.path)


def copy_photo(
    photo: Photo | str | os.PathLike[str],
    path: str | os.PathLike[str],
    metadata: MetadataPolicy = MetadataPolicy.KEEP,
) -> None:
    """Writes a photo whose pixels are not to change, such as one without faces.

    With KEEP the new file is the old one byte for byte, previews included. When metadata is to go, it is
    taken out of JPEG, PNG and WebP files without touching the pixels, and previews, which carry metadata
    of their own, go with it. So is the place in TIFF, HEIC and AVIF files. For STRIP_ALL, TIFF files are
    written anew without loss (JPEG-compressed ones with little), HEIC and AVIF files at a high quality.

    Args:
        photo: The photo as read, or the path of a file.
        path: The new file; it is complete under its name or not there at all.
        metadata: What becomes of the metadata.

    Raises:
        PhotoError: The file cannot be read or written.
        DiskFullError: There is no room left.
    """
    path = Path(path)
    if isinstance(photo, Photo) and not isinstance(photo.source, StoredSource):
        write_photo(photo, photo.pixels, path, metadata)
    else:
        write_atomically(path, copied_photo(photo, metadata))


def copied_photo(
    photo: Photo | str | os.PathLike[str], metadata: MetadataPolicy = MetadataPolicy.KEEP
) -> bytes:
    """The bytes of the file that ``copy_photo`` writes; PNG for a photo that came from memory.

    Args:
        photo: The photo as read, or the path of a file.
        metadata: What becomes of the metadata.

    Raises:
        PhotoError: The file cannot be read.
    """
    metadata = policy_of(metadata)
    if isinstance(photo, Photo):
        if not isinstance(photo.source, StoredSource):
            return encode_photo(photo, photo.pixels, metadata)
        source, data = photo.path, photo.source.data
    else:
        source = Path(photo)
        data = read_bytes(source)
    if metadata is MetadataPolicy.KEEP:
        return data
    try:
        with decoding():
            stripped = format_of(data).stripped(data, metadata)
    except PhotoError as error:
        raise PhotoError(source, error.reason) from error
    if stripped is not None:
        return stripped
    whole = photo if isinstance(photo, Photo) else read_photo(photo)
    return encode_photo(whole, whole.pixels, metadata)


def _encoded(
    photo: Photo,
    pixels: npt.NDArray[np.uint8],
    metadata: MetadataPolicy,
    pull: Pull | None,
    suffix: str | None,
    path: Path | None,
) -> bytes:
    _check(photo, pixels)
    metadata = policy_of(metadata)
    try:
        if not isinstance(photo.source, StoredSource):
            colour = pixels[:, :, 0] if photo.grey else pixels
            samples = Samples(np.ascontiguousarray(colour), photo.source.alpha)
            return encode_new(samples, suffix or "", photo.source.icc_profile)
        source = photo.source
        stored = as_stored(pixels, source.orientation)
        with decoding():
            if source.plain:
                before = as_stored(photo.pixels, source.orientation)
                turned = pull and pull.as_stored(photo.pixels.shape[:2], source.orientation)
                samples = Samples(
                    _colour(stored, photo.grey), before=_colour(before, photo.grey), pull=turned
                )
            else:
                samples = source.format.decode(source.data).with_view(stored)
        return source.format.encode(samples, source.data, metadata)
    except PhotoError as error:
        raise PhotoError(path, error.reason) from error
    except MemoryError as error:
        raise PhotoError(path, "there is not enough memory to encode it") from error
    except (OSError, SyntaxError, ValueError, RuntimeError) as error:
        raise PhotoError(path, f"cannot be encoded: {error}") from error


def _colour(stored: Pixels, grey: bool) -> Pixels:
    return np.ascontiguousarray(stored[:, :, 0]) if grey else stored


def _check(photo: Photo, pixels: npt.NDArray[np.uint8]) -> None:
    if pixels.dtype != np.uint8 or pixels.shape != photo.pixels.shape:
        raise ValueError(
            f"the pixels have to be uint8 of shape {photo.pixels.shape}, not {pixels.dtype} of {pixels.shape}"
        )
    if photo.grey and not (
        np.array_equal(pixels[:, :, 0], pixels[:, :, 1]) and np.array_equal(pixels[:, :, 0], pixels[:, :, 2])
    ):
        raise ValueError("a grey photo has to stay grey: red, green and blue have to be equal")
