"""Names that clients give their photos, made safe for archives and downloads.

No such name ever becomes a path here: uploads are kept under numbers.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection

_COMPONENT_BYTES = 200
_DEPTH = 16
_FORBIDDEN = frozenset('<>:"|?*\\/')
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LINE_ENDS = frozenset("\u2028\u2029")
_RESERVED = frozenset(
    {"con", "prn", "aux", "nul", *(f"com{n}" for n in range(1, 10)), *(f"lpt{n}" for n in range(1, 10))}
)


def safe_name(name: str) -> str:
    """A relative path with "/" between its parts that can be unpacked anywhere without doing harm.

    Steps upwards, drives and leading slashes go; letters that systems forbid or that disguise a name become
    "_"; parts that are too long are shortened before their extension. All other letters stay as they are.

    Args:
        name: Whatever a client sent.

    Returns:
        At least one part; each has at most 200 bytes as UTF-8, and there are at most 16.
    """
    parts = [_component(part) for part in name.replace("\\", "/").split("/")]
    return "/".join([part for part in parts if part][-_DEPTH:]) or "photo"


def unique_name(name: str, taken: Collection[str]) -> str:
    """The name, or with a number before its extension if that is what it takes.

    Args:
        name: A name as `safe_name` returns it.
        taken: `same_name` of the names that are taken.
    """
    if same_name(name) not in taken:
        return name
    folder, slash, last = name.rpartition("/")
    stem, dot, extension = last.rpartition(".")
    if not stem:
        stem, dot, extension = last, "", ""
    number = 2
    while same_name(other := f"{folder}{slash}{stem} ({number}){dot}{extension}") in taken:
        number += 1
    return other


def same_name(name: str) -> str:
    """Equal for names that are one and the same file to some systems."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _component(part: str) -> str:
    kept = "".join("_" if _is_unsafe(letter) else letter for letter in part).strip(" ")
    if kept.strip(". ") == "":
        return ""  # also "." and ".."
    kept = _shortened(kept.rstrip(". "))
    return f"_{kept}" if kept.partition(".")[0].casefold() in _RESERVED else kept


def _is_unsafe(letter: str) -> bool:
    return (
        letter in _FORBIDDEN
        or letter in _BIDI
        or letter in _LINE_ENDS
        or unicodedata.category(letter) in ("Cc", "Cs")
    )


def _shortened(part: str) -> str:
    if len(part.encode()) <= _COMPONENT_BYTES:
        return part
    stem, dot, extension = part.rpartition(".")
    if not stem or len(extension.encode()) > 10:
        stem, dot, extension = part, "", ""
    room = _COMPONENT_BYTES - len(f"{dot}{extension}".encode())
    return stem.encode()[:room].decode(errors="ignore").rstrip(". ") + dot + extension
