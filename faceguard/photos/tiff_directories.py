"""The directories (IFDs) of a TIFF structure, read and edited in place."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_INTEGERS = (1, 3, 4, 13)
_STRIPS, _STRIP_LENGTHS, _TILES, _TILE_LENGTHS = 0x0111, 0x0117, 0x0144, 0x0145
_JPEG, _JPEG_LENGTH, _SUB_DIRECTORIES = 0x0201, 0x0202, 0x014A


class BrokenDirectory(ValueError):
    """The bytes are not a TIFF structure, or point outside themselves."""


@dataclass(frozen=True)
class Entry:
    """One entry of a directory.

    Attributes:
        position: Where its twelve bytes start.
        tag: What it says.
        kind: The TIFF type, 3 for unsigned 16-bit.
        count: How many values it has.
        start: Where its values start, inside the entry or elsewhere.
        length: How many bytes they take.
    """

    position: int
    tag: int
    kind: int
    count: int
    start: int
    length: int

    @property
    def inline(self) -> bool:
        """Whether the values stand in the entry itself."""
        return self.start == self.position + 8


class TiffDirectories:
    """A TIFF structure: an EXIF block without its prefix, or a whole TIFF file (not BigTIFF).

    Attributes:
        data: The bytes; every edit keeps their length and all offsets.
        order: "little" or "big".
        first: The offset of the first directory.

    Raises:
        BrokenDirectory: From the constructor and every method, where the bytes make no sense.
    """

    def __init__(self, tiff: bytes) -> None:
        self.data = bytearray(tiff)
        self.order: Literal["little", "big"]
        if tiff[:4] == b"II\x2a\x00":
            self.order = "little"
        elif tiff[:4] == b"MM\x00\x2a":
            self.order = "big"
        else:
            raise BrokenDirectory("no TIFF header")
        self.first = self.number(4, 4)

    def number(self, position: int, size: int) -> int:
        """The unsigned integer of ``size`` bytes at ``position``."""
        raw = self.data[position : position + size]
        if position < 0 or len(raw) != size:
            raise BrokenDirectory("an offset points outside")
        return int.from_bytes(raw, self.order)

    def entries(self, directory: int) -> list[Entry]:
        """All entries of the directory at an offset; entries that point outside are left out."""
        found = []
        for index in range(self.number(directory, 2)):
            position = directory + 2 + 12 * index
            kind, count = self.number(position + 2, 2), self.number(position + 4, 4)
            length = _SIZES.get(kind, 1) * count
            start = position + 8 if length <= 4 else self.number(position + 8, 4)
            if start + length <= len(self.data):
                found.append(Entry(position, self.number(position, 2), kind, count, start, length))
        return found

    def entry(self, directory: int, tag: int) -> Entry | None:
        """The entry of a tag in the directory at an offset."""
        return next((entry for entry in self.entries(directory) if entry.tag == tag), None)

    def numbers(self, entry: Entry) -> list[int]:
        """An entry's values as unsigned integers; empty where they are of another type."""
        if entry.kind not in _INTEGERS:
            return []
        size = _SIZES[entry.kind]
        return [self.number(entry.start + size * index, size) for index in range(entry.count)]

    def values(self, directory: int, tag: int) -> list[int]:
        """A tag's integers; empty where the directory has no such tag."""
        entry = self.entry(directory, tag)
        return self.numbers(entry) if entry is not None else []

    def next_directory(self, directory: int) -> int:
        """The offset of the directory after this one; 0 after the last."""
        return self.number(self._link(directory), 4)

    def further_directories(self) -> list[int]:
        """The offsets of all directories in the chain after the first."""
        found: list[int] = []
        directory = self.next_directory(self.first)
        while directory and directory != self.first and directory not in found:
            found.append(directory)
            directory = self.next_directory(directory)
        return found

    def image_spans(self, directory: int) -> list[tuple[int, int]]:
        """Where the picture of a directory lies: (start, end) of every strip, tile or JPEG stream."""
        spans = []
        pairs = ((_STRIPS, _STRIP_LENGTHS), (_TILES, _TILE_LENGTHS), (_JPEG, _JPEG_LENGTH))
        for starts, lengths in pairs:
            found = zip(self.values(directory, starts), self.values(directory, lengths), strict=False)
            spans += [(start, start + length) for start, length in found]
        return spans

    def zero(self, start: int, end: int) -> None:
        """Overwrites a span with zeros."""
        end = min(end, len(self.data))
        self.data[start:end] = bytes(max(end - start, 0))

    def drop_previews(self) -> None:
        """Removes every picture but the first directory's own.

        The chain ends after the first directory, and its link to sub-directories goes. The directories
        and their pictures become zeros.
        """
        try:
            dropped = self.further_directories()
        except BrokenDirectory:
            dropped = []
        self.zero(self._link(self.first), self._link(self.first) + 4)
        children = self.entry(self.first, _SUB_DIRECTORIES)
        if children is not None:
            dropped += [child for child in self.numbers(children) if child not in (0, self.first)]
            self.remove_entry(self.first, children)
        for directory in dropped:
            with suppress(BrokenDirectory):
                spans = self.image_spans(directory)
                # Values outside the directory stay: some cameras share them with the first one.
                self.zero(directory, self._link(directory) + 4)
                for start, end in spans:
                    self.zero(start, end)

    def drop_child(self, directory: int, tag: int) -> None:
        """Removes the directory a tag points to, with all its values, and the tag's entry."""
        entry = self.entry(directory, tag)
        if entry is None:
            return
        for child in self.numbers(entry):
            if child in (0, self.first):
                continue
            with suppress(BrokenDirectory):
                for value in self.entries(child):
                    self.zero(value.start, value.start + value.length)
                self.zero(child, self._link(child) + 4)
        self.remove_entry(directory, entry)

    def remove_entry(self, directory: int, entry: Entry) -> None:
        """Takes an entry out of its directory; the later entries move up, their values do not."""
        end = self._link(directory) + 4
        count = self.number(directory, 2) - 1
        self.data[entry.position : end] = self.data[entry.position + 12 : end] + bytes(12)
        self.data[directory : directory + 2] = count.to_bytes(2, self.order)

    def _link(self, directory: int) -> int:
        position = directory + 2 + 12 * self.number(directory, 2)
        if position + 4 > len(self.data):
            raise BrokenDirectory("a directory is cut off")
        return position
