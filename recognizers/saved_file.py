"""`file:PATH`: whatever recogniser faceguard itself has saved, by what its sidecar says it is."""

from __future__ import annotations

from pathlib import Path

import torch

from recognizers import subspace, trained_network
from recognizers.base import Recognizer
from recognizers.checkpoint import read_checkpoint


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
    if kind == trained_network.KIND:
        return trained_network.TrainedNetwork.from_checkpoint(checkpoint, device)
    if kind in subspace.KINDS:
        return subspace.Subspace.from_checkpoint(checkpoint, device)
    known = ", ".join((trained_network.KIND, *subspace.KINDS))
    raise checkpoint.refusal(f"no kind of recogniser {kind!r}; there are {known}")
