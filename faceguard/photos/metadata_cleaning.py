"""What is left of EXIF and XMP under a policy, whatever file they stand in."""

from __future__ import annotations

from faceguard.photos import exif_block, xmp_packet
from faceguard.photos.metadata_policy import MetadataPolicy


def cleaned_exif(block: bytes | None, policy: MetadataPolicy) -> bytes | None:
    """An EXIF block without previews, and without what the policy takes.

    Args:
        block: The block as stored, with or without the JPEG prefix; None where the photo has none.
        policy: What becomes of it.

    Returns:
        The block to write, with the prefix the given one had; None where none is needed.
    """
    if block is None:
        return None
    if policy is MetadataPolicy.STRIP_ALL:
        orientation = exif_block.orientation_of(block)
        prefix = exif_block.PREFIX if block.startswith(exif_block.PREFIX) else b""
        return prefix + exif_block.only_orientation(orientation) if orientation != 1 else None
    cleaned = exif_block.without_previews(block)
    return exif_block.without_gps(cleaned) if policy is MetadataPolicy.STRIP_GPS else cleaned


def cleaned_xmp(packet: bytes | None, policy: MetadataPolicy) -> bytes | None:
    """An XMP packet without previews, and without what the policy takes.

    Args:
        packet: The packet as stored; None where the photo has none.
        policy: What becomes of it.

    Returns:
        The packet to write; None where none is needed.
    """
    if packet is None or policy is MetadataPolicy.STRIP_ALL:
        return None
    cleaned = xmp_packet.without_previews(packet)
    return xmp_packet.without_gps(cleaned) if policy is MetadataPolicy.STRIP_GPS else cleaned
