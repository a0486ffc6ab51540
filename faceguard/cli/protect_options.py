"""The options of `faceguard protect`. Nothing here loads NumPy, Pillow or PyTorch."""

from __future__ import annotations

import argparse

from faceguard.cli.argument_types import path, whole
from faceguard.cli.common_options import add_budget, add_detector, add_others, add_running


def add_protect_options(protect: argparse.ArgumentParser) -> None:
    """All of them."""
    _add_photos(protect)
    _add_method(protect.add_argument_group("the protection"))
    _add_faces(protect.add_argument_group("the faces"))
    _add_metadata(protect.add_argument_group("the photos"))
    add_running(protect.add_argument_group("how it runs"))
    _add_printed(protect)


def _add_photos(protect: argparse.ArgumentParser) -> None:
    protect.add_argument(
        "paths", metavar="PATH", nargs="+", type=path, help="a photo, or a folder with all below"
    )
    protect.add_argument(
        "--output", "-o", metavar="DIR", type=path, required=True, help="where the protected photos go"
    )


def _add_method(protection: argparse._ArgumentGroup) -> None:
    add_budget(protection)
    protection.add_argument(
        "--method", metavar="NAME", default="cloak", help="default: cloak, against enrolment; see above"
    )
    protection.add_argument(
        "--surrogate",
        metavar="NAME",
        nargs="+",
        action="extend",
        help="the recognisers to craft on against enrolment, such as dlib (default) and onnx:PATH; name "
        "photos first",
    )
    protection.add_argument(
        "--labels",
        metavar="folders|FILE",
        help="for all methods but cloak and clusters: who each photo shows. folders: a folder for each "
        "person, below PATH or PATH itself; or a text file with a photo's name and a person on each line; "
        "default: all photos show one person (separable, person-mask and combined only)",
    )
    protection.add_argument(
        "--masks",
        metavar="FILE",
        type=path,
        help="let the photos wear the masks that an earlier run with the method person-mask, separable, "
        "clusters, or one whose name ends in -classwise kept (faceguard-masks.safetensors in its output "
        "folder)",
    )


def _add_faces(faces: argparse._ArgumentGroup) -> None:
    add_detector(faces, smallest=24)
    faces.add_argument(
        "--person",
        metavar="PHOTO",
        action="append",
        default=[],
        type=path,
        help="protect only the faces of the person on this photo, and leave all others as they are; repeat "
        "it for more photos of them, which finds more of their faces, or for more people. Faces that may or "
        "may not be theirs are protected and listed",
    )
    faces.add_argument(
        "--except",
        dest="exceptions",
        metavar="PHOTO",
        action="append",
        default=[],
        type=path,
        help="leave the faces of the person on this photo as they are; likewise",
    )
    add_others(faces)


def _add_metadata(photos: argparse._ArgumentGroup) -> None:
    photos.add_argument(
        "--max-pixels",
        metavar="N",
        type=whole(1),
        help="refuse photos with more pixels (default: 120 million)",
    )
    metadata = photos.add_mutually_exclusive_group()
    metadata.add_argument(
        "--strip-metadata",
        dest="metadata",
        action="store_const",
        const="strip-all",
        default="keep",
        help="leave out EXIF, XMP, IPTC and comments",
    )
    metadata.add_argument(
        "--strip-gps", dest="metadata", action="store_const", const="strip-gps", help="leave out the place"
    )


def _add_printed(protect: argparse.ArgumentParser) -> None:
    protect.add_argument(
        "--report",
        action="store_true",
        help="judge the result as faceguard check does, and write a page about it into the output folder "
        "(faceguard-report.html); it shows your originals, so do not publish it",
    )
    protect.add_argument("--json", action="store_true", help="print the report as JSON")
    protect.add_argument(
        "--quiet", "-q", action="store_true", help="no progress and no report, only what is not protected"
    )
