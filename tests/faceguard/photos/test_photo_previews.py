"""Nothing that is written with new pixels still shows the old ones."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from made_photos import (
    XMP,
    exif_block,
    jpeg_preview,
    png_chunk,
    saved,
    scene,
    segment,
    with_png_chunks,
    with_segments,
)
from PIL import ExifTags, Image

from faceguard.photos import exif_block as blocks
from faceguard.photos import read_photo, write_photo, xmp_packet
from faceguard.photos.jpeg_segments import split_header

PREVIEWS = (jpeg_preview(), jpeg_preview((1, 2, 3)))


def _rewritten(source: Path) -> bytes:
    photo = read_photo(source)
    target = source.with_name("out-" + source.name)
    write_photo(photo, photo.pixels, target)
    return target.read_bytes()


def _has_preview(data: bytes) -> bool:
    return any(preview[20:] in data or preview[:40] in data for preview in PREVIEWS)


@pytest.mark.parametrize("order", ["little", "big"])
@pytest.mark.parametrize("prefix", [b"", b"Exif\x00\x00"])
def test_thumbnail_goes_and_everything_else_stays_where_it_is(order: str, prefix: bytes) -> None:
    block = prefix + exif_block(5, order)
    assert _has_preview(block)
    before = Image.Exif()
    before.load(block)
    assert before.get_ifd(ExifTags.IFD.IFD1)[0x0202] > 0
    cleaned = blocks.without_previews(block)
    assert len(cleaned) == len(block)
    assert not _has_preview(cleaned)
    exif = Image.Exif()
    exif.load(cleaned)
    assert dict(exif)[0x010F] == "TheCamera"
    assert exif[0x0112] == 5
    assert exif[0x011A] == 72
    note = exif.get_ifd(0x8769)[0x927C]
    assert note.startswith(b"MAKERNOTE")
    assert note.endswith(b"AFTERWARDS")
    assert exif.get_ifd(0x8825)[2] == (52.0, 30.0, 77.77)
    assert exif.get_ifd(ExifTags.IFD.IFD1) == {}
    changed = [i for i, (a, b) in enumerate(zip(block, cleaned, strict=True)) if a != b]
    assert all(cleaned[i] == 0 for i in changed)


def test_uncompressed_thumbnails_go_too() -> None:
    block = bytearray(exif_block())
    picture = block.index(jpeg_preview())
    for old, new in ((b"\x01\x02\x04\x00", b"\x11\x01\x04\x00"), (b"\x02\x02\x04\x00", b"\x17\x01\x04\x00")):
        at = block.rindex(old)
        block[at : at + 4] = new
    block[picture : picture + 100] = b"Z" * 100
    cleaned = blocks.without_previews(bytes(block))
    assert b"Z" * 100 in block
    assert b"ZZ" not in cleaned


@pytest.mark.parametrize(
    "broken", [b"", b"II", b"not exif at all", exif_block()[:60], exif_block()[:8] + b"\xff" * 40]
)
def test_broken_blocks_do_no_harm(broken: bytes) -> None:
    assert len(blocks.without_previews(broken)) == len(broken)
    assert blocks.orientation_of(broken) == 1
    blocks.without_gps(broken)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
def test_exif_previews_go_from_every_format(tmp_path: Path, suffix: str) -> None:
    source = saved(scene(), tmp_path / f"a{suffix}", exif=b"Exif\x00\x00" + exif_block(6))
    assert _has_preview(source.read_bytes())
    new = _rewritten(source)
    assert not _has_preview(new)
    assert b"AFTERWARDS" in new


def test_tiff_previews_go(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    resources = b"8BIM\x04\x0c\x00\x00" + (9).to_bytes(4, "big") + b"THUMBNAIL\x00"
    resources += b"8BIM\x04\x04\x00\x00" + (4).to_bytes(4, "big") + b"IPTC"
    extra: list[Any] = [
        (34377, 7, len(resources), resources, True),
        (37724, 7, 12, b"LAYERPICTURE", True),
        (700, 1, len(XMP), XMP, True),
        (65000, 7, len(PREVIEWS[0]), PREVIEWS[0], True),
        (65001, 2, 15, "private remark\x00", True),
    ]
    with tifffile.TiffWriter(path) as file:
        file.write(scene(), photometric="rgb", extratags=extra, subifds=1, metadata=None)
        file.write(np.full((9, 9, 3), 77, np.uint8), photometric="rgb", subfiletype=1, metadata=None)
        file.write(np.full((9, 9, 3), 88, np.uint8), photometric="rgb", subfiletype=1, metadata=None)
    assert bytes([77] * 200) in path.read_bytes()
    new = _rewritten(path)
    for gone in (b"THUMBNAIL", b"LAYERPICTURE", b"PREVIEWDATA", bytes([77] * 20), bytes([88] * 20)):
        assert gone not in new
    assert not _has_preview(new)
    for kept in (b"IPTC", b"A title", b"private remark"):
        assert kept in new
    with tifffile.TiffFile(io.BytesIO(new)) as file:
        assert len(file.pages) == 1
        assert 330 not in file.pages[0].tags
    assert np.array_equal(read_photo(path).pixels, scene())


def test_old_pixels_are_not_left_in_a_tiff_file(tmp_path: Path) -> None:
    source = saved(np.full((64, 64, 3), 201, np.uint8), tmp_path / "a.tif")
    photo = read_photo(source)
    write_photo(photo, np.zeros_like(photo.pixels), tmp_path / "b.tif")
    assert bytes([201] * 30) not in (tmp_path / "b.tif").read_bytes()


def test_every_preview_segment_of_a_jpeg_goes(tmp_path: Path) -> None:
    resources = b"8BIM\x04\x0c\x03abc" + (9).to_bytes(4, "big") + b"THUMBNAIL\x00"
    resources += b"8BIM\x04\x04\x00\x00" + (4).to_bytes(4, "big") + b"IPTC"
    source = saved(scene(), tmp_path / "a.jpg")
    data = source.read_bytes()
    jfif = bytearray(data[4:20])
    jfif[2 + 12 : 2 + 14] = b"\x01\x01"
    parts = [
        segment(0xE0, bytes(jfif[2:]) + b"RGB"),
        segment(0xE0, b"JFXX\x00\x10" + PREVIEWS[0]),
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\x00" + XMP),
        segment(0xE2, b"MPF\x00II\x2a\x00"),
        segment(0xE2, b"FPXR\x00PREVIEW"),
        segment(0xE4, b"Maker" + PREVIEWS[1]),
        segment(0xEB, b"JP\x00\x01c2pa thumbnail"),
        segment(0xED, b"Photoshop 3.0\x00" + resources),
    ]
    source.write_bytes(data[:2] + b"".join(parts) + data[20:] + PREVIEWS[0] + b"MotionPhoto_Data....ftypmp42")
    new = _rewritten(source)
    gone = (b"JFXX", b"MPF", b"FPXR", b"c2pa", b"THUMBNAIL", b"PREVIEWDATA", b"ftypmp42", b"Thumbnails")
    for text in gone:
        assert text not in new
    assert not _has_preview(new)
    for kept in (b"IPTC", b"Rating", b"A title", b"Maker"):
        assert kept in new
    segments, _ = split_header(new)
    assert segments[0].payload[-2:] == b"\x00\x00"


def test_depth_maps_in_extended_xmp_go_and_the_rest_stays(tmp_path: Path) -> None:
    whole = b'<rdf:Description GDepth:Mime="image/png" GDepth:Data="' + b"Q" * 70000 + b'" dc:note="kept"/>'
    digest = hashlib.md5(whole, usedforsecurity=False).hexdigest().upper().encode()
    head = b"http://ns.adobe.com/xmp/extension/\x00" + digest + len(whole).to_bytes(4, "big")
    main = b'<rdf:Description xmpNote:HasExtendedXMP="' + digest + b'" xmp:Rating="3"/>'
    source = saved(scene(), tmp_path / "a.jpg")
    parts = [segment(0xE1, b"http://ns.adobe.com/xap/1.0/\x00" + main)]
    for at in (0, 60000):
        parts.append(segment(0xE1, head + at.to_bytes(4, "big") + whole[at : at + 60000]))
    source.write_bytes(with_segments(source.read_bytes(), *parts))
    new = _rewritten(source)
    assert b"QQQQ" not in new
    rest = b'<rdf:Description dc:note="kept"/>'
    assert rest in new
    assert new.count(hashlib.md5(rest, usedforsecurity=False).hexdigest().upper().encode()) == 2
    assert digest not in new


def test_profiles_hidden_in_png_text_are_cleaned(tmp_path: Path) -> None:
    block = b"Exif\x00\x00" + exif_block()
    lines = b"\nexif\n" + str(len(block)).rjust(8).encode() + b"\n" + block.hex().encode() + b"\n"
    source = saved(scene(), tmp_path / "a.png")
    source.write_bytes(
        with_png_chunks(
            source.read_bytes(),
            png_chunk(b"tEXt", b"Raw profile type exif\x00" + lines),
            png_chunk(b"iTXt", b"XML:com.adobe.xmp\x00\x00\x00\x00\x00" + XMP),
            png_chunk(b"tEXt", b"Author\x00Somebody"),
            png_chunk(b"caBX", b"credentials"),
        )
    )
    new = _rewritten(source)
    with Image.open(io.BytesIO(new)) as image:
        image.load()
        text = image.info["Raw profile type exif"]
        assert image.info["Author"] == "Somebody"
        assert b"PREVIEWDATA" not in image.info["xmp"]
        assert b"A title" in image.info["xmp"]
    assert not _has_preview(bytes.fromhex("".join(text.split("\n")[3:])))
    assert b"TheCamera".hex() in text.replace("\n", "")
    assert b"credentials" not in new


def test_xmp_without_previews_stays_byte_for_byte() -> None:
    plain = b'<rdf:Description xmp:Rating="4" crs:Exposure="+0.5"><dc:title>x</dc:title></rdf:Description>'
    assert xmp_packet.without_previews(plain) == plain
    assert xmp_packet.without_gps(plain) == plain


def test_marks_of_motion_photos_and_gain_maps_go() -> None:
    packet = (
        b'<rdf:Description GCamera:MotionPhoto="1" GCamera:MicroVideoOffset="99" hdrgm:Version="1.0" a:b="c">'
        b"<Container:Directory><rdf:Seq><rdf:li><Container:Item/></rdf:li></rdf:Seq></Container:Directory>"
        b"</rdf:Description>"
    )
    assert xmp_packet.without_previews(packet) == b'<rdf:Description a:b="c"></rdf:Description>'


def test_previews_inside_iptc_go(tmp_path: Path) -> None:
    iptc = b"\x1c\x08\xca" + len(PREVIEWS[0]).to_bytes(2, "big") + PREVIEWS[0] + b"\x1c\x02\x05\x00\x02hi"
    resource = b"8BIM\x04\x04\x00\x00" + len(iptc).to_bytes(4, "big") + iptc
    source = saved(scene(), tmp_path / "a.jpg")
    source.write_bytes(with_segments(source.read_bytes(), segment(0xED, b"Photoshop 3.0\x00" + resource)))
    new = _rewritten(source)
    assert not _has_preview(new)
    assert b"\x1c\x02\x05\x00\x02hi" in new
