"""The application segments of a JPEG: which of them go into the protected photo, and how."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from faceguard.photos import photoshop_resources
from faceguard.photos.embedded_jpegs import zero_embedded_jpegs
from faceguard.photos.exif_block import PREFIX as EXIF
from faceguard.photos.jpeg_segments import APP0, APP1, APP2, APP11, APP13, APP14, COM, Segment
from faceguard.photos.metadata_cleaning import cleaned_exif, cleaned_xmp
from faceguard.photos.metadata_policy import MetadataPolicy

XMP = b"http://ns.adobe.com/xap/1.0/\x00"
EXTENDED_XMP = b"http://ns.adobe.com/xmp/extension/\x00"
_ICC = b"ICC_PROFILE\x00"
_DIGEST, _CHUNK = 32, 65400
_HEAD = len(EXTENDED_XMP) + _DIGEST + 8


def exif_of(segments: list[Segment]) -> bytes | None:
    """The EXIF block of a JPEG, with its prefix; None where it has none."""
    return next((s.payload for s in segments if s.marker == APP1 and s.payload.startswith(EXIF)), None)


def carried_segments(
    segments: list[Segment], policy: MetadataPolicy, adobe_transform: int | None
) -> list[Segment]:
    """The metadata segments to write, in their old order.

    Previews go under every policy: EXIF, JFIF and Photoshop thumbnails, multi-picture (MPF) and FlashPix
    indices, depth and gain maps in XMP, and content credentials (they hold a thumbnail, and their
    signature ends with the first changed pixel).

    Args:
        segments: The source's header segments.
        policy: What becomes of the rest.
        adobe_transform: The colour transform of the scan they are put before, 0 for RGB and CMYK; None to
            leave the source's Adobe segment alone.

    Returns:
        APPn and COM segments only.
    """
    extended = _ExtendedXmp(segments, policy)
    carried = []
    for segment in segments:
        if not segment.is_application or segment.payload.startswith(EXTENDED_XMP):
            continue
        payload = _carried_payload(segment, policy, adobe_transform)
        if payload is None:
            continue
        if payload.startswith(XMP):
            carried.append(Segment(segment.marker, extended.linked(payload)))
            carried += extended.segments
        else:
            carried.append(Segment(segment.marker, payload))
    return carried


class _ExtendedXmp:
    """The overflow of a long XMP packet: chunks that name the MD5 digest of the whole."""

    def __init__(self, segments: list[Segment], policy: MetadataPolicy) -> None:
        parts = [s for s in segments if s.marker == APP1 and s.payload.startswith(EXTENDED_XMP)]
        parts.sort(key=lambda part: int.from_bytes(part.payload[_HEAD - 4 : _HEAD], "big"))
        packet = b"".join(part.payload[_HEAD:] for part in parts)
        cleaned = cleaned_xmp(packet, policy) or b""
        self.segments = parts
        self._renamed: tuple[bytes, bytes] | None = None
        if cleaned != packet:
            digest = hashlib.md5(cleaned, usedforsecurity=False).hexdigest().upper().encode()
            self._renamed = parts[0].payload[_HEAD - 8 - _DIGEST : _HEAD - 8], digest
            self.segments = [Segment(APP1, part) for part in _chunks(cleaned, digest)]

    def linked(self, payload: bytes) -> bytes:
        """The main packet's segment, made to name the digest of the cleaned chunks."""
        return payload.replace(*self._renamed) if self._renamed is not None else payload


def _chunks(packet: bytes, digest: bytes) -> Iterator[bytes]:
    for offset in range(0, len(packet), _CHUNK):
        numbers = len(packet).to_bytes(4, "big") + offset.to_bytes(4, "big")
        yield EXTENDED_XMP + digest + numbers + packet[offset : offset + _CHUNK]


def _carried_payload(segment: Segment, policy: MetadataPolicy, adobe_transform: int | None) -> bytes | None:
    marker, payload = segment.marker, segment.payload
    if marker == APP0:
        return _without_jfif_thumbnail(payload)
    if marker == APP14 and payload.startswith(b"Adobe"):
        if adobe_transform is None or len(payload) < 12:
            return payload
        return payload[:11] + bytes([adobe_transform]) + payload[12:]
    if marker == APP2 and payload.startswith(_ICC):
        return payload
    if marker == APP1 and payload.startswith(EXIF):
        return cleaned_exif(payload, policy)
    if policy is MetadataPolicy.STRIP_ALL:
        return None
    if marker == APP2 and payload.startswith((b"MPF\x00", b"FPXR\x00")):
        return None
    if marker == APP11 and payload.startswith(b"JP"):
        return None
    if marker == APP1 and payload.startswith(XMP):
        return XMP + (cleaned_xmp(payload[len(XMP) :], policy) or b"")
    if marker == APP13 and payload.startswith(photoshop_resources.PREFIX):
        prefix = photoshop_resources.PREFIX
        return _without_jpegs(prefix + photoshop_resources.without_thumbnails(payload[len(prefix) :]))
    if marker == COM:
        return payload
    return _without_jpegs(payload)


def _without_jfif_thumbnail(payload: bytes) -> bytes | None:
    if payload.startswith(b"JFIF\x00") and len(payload) >= 14:
        return payload[:12] + b"\x00\x00"
    return None if payload.startswith(b"JFXX\x00") else payload


def _without_jpegs(payload: bytes) -> bytes:
    cleaned = bytearray(payload)
    zero_embedded_jpegs(cleaned)
    return bytes(cleaned)
