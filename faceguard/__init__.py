"""What protects: photo -> faces -> perturbation -> photo.

from faceguard import Protector
result = Protector(strength="medium").protect("me.jpg")
result.save("me-protected.jpg")
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from faceguard.errors import FaceguardError, PhotoError, SettingsError
    from faceguard.faces.face import Face
    from faceguard.protector import Protector
    from faceguard.results import ProtectionResult, Similarity

# Loaded when first asked for: `import faceguard` must not cost loading PyTorch.
_HOMES = {
    "Face": "faceguard.faces.face",
    "FaceguardError": "faceguard.errors",
    "PhotoError": "faceguard.errors",
    "ProtectionResult": "faceguard.results",
    "Protector": "faceguard.protector",
    "SettingsError": "faceguard.errors",
    "Similarity": "faceguard.results",
}

__version__ = "0.1.0"
__all__ = [
    "Face",
    "FaceguardError",
    "PhotoError",
    "ProtectionResult",
    "Protector",
    "SettingsError",
    "Similarity",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
