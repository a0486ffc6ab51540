"""The byte level of WebP: the chunks of its RIFF container."""

from __future__ import annotations

from dataclasses import dataclass

from faceguard.errors import PhotoError

ICC_FLAG, ALPHA_FLAG, EXIF_FLAG, XMP_FLAG = 0x20, 0x10, 0x08, 0x04
IMAGE = (b"VP8 ", b"VP8L", b"ALPH")


@dataclass(frozen=True)
class Chunk:
    """One RIFF chunk.

    Attributes:
        kind: Its four letters.
        data: Its content, without the padding byte.
    """

    kind: bytes
    data: bytes


def split(data: bytes) -> list[Chunk]:
    """Splits a WebP file into its chunks.

    Args:
        data: The file's bytes.

    Returns:
        All chunks; what follows the container is left out.

    Raises:
        PhotoError: The file is shorter than it says.
    """
    end = 8 + int.from_bytes(data[4:8], "little")
    if end > len(data):
        raise PhotoError(None, f"truncated: {len(data):,} of {end:,} bytes")
    chunks, position = [], 12
    while position + 8 <= end:
        length = int.from_bytes(data[position + 4 : position + 8], "little")
        if position + 8 + length > end:
            raise PhotoError(None, "damaged WebP file: a chunk is longer than the file")
        chunks.append(Chunk(data[position : position + 4], data[position + 8 : position + 8 + length]))
        position += 8 + length + length % 2
    return chunks


def join(chunks: list[Chunk], width: int, height: int, has_alpha: bool) -> bytes:
    """Puts a WebP file together.

    Args:
        chunks: The image's chunks and metadata, in file order, without VP8X.
        width: The image's columns.
        height: The image's rows.
        has_alpha: Whether the image has an alpha channel.

    Returns:
        A simple file where there is nothing but one image chunk, an extended one otherwise.
    """
    if [chunk.kind for chunk in chunks] not in ([b"VP8 "], [b"VP8L"]):
        kinds = {chunk.kind for chunk in chunks}
        flags = ALPHA_FLAG if has_alpha else 0
        flags |= sum(
            flag
            for kind, flag in ((b"ICCP", ICC_FLAG), (b"EXIF", EXIF_FLAG), (b"XMP ", XMP_FLAG))
            if kind in kinds
        )
        size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
        chunks = [Chunk(b"VP8X", bytes([flags, 0, 0, 0]) + size), *chunks]
    body = b"WEBP" + b"".join(
        chunk.kind + len(chunk.data).to_bytes(4, "little") + chunk.data + bytes(len(chunk.data) % 2)
        for chunk in chunks
    )
    return b"RIFF" + len(body).to_bytes(4, "little") + body
