"""Every layout is recognised and read; what is missing or malformed is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluation.datasets.layouts import detected, open_dataset
from evaluation.datasets.lfw import read_pairs
from evaluation.datasets.selection import Selection
from faceguard.errors import SettingsError
from tests.evaluation.datasets.made_data import celeba, folders, lfw, pack, picture

PAIRS = "2\t1\nAnn\t1\t2\nAnn\t1\tBob\t1\nCid\t1\t2\nBob\t1\tCid\t2\n"


def test_a_folder_of_identities(tmp_path: Path) -> None:
    root = folders(tmp_path, {"bob": 2, "ann": 1, ".hidden": 1})
    (root / "ann" / "notes.txt").write_text("no photo")
    (root / "bob" / "more").mkdir()
    (root / "bob" / "more" / "deep.png").write_bytes(picture(9))
    dataset = open_dataset(root)
    assert (dataset.layout, dataset.pairs) == ("folders", ())
    names = {person: [photo.name for photo in photos] for person, photos in dataset.people.items()}
    assert names == {"ann": ["ann/0.jpg"], "bob": ["bob/0.jpg", "bob/1.jpg", "bob/more/deep.png"]}
    assert dataset.photos[0].read() == picture(2)


@pytest.mark.parametrize("images", ["img_celeba", "img_align_celeba", "Img/img_align_celeba"])
def test_celeba_in_the_order_of_numbers(tmp_path: Path, images: str) -> None:
    dataset = open_dataset(celeba(tmp_path, [10, 9, 10], images))
    assert dataset.layout == "celeba"
    assert [(photo.name, photo.person) for photo in dataset.photos] == [
        ("000002.jpg", "9"),
        ("000001.jpg", "10"),
        ("000003.jpg", "10"),
    ]


def test_a_part_of_celeba_is_used_and_the_rest_is_named(tmp_path: Path) -> None:
    root = celeba(tmp_path, [1, 1, 2])
    (root / "img_celeba" / "000002.jpg").unlink()
    dataset = open_dataset(root)
    assert (len(dataset.photos), dataset.missing) == (2, ("000002.jpg",))


def test_celebas_splits(tmp_path: Path) -> None:
    root = celeba(tmp_path, [1, 1, 2])
    (root / "list_eval_partition.txt").write_text("000001.jpg 0\n000002.jpg 1\n000003.jpg 2\n")
    dataset = open_dataset(root)
    for split, name in (("train", "000001.jpg"), ("valid", "000002.jpg"), ("test", "000003.jpg")):
        assert [photo.name for photo in Selection(split=split).of(dataset).photos] == [name]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [("000009.jpg one", "line 4"), ("000001.jpg 5", "named twice"), ("000009.jpg", "line 4")],
)
def test_a_broken_line_of_celeba_is_named(tmp_path: Path, line: str, complaint: str) -> None:
    root = celeba(tmp_path, [1, 1, 2])
    with (root / "identity_CelebA.txt").open("a") as file:
        file.write(line + "\n")
    with pytest.raises(SettingsError, match=complaint):
        open_dataset(root)


def test_a_strange_split_of_celeba_is_named(tmp_path: Path) -> None:
    root = celeba(tmp_path, [1])
    (root / "list_eval_partition.txt").write_text("000001.jpg 3\n")
    with pytest.raises(SettingsError, match="3 is no split"):
        open_dataset(root)


@pytest.mark.parametrize("images", ["lfw", "lfw_funneled", "lfw-deepfunneled", "."])
def test_lfw_and_its_pairs(tmp_path: Path, images: str) -> None:
    dataset = open_dataset(lfw(tmp_path, PAIRS, {"Ann": 2, "Bob": 1, "Cid": 2}, images))
    assert (dataset.layout, len(dataset.photos), len(dataset.people)) == ("lfw", 5, 3)
    assert [(p.first, p.second, p.same, p.fold) for p in dataset.pairs] == [
        ("Ann/Ann_0001.jpg", "Ann/Ann_0002.jpg", True, 1),
        ("Ann/Ann_0001.jpg", "Bob/Bob_0001.jpg", False, 1),
        ("Cid/Cid_0001.jpg", "Cid/Cid_0002.jpg", True, 2),
        ("Bob/Bob_0001.jpg", "Cid/Cid_0002.jpg", False, 2),
    ]


def test_folds_of_a_part_of_lfw_keep_their_numbers(tmp_path: Path) -> None:
    dataset = open_dataset(lfw(tmp_path, PAIRS, {"Ann": 1, "Bob": 1, "Cid": 2}))
    assert {pair.fold for pair in dataset.pairs} == {2}
    assert dataset.missing == ("Ann/Ann_0002.jpg",)


def test_lfw_without_a_complete_fold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"missing, such as Ann_0001\.jpg"):
        open_dataset(lfw(tmp_path, PAIRS, {"Bob": 1}))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "first line"),
        ("ten 300\n", "first line"),
        ("2 1\nAnn 1 2\n", "4 lines, and there are 1"),
        ("1\nAnn 1\nAnn 1 Bob 1\n", "pair 1: 'Ann 1' is not a name and two numbers"),
        ("1\nAnn 1 2\nAnn 1 2\n", "pair 2: 'Ann 1 2' is not two names"),
    ],
)
def test_broken_lists_of_pairs_are_named(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "pairs.txt").write_text(text)
    with pytest.raises(SettingsError, match=complaint):
        read_pairs(tmp_path / "pairs.txt")


def test_a_list_of_one_fold(tmp_path: Path) -> None:
    (tmp_path / "pairs.txt").write_text("1\nAnn 1 2\nAnn 1 Bob 1\n")
    assert [pair.fold for pair in read_pairs(tmp_path / "pairs.txt")] == [1, 1]


@pytest.mark.parametrize(("layout", "name"), [("celeba", "identity_CelebA.txt"), ("lfw", "pairs.txt")])
def test_a_list_that_cannot_be_read_is_named_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, layout: str, name: str
) -> None:
    for photo in ("img_celeba/000001.jpg", "lfw/Anna/Anna_0001.jpg"):
        (tmp_path / photo).parent.mkdir(parents=True)
        (tmp_path / photo).touch()
    (tmp_path / name).write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="it is not UTF-8 text") as caught:
        open_dataset(tmp_path, layout)
    assert str(caught.value).count(name) == 1

    def refuse(path: Path, **_options: object) -> str:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_text", refuse)
    with pytest.raises(SettingsError, match="permission denied") as caught:
        open_dataset(tmp_path, layout)
    assert str(caught.value).count(name) == 1


def test_the_layout_can_be_given(tmp_path: Path) -> None:
    root = lfw(tmp_path, PAIRS, {"Ann": 2, "Bob": 1, "Cid": 2}, ".")
    assert detected(root) == "lfw"
    assert open_dataset(root, "folders").pairs == ()


def test_what_is_no_data_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no such file or folder"):
        open_dataset(tmp_path / "nowhere")
    with pytest.raises(SettingsError, match="no layout that is known"):
        open_dataset(tmp_path)
    with pytest.raises(SettingsError, match="no layout 'megaface'"):
        open_dataset(tmp_path, "megaface")
    with pytest.raises(SettingsError, match="no CelebA data set"):
        open_dataset(tmp_path, "celeba")
    pack(tmp_path / "lfw.bin", [picture(0), picture(1)], [True])
    with pytest.raises(SettingsError, match=r"name one of them, such as .*lfw\.bin"):
        open_dataset(tmp_path)


def test_the_real_folders(data_root: Path) -> None:
    people = open_dataset(data_root / "celeba")
    assert (len(people.photos), len(people.people), people.missing) == (2000, 100, ())
    faces = open_dataset(data_root / "lfw")
    assert (len(faces.photos), len(faces.pairs)) == (3811, 3000)
    assert {pair.fold for pair in faces.pairs} == {1, 2, 3, 4, 5}
    assert sum(pair.same for pair in faces.pairs) == 1500
