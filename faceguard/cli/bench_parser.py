"""The options of `faceguard bench`. Nothing here loads NumPy, Pillow or PyTorch."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from faceguard.cli.argument_types import epsilon, share, whole

_BENCH = """\
Measures recognition and protection: on your data, on this machine, nothing is uploaded.

Each benchmark writes OUT/results.json, OUT/results.csv and OUT/report.html. Stopped by whatever means, the
same command goes on where it stopped."""

_DATA = """\
layouts, found out where --layout is not given: lfw (pairs.txt and lfw/NAME/NAME_0001.jpg), celeba
(identity_CelebA.txt and img_celeba/ or img_align_celeba/), folders (one folder of photos for each person),
insightface-bin (one .bin pack)

exit status: 0 measured, 1 something went wrong, 2 wrong usage, settings or data, 130 stopped by Ctrl-C"""

_ENROLL = """\
How often does a tracker that enrols a user's protected photos still name the user's other photos? One user at
a time: the gallery holds the first half of everybody's photos by name, the user's replaced by protected ones.

trackers: nearest, centroid, linear, fine-tuned
defenders: none, jpegQ, half, resizeSHARE, blurSIGMA, medianSIDE, grey, bitsN, several with + (half+jpeg75);
purifier and adaptive (learned from other people's photos), oblivious (recognisers not used in crafting),
mixedPERCENT (so many of the user's photos escaped protection)"""


def add_bench(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds `bench` with its benchmarks; each leaves what runs it in `run`."""
    bench = commands.add_parser(
        "bench",
        help="measure recognition and how well protection holds",
        description=_BENCH,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    benchmarks = bench.add_subparsers(title="benchmarks", metavar="BENCHMARK", required=True)
    _add_verify(benchmarks)
    _add_identify(benchmarks)
    _add_enroll(benchmarks)
    _add_transfer(benchmarks)
    _add_protected(benchmarks)
    _add_compare(benchmarks)


def _add_verify(benchmarks: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    verify = _added(benchmarks, "verify", "do two photos show one person? (1:1)", _run_verify)
    _add_data(verify)
    _add_tracker(verify)
    verify.add_argument(
        "--most-pairs",
        metavar="N",
        type=whole(1),
        default=2_000_000,
        help="at most so many genuine and impostor pairs, where the data list none (default: 2 million)",
    )
    _add_versions(verify, "score the pairs again with protected versions of the photos")


def _add_identify(benchmarks: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    identify = _added(benchmarks, "identify", "who is on a photo? (1:N)", _run_identify)
    _add_data(identify)
    _add_tracker(identify)
    _add_gallery_photos(identify)
    identify.add_argument(
        "--gallery",
        nargs="+",
        choices=("photos", "templates"),
        default=["photos"],
        help="what it holds: single photos (default), the mean of each person's, or both in turn",
    )
    identify.add_argument(
        "--unknown",
        metavar="SHARE",
        type=share,
        default=0.0,
        help="measure the open set too, with so many people not enrolled, such as 0.3",
    )
    identify.add_argument(
        "--distractors", metavar="DIR", type=Path, help="other people's photos that fill the gallery"
    )


def _add_enroll(benchmarks: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    enroll = _added(
        benchmarks,
        "enroll",
        "does a tracker name people by their protected photos?",
        _run_enroll,
        _ENROLL,
    )
    _add_data(enroll)
    _add_tracker(enroll)
    _add_crafting(enroll)
    _add_users(enroll)
    enroll.add_argument(
        "--surrogate",
        metavar="NAME",
        nargs="+",
        action="extend",
        help="the recognisers to craft on, such as dlib (default) and onnx:PATH",
    )
    enroll.add_argument(
        "--tracker", metavar="NAME", nargs="+", action="extend", help="how faces are named (default: nearest)"
    )
    enroll.add_argument(
        "--defender", metavar="NAME", nargs="+", action="extend", help="what is done against protection"
    )
    enroll.add_argument(
        "--edit-on",
        choices=("protected", "gallery", "all"),
        default="gallery",
        help="which photos the defenders' edits go over: the user's, the gallery's (default), or all",
    )
    enroll.add_argument(
        "--case",
        metavar="PROBES/GALLERY",
        nargs="+",
        choices=("clean/protected", "clean/clean", "protected/protected", "protected/clean"),
        help="which of the user's photos are protected (default: all four in turn)",
    )
    enroll.add_argument(
        "--learning-people",
        metavar="N",
        type=whole(1),
        default=40,
        help="how many other people learned defenders learn from (default: 40)",
    )
    _add_versions(enroll, "measure versions that any tool has protected, instead of protecting")


def _add_transfer(benchmarks: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    transfer = _added(
        benchmarks,
        "transfer",
        "which trackers does a protection reach that was crafted on others?",
        _run_transfer,
        "A matrix of surrogates, one after the other, and of the victims named with --recognizer.",
    )
    _add_data(transfer)
    _add_tracker(transfer)
    _add_crafting(transfer)
    _add_users(transfer)
    transfer.add_argument(
        "--surrogate",
        metavar="NAME",
        nargs="+",
        action="extend",
        required=True,
        help="what to craft on, in turn; several together are joined with +, such as dlib+onnx:PATH",
    )


def _add_protected(benchmarks: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    protected = _added(
        benchmarks, "protected", "how far are photos that any tool has protected from theirs?", _run_protected
    )
    protected.add_argument("--clean", metavar="DIR", type=Path, required=True, help="the originals")
    protected.add_argument(
        "--protected", metavar="DIR", type=Path, required=True, help="their protected versions, same places"
    )
    _add_suffix(protected)
    _add_tracker(protected)
    protected.add_argument(
        "--defender", metavar="EDIT", nargs="+", action="extend", help="edits to try on them, such as jpeg75"
    )
    _add_validate_only(protected)


def _add_compare(benchmarks: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    compare = benchmarks.add_parser(
        "compare",
        help="two results side by side",
        description="Compares two results of one benchmark on the same data: what changed, and whether it is "
        "more than chance.",
    )
    compare.set_defaults(run=_run_compare)
    compare.add_argument("first", metavar="A.json", type=Path, help="a results.json, or its folder")
    compare.add_argument("second", metavar="B.json", type=Path, help="another one")
    compare.add_argument("--json", action="store_true", help="print the comparison as JSON")


def _added(
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


def _add_data(parser: argparse.ArgumentParser) -> None:
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
    _add_validate_only(data)


def _add_validate_only(parser: argparse._ActionsContainer) -> None:
    parser.add_argument(
        "--validate-only", action="store_true", help="say what would be used, and measure nothing"
    )


def _add_tracker(parser: argparse.ArgumentParser) -> None:
    tracker = parser.add_argument_group("the tracker")
    tracker.add_argument(
        "--recognizer",
        metavar="NAME",
        nargs="+",
        action="extend",
        help="what it runs, such as dlib (default) and onnx:PATH; see faceguard models",
    )
    tracker.add_argument("--detector", metavar="NAME", default="mtcnn", help="default: mtcnn")
    tracker.add_argument(
        "--min-face",
        metavar="PX",
        type=whole(1),
        default=20,
        help="the smallest face (default: 20 pixels)",
    )
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
        action="store_true",
        help="add the mirror image's embedding, as insightface does",
    )
    tracker.add_argument(
        "--device",
        choices=("auto", "cpu", "cuda"),
        default="auto",
        help="default: auto",
    )
    tracker.add_argument(
        "--cache",
        metavar="DIR",
        type=Path,
        help="where detections and embeddings are kept (default: FACEGUARD_CACHE/bench, else OUT/cache)",
    )
    tracker.add_argument(
        "--seed", metavar="N", type=whole(0), default=0, help="decides all chance (default: 0)"
    )
    tracker.add_argument(
        "--bootstrap",
        metavar="N",
        type=whole(100),
        default=1000,
        help="how often persons are drawn again for the intervals (default: 1000)",
    )


def _add_crafting(parser: argparse.ArgumentParser) -> None:
    crafting = parser.add_argument_group("the protection")
    budget = crafting.add_mutually_exclusive_group()
    budget.add_argument("--strength", choices=("low", "medium", "high"), default="medium")
    budget.add_argument("--epsilon", metavar="N", type=epsilon, help="the same as a number, up to 255")
    crafting.add_argument("--method", metavar="NAME", default="cloak", help="default: cloak")


def _add_users(parser: argparse.ArgumentParser) -> None:
    _add_gallery_photos(parser)
    parser.add_argument(
        "--every",
        metavar="N",
        type=whole(1),
        default=5,
        help="every N-th person is a user with protected photos (default: 5)",
    )


def _add_gallery_photos(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--gallery-photos",
        metavar="N",
        type=whole(1),
        help="how many of each person's photos, by name, the gallery holds (default: half)",
    )


def _add_versions(parser: argparse.ArgumentParser, what: str) -> None:
    parser.add_argument("--protected", metavar="DIR", type=Path, help=f"{what}; same names")
    _add_suffix(parser)


def _add_suffix(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--suffix", metavar="TEXT", default="", help="what the tool adds to names, such as _cloaked"
    )


def _run_verify(arguments: argparse.Namespace) -> int:
    from faceguard.cli.bench import run_verify

    return run_verify(arguments)


def _run_identify(arguments: argparse.Namespace) -> int:
    from faceguard.cli.bench import run_identify

    return run_identify(arguments)


def _run_enroll(arguments: argparse.Namespace) -> int:
    from faceguard.cli.bench import run_enroll

    return run_enroll(arguments)


def _run_transfer(arguments: argparse.Namespace) -> int:
    from faceguard.cli.bench import run_transfer

    return run_transfer(arguments)


def _run_protected(arguments: argparse.Namespace) -> int:
    from faceguard.cli.bench import run_protected

    return run_protected(arguments)


def _run_compare(arguments: argparse.Namespace) -> int:
    from faceguard.cli.bench_compare import run_compare

    return run_compare(arguments)
