"""The options of `faceguard bench train`. Nothing here loads NumPy, Pillow or PyTorch."""

from __future__ import annotations

import argparse
from pathlib import Path

from faceguard.cli.argument_types import above_zero, path, share, whole
from faceguard.cli.bench_options import add_data, add_looking, add_suffix, added
from faceguard.cli.common_options import add_budget

_TRAIN = """\
Can a recogniser be trained on protected photos? Each victim is trained on clean and on protected photos of
the same people, from the same first weights and in the same order, and tested on clean photos of them that
it has not seen (closed), or of people it has not seen (open). In the partial case some people's photos are
protected, and how they fare is told apart from how the others do.

With --key, who learns from ungeneralizable photos? The authorised network, which starts from the key; the
victims, to which one of its architecture is added; a hacker that has the key's weights but not its secret
colour, and one that has the colour but not the weights; and students that distil from the authorised network.

defenders, several with + (grey+cutout28+mixup1):
  at training and at recognition
    grey, jpegQ, blurSIGMA, medianSIDE, bitsN, half, resizeSHARE: on the crops
    photo-EDIT: on whole photos before faces are looked for, such as photo-half or photo-jpeg75
    purifier: a denoiser learned from people who are set aside
  at training only, SIGMA and EPSILON in steps of 255
    noiseSIGMA, cutoutSIDE, mixupALPHA
    fgsmEPSILON, pgdEPSILON (ten steps), pgdEPSILONxSTEPS: adversarial training
    dpsgdCLIPxNOISE: gradients clipped photo by photo, with noise"""


def add_train(benchmarks: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds `bench train`; it leaves what runs it in `run`."""
    train = added(benchmarks, "train", "can a recogniser be trained on protected photos?", _run_train, _TRAIN)
    add_data(train)
    _add_cases(train)
    _add_protection(train)
    _add_victims(train)
    _add_defenders(train)
    add_looking(train.add_argument_group("the tracker"))
    train.set_defaults(recognizer=None)  # it trains its own


def _add_cases(train: argparse.ArgumentParser) -> None:
    cases = train.add_argument_group("the cases")
    cases.add_argument(
        "--case",
        nargs="+",
        choices=("closed", "open", "partial"),
        help="default: closed; open where --lfw or --kept-out is given, partial where --share or "
        "--protected-identities is",
    )
    cases.add_argument(
        "--train-photos",
        metavar="N",
        type=whole(1),
        help="train on each person's first so many photos by name, test on the others (default: four "
        "of five)",
    )
    cases.add_argument(
        "--kept-out",
        metavar="SHARE",
        type=share,
        help="open: so many people are not trained on (default: 0.2)",
    )
    cases.add_argument(
        "--neighbours",
        metavar="K",
        type=whole(1),
        default=1,
        help="open: let the K nearest photos vote too (default: 1, the nearest)",
    )
    cases.add_argument("--lfw", metavar="DIR", type=Path, help="open: verify on LFW, or on a .bin pack")
    some = cases.add_mutually_exclusive_group()
    some.add_argument(
        "--share", metavar="SHARE", type=share, help="partial: so many people are protected (default: 0.2)"
    )
    some.add_argument(
        "--protected-identities", metavar="N", type=whole(1), help="partial: the same as a number"
    )


def _add_protection(train: argparse.ArgumentParser) -> None:
    protection = train.add_argument_group("the protection")
    source = protection.add_mutually_exclusive_group(required=True)
    source.add_argument("--method", metavar="NAME", help="protect the training photos with this method")
    source.add_argument(
        "--protected",
        metavar="DIR",
        type=Path,
        help="or take versions that any tool has protected; same names",
    )
    source.add_argument("--clean", action="store_true", help="or train clean victims alone")
    add_budget(protection)
    protection.add_argument(
        "--surrogate",
        metavar="NAME",
        nargs="+",
        action="extend",
        help="the recognisers to craft on, such as dlib (default) and onnx:PATH",
    )
    add_suffix(protection)
    protection.add_argument(
        "--key",
        metavar="FILE",
        type=path,
        nargs="?",
        const=True,
        help="ungeneralizable: train those too who have the key, or learn from who has it, see above "
        "(default: the one that lies with the protected photos)",
    )
    protection.add_argument(
        "--temperature",
        metavar="T",
        nargs="+",
        action="extend",
        type=above_zero,
        help="--key: a student distils from the authorised network with each (default: 1 4)",
    )


def _add_victims(train: argparse.ArgumentParser) -> None:
    victims = train.add_argument_group("the victims")
    victims.add_argument(
        "--backbone",
        metavar="NAME",
        nargs="+",
        action="extend",
        help="train these from scratch: small-resnet (default), iresnet18, iresnet50, mobilefacenet, "
        "inception-resnet-v1, dlib, timm:MODEL",
    )
    victims.add_argument(
        "--fine-tune",
        metavar="NAME",
        nargs="+",
        action="extend",
        help="train these recognisers further: dlib, facenet-vggface2, onnx:PATH, file:PATH",
    )
    victims.add_argument(
        "--dimension", metavar="N", type=whole(1), help="length of the embeddings from scratch"
    )
    victims.add_argument(
        "--head", metavar="NAME", default="cosface", help="cosface (default), arcface, softmax, ..."
    )
    victims.add_argument("--scale", metavar="S", type=above_zero, help="the head's scale (default: its own)")
    victims.add_argument(
        "--margin", metavar="M", type=above_zero, help="the head's margin (default: its own)"
    )
    victims.add_argument(
        "--epochs", metavar="N", type=whole(1), help="default: 25 from scratch, 10 for fine-tuning"
    )
    victims.add_argument("--batch-size", metavar="N", type=whole(2), help="default: 32")
    victims.add_argument(
        "--learning-rate",
        metavar="RATE",
        type=above_zero,
        help="the highest (default: 0.1 from scratch, 0.01 for fine-tuning)",
    )
    victims.add_argument(
        "--shift", metavar="PX", type=whole(0), help="shift crops by so many pixels at most (default: 4)"
    )
    victims.add_argument("--no-mirror", action="store_true", help="do not mirror crops at random")
    victims.add_argument(
        "--seeds",
        metavar="N",
        nargs="+",
        type=whole(0),
        default=[0, 1, 2],
        help="train once with each: other first weights, another order (default: 0 1 2)",
    )


def _add_defenders(train: argparse.ArgumentParser) -> None:
    defenders = train.add_argument_group("what is done against protection")
    defenders.add_argument(
        "--defender", metavar="NAME", nargs="+", action="extend", help="beside none; see above"
    )
    defenders.add_argument(
        "--edit-on",
        choices=("training", "all"),
        default="all",
        help="whether edits and the purifier go over the test photos too (default: all)",
    )
    defenders.add_argument(
        "--learning-people",
        metavar="N",
        type=whole(1),
        default=20,
        help="how many people are set aside for a purifier to learn from (default: 20)",
    )


def _run_train(arguments: argparse.Namespace) -> int:
    from faceguard.cli.bench import run_train

    return run_train(arguments)
