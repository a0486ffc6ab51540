"""What protecting a photo gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from faceguard.faces.face import Face
from faceguard.measures.quality import Quality
from faceguard.measures.similarity import Similarity
from faceguard.photos import MetadataPolicy, Photo, Pull, copy_photo, encode_photo, write_photo
from faceguard.photos.writing import copied_photo


@dataclass(frozen=True, eq=False)
class ProtectionResult:
    """One protected photo.

    Attributes:
        photo: The photo as it was read.
        pixels: The protected photo: uint8 (H, W, 3), RGB, upright; the original's where there is no face.
        faces: The protected faces, largest first; empty where none was found or none was chosen.
        quality: How far the faces' pixels moved, a JPEG's own compression included; None without a face.
        similarity: Recogniser name -> one Similarity for each of `faces`.
        epsilon: The budget, in steps of 255.
        left: The faces that stay as they were, where only some people's are protected.
        pull: Which way a JPEG's rounding should take the pixels; None where the method does not tell, and
            where no face is protected.
    """

    photo: Photo
    pixels: NDArray[np.uint8] = field(repr=False)
    faces: tuple[Face, ...]
    quality: Quality | None
    similarity: dict[str, tuple[Similarity, ...]] = field(default_factory=dict)
    epsilon: float = 0.0
    left: tuple[Face, ...] = ()
    pull: Pull | None = field(default=None, repr=False)

    @property
    def unsure(self) -> tuple[Face, ...]:
        """The faces of which it is unsure whether they are to be protected; `choice` says more of each."""
        return tuple(f for f in (*self.faces, *self.left) if f.choice is not None and f.choice.unsure)

    def encoded(self, metadata: MetadataPolicy = MetadataPolicy.KEEP) -> bytes:
        """The bytes of the file that `save` writes; PNG where the source was no file.

        Raises:
            PhotoError: It cannot be encoded.
        """
        if not self.faces:
            return copied_photo(self.photo, metadata)
        return encode_photo(self.photo, self.pixels, metadata, self.pull)

    @property
    def image(self) -> Image.Image:
        """The protected photo as an upright PIL image: mode "L" where the source is grey, else "RGB"."""
        image = Image.fromarray(self.pixels)
        return image.convert("L") if self.photo.grey else image

    def save(self, path: str | Path, metadata: MetadataPolicy = MetadataPolicy.KEEP) -> None:
        """Writes it as the source came: format, orientation, metadata, quantisation tables.

        A photo without a protected face is copied byte for byte, but for metadata that are to go.

        Raises:
            PhotoError: It cannot be written there.
        """
        if not self.faces:
            copy_photo(self.photo, Path(path), metadata)
            return
        write_photo(self.photo, self.pixels, Path(path), metadata, self.pull)
