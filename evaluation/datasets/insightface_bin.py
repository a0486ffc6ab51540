"""insightface's verification packs: LFW, CFP-FP, AgeDB-30 and others in one `.bin` file each.

A pack is a pickle of (list of JPEG files, list of booleans): photos 2i and 2i + 1 are a pair, and boolean i
says whether they show one person. The photos are faces already aligned to 112 pixels (insightface,
`recognition/arcface_torch/eval/verification.py`). The pickle is read without running anything that it asks
for (`evaluation.datasets.safe_pickle`), and the photos without MXNet.

Packs do not say who is who. Photos count as one person's where a pair says so, or where their files are
equal; a person may so be taken for several, which matters for intervals alone.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from pathlib import Path

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from evaluation.datasets.dataset import DataPhoto, Dataset, Pair
from evaluation.datasets.safe_pickle import UnsafePickleError, read_plain
from faceguard.errors import PhotoError, SettingsError
from faceguard.photos.reading import read_bytes

FOLDS = 10


def looks_like(path: Path) -> bool:
    """Whether this is a `.bin` file."""
    return path.is_file() and path.suffix.lower() == ".bin"


def read(path: Path) -> Dataset:
    """The photos and pairs of a pack, its pairs in ten folds in their order, as insightface takes them.

    Raises:
        SettingsError: It cannot be read, is no such pack, or asks for something that a pack does not need.
    """
    try:
        content = read_plain(read_bytes(path))
    except PhotoError as error:
        raise SettingsError(f"{path}: {error.reason}") from error
    except UnsafePickleError as error:
        raise SettingsError(f"{path}: {error}") from error
    files, same = _checked(content, path)
    clusters = _people(files, same)
    if any(not one and clusters[2 * i] == clusters[2 * i + 1] for i, one in enumerate(same)):
        clusters = _people(range(len(files)), same)  # the pack contradicts itself: only its pairs count
    photos = [
        DataPhoto(f"{place:06d}.jpg", f"{cluster:06d}", data)
        for place, (data, cluster) in enumerate(zip(files, clusters, strict=True))
    ]
    folds = np.array_split(np.arange(len(same)), min(FOLDS, len(same)))
    pairs = [
        Pair(photos[2 * place].name, photos[2 * place + 1].name, same[place], fold)
        for fold, places in enumerate(folds, 1)
        for place in places
    ]
    photos.sort(key=lambda photo: (photo.person, photo.name))
    return Dataset(path.stem, "insightface-bin", path, tuple(photos), tuple(pairs), aligned=True)


def _checked(content: object, path: Path) -> tuple[list[bytes], list[bool]]:
    if not (isinstance(content, list) and len(content) == 2 and all(isinstance(e, list) for e in content)):
        raise SettingsError(f"{path}: no insightface pack, which holds a list of photos and one of booleans")
    files, same = content
    if not files or len(files) != 2 * len(same):
        raise SettingsError(
            f"{path}: {len(files)} photos do not make {len(same)} pairs; the pack is not complete"
        )
    for place, entry in enumerate(files):
        if not isinstance(entry, bytes):
            raise SettingsError(f"{path}: photo {place} is {type(entry).__name__}, not a file's bytes")
    for place, entry in enumerate(same):
        if not isinstance(entry, bool | int) or entry not in (0, 1):
            raise SettingsError(f"{path}: pair {place} is labelled {entry!r}, not true or false")
    return files, [bool(entry) for entry in same]


def _people(files: Sequence[Hashable], same: Sequence[bool]) -> list[int]:
    """Who is on each photo, as far as the pack tells."""
    first: dict[Hashable, int] = {}
    joined = [(first.setdefault(data, place), place) for place, data in enumerate(files)]
    joined += [(2 * place, 2 * place + 1) for place, one_person in enumerate(same) if one_person]
    rows, columns = np.array(joined).T
    links = coo_array((np.ones(len(joined), bool), (rows, columns)), shape=(len(files), len(files)))
    return [int(label) for label in connected_components(links, directed=False)[1]]
