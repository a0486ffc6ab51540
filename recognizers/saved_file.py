"""`file:PATH`: whatever recogniser faceguard itself has saved, by what its sidecar says it is."""

from __future__ import annotations

from pathlib import Path

import torch

from recognizers.base import Recognizer
from recognizers.checkpoint import read_checkpoint
from recognizers.subspace import KINDS, Subspace
from recognizers.trained_network import KIND, TrainedNetwork


def load_file(path: Path, device: torch.device | str = "cpu") -> Recognizer:
    """A recogniser from its two files.

    Args:
        path: NAME.safetensors, NAME.json, or NAME.
        device: Where it runs.

    Raises:
        RecognizerError: A file is missing, altered, or does not hold a recogniser.
    """
    checkpoint = read_checkpoint(path)
    kind = checkpoint.read("kind", str)
    if kind == KIND:
        return TrainedNetwork.from_checkpoint(checkpoint, device)
    if kind in KINDS:
        return Subspace.from_checkpoint(checkpoint, device)
    known = ", ".join((KIND, *KINDS))
    raise checkpoint.refusal(f"no kind of recogniser {kind!r}; there are {known}")
