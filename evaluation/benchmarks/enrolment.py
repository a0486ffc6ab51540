"""The enrolment benchmark: a tracker enrols a user's protected photos among other people's clean ones.

For each protected person, the tracker's gallery holds the first half of everybody's photos by file name, that
person's replaced by the protected files: written, read again, detected again. Probes are the person's other
photos, clean. What counts is how often the nearest gallery entry by cosine is still the person.

    python -m evaluation.benchmarks.enrolment --data DIR --victim dlib onnx:FILE --output OUT
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

import recognizers
from evaluation.datasets.celeba import Identity, read_identities
from evaluation.intervals import proportion
from evaluation.metrics.identification import rank1_hits
from evaluation.results import Metric
from evaluation.trackers.old_pipeline import embed_files, half_size_jpeg75, unedited
from faceguard import Protector
from faceguard.album import Status
from faceguard.devices import choose
from faceguard.errors import FaceguardError
from faceguard.faces.mtcnn import MtcnnDetector

Embeddings = dict[Path, NDArray[np.float32]]

EDITS = {"as written": unedited, "half size, JPEG 75": half_size_jpeg75}


@dataclasses.dataclass(frozen=True)
class Protected:
    """What protecting the users' photos came to.

    Attributes:
        files: Original -> protected file, of those photos in which a face was found.
        faces: How many faces were protected.
        seconds_per_face: Reading, finding, protecting, measuring and writing included.
        ssim: Mean over photos of the structural similarity on their faces.
        psnr: Mean over photos of the peak signal-to-noise ratio on their faces, in dB.
    """

    files: dict[Path, Path]
    faces: int
    seconds_per_face: float
    ssim: float
    psnr: float


def gallery_and_probes(person: Identity) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """The first half of a person's photos by file name, and the others."""
    half = len(person.photos) // 2
    return person.photos[:half], person.photos[half:]


def protect_users(guard: Protector, users: Sequence[Identity], output: Path) -> Protected:
    """Protects each user's gallery photos as an album of its own, below `output`.

    Raises:
        FaceguardError: A photo failed.
    """
    files: dict[Path, Path] = {}
    faces, ssim, psnr = 0, [], []
    start = time.perf_counter()
    for user in users:
        folder = output / user.name
        for outcome in guard.protect_album(gallery_and_probes(user)[0], folder):
            if outcome.status is Status.FAILED:
                raise FaceguardError(f"{outcome.source}: {outcome.reason}")
            if outcome.result is not None and outcome.result.quality is not None:
                files[outcome.source] = folder / outcome.relative
                faces += len(outcome.result.faces)
                ssim.append(outcome.result.quality.ssim)
                psnr.append(outcome.result.quality.psnr)
    seconds = time.perf_counter() - start
    return Protected(files, faces, seconds / max(1, faces), float(np.mean(ssim)), float(np.mean(psnr)))


def rank1(
    people: Sequence[Identity], users: Sequence[int], clean: Embeddings, replaced: Embeddings
) -> Metric:
    """Rank-1 of the users' clean probes, one user protected at a time.

    Args:
        people: Everybody.
        users: The places of the protected people.
        clean: Photo -> embedding, of everybody's clean photos.
        replaced: Photo -> embedding of its protected file; a photo missing here is not in the gallery.
    """
    hits: list[bool] = []
    for user in users:
        gallery, who = [], []
        for place, person in enumerate(people):
            source = replaced if place == user else clean
            found = [source[path] for path in gallery_and_probes(person)[0] if path in source]
            gallery += found
            who += [place] * len(found)
        probes = [clean[path] for path in gallery_and_probes(people[user])[1] if path in clean]
        hits += rank1_hits(
            np.stack(probes), np.full(len(probes), user), np.stack(gallery), np.array(who)
        ).tolist()
    return proportion(sum(hits), len(hits))


def run(arguments: argparse.Namespace) -> dict[str, object]:
    """The whole benchmark; returns what `results.json` holds."""
    people = read_identities(arguments.data)
    users = list(range(0, len(people), arguments.every))
    device = choose(arguments.device)
    guard = Protector(
        strength=arguments.strength,
        surrogates=arguments.surrogate,
        device=arguments.device,
        seed=arguments.seed,
    )
    victims = [recognizers.load(name, device) for name in arguments.victim]
    detector = MtcnnDetector(device)
    folder = arguments.output / "protected"
    if folder.exists():  # files of an earlier run would be skipped, and the time per face would be wrong
        shutil.rmtree(folder)
    protected = protect_users(guard, [people[user] for user in users], folder)
    print(f"{protected.faces} faces, {protected.seconds_per_face:.3f} s each", file=sys.stderr)
    photos = [path for person in people for path in person.photos]
    clean = embed_files(photos, detector, victims, device)
    metrics: dict[str, dict[str, object]] = {}
    for victim in victims:
        shares = {"clean": rank1(people, users, clean[victim.name], clean[victim.name])}
        metrics[victim.name] = {case: dataclasses.asdict(share) for case, share in shares.items()}
    for edit_name, edit in EDITS.items():
        again = embed_files(protected.files.values(), detector, victims, device, edit)
        for victim in victims:
            replaced = {
                original: again[victim.name][written]
                for original, written in protected.files.items()
                if written in again[victim.name]
            }
            share = rank1(people, users, clean[victim.name], replaced)
            metrics[victim.name][edit_name] = dataclasses.asdict(share)
    return {
        "benchmark": "enrolment",
        "protocol": __doc__.split("\n\n")[1] if __doc__ else "",
        "people": len(people),
        "users": len(users),
        "settings": guard.settings,
        "versions": {"torch": torch.__version__, "numpy": np.__version__},
        "threads": torch.get_num_threads(),
        "device": str(device),
        "faces": protected.faces,
        "seconds_per_face": protected.seconds_per_face,
        "ssim": protected.ssim,
        "psnr": protected.psnr,
        "rank1": metrics,
    }


def main(argv: Sequence[str] | None = None) -> int:
    """The command line of `python -m evaluation.benchmarks.enrolment`."""
    parser = argparse.ArgumentParser(description="Rank-1 of clean probes against protected galleries.")
    parser.add_argument("--data", type=Path, required=True, help="a CelebA folder")
    parser.add_argument("--output", type=Path, required=True, help="where files and results.json go")
    parser.add_argument("--strength", default="medium", choices=("low", "medium", "high"))
    parser.add_argument("--surrogate", nargs="+", default=["dlib"], help="what is crafted on")
    parser.add_argument("--victim", nargs="+", default=["dlib"], help="what the tracker runs")
    parser.add_argument("--every", type=int, default=5, help="every N-th person is protected")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args(argv)
    try:
        results = run(arguments)
    except (FaceguardError, recognizers.RecognizerError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    arguments.output.mkdir(parents=True, exist_ok=True)
    text = json.dumps(results, indent=2, default=str)
    (arguments.output / "results.json").write_text(text + "\n")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
