"""TIFF at 8 and 16 bits: grey, RGB and CMYK, with any extra channels."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from faceguard.errors import PhotoError
from faceguard.photos import tiff_tags as tags
from faceguard.photos.exif_block import orientation_of
from faceguard.photos.formats.base import Header, PhotoFormat
from faceguard.photos.formats.quality_search import encode_near_size
from faceguard.photos.metadata_cleaning import cleaned_xmp
from faceguard.photos.metadata_policy import MetadataPolicy
from faceguard.photos.samples import SampleArray, Samples
from faceguard.photos.tiff_directories import BrokenDirectory, TiffDirectories
from faceguard.photos.tiff_rewriting import NewPixels, with_new_pixels
from faceguard.photos.tiff_samples import COMPRESSIONS, Layout, compressed, packed_rows, read_samples

_JPEG_COMPRESSIONS = (6, 7)
_REDUCED = 1
_UNREADABLE = {3: "floating-point", 2: "signed-integer"}


class Tiff(PhotoFormat):
    """TIFF files of one page. The compression stays, except that fax compression becomes Deflate.

    Palettes become RGB, fewer than 8 bits become 8; tiles become strips and planes become pixels.
    """

    name = "TIFF"

    def header(self, data: bytes) -> Header:
        """See ``PhotoFormat.header``."""
        try:
            file = TiffDirectories(data)
            layout = Layout.of(file)
            spans = file.image_spans(file.first)
            further = file.further_directories()
            pages = 1 + sum(not _is_reduced(file, page) for page in further)
        except BrokenDirectory as error:
            raise PhotoError(None, f"truncated or damaged TIFF file: {error}") from error
        if _is_reduced(file, file.first) or file.entry(file.first, tags.DNG_VERSION):
            raise PhotoError(None, "a camera's raw file: only finished photos can be protected")
        if pages > 1:
            raise PhotoError(
                None, f"multi-page TIFF file with {pages} pages: only single photos can be protected"
            )
        if layout.sample_format in _UNREADABLE:
            raise PhotoError(
                None, f"{_UNREADABLE[layout.sample_format]} TIFF file: only 8 and 16 bits can be protected"
            )
        if layout.bits not in (1, 2, 4, 8, 16):
            raise PhotoError(None, f"TIFF file with {layout.bits} bits: only 8 and 16 bits can be protected")
        if not spans:
            raise PhotoError(None, "damaged TIFF file: it has no pixels")
        end = max(end for _, end in spans)
        if end > len(data):
            raise PhotoError(None, f"truncated: {len(data):,} bytes, and the pixels go on to {end:,}")
        return Header(layout.width, layout.height, orientation_of(data))

    def decode(self, data: bytes) -> Samples:
        """See ``PhotoFormat.decode``."""
        file = TiffDirectories(data)
        layout = Layout.of(file)
        if not layout.is_direct and layout.bits == 16:
            raise PhotoError(
                None, "16-bit TIFF file of an unusual layout: only grey, RGB and CMYK can be protected"
            )
        if not layout.is_direct:
            return _decode_with_pillow(file)
        samples = read_samples(file, layout)
        colour = np.ascontiguousarray(
            samples[:, :, : layout.colours].squeeze(axis=2 if layout.colours == 1 else ())
        )
        if layout.photometric == tags.WHITE_IS_ZERO:
            colour = np.invert(colour)
        if layout.samples == layout.colours:
            return Samples(colour)
        further = samples[:, :, layout.colours :]
        alpha = further[:, :, 0] if further.shape[2] == 1 else further
        return Samples(colour, np.ascontiguousarray(alpha))

    def encode(self, samples: Samples, data: bytes, policy: MetadataPolicy) -> bytes:
        """See ``PhotoFormat.encode``."""
        file = TiffDirectories(data)
        layout = Layout.of(file)
        if layout.compression in _JPEG_COMPRESSIONS and not samples.cmyk and samples.alpha is None:
            size = sum(end - start for start, end in file.image_spans(file.first))
            encoded = encode_near_size(lambda quality: _jpeg_file(samples, quality), size)
            return with_new_pixels(data, _jpeg_pixels(encoded), policy)
        array = _interleaved(samples)
        if layout.is_direct:
            if layout.photometric == tags.WHITE_IS_ZERO:
                array[:, :, 0] = np.invert(array[:, :, 0])
            extra = file.values(file.first, tags.EXTRA_SAMPLES)
        else:
            known = layout.compression if layout.compression in COMPRESSIONS else tags.DEFLATE
            photometric = tags.BLACK_IS_ZERO if samples.grey else tags.CMYK if samples.cmyk else tags.RGB
            layout = replace(
                layout,
                bits=8,
                samples=array.shape[2],
                photometric=photometric,
                compression=known,
                predictor=1,
            )
            extra = [2] if samples.alpha is not None else []
        return with_new_pixels(data, _pixels(array, layout, extra), policy)

    def stripped(self, data: bytes, policy: MetadataPolicy) -> bytes | None:
        """See ``PhotoFormat.stripped``; only the place can be taken out of a TIFF file in place."""
        if policy is MetadataPolicy.STRIP_ALL:
            return None
        file = TiffDirectories(data)
        file.drop_child(file.first, tags.GPS)
        entry = file.entry(file.first, tags.XMP)
        if entry is not None:
            packet = bytes(file.data[entry.start : entry.start + entry.length])
            cleaned = cleaned_xmp(packet, policy) or b""
            file.data[entry.start : entry.start + entry.length] = cleaned.ljust(entry.length)
        return bytes(file.data)


def _is_reduced(file: TiffDirectories, directory: int) -> bool:
    """Whether a directory holds a smaller version of another one's picture."""
    return bool((file.values(directory, tags.NEW_SUBFILE_TYPE) or [0])[0] & _REDUCED)


def _decode_with_pillow(file: TiffDirectories) -> Samples:
    """Decodes palettes, JPEG, fax and the like to 8 bits."""
    orientation = file.entry(file.first, tags.ORIENTATION)
    if orientation is not None:
        # Pillow turns TIFF files upright by itself, which is not wanted here.
        file.data[orientation.start : orientation.start + 2] = (1).to_bytes(2, file.order)
    image: Image.Image = TiffImageFile(io.BytesIO(bytes(file.data)))
    if image.mode == "CMYK":
        return Samples(np.asarray(image))
    if image.mode in ("RGBA", "PA", "LA"):
        rgba = np.asarray(image.convert("RGBA"))
        colour = rgba[:, :, 0] if image.mode == "LA" else rgba[:, :, :3]
        return Samples(np.ascontiguousarray(colour), np.ascontiguousarray(rgba[:, :, 3]))
    return Samples(np.asarray(image.convert("L" if image.mode in ("1", "L") else "RGB")))


def _interleaved(samples: Samples) -> SampleArray:
    """All channels in one new array of shape (H, W, C)."""
    colour = samples.colour[:, :, None] if samples.grey else samples.colour
    if samples.alpha is None:
        return colour.copy()
    further = samples.alpha[:, :, None] if samples.alpha.ndim == 2 else samples.alpha
    return np.concatenate([colour, further], axis=2)


def _pixels(array: SampleArray, layout: Layout, extra: list[int]) -> NewPixels:
    """Losslessly encoded pixels in a layout."""
    strips = TiffDirectories(compressed(packed_rows(array, layout), layout.compression))
    numbers = {
        tags.WIDTH: [layout.width],
        tags.HEIGHT: [layout.height],
        tags.BITS: [layout.bits] * layout.samples,
        tags.COMPRESSION: strips.values(strips.first, tags.COMPRESSION),
        tags.PHOTOMETRIC: [layout.photometric],
        tags.SAMPLES_PER_PIXEL: [layout.samples],
        tags.ROWS_PER_STRIP: strips.values(strips.first, tags.ROWS_PER_STRIP),
        tags.PLANAR: [1],
        tags.SAMPLE_FORMAT: [1] * layout.samples,
    }
    if layout.predictor != 1:
        numbers[tags.PREDICTOR] = [layout.predictor]
    if extra:
        numbers[tags.EXTRA_SAMPLES] = extra
    return NewPixels(_strips(strips), numbers, {})


def _jpeg_file(samples: Samples, quality: int) -> bytes:
    encoded = io.BytesIO()
    Image.fromarray(samples.colour).save(encoded, "TIFF", compression="jpeg", quality=quality)
    return encoded.getvalue()


def _jpeg_pixels(encoded: bytes) -> NewPixels:
    """The pixels of a JPEG-compressed TIFF file, with the tags that describe them."""
    file = TiffDirectories(encoded)
    skipped = (tags.STRIP_OFFSETS, tags.STRIP_LENGTHS, tags.JPEG_TABLES, tags.REFERENCE_BLACK_WHITE)
    numbers = {
        entry.tag: file.numbers(entry)
        for entry in file.entries(file.first)
        if entry.tag in tags.LAYOUT and entry.tag not in skipped
    }
    tables = file.entry(file.first, tags.JPEG_TABLES)
    raw = {}
    if tables is not None:
        raw[tags.JPEG_TABLES] = bytes(file.data[tables.start : tables.start + tables.length])
    return NewPixels(_strips(file), numbers, raw)


def _strips(file: TiffDirectories) -> list[bytes]:
    return [bytes(file.data[start:end]) for start, end in file.image_spans(file.first)]
