"""What protects: photo -> faces -> perturbation -> photo.

from faceguard import Protector
result = Protector(strength="medium").protect("me.jpg")
result.save("me-protected.jpg")

Whatever goes wrong for a reason that lies with photos, settings or the system is a `FaceguardError`. Nothing
is ever printed; the logger is called "faceguard".
"""

from __future__ import annotations

import logging
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from faceguard.album.outcome import PhotoOutcome, Status
    from faceguard.album.progress import Progress
    from faceguard.album.protecting import protect_album
    from faceguard.album.run import AlbumRun
    from faceguard.cancel import CancelToken
    from faceguard.errors import Cancelled, FaceguardError, PhotoError, SettingsError
    from faceguard.faces.choice import Choice
    from faceguard.faces.face import Face
    from faceguard.joint_protector import JointProtector
    from faceguard.measures.similarity import Similarity
    from faceguard.people.selection import PersonSelection
    from faceguard.photos import DiskFullError, MetadataPolicy, Photo
    from faceguard.photos.loading import load_photo
    from faceguard.protector import Protector
    from faceguard.results import ProtectionResult

# Loaded when first asked for: `import faceguard` must not cost loading PyTorch.
_HOMES = {
    "AlbumRun": "faceguard.album.run",
    "CancelToken": "faceguard.cancel",
    "Cancelled": "faceguard.errors",
    "Choice": "faceguard.faces.choice",
    "DiskFullError": "faceguard.photos",
    "Face": "faceguard.faces.face",
    "FaceguardError": "faceguard.errors",
    "MetadataPolicy": "faceguard.photos",
    "PersonSelection": "faceguard.people.selection",
    "Photo": "faceguard.photos",
    "PhotoError": "faceguard.errors",
    "PhotoOutcome": "faceguard.album.outcome",
    "JointProtector": "faceguard.joint_protector",
    "Progress": "faceguard.album.progress",
    "ProtectionResult": "faceguard.results",
    "Protector": "faceguard.protector",
    "SettingsError": "faceguard.errors",
    "Similarity": "faceguard.measures.similarity",
    "Status": "faceguard.album.outcome",
    "load_photo": "faceguard.photos.loading",
    "protect_album": "faceguard.album.protecting",
}

__version__ = "0.1.0"
__all__ = [
    "AlbumRun",
    "CancelToken",
    "Cancelled",
    "Choice",
    "DiskFullError",
    "Face",
    "FaceguardError",
    "JointProtector",
    "MetadataPolicy",
    "PersonSelection",
    "Photo",
    "PhotoError",
    "PhotoOutcome",
    "Progress",
    "ProtectionResult",
    "Protector",
    "SettingsError",
    "Similarity",
    "Status",
    "load_photo",
    "protect_album",
]

logging.getLogger(__name__).addHandler(logging.NullHandler())


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
