"""Data sets made up for tests: small pictures without faces, in every layout."""

from __future__ import annotations

import io
import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image


def picture(seed: int, side: int = 32) -> bytes:
    """A JPEG of random blocks; equal seeds give equal files."""
    blocks = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), np.uint8)
    encoded = io.BytesIO()
    Image.fromarray(blocks).resize((side, side), Image.Resampling.NEAREST).save(encoded, "JPEG", quality=95)
    return encoded.getvalue()


def folders(root: Path, people: Mapping[str, int]) -> Path:
    """A folder of identities: person -> how many photos."""
    seed = 0
    for person, count in people.items():
        (root / person).mkdir(parents=True)
        for number in range(count):
            (root / person / f"{number}.jpg").write_bytes(picture(seed))
            seed += 1
    return root


def celeba(root: Path, people: Sequence[int], images: str = "img_celeba") -> Path:
    """CelebA's layout: photo 000001.jpg is of the first person, and so on."""
    (root / images).mkdir(parents=True)
    lines = []
    for number, person in enumerate(people, 1):
        (root / images / f"{number:06d}.jpg").write_bytes(picture(number))
        lines.append(f"{number:06d}.jpg {person}")
    (root / "identity_CelebA.txt").write_text("\n".join(lines) + "\n")
    return root


def lfw(root: Path, pairs: str, photos: Mapping[str, int], images: str = "lfw") -> Path:
    """LFW's layout: person -> how many photos."""
    seed = 0
    for person, count in photos.items():
        (root / images / person).mkdir(parents=True)
        for number in range(1, count + 1):
            (root / images / person / f"{person}_{number:04d}.jpg").write_bytes(picture(seed))
            seed += 1
    (root / "pairs.txt").write_text(pairs)
    return root


def pack(path: Path, files: Sequence[object], same: Sequence[object], protocol: int = 4) -> Path:
    """An insightface pack."""
    path.write_bytes(pickle.dumps((list(files), list(same)), protocol))
    return path
