"""What becomes of a photo's metadata."""

from __future__ import annotations

from enum import Enum


class MetadataPolicy(Enum):
    """What becomes of a photo's metadata when it is written.

    Whatever the policy, a photo that is written with new pixels loses its embedded previews: EXIF and
    Photoshop thumbnails, multi-picture and depth images, motion clips. They show the face as it was.

    Attributes:
        KEEP: EXIF, ICC profile, XMP, IPTC and comments stay, bit for bit where the format allows it.
        STRIP_GPS: As KEEP, without the place: the EXIF GPS directory and the GPS properties of XMP go.
        STRIP_ALL: EXIF, XMP, IPTC and comments go. The ICC profile stays, as the colours depend on it,
            and so does the orientation.
    """

    KEEP = "keep"
    STRIP_GPS = "strip-gps"
    STRIP_ALL = "strip-all"
