"""The options of `faceguard bench`. Nothing here loads NumPy, Pillow or PyTorch."""

from __future__ import annotations

import argparse
from pathlib import Path

from faceguard.cli.argument_types import share, whole
from faceguard.cli.bench_options import (
    add_crafting,
    add_data,
    add_suffix,
    add_tracker,
    add_validate_only,
    add_versions,
    added,
)
from faceguard.cli.bench_train_parser import add_train

_BENCH = """\
Measures recognition and protection: on your data, on this machine, nothing is uploaded.

Each benchmark writes OUT/results.json, OUT/results.csv and OUT/report.html. Stopped by whatever means, the
same command goes on where it stopped."""


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
    add_train(benchmarks)
    _add_transfer(benchmarks)
    _add_protected(benchmarks)
    _add_compare(benchmarks)


def _add_verify(benchmarks: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    verify = added(benchmarks, "verify", "do two photos show one person? (1:1)", _run_verify)
    add_data(verify)
    add_tracker(verify)
    verify.set_defaults(flip=True)
    verify.add_argument(
        "--most-pairs",
        metavar="N",
        type=whole(1),
        default=2_000_000,
        help="at most so many genuine and impostor pairs, where the data list none (default: 2 million)",
    )
    add_versions(verify, "score the pairs again with protected versions of the photos")


def _add_identify(benchmarks: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    identify = added(benchmarks, "identify", "who is on a photo? (1:N)", _run_identify)
    add_data(identify)
    add_tracker(identify)
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
    enroll = added(
        benchmarks,
        "enroll",
        "does a tracker name people by their protected photos?",
        _run_enroll,
        _ENROLL,
    )
    add_data(enroll)
    add_tracker(enroll)
    add_crafting(enroll)
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
    add_versions(enroll, "measure versions that any tool has protected, instead of protecting")


def _add_transfer(benchmarks: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    transfer = added(
        benchmarks,
        "transfer",
        "which trackers does a protection reach that was crafted on others?",
        _run_transfer,
        "A matrix of surrogates, one after the other, and of the victims named with --recognizer.",
    )
    add_data(transfer)
    add_tracker(transfer)
    add_crafting(transfer)
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
    protected = added(
        benchmarks, "protected", "how far are photos that any tool has protected from theirs?", _run_protected
    )
    protected.add_argument("--clean", metavar="DIR", type=Path, required=True, help="the originals")
    protected.add_argument(
        "--protected", metavar="DIR", type=Path, required=True, help="their protected versions, same places"
    )
    add_suffix(protected)
    add_tracker(protected)
    protected.add_argument(
        "--defender", metavar="EDIT", nargs="+", action="extend", help="edits to try on them, such as jpeg75"
    )
    add_validate_only(protected)


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
