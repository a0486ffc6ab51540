"""Reads ONNX files, and says in words what is none."""

from __future__ import annotations

from pathlib import Path

import onnx

from recognizers.errors import RecognizerError
from recognizers.system_errors import reason_of

_AGAIN = "get it again from where it came from"


def read_model(path: Path) -> onnx.ModelProto:
    """The model in an ONNX file, without what it keeps in files of their own.

    Args:
        path: The file.

    Raises:
        RecognizerError: It cannot be read, is empty, no ONNX file, or only part of one.
    """
    try:
        model = onnx.load(str(path), load_external_data=False)
        size = path.stat().st_size
    except OSError as error:
        raise RecognizerError(f"{path}: cannot be read: {reason_of(error)}") from error
    except Exception as error:  # onnx has a parser for each format, which raises its own
        raise RecognizerError(f"{path}: is no ONNX file, or only part of one; {_AGAIN}") from error
    if size == 0:
        raise RecognizerError(f"{path}: is empty; {_AGAIN}")
    # Of bytes that mean nothing to it, the format makes a model that says nothing.
    if not model.ir_version or not model.graph.node:
        raise RecognizerError(f"{path}: holds no network; it is no ONNX file, or only part of one; {_AGAIN}")
    return model
