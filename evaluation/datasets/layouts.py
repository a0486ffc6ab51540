"""Data sets by where they lie: which layout it is, and its reader. A new layout is one file and one line."""

from __future__ import annotations

from pathlib import Path

from evaluation.datasets import celeba, folders, insightface_bin, lfw
from evaluation.datasets.dataset import Dataset
from faceguard.errors import SettingsError
from recognizers.system_errors import reason_of

# In the order they are tried: a folder of identities is the least particular.
_LAYOUTS = {
    "insightface-bin": (insightface_bin.looks_like, insightface_bin.read),
    "lfw": (lfw.looks_like, lfw.read),
    "celeba": (celeba.looks_like, celeba.read),
    "folders": (folders.looks_like, folders.read),
}

NAMES = ("auto", *_LAYOUTS)


def open_dataset(root: Path, layout: str = "auto") -> Dataset:
    """A data set, read in its layout.

    Args:
        root: Its folder, or the file of an insightface pack.
        layout: One of `NAMES`; "auto" goes by what is there.

    Raises:
        SettingsError: There is none, in no layout that is known, or it is damaged.
    """
    if layout not in NAMES:
        raise SettingsError(f"no layout {layout!r}; there are {', '.join(NAMES)}")
    try:
        if not root.exists():
            raise SettingsError(f"{root}: no such file or folder")
        _, read = _LAYOUTS[detected(root) if layout == "auto" else layout]
        return read(root)
    except OSError as error:
        raise SettingsError(f"{root}: cannot be read: {reason_of(error)}") from error


def detected(root: Path) -> str:
    """The layout of what lies there.

    Raises:
        SettingsError: It is none that is known.
    """
    for name, (looks_like, _) in _LAYOUTS.items():
        if looks_like(root):
            return name
    packs = sorted(root.glob("*.bin")) if root.is_dir() else []
    if packs:
        raise SettingsError(f"{root}: holds packs; name one of them, such as {packs[0]}")
    raise SettingsError(
        f"{root}: no layout that is known: neither an insightface .bin file, nor a folder with pairs.txt "
        "(LFW), identity_CelebA.txt (CelebA) or one folder of photos for each person"
    )
