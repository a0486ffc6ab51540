"""ONNX Runtime on the device that was asked for, and on no other."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from recognizers import onnxruntime_install
from recognizers.errors import RecognizerError
from recognizers.onnx_model import read_model

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

_CUDA = "CUDAExecutionProvider"


def session(path: Path, device: torch.device | str) -> InferenceSession:
    """A network in ONNX Runtime.

    ONNX Runtime by itself goes on with the processor where CUDA does not start. Here that is an error.

    Args:
        path: The ONNX file.
        device: "cpu", or "cuda" with or without the GPU's number.

    Raises:
        RecognizerError: ONNX Runtime is missing or broken, cannot use the device, or cannot read the file.
    """
    wanted = torch.device(device)
    if wanted.type not in ("cpu", "cuda"):
        raise RecognizerError(f"ONNX Runtime is used on cpu and cuda here, not on {wanted}")
    problem = onnxruntime_install.problem()
    if problem is not None:
        raise RecognizerError(problem)
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # read when it is loaded; some builds report home
    try:
        import onnxruntime
    except ImportError as error:
        raise RecognizerError(
            f'ONNX Runtime cannot be loaded ({error}); install it: pip install "faceguard[insightface]"'
        ) from error
    if wanted.type == "cpu":
        providers: list[tuple[str, dict[str, str]]] = [("CPUExecutionProvider", {})]
    elif _CUDA in onnxruntime.get_available_providers():
        onnxruntime.preload_dlls()  # finds CUDA's libraries where pip puts them
        # Without TF32, so that embeddings are those of the processor.
        providers = [(_CUDA, {"device_id": str(wanted.index or 0), "use_tf32": "0"})]
    else:
        raise RecognizerError(
            f"{path}: cuda was asked for, and the ONNX Runtime installed here has none. In its place install "
            "onnxruntime-gpu (pip uninstall -y onnxruntime, then pip install onnxruntime-gpu), or load the "
            f"file as onnx:{path}, which runs in PyTorch"
        )
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors; what is a warning to it is checked below
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        opened = onnxruntime.InferenceSession(str(path), options, providers=providers, enable_fallback=0)
    except Exception as error:  # ONNX Runtime raises its own types, which depend on the build
        read_model(path)  # says it better where the file is none at all
        raise RecognizerError(
            f"{path}: ONNX Runtime cannot run it: {' '.join(str(error).split())}"
        ) from error
    if opened.get_providers()[0] != providers[0][0]:
        raise RecognizerError(
            f"{path}: cuda was asked for, and ONNX Runtime could not start it. Install the CUDA and cuDNN "
            f"that this onnxruntime-gpu was built for, or load the file as onnx:{path}, which runs in PyTorch"
        )
    return opened
