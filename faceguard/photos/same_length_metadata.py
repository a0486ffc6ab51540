"""Metadata edited inside a file whose structure nobody wants to rewrite."""

from __future__ import annotations

from faceguard.photos import exif_block
from faceguard.photos.metadata_cleaning import cleaned_xmp
from faceguard.photos.metadata_policy import MetadataPolicy


def without_gps_in_place(data: bytes, exif: bytes | None, xmp: bytes | None) -> bytes | None:
    """Takes the place out of the metadata of a HEIC or AVIF file; no byte moves.

    Args:
        data: The file's bytes.
        exif: The EXIF block as it stands in the file; None where it has none.
        xmp: The XMP packet as it stands in the file; None where it has none.

    Returns:
        The file with the same length; None where the metadata does not lie in one piece.
    """
    edits = []
    if exif:
        edits.append((exif, exif_block.without_gps(exif)))
    if xmp:
        cleaned = cleaned_xmp(xmp, MetadataPolicy.STRIP_GPS) or b""
        edits.append((xmp, cleaned.ljust(len(xmp))))
    for old, new in edits:
        if new is None or data.count(old) != 1:
            return None
        data = data.replace(old, new)
    return data
