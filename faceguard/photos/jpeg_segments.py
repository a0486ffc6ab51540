"""The byte level of JPEG: header segments, and where the image ends."""

from __future__ import annotations

import re
from dataclasses import dataclass

from faceguard.errors import PhotoError

APP0, APP1, APP2, APP11, APP13, APP14, COM = 0xE0, 0xE1, 0xE2, 0xEB, 0xED, 0xEE, 0xFE
_START, _END, _SCAN = b"\xff\xd8", 0xD9, 0xDA
_IN_SCAN = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]", re.DOTALL)


@dataclass(frozen=True)
class Segment:
    """One marker segment before the first scan.

    Attributes:
        marker: The second byte of the marker, 0xE1 for APP1.
        payload: The content without the marker and the two length bytes; at most 65,533 bytes.
    """

    marker: int
    payload: bytes

    @property
    def is_application(self) -> bool:
        """Whether it is metadata: an APPn segment or a comment."""
        return 0xE0 <= self.marker <= 0xEF or self.marker == COM

    def encoded(self) -> bytes:
        """The segment as it stands in a file."""
        return b"\xff" + bytes([self.marker]) + (len(self.payload) + 2).to_bytes(2, "big") + self.payload


def split_header(data: bytes, start: int = 0) -> tuple[list[Segment], int]:
    """Splits the header of a JPEG stream into its segments.

    Args:
        data: Bytes that hold a JPEG stream.
        start: Where the stream starts in them.

    Returns:
        The segments before the first scan, and the position of the first scan's marker.

    Raises:
        PhotoError: The stream ends or breaks before its first scan.
    """
    if data[start : start + 2] != _START:
        raise PhotoError(None, "not a JPEG stream")
    segments: list[Segment] = []
    position = start + 2
    while True:
        while data[position : position + 2] == b"\xff\xff":
            position += 1
        head = data[position : position + 4]
        if len(head) < 4:
            raise PhotoError(None, "truncated: the JPEG header is cut off")
        if head[0] != 0xFF or head[1] in (0, _END):
            raise PhotoError(None, "broken JPEG header")
        if head[1] == _SCAN:
            return segments, position
        if head[1] == 0x01 or 0xD0 <= head[1] <= 0xD8:
            position += 2
            continue
        length = int.from_bytes(head[2:], "big")
        payload = data[position + 4 : position + 2 + length]
        if length < 2 or len(payload) != length - 2:
            raise PhotoError(None, "truncated: the JPEG header is cut off")
        segments.append(Segment(head[1], payload))
        position += 2 + length


def end_of_image(data: bytes, scan: int) -> int | None:
    """Finds the end of a JPEG stream.

    Args:
        data: Bytes that hold a JPEG stream.
        scan: The position of the stream's first scan marker, as ``split_header`` returns it.

    Returns:
        The position after the end-of-image marker; None where the stream ends without one.
    """
    position = scan
    while True:
        found = _IN_SCAN.search(data, position)
        if found is None:
            return None
        marker = data[found.end() - 1]
        if marker == _END:
            return found.end()
        length = int.from_bytes(data[found.end() : found.end() + 2], "big")
        has_length = marker != 0x01 and length >= 2
        position = found.end() + (length if has_length else 0)


def join(segments: list[Segment], scans: bytes) -> bytes:
    """Puts a JPEG stream together.

    Args:
        segments: The header's segments, in order.
        scans: Everything from the first scan's marker on.

    Returns:
        The stream, with its start-of-image marker.
    """
    return _START + b"".join(segment.encoded() for segment in segments) + scans
