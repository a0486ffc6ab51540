"""LPIPS: a perceptual distance learned from people's judgements (Zhang et al. 2018), with AlexNet.

torchmetrics brings the small layers that were learned; AlexNet's own weights are used where they lie in
PyTorch's cache, and never downloaded.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from evaluation.metrics.ms_ssim import installed

FILE = "alexnet-owt-7be5be79.pth"
URL = f"https://download.pytorch.org/models/{FILE}"
SHA256 = "7be5be791159472b1fbf3c69796f7cb30dca7ad8466c2df70058c37116cdee02"
_SMALLEST_SIDE = 64  # AlexNet's last layers have nothing to look at below this


class LpipsMissingError(Exception):
    """LPIPS cannot be measured; the text says what is missing."""


def lpips_if_there() -> tuple[Lpips | None, str]:
    """The network, or None and what is missing."""
    try:
        return Lpips(), ""
    except LpipsMissingError as error:
        return None, str(error)


class Lpips:
    """Measures how different two pictures look.

    Raises:
        LpipsMissingError: torchmetrics or AlexNet's weights are missing, or the weights are not what they
            should be.
    """

    def __init__(self) -> None:
        if not installed():
            raise LpipsMissingError("torchmetrics is missing: pip install 'faceguard[bench]'")
        path = Path(torch.hub.get_dir()) / "checkpoints" / FILE
        if not path.is_file():
            raise LpipsMissingError(f"AlexNet's weights are missing: put {URL} at {path}")
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != SHA256:
            raise LpipsMissingError(f"{path} is not AlexNet's weights: its SHA-256 is {found}, not {SHA256}")
        from torchmetrics.image.lpip import LearnedPerceptualImagePatchSimilarity

        # It is read from the cache, where it now surely lies.
        self._network = LearnedPerceptualImagePatchSimilarity(net_type="alex", normalize=True)

    def __call__(self, first: NDArray[np.generic], second: NDArray[np.generic]) -> float:
        """The distance between two pictures.

        Args:
            first: (H, W, 3), values 0..255; enlarged where a side is shorter than 64 pixels.
            second: The same shape.

        Returns:
            0 for the same picture, more for more visible differences; rarely above 1.
        """
        pictures = [self._input(side) for side in (first, second)]
        with torch.inference_mode():
            return float(self._network(*pictures))

    @staticmethod
    def _input(picture: NDArray[np.generic]) -> torch.Tensor:
        values = torch.from_numpy(np.array(picture, np.float32)).permute(2, 0, 1)[None] / 255
        scale = _SMALLEST_SIDE / min(values.shape[2:])
        if scale <= 1:
            return values
        size = [max(_SMALLEST_SIDE, round(side * scale)) for side in values.shape[2:]]
        enlarged = torch.nn.functional.interpolate(values, size, mode="bilinear", align_corners=False)
        return enlarged.clamp(0, 1)
