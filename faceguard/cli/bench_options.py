"""The options that several benchmarks have. Nothing here loads NumPy, Pillow or PyTorch."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from faceguard.cli.argument_types import whole
from faceguard.cli.common_options import add_budget, add_detector, add_others, add_running

_DATA = """\
layouts, found out where --layout is not given: lfw (pairs.txt and lfw/NAME/NAME_0001.jpg), celeba
(identity_CelebA.txt and img_celeba/ or img_align_celeba/), folders (one folder of photos for each person),
insightface-bin (one .bin pack)

exit status: 0 measured, 1 something went wrong, 2 wrong usage, settings or data, 130 stopped by Ctrl-C"""


def added(
    benchmarks: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    what: str,
    run: Callable[[argparse.Namespace], int],
    description: str = "",
) -> argparse.ArgumentParser:
    """A benchmark's parser, with what all benchmarks that measure have."""
    parser = benchmarks.add_parser(
        name,
        help=what,
        description=description or f"{what[0].upper()}{what[1:]}",
        epilog=_DATA,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    parser.add_argument("--output", "-o", metavar="OUT", type=Path, help="where results go")
    parser.add_argument("--json", action="store_true", help="print results.json instead of a table")
    parser.add_argument("--quiet", "-q", action="store_true", help="no progress and no table")
    return parser


def add_data(parser: argparse.ArgumentParser) -> None:
    """Which data, and which part of them."""
    data = parser.add_argument_group("data")
    data.add_argument("--data", metavar="DIR", type=Path, required=True, help="the data set")
    data.add_argument("--layout", metavar="NAME", default="auto", help="its layout (default: found out)")
    data.add_argument("--split", choices=("train", "valid", "test"), help="one part of CelebA's partition")
    data.add_argument("--people", metavar="N", type=whole(1), help="the first so many people only")
    data.add_argument(
        "--photos-per-person", metavar="N", type=whole(1), help="the first so many photos of each only"
    )
    data.add_argument(
        "--min-photos", metavar="N", type=whole(1), default=1, help="leave out people with fewer photos"
    )
    add_validate_only(data)


def add_validate_only(parser: argparse._ActionsContainer) -> None:
    """Whether to stop after validation."""
    parser.add_argument(
        "--validate-only", action="store_true", help="say what would be used, and measure nothing"
    )


def add_tracker(parser: argparse.ArgumentParser) -> None:
    """What a tracker runs, and how it looks at photos."""
    tracker = parser.add_argument_group("the tracker")
    tracker.add_argument(
        "--recognizer",
        metavar="NAME",
        nargs="+",
        action="extend",
        help="what it runs, such as dlib (default) and onnx:PATH; see faceguard models",
    )
    add_looking(tracker)


def add_looking(tracker: argparse._ActionsContainer) -> None:
    """How a tracker looks at photos, on what, and how chance is dealt with."""
    add_detector(tracker, smallest=20)
    tracker.add_argument(
        "--faces",
        choices=("largest", "central", "skip", "refuse"),
        help="which face counts where there are several (default: the central one for LFW, else the largest)",
    )
    tracker.add_argument(
        "--antialias",
        action="store_true",
        help="average what alignment drops, as dlib does",
    )
    tracker.add_argument(
        "--flip",
        action=argparse.BooleanOptionalAction,
        default=False,
        help="take the mean with the mirror image's embedding (default for verify, as published figures do)",
    )
    add_running(tracker)
    tracker.add_argument(
        "--cache",
        metavar="DIR",
        type=Path,
        help="where detections and embeddings are kept (default: FACEGUARD_CACHE/bench, else OUT/cache)",
    )
    tracker.add_argument(
        "--bootstrap",
        metavar="N",
        type=whole(100),
        default=1000,
        help="how often persons are drawn again for the intervals (default: 1000)",
    )


def add_crafting(parser: argparse.ArgumentParser) -> None:
    """How photos are protected."""
    crafting = parser.add_argument_group("the protection")
    add_budget(crafting)
    crafting.add_argument("--method", metavar="NAME", default="cloak", help="default: cloak")
    add_others(crafting)


def add_versions(parser: argparse.ArgumentParser, what: str) -> None:
    """Versions that any tool has made, instead of protecting."""
    parser.add_argument("--protected", metavar="DIR", type=Path, help=f"{what}; same names")
    add_suffix(parser)


def add_suffix(parser: argparse._ActionsContainer) -> None:
    """What the tool that made them adds to names."""
    parser.add_argument(
        "--suffix", metavar="TEXT", default="", help="what the tool adds to names, such as _cloaked"
    )
