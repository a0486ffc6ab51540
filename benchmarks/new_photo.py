"""What a new photo costs against training, once crafting is over: milliseconds a face beyond detection.

A stored mask, class-wise or a person's, is worn by the photo: at the size of the sample, and on 12 megapixels
that one face fills. The online method crafts for the photo alone, from a key learnt beforehand.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from functools import partial

import torch
from torch import Tensor

from benchmarks.bench import Bench
from benchmarks.figure import Figure
from benchmarks.measurement import Work
from benchmarks.sample_photos import portrait, resized, varied
from faceguard.cli.argument_types import whole
from faceguard.engine.budget import Budget
from faceguard.engine.masks import MASK_CROP, fading, worn
from faceguard.faces import detectors
from faceguard.methods.online_alignment import OnlineAlignment
from faceguard.methods.surrogate_training import SurrogateTraining
from faceguard.photo_stream import PhotoStream, learn_key
from recognizers.training import TrainingSettings

_EPSILON = 8.0
_LARGE = (3000, 4000)  # width and height


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds what the key is learnt from."""
    parser.add_argument("--people", type=whole(2), metavar="N", default=10, help="in the key (default: 10)")


def measure(bench: Bench, options: argparse.Namespace) -> Iterator[Figure]:
    """Masks first."""
    detector = detectors.load("mtcnn", str(bench.device), 40)
    small = varied(portrait(), 0)
    for what, photo in (("sample", small), ("12 megapixels", resized(small, *_LARGE))):
        face = detector.detect([photo])[0][0]
        wear = partial(worn, photo, [face], _mask(), Budget(_EPSILON))
        facts = {"face": round(face.size), "width": photo.shape[1], "height": photo.shape[0]}
        yield Figure(f"stored mask/{what}", "ms a face", _milliseconds(bench, wear), facts=facts)
    stream = _stream(bench, options.people)
    loaded = varied(portrait(), 1)
    craft = partial(stream.protect, loaded, stream.people[0], detector.detect([loaded])[0])
    yield Figure("gradient-alignment-online/sample", "ms a face", _milliseconds(bench, craft))


def _milliseconds(bench: Bench, work: Work) -> tuple[float, ...]:
    return tuple(1000 * each for each in bench.timed(work))


def _mask() -> Tensor:
    """One at its limits everywhere: what it shows does not count."""
    shape = (3, MASK_CROP.size, MASK_CROP.size)
    return torch.randn(shape, generator=torch.Generator().manual_seed(0)).sign() * fading() * (_EPSILON / 255)


def _stream(bench: Bench, people: int) -> PhotoStream:
    """What the key knows does not count for the time either, so that its model hardly learns."""
    usual = OnlineAlignment(Budget(_EPSILON))
    short = TrainingSettings(epochs=1, warmup_epochs=0, batch_size=max(2, people))
    method = OnlineAlignment(usual.budget, surrogate=SurrogateTraining(training=short))
    photos = [(varied(portrait(), number), f"person {number % people}") for number in range(2 * people)]
    key = learn_key(photos, method=method, device=bench.device.type)
    return PhotoStream(key, method=usual, device=bench.device.type)
