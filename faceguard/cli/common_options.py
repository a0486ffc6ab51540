"""The options that protecting and measuring have in common. Nothing here loads NumPy, Pillow or PyTorch."""

from __future__ import annotations

import argparse

from faceguard.cli.argument_types import epsilon, path, whole


def add_budget(parser: argparse._ActionsContainer) -> None:
    """How far a pixel may move."""
    budget = parser.add_mutually_exclusive_group()
    budget.add_argument(
        "--strength",
        choices=("low", "medium", "high"),
        default="medium",
        help="how far a pixel may move: 4, 8 (default) or 16 of 255",
    )
    budget.add_argument(
        "--epsilon", metavar="N", type=epsilon, help="the same as a number, above 0 and up to 255"
    )


def add_detector(parser: argparse._ActionsContainer, smallest: int) -> None:
    """What finds the faces, and from which size on."""
    parser.add_argument(
        "--detector",
        metavar="NAME",
        default="mtcnn",
        help="what finds the faces: mtcnn (default, built in); fetched with `faceguard models`: yunet, "
        "scrfd-10g, scrfd-500m; or your own file: yunet:PATH, scrfd:PATH",
    )
    parser.add_argument(
        "--min-face",
        metavar="PX",
        type=whole(1),
        default=smallest,
        help=f"the smallest face, in pixels (default: {smallest})",
    )


def add_others(parser: argparse._ActionsContainer) -> None:
    """Who shows what all faces have."""
    parser.add_argument(
        "--others",
        metavar="PATH",
        action="append",
        default=[],
        type=path,
        help="a photo of other people, or a folder of such, which are looked at and not changed (the first "
        "200 faces): a cloak that knows what all faces have leaves it alone, and holds better against "
        "recognisers it was not crafted on. Other people in the album show it, too; name some where it "
        "shows one person alone. Repeat it for more photos and folders",
    )


def add_running(parser: argparse._ActionsContainer) -> None:
    """Where it runs, and what chance depends on."""
    parser.add_argument(
        "--device",
        choices=("auto", "cpu", "cuda"),
        default="auto",
        help="default: auto, a GPU where there is one",
    )
    parser.add_argument(
        "--seed", metavar="N", type=whole(0), default=0, help="decides all chance (default: 0)"
    )
