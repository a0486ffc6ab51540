"""Reads photos, walks albums, and writes photos back as they came."""

from faceguard.photos.as_written import as_written
from faceguard.photos.atomic_files import DiskFullError, remove_leftovers, write_atomically
from faceguard.photos.finding import PHOTO_EXTENSIONS, Album, AlbumPhoto, LeftOut, find_photos, list_photos
from faceguard.photos.manifest import MANIFEST_NAME, Manifest, ManifestRecord
from faceguard.photos.metadata_policy import MetadataPolicy
from faceguard.photos.photo import Photo
from faceguard.photos.pull import Pull, PulledPart
from faceguard.photos.reading import DEFAULT_MAX_PIXELS, decode_photo, read_photo
from faceguard.photos.writing import copy_photo, encode_photo, write_photo

__all__ = [
    "DEFAULT_MAX_PIXELS",
    "MANIFEST_NAME",
    "PHOTO_EXTENSIONS",
    "Album",
    "AlbumPhoto",
    "DiskFullError",
    "LeftOut",
    "Manifest",
    "ManifestRecord",
    "MetadataPolicy",
    "Photo",
    "Pull",
    "PulledPart",
    "as_written",
    "copy_photo",
    "decode_photo",
    "encode_photo",
    "find_photos",
    "list_photos",
    "read_photo",
    "remove_leftovers",
    "write_atomically",
    "write_photo",
]
