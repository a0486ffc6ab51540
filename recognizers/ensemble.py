"""Several recognisers as one, each with its own crop."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from recognizers.base import Recognizer, Threshold, Views, check_crops
from recognizers.crops import CropSpec


class Ensemble:
    """Recognisers side by side: the cosine of two of its embeddings is the mean of its members' cosines.

    An embedding is the members' embeddings, each brought to unit length, one behind the other. As each member
    is shown its own crop, `embed` and `view` take one tensor of crops for each; a single tensor will do where
    all members take the same crop. `crop` is the first member's.

    Args:
        members: Two recognisers or more.

    Raises:
        ValueError: There are fewer.
    """

    threshold: Threshold | None = None

    def __init__(self, members: Sequence[Recognizer]) -> None:
        if len(members) < 2:
            raise ValueError(f"an ensemble has two members or more, not {len(members)}")
        self.members = tuple(members)

    @property
    def name(self) -> str:
        """The members' names with a plus sign between them: what a person types to load it."""
        return "+".join(member.name for member in self.members)

    @property
    def licence(self) -> str:
        """The members' licences."""
        return "; ".join(f"{member.name}: {member.licence}" for member in self.members)

    @property
    def crop(self) -> CropSpec:
        """The first member's crop; see `members` for the others'."""
        return self.members[0].crop

    @property
    def dimension(self) -> int:
        """The length of its embeddings: all members' together."""
        return sum(member.dimension for member in self.members)

    @property
    def differentiable(self) -> bool:
        """Whether gradients pass through every member."""
        return all(member.differentiable for member in self.members)

    def embed(self, crops: Tensor | Sequence[Tensor]) -> Tensor:
        """Embeddings (B, dimension) of faces, B crops of them for each member, RGB, 0..1.

        Raises:
            ValueError: These are not the members' crops.
        """
        parts = self._parts(crops)
        return self.joined([m.embed(part) for m, part in zip(self.members, parts, strict=True)])

    def view(self, crops: Tensor | Sequence[Tensor]) -> Views:
        """The embeddings of faces and all members' intermediate features, see `embed`."""
        parts = self._parts(crops)
        views = [member.view(part) for member, part in zip(self.members, parts, strict=True)]
        features = [feature for view in views for feature in view.features]
        return Views(self.joined([view.embedding for view in views]), features)

    def joined(self, embeddings: Sequence[Tensor]) -> Tensor:
        """The ensemble's embeddings (B, dimension) from each member's own (B, its dimension)."""
        return torch.cat([F.normalize(each) for each in embeddings], dim=1)

    def to(self, device: torch.device | str) -> Ensemble:
        """The same ensemble with its members' weights on another device."""
        self.members = tuple(member.to(device) for member in self.members)
        return self

    def _parts(self, crops: Tensor | Sequence[Tensor]) -> Sequence[Tensor]:
        """Each member's crops."""
        specs = [member.crop for member in self.members]
        if isinstance(crops, Tensor):
            if any(spec != specs[0] for spec in specs):
                sizes = ", ".join(f"{m.name} {m.crop.size} px" for m in self.members)
                raise ValueError(f"{self.name} takes crops for each of its members: {sizes}")
            return [crops] * len(specs)
        if len(crops) != len(specs):
            raise ValueError(f"{self.name} takes {len(specs)} tensors of crops, not {len(crops)}")
        for part, member in zip(crops, self.members, strict=True):
            check_crops(part, member.crop, member.name)
        if len({len(part) for part in crops}) > 1:
            counts = [len(part) for part in crops]
            raise ValueError(f"{self.name} takes as many crops for each member, not {counts}")
        return crops
