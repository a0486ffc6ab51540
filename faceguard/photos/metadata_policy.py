"""What becomes of a photo's metadata."""

from __future__ import annotations

from enum import Enum

from faceguard.errors import SettingsError


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


def policy_of(metadata: MetadataPolicy | str) -> MetadataPolicy:
    """A policy, also by its name: taken for another one, what was to go would stay in the file.

    Raises:
        SettingsError: There is no such policy.

    Examples:
        >>> policy_of("strip-gps")
        <MetadataPolicy.STRIP_GPS: 'strip-gps'>
    """
    try:
        return MetadataPolicy(metadata)
    except ValueError as error:
        names = ", ".join(policy.value for policy in MetadataPolicy)
        raise SettingsError(f"no metadata policy {metadata!r}; there are {names}") from error
