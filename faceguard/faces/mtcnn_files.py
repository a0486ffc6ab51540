"""Where the weights of MTCNN's three networks lie: in facenet-pytorch's package.

They are found without importing it: it imports torchvision, which takes longer than everything else at start
and keeps 150 MB for compilers that detection never calls.
"""

from __future__ import annotations

from pathlib import Path

from recognizers.weights import packaged_file, verify

MTCNN_FILES = {
    "pnet.pt": "a2a71925e0b9996a42f63e47efc1ca19043e69558b5c523b978d611dfae49c8f",
    "rnet.pt": "bbb937de72efc9ef83b186c49f5f558467a1d7e3453a8ece0d71a886633f6a86",
    "onet.pt": "165bfbe42940416ccfb977545cf0e976d5bf321f67083ae2aaaa5c764280118d",
}
"""The SHA-256 of each, in facenet-pytorch 2.5.3."""
MTCNN_REPAIR = "pip install --force-reinstall --no-deps 'facenet-pytorch>=2.5.3,<2.6'"


def mtcnn_file(name: str) -> Path:
    """The path of one of `MTCNN_FILES`, after a look whether it is what it should be.

    Raises:
        RecognizerError: The package or the file is not there, or the file is another one.
    """
    path = packaged_file("facenet_pytorch", f"data/{name}", f"Install it: {MTCNN_REPAIR}")
    verify(path, MTCNN_FILES[name], f"Install it again: {MTCNN_REPAIR}")
    return path
