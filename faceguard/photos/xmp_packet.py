"""XMP packets, edited as text: whatever is not removed stays byte for byte."""

from __future__ import annotations

import re

# Previews and second images (depth, gain map, motion clip), and the pointers to them.
_PREVIEWS = (
    rb"(?:xmp|xap):Thumbnails",
    rb"(?:xmpGImg|xapGImg):[\w-]+",
    rb"(?:GDepth|GImage|GAudio|GContainer|Container|Device|hdrgm|HDRGainMap|apdi|depthData):[\w-]+",
    rb"(?:GCamera|Camera):(?:MotionPhoto|MicroVideo|DepthMap|hdr|shot)[\w-]*",
)
_GPS = (rb"[\w-]+:[Gg][Pp][Ss][A-Z][\w-]*",)


def without_previews(packet: bytes) -> bytes:
    """Takes thumbnails, depth maps, gain maps and the marks of motion photos out of an XMP packet.

    Args:
        packet: XMP as UTF-8, with or without its ``<?xpacket`` wrapper.

    Returns:
        The same bytes where it holds none of these.
    """
    return _without(packet, _PREVIEWS)


def without_gps(packet: bytes) -> bytes:
    """Takes every property whose name begins with GPS, in any namespace, out of an XMP packet.

    Args:
        packet: XMP as UTF-8, with or without its ``<?xpacket`` wrapper.

    Returns:
        The same bytes where it holds none of these.
    """
    return _without(packet, _GPS)


def _without(packet: bytes, names: tuple[bytes, ...]) -> bytes:
    name = rb"(?:" + rb"|".join(names) + rb")"
    packet = re.sub(
        rb"<(" + name + rb")(?=[\s>/])(?:[^>]*/>|[^>]*>.*?</\1\s*>)\s*", b"", packet, flags=re.DOTALL
    )
    return re.sub(rb"\s+" + name + rb"\s*=\s*(?:\"[^\"]*\"|'[^']*')", b"", packet)
