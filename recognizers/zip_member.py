"""Takes one file out of a zip archive that nobody vouches for."""

from __future__ import annotations

import os
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath, PureWindowsPath

from recognizers.errors import RecognizerError

_CHUNK = 1 << 20  # bytes
_ENCRYPTED = 0x1  # the bit of a member's flags


def extract(archive: Path, name: str, size: int, target: Path) -> None:
    """Writes one member of an archive to a file of the caller's choice; all others stay where they are.

    Args:
        archive: The zip archive.
        name: The member's file name; it may lie in any folder of the archive, but only once.
        size: How many bytes it must unpack to; not one more is written.
        target: Where it goes. It is removed again when something is wrong.

    Raises:
        RecognizerError: The archive is damaged or cut off, has paths that leave its folder, or does not hold
            just such a member.
        OSError: The file cannot be written.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            member = _find(archive, opened.infolist(), name)
            if member.file_size != size:
                raise RecognizerError(f"{archive}: its {name} has {member.file_size} bytes, not {size}")
            try:
                _write(opened, member, target)
            except BaseException:
                target.unlink(missing_ok=True)
                raise
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError) as error:
        raise RecognizerError(f"{archive}: is cut off, damaged or no zip archive ({error})") from error


def _find(archive: Path, members: list[zipfile.ZipInfo], name: str) -> zipfile.ZipInfo:
    for member in members:
        if _leaves(member.orig_filename):
            raise RecognizerError(
                f"{archive}: holds {member.orig_filename!r}, a path that leaves the folder; not touched"
            )
    found = [member for member in members if PurePosixPath(member.filename).name == name]
    if len(found) != 1:
        raise RecognizerError(f"{archive}: holds {len(found) or 'no'} files {name}, not one")
    member = found[0]
    kind = stat.S_IFMT(member.external_attr >> 16)
    if member.is_dir() or kind not in (0, stat.S_IFREG):
        raise RecognizerError(f"{archive}: its {name} is a link or a folder, not a file")
    if member.flag_bits & _ENCRYPTED:
        raise RecognizerError(f"{archive}: its {name} is encrypted")
    return member


def _leaves(path: str) -> bool:
    """Whether a path is absolute or climbs, on any system."""
    windows = PureWindowsPath(path)  # takes both kinds of slash
    return bool(windows.anchor) or path.startswith("/") or ".." in windows.parts or "\0" in path


def _write(opened: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> None:
    # zipfile unpacks no more than the size that the archive states, and compares its checksum at the end.
    with opened.open(member) as source, target.open("wb") as file:
        while chunk := source.read(_CHUNK):
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    if target.stat().st_size != member.file_size:
        raise zipfile.BadZipFile(f"{member.filename} ends early")
