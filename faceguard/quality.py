"""How far a protected photo is from its original: PSNR, SSIM, FLIP, largest and mean change."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Quality:
    """Means over the faces of a photo, each measured on its box.

    Attributes:
        psnr: Peak signal-to-noise ratio, in dB; infinite where nothing changed.
        ssim: Structural similarity over RGB (Wang et al. 2004), -1..1; 1 is the same picture.
        flip: FLIP (Andersson et al. 2020), 0..1; 0 is the same picture.
        largest: The largest change of a value, in steps of 255, over the whole photo.
        mean: The mean absolute change on the faces, in steps of 255.
    """

    psnr: float
    ssim: float
    flip: float
    largest: int
    mean: float
