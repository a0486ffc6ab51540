"""EXIF blocks, edited in place: no byte moves, so the offsets inside maker notes stay right.

A block is a small TIFF file: a byte order, a chain of directories (IFDs) and the values they point to.
The first directory describes the photo, the second one its thumbnail. The functions here take and return
whole blocks, with or without the ``Exif\\0\\0`` that JPEG puts in front. A block they cannot make sense
of keeps its bytes, except that JPEG pictures inside it are overwritten.
"""

from __future__ import annotations

from faceguard.photos.embedded_jpegs import zero_embedded_jpegs
from faceguard.photos.tiff_directories import BrokenDirectory, TiffDirectories

PREFIX = b"Exif\x00\x00"
ORIENTATION, GPS = 0x0112, 0x8825


def orientation_of(block: bytes) -> int:
    """The orientation an EXIF block gives, 1 to 8; 1 where it gives none or an impossible one."""
    try:
        directories = TiffDirectories(_split(block)[1])
        found = directories.entry(directories.first, ORIENTATION)
        value = directories.numbers(found)[0] if found is not None else 1
    except (BrokenDirectory, IndexError):
        return 1
    return value if 1 <= value <= 8 else 1


def without_previews(block: bytes) -> bytes:
    """Takes the thumbnail and every other picture out of an EXIF block.

    The link to the thumbnail's directory is cleared, and its picture is overwritten with zeros, as is
    every JPEG picture elsewhere in the block (maker notes hold some).

    Args:
        block: An EXIF block.

    Returns:
        A block of the same length.
    """
    prefix, tiff = _split(block)
    data = tiff
    try:
        directories = TiffDirectories(tiff)
        directories.drop_previews()
        data = bytes(directories.data)
    except BrokenDirectory:
        pass
    cleaned = bytearray(data)
    zero_embedded_jpegs(cleaned)
    return prefix + bytes(cleaned)


def without_gps(block: bytes) -> bytes | None:
    """Takes the GPS directory out of an EXIF block.

    Args:
        block: An EXIF block.

    Returns:
        A block of the same length; the directory and its values are zeros, and its entry is gone. None
        for a block that cannot be read, as nobody could say whether a place is left in it.
    """
    prefix, tiff = _split(block)
    try:
        directories = TiffDirectories(tiff)
        directories.drop_child(directories.first, GPS)
    except BrokenDirectory:
        return None
    return prefix + bytes(directories.data)


def without_orientation(block: bytes) -> bytes:
    """Takes the orientation out of an EXIF block, for files that say it elsewhere.

    Args:
        block: An EXIF block.

    Returns:
        A block of the same length.
    """
    prefix, tiff = _split(block)
    try:
        directories = TiffDirectories(tiff)
        found = directories.entry(directories.first, ORIENTATION)
        if found is not None:
            directories.remove_entry(directories.first, found)
    except BrokenDirectory:
        return block
    return prefix + bytes(directories.data)


def only_orientation(orientation: int) -> bytes:
    """A minimal EXIF block, without the JPEG prefix, that holds the orientation and nothing else."""
    entry = b"\x01\x12\x00\x03\x00\x00\x00\x01" + orientation.to_bytes(2, "big") + b"\x00\x00"
    return b"MM\x00\x2a\x00\x00\x00\x08\x00\x01" + entry + b"\x00\x00\x00\x00"


def _split(block: bytes) -> tuple[bytes, bytes]:
    prefix = PREFIX if block.startswith(PREFIX) else b""
    return prefix, block[len(prefix) :]
