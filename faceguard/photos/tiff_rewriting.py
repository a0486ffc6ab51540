"""Puts new pixels into a TIFF file without moving anything else in it.

All other data keeps its offset, so EXIF and maker notes stay right. The new strips go where the old ones
were, and what does not fit goes to the end of the file, followed by a new first directory.
"""

from __future__ import annotations

from dataclasses import dataclass

from faceguard.photos import photoshop_resources
from faceguard.photos import tiff_tags as tags
from faceguard.photos.embedded_jpegs import zero_embedded_jpegs
from faceguard.photos.metadata_cleaning import cleaned_xmp
from faceguard.photos.metadata_policy import MetadataPolicy
from faceguard.photos.tiff_directories import TiffDirectories

_SHORT, _LONG, _UNDEFINED = 3, 4, 7
_SIZES = {_SHORT: 2, _LONG: 4}
_KEPT_BY_STRIP_ALL = (
    tags.ORIENTATION,
    tags.X_RESOLUTION,
    tags.Y_RESOLUTION,
    tags.RESOLUTION_UNIT,
    tags.ICC_PROFILE,
)


@dataclass(frozen=True)
class NewPixels:
    """Encoded pixels and the tags that describe them.

    Attributes:
        strips: The strips, in order.
        numbers: Layout tags with unsigned integers, without strip offsets and lengths.
        raw: Layout tags of type UNDEFINED, such as JPEG tables.
    """

    strips: list[bytes]
    numbers: dict[int, list[int]]
    raw: dict[int, bytes]


def with_new_pixels(source: bytes, new: NewPixels, policy: MetadataPolicy) -> bytes:
    """Replaces the pixels of a TIFF file.

    Previews go under every policy: further directories, sub-directories, Photoshop thumbnails and layers,
    and JPEG pictures anywhere in the file, such as in maker notes.

    Args:
        source: The source file; it has one page.
        new: The pixels to put in, for the source's byte order.
        policy: What becomes of the metadata.

    Returns:
        The new file's bytes.
    """
    file = TiffDirectories(source)
    free = _merged([(start, min(end, len(source))) for start, end in file.image_spans(file.first)])
    file.drop_previews()
    for start, end in free:
        file.zero(start, end)
    zero_embedded_jpegs(file.data)
    if policy is MetadataPolicy.STRIP_GPS:
        file.drop_child(file.first, tags.GPS)
    entries = _carried(file, policy)
    if policy is MetadataPolicy.STRIP_ALL:
        body, free = bytearray(file.data[:8]), []
    else:
        body = file.data
        while free and free[-1][1] >= len(body):
            del body[free.pop()[0] :]
    offsets = _place(body, free, new.strips)
    for tag, numbers in new.numbers.items():
        kind = _LONG if max(numbers) > 0xFFFF else _SHORT
        entries[tag] = kind, b"".join(number.to_bytes(_SIZES[kind], file.order) for number in numbers)
    for tag, value in new.raw.items():
        entries[tag] = _UNDEFINED, value
    for tag, longs in (
        (tags.STRIP_OFFSETS, offsets),
        (tags.STRIP_LENGTHS, [len(strip) for strip in new.strips]),
    ):
        entries[tag] = _LONG, b"".join(number.to_bytes(4, file.order) for number in longs)
    return _finished(body, file, entries)


def _carried(file: TiffDirectories, policy: MetadataPolicy) -> dict[int, tuple[int, bytes] | bytes]:
    """The entries to keep: as their twelve bytes where their values stay in place, else kind and value."""
    entries: dict[int, tuple[int, bytes] | bytes] = {}
    for entry in file.entries(file.first):
        value = bytes(file.data[entry.start : entry.start + entry.length])
        if entry.tag in tags.LAYOUT or entry.tag == tags.PHOTOSHOP_LAYERS:
            if entry.tag == tags.PHOTOSHOP_LAYERS:
                file.zero(entry.start, entry.start + entry.length)
            continue
        if policy is MetadataPolicy.STRIP_ALL:
            if entry.tag in _KEPT_BY_STRIP_ALL:
                entries[entry.tag] = entry.kind, value
            continue
        new: bytes | None = value
        if entry.tag == tags.XMP:
            new = cleaned_xmp(value, policy)
        elif entry.tag == tags.PHOTOSHOP_RESOURCES:
            new = photoshop_resources.without_thumbnails(value)
        if new == value or new is None:
            entries[entry.tag] = bytes(file.data[entry.position : entry.position + 12])
        else:
            file.zero(entry.start, entry.start + entry.length)
            entries[entry.tag] = 1, new
    return entries


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


def _place(body: bytearray, free: list[tuple[int, int]], strips: list[bytes]) -> list[int]:
    """Writes strips into the free spans, and to the end once they are used up; returns their offsets."""
    offsets = []
    gaps = iter(free)
    position, limit = next(gaps, (len(body), 0))
    for strip in strips:
        while limit and position + len(strip) > limit:
            position, limit = next(gaps, (len(body), 0))
        if limit:
            body[position : position + len(strip)] = strip
            offsets.append(position)
            position += len(strip)
        else:
            offsets.append(len(body))
            body += strip
    return offsets


def _finished(body: bytearray, file: TiffDirectories, entries: dict[int, tuple[int, bytes] | bytes]) -> bytes:
    """Appends the directory and points the header to it."""
    directory = bytearray(len(entries).to_bytes(2, file.order))
    for tag in sorted(entries):
        entry = entries[tag]
        if isinstance(entry, bytes):
            directory += entry
            continue
        kind, value = entry
        directory += tag.to_bytes(2, file.order) + kind.to_bytes(2, file.order)
        directory += (len(value) // _value_size(kind)).to_bytes(4, file.order)
        if len(value) <= 4:
            directory += value.ljust(4, b"\x00")
        else:
            body += bytes(len(body) % 2)
            directory += len(body).to_bytes(4, file.order)
            body += value
    body += bytes(len(body) % 2)
    body[4:8] = len(body).to_bytes(4, file.order)
    return bytes(body + directory + bytes(4))


def _value_size(kind: int) -> int:
    return {3: 2, 4: 4, 5: 8, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}.get(kind, 1)
