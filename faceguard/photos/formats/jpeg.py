"""JPEG: new pixels in the source's own quantisation tables, under the source's own metadata."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from faceguard.errors import PhotoError
from faceguard.photos.exif_block import orientation_of
from faceguard.photos.formats.base import Header, PhotoFormat
from faceguard.photos.formats.encoder_buffer import encoder_buffer
from faceguard.photos.jpeg_metadata import carried_segments, exif_of
from faceguard.photos.jpeg_planes import Plane, planes_of
from faceguard.photos.jpeg_rounding import rows_with_changes_kept
from faceguard.photos.jpeg_segments import APP0, APP14, Segment, end_of_image, join, split_header
from faceguard.photos.metadata_policy import MetadataPolicy
from faceguard.photos.samples import Samples


class Jpeg(PhotoFormat):
    """JPEG files, also those whose first picture is followed by others (MPO): the others are dropped.

    Quantisation tables, chroma subsampling, progression and the colour model stay as they were, except
    that YCCK becomes CMYK and that chroma layouts Pillow cannot write (4:1:1, 4:4:0) become the next
    finer one it can.
    """

    name = "JPEG"

    def header(self, data: bytes) -> Header:
        """See ``PhotoFormat.header``; a file without an end-of-image marker counts as truncated."""
        segments, scan = split_header(data)
        if end_of_image(data, scan) is None:
            raise PhotoError(None, "truncated: the JPEG image has no end")
        width, height = _opened(segments, data[scan:]).size
        block = exif_of(segments)
        return Header(width, height, orientation_of(block) if block is not None else 1)

    def decode(self, data: bytes) -> Samples:
        """See ``PhotoFormat.decode``."""
        segments, scan = split_header(data)
        return Samples(np.asarray(_opened(segments, data[scan:])))

    def encode(self, samples: Samples, data: bytes, policy: MetadataPolicy) -> bytes:
        """See ``PhotoFormat.encode``."""
        old_segments, old_scan = split_header(data)
        source = _opened(old_segments, data[old_scan:])
        # Nothing as large as the photo is copied twice: the largest photos just fit.
        colour = np.ascontiguousarray(samples.colour)
        image = Image.frombuffer(source.mode, source.size, colour, "raw", source.mode, 0, 1)
        if samples.before is not None and not _stores_rgb(source):
            for top, row in rows_with_changes_kept(colour, samples.before, _planes(source), samples.pull):
                image.paste(Image.fromarray(row), (0, top))
        encoded = io.BytesIO()
        with encoder_buffer(image):
            image.save(
                encoded,
                "JPEG",
                qtables=_tables(source),
                subsampling=_subsampling(source),
                progressive="progressive" in source.info,
                optimize=True,
                keep_rgb=_stores_rgb(source),
            )
        new = encoded.getvalue()
        new_segments, scan = split_header(new)
        carried = carried_segments(old_segments, policy, _adobe_transform(new_segments))
        return join([*carried, *(s for s in new_segments if not s.is_application)], new[scan:])

    def stripped(self, data: bytes, policy: MetadataPolicy) -> bytes | None:
        """See ``PhotoFormat.stripped``; previews go too, as they carry metadata of their own."""
        segments, scan = split_header(data)
        carried = iter(carried_segments(segments, policy, adobe_transform=None))
        rest = [segment for segment in segments if not segment.is_application]
        return join([*carried, *rest], data[scan : end_of_image(data, scan)])


def _opened(segments: list[Segment], scans: bytes) -> JpegImageFile:
    """Opens a JPEG without the metadata Pillow would stumble over or warn about."""
    needed = [s for s in segments if not s.is_application or s.marker in (APP0, APP14)]
    return JpegImageFile(io.BytesIO(join(needed, scans)))


def _tables(source: JpegImageFile) -> list[list[int]]:
    """One quantisation table per component; the last one also serves the components after it."""
    tables = [list(source.quantization[layer[3]]) for layer in source.layer]
    while len(tables) > 1 and tables[-1] == tables[-2]:
        tables.pop()
    return tables


def _subsampling(source: JpegImageFile) -> int:
    """Pillow's number for the chroma layout: 0 for 4:4:4, 1 for 4:2:2, 2 for 4:2:0."""
    if source.layers != 3:
        return -1
    (_, luma_h, luma_v, _), (_, chroma_h, chroma_v, _) = source.layer[:2]
    halves_columns, halves_rows = luma_h >= 2 * chroma_h, luma_v >= 2 * chroma_v
    return (2 if halves_rows else 1) if halves_columns else 0


def _planes(source: JpegImageFile) -> list[Plane]:
    shared = {0: (1, 1), 1: (1, 2), 2: (2, 2)}[max(0, _subsampling(source))]
    return planes_of(_tables(source), shared, grey=source.layers == 1)


def _stores_rgb(source: JpegImageFile) -> bool:
    if source.layers != 3:
        return False
    if "adobe" in source.info:
        return source.info.get("adobe_transform") == 0
    return "jfif" not in source.info and bytes(layer[0] for layer in source.layer) == b"RGB"


def _adobe_transform(segments: list[Segment]) -> int | None:
    adobe = [s for s in segments if s.marker == APP14 and s.payload.startswith(b"Adobe")]
    return adobe[0].payload[11] if adobe else None
