"""insightface's packs are read in every form they come in, and a pack that wants to run something is not."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import numpy as np
import pytest

from evaluation.datasets.layouts import open_dataset
from evaluation.datasets.safe_pickle import UnsafePickleError, read_plain
from faceguard.errors import SettingsError
from tests.evaluation.datasets.made_data import pack, picture

FILES = [picture(seed) for seed in range(6)]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("kind", ["bytes", "uint8"])
def test_every_way_to_store_a_pack(tmp_path: Path, protocol: int, kind: str) -> None:
    make = {"bytes": bytes, "uint8": lambda data: np.frombuffer(data, np.uint8)}[kind]
    labels = [np.True_, np.False_, np.True_] if kind == "uint8" else [True, False, True]
    dataset = open_dataset(pack(tmp_path / "agedb_30.bin", [make(file) for file in FILES], labels, protocol))
    assert (dataset.name, dataset.layout, dataset.aligned) == ("agedb_30", "insightface-bin", True)
    assert sorted(photo.read() for photo in dataset.photos) == sorted(FILES)
    assert [(p.first, p.second, p.same, p.fold) for p in dataset.pairs] == [
        ("000000.jpg", "000001.jpg", True, 1),
        ("000002.jpg", "000003.jpg", False, 2),
        ("000004.jpg", "000005.jpg", True, 3),
    ]


def test_labels_in_one_array(tmp_path: Path) -> None:
    path = tmp_path / "lfw.bin"
    path.write_bytes(pickle.dumps((FILES, np.array([True, False, True]))))
    assert [pair.same for pair in open_dataset(path).pairs] == [True, False, True]


def test_a_pack_of_python_2(tmp_path: Path) -> None:
    # What Python 2's cPickle.dumps(([a, b], [True]), 2) writes: its str as SHORT_BINSTRING or BINSTRING.
    first, second = b"\xff\xd8" * 100, b"\xff\xd9" * 200
    strings = b"".join(b"T" + len(text).to_bytes(4, "little") + text for text in (first, second))
    path = tmp_path / "cfp_fp.bin"
    path.write_bytes(b"\x80\x02](" + strings + b"e](\x88e\x86.")
    dataset = open_dataset(path)
    assert {photo.read() for photo in dataset.photos} == {first, second}


def test_people_are_joined_by_pairs_and_by_equal_files(tmp_path: Path) -> None:
    files = [FILES[0], FILES[1], FILES[1], FILES[2], FILES[3], FILES[0]]
    dataset = open_dataset(pack(tmp_path / "a.bin", files, [True, True, False]))
    people = {photo.name: photo.person for photo in dataset.photos}
    assert len({people[f"{i:06d}.jpg"] for i in (0, 1, 2, 3, 5)}) == 1
    assert len(set(people.values())) == 2


def test_a_pack_that_contradicts_itself_keeps_its_labels(tmp_path: Path) -> None:
    files = [FILES[0], FILES[1], FILES[0], FILES[1]]
    dataset = open_dataset(pack(tmp_path / "a.bin", files, [True, False]))
    people = {photo.name: photo.person for photo in dataset.photos}
    assert people["000000.jpg"] == people["000001.jpg"]
    assert people["000002.jpg"] != people["000003.jpg"]


def test_folds_are_ten_in_order(tmp_path: Path) -> None:
    dataset = open_dataset(pack(tmp_path / "a.bin", [picture(i) for i in range(50)], [True] * 25))
    folds = [pair.fold for pair in dataset.pairs]
    assert folds == sorted(folds)
    assert [folds.count(fold) for fold in range(1, 11)] == [3, 3, 3, 3, 3, 2, 2, 2, 2, 2]


class Evil:
    """What unpickling would run a command for."""

    def __init__(self, function: object, *arguments: object) -> None:
        self.call = function, arguments

    def __reduce__(self) -> object:
        return self.call


@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_a_malicious_pack_runs_nothing(tmp_path: Path, protocol: int) -> None:
    trap = tmp_path / "trap"
    path = pack(tmp_path / "lfw.bin", [Evil(os.mkdir, str(trap)), FILES[0]], [True], protocol)
    with pytest.raises(SettingsError, match=r"asks for \w+\.mkdir"):
        open_dataset(path)
    assert not trap.exists()
    pickle.loads(path.read_bytes())  # the trap does work
    assert trap.exists()


@pytest.mark.parametrize(
    "value",
    [
        Evil(eval, "1"),
        Evil(getattr, [], "append"),
        Evil(np.load, "x.npy"),
        Evil(np.ndarray.tobytes, np.zeros(1, np.uint8)),
        np.zeros(3),
        np.array([{}], object),
        np.float64(1),
        Path("x"),
    ],
)
def test_anything_but_plain_values_is_refused(value: object) -> None:
    with pytest.raises(UnsafePickleError):
        read_plain(pickle.dumps(([value], [True])))


def test_persistent_objects_are_refused() -> None:
    with pytest.raises(UnsafePickleError, match="outside itself"):
        read_plain(b"\x80\x02U\x01xQ.")


@pytest.mark.parametrize(
    ("files", "same", "complaint"),
    [
        (FILES, [True], "do not make 1 pairs"),
        ([], [], "do not make 0 pairs"),
        (["text"] * 2, [True], "photo 0 is str"),
        (FILES, [True, 2, False], "pair 1 is labelled 2"),
        (FILES, [True, None, False], "pair 1 is labelled None"),
    ],
)
def test_a_pack_of_something_else_is_refused(
    tmp_path: Path, files: list[object], same: list[object], complaint: str
) -> None:
    with pytest.raises(SettingsError, match=complaint):
        open_dataset(pack(tmp_path / "a.bin", files, same))


@pytest.mark.parametrize(
    "content", [b"", b"not a pickle", pickle.dumps((FILES, [True]))[:-20], pickle.dumps({})]
)
def test_a_damaged_pack_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=r"a\.bin"):
        open_dataset(path)
