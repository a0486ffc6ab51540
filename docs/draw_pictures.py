"""Draws the pictures of these pages anew: `python docs/draw_pictures.py`, about half a minute.

The only photo in them is scikit-image's astronaut: NASA's portrait of Eileen Collins, public domain.
"""

from __future__ import annotations

import os
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # read when PyTorch is loaded

import matplotlib as mpl
import numpy as np
import skimage.data
import torch
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray
from PIL import Image

from faceguard import Face, ProtectionResult, Protector
from faceguard.comparison import comparison
from faceguard.engine.budget import Budget
from faceguard.engine.patches import Patch, batch, cut
from faceguard.engine.sight import aligned_crops
from faceguard.engine.views import View, cut_out
from faceguard.methods.cloak import usual_cloak
from faceguard.settings.strengths import STRENGTHS
from recognizers.crops import ARCFACE_112, DLIB_150, CropSpec

HERE = Path(__file__).resolve().parent
PICTURES = HERE / "pictures"
AMPLIFY = 16
MARK = "#ff4081"

Pixels = NDArray[np.uint8]


def main() -> None:
    """Draws all of them."""
    mpl.use("Agg")
    plt.rcParams.update({"font.size": 13, "font.family": "DejaVu Sans"})
    PICTURES.mkdir(exist_ok=True)
    photo: Pixels = skimage.data.astronaut()
    results = {strength: Protector(strength=strength).protect(photo) for strength in STRENGTHS}
    medium = results["medium"]
    _overview(photo, medium)
    _steps(photo, medium)
    _views(photo, medium.faces[0])
    _strengths(photo, results)


def _overview(photo: Pixels, result: ProtectionResult) -> None:
    """What the README shows: before, after, difference."""
    sheet = comparison(photo, result.pixels, [face.box for face in result.faces], AMPLIFY)
    size = (sheet.width * 3 // 4, sheet.height * 3 // 4)
    sheet.resize(size, Image.Resampling.LANCZOS).save(HERE / "astronaut.jpg", quality=88)


def _steps(photo: Pixels, result: ProtectionResult) -> None:
    """Find, align, budget, perturb."""
    face = result.faces[0]
    (patch,) = cut(photo, [face], side=256)
    figure, ((found, aligned), (budget, moved)) = plt.subplots(2, 2, figsize=(9, 9), layout="constrained")
    _show(found, photo, "1. find the face and five landmarks")
    left, top, right, bottom = face.box
    found.add_patch(Rectangle((left, top), right - left, bottom - top, fill=False, color=MARK, lw=2))
    found.plot(*face.landmarks.T, "o", color=MARK, ms=3)
    _show(aligned, _crop(photo, face, DLIB_150), "2. align it as dlib sees it: 150 pixels")
    aligned.plot(*np.array(DLIB_150.template).T, "o", color=MARK, ms=7)
    limits = _limits(patch, usual_cloak(Budget(STRENGTHS["medium"])).budget)
    _show(budget, limits, "3. how far each pixel may move, of 255")
    figure.colorbar(budget.images[0], ax=budget, shrink=0.8)
    _show(moved, _difference(photo, result.pixels), f"4. how far they moved, times {AMPLIFY}")
    _save(figure, "steps.jpg")


def _views(photo: Pixels, face: Face) -> None:
    """One face as trackers may see it."""
    views = {
        "as it is": View(),
        "mirrored": View(mirrored=True),
        "40 % of the size": View(scale=0.4),
        "the same, not averaged": View(scale=0.4, antialias=False),
        "blurred": View(blur=2.0),
        "JPEG at quality 60": View(quality=60),
        "half the size, JPEG 60": View(scale=0.5, quality=60),
        "landmarks a little off": View(),
    }
    scene = batch(cut(photo, [face], side=256), torch.device("cpu"))
    matrices = scene.matrices(ARCFACE_112)
    figure, axes = plt.subplots(2, 4, figsize=(11, 6), layout="constrained")
    for axis, (title, view) in zip(axes.flat, views.items(), strict=True):
        errors = torch.tensor([[0.08, 0.12, 0.05, -0.04]]) * ("off" in title)
        viewed, places = view.apply(scene.images)
        crop = cut_out(viewed, places, matrices, errors, ARCFACE_112.size, view)[0]
        _show(axis, _pixels(crop), title)
    _save(figure, "views.jpg")


def _strengths(photo: Pixels, results: dict[str, ProtectionResult]) -> None:
    """The same face at each strength, and how far dlib finds an ordinary copy of it from the original."""
    left, top, right, bottom = (round(side) for side in results["low"].faces[0].box)
    part = np.s_[max(0, top - 30) : bottom + 30, left - 30 : right + 30]
    figure, axes = plt.subplots(2, 2, figsize=(9, 11), layout="constrained")
    (seen,) = results["low"].similarity["dlib"]
    _show(axes[0, 0], photo[part], f"unprotected\ndlib: {seen.before:.2f} apart")
    for axis, (strength, result) in zip(axes.flat[1:], results.items(), strict=True):
        assert result.quality is not None
        (seen,) = result.similarity["dlib"]
        quality = f"SSIM {result.quality.ssim:.2f}, dlib: {seen.after:.2f} apart"
        _show(axis, result.pixels[part], f"{strength}: {result.epsilon:g} of 255\n{quality}")
    _save(figure, "strengths.jpg")


def _limits(patch: Patch, budget: Budget) -> NDArray[np.float32]:
    """How far each pixel of a patch may move, in steps of 255."""
    grey = torch.tensor([patch.grey])
    limits = budget.room(patch.canvas[None], patch.mask[None], grey).limits[0, 0] * 255
    return np.asarray(limits.numpy(), dtype=np.float32)


def _crop(photo: Pixels, face: Face, crop: CropSpec) -> Pixels:
    return _pixels(aligned_crops(photo, [face], crop)[0])


def _pixels(crop: torch.Tensor) -> Pixels:
    return np.asarray((crop.permute(1, 2, 0) * 255).round().clamp(0, 255).byte().numpy())


def _difference(before: Pixels, after: Pixels) -> Pixels:
    moved = after.astype(np.float32) - before.astype(np.float32)
    return (128 + AMPLIFY * moved).clip(0, 255).astype(np.uint8)


def _show(axis: Axes, picture: NDArray[np.generic], title: str) -> None:
    axis.imshow(picture, cmap="magma", vmin=0)
    axis.set_title(title)
    axis.axis("off")


def _save(figure: Figure, name: str) -> None:
    figure.savefig(PICTURES / name, dpi=100, facecolor="white", pil_kwargs={"quality": 88, "subsampling": 0})
    plt.close(figure)


if __name__ == "__main__":
    main()
