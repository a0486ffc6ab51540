"""Person masks, for the enrolment threat: a tracker puts your photos into the gallery of a frozen recogniser.

One perturbation for each person, learned from some photos of them and worn by all, those to come included,
without any further optimisation. Y. Zhong, W. Deng: OPOM (TPAMI 2022): the mask moves the photos' embeddings
away from what the recogniser knows the person by (`person_subspace`). Chameleon (ECCV 2024) learns such a
mask under a constraint on quality; here that is the budget alone. Protego (CVPR 2026): protected photos
should not match each other either; the log-determinant of the Gram matrix of their embeddings keeps them
apart (`apart`).

What differs: the mask lies in the coordinates of an aligned crop and is warped to each photo by its five
landmarks (Chameleon resizes it to the detected box, Protego drapes it over a head's surface); it is learned
through the views trackers have of photos, on photos that are varied beneath it (`photo_variety`), as a few
photos are soon learnt by heart; steps are softly signed.

Measured at 8 of 255 on CelebA, learned from 5 photos of each person on dlib, worn by 5 others, saved as JPEG
90, landmarks as found before: rank-1 of the person's 10 clean probes among 100 people, one seed, 3 people,
29 probes: 45 % on dlib (100 % clean) and 97 % on ArcFace, which it was not learned on (100 %); of the 5
photos it was learned from, 21 % and 100 %; SSIM on the face 0.89. So a mask at this strength hides little,
least from recognisers it was not learned on. At 16 of 255 the same photos gave 0 % on dlib and 21 % on
ArcFace, at an SSIM of 0.73, which shows. An earlier setting (60 steps of 0.1, no variety), 10 people and 100
probes: 45 % and 68 %. The affine hull did about as well (40 % and 68 %); with a log-determinant of weight
0.5 it hid less (73 % and 91 %), and protected photos found each other less often (rank-1 of protected probes
in a gallery with 5 protected photos: 48 % against 86 % on dlib, 92 % against 98 % on ArcFace). Hence `apart`
is usually 0.

Cost: about 5 CPU seconds to learn a mask on dlib; to wear it 1.2 ms a face in the median (200 photos of 0.2
megapixels, one thread), 16 ms for a face of 600 pixels on 12 megapixels.

What defeats it: recognisers unlike the surrogates, a gallery with clean photos of the person, a tracker that
retrains on photos with masks, and a tracker that averages some photos with one mask, which lays it bare. All
that a mask does to a photo it does to the next, so photos that wear one match each other: who holds some
finds the others. It does nothing against training.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn import functional as F

from faceguard.engine.budget import Budget
from faceguard.engine.descent import direction_of
from faceguard.engine.extraction import plain_crops
from faceguard.engine.labelled import LabelledPatches
from faceguard.engine.noise import Noise
from faceguard.engine.patches import Batch, batch
from faceguard.engine.precision import crafting_autocast
from faceguard.engine.views import ViewSettings, cut_out
from faceguard.methods.person_subspace import PersonSubspace, Subspace
from faceguard.methods.photo_variety import PhotoVariety
from faceguard.settings.surrogates import load_surrogates
from recognizers import Recognizer
from recognizers.training.randomness import seed_for

_RIDGE = 1e-4  # Protego's: keeps the Gram matrix of like photos from being singular


@dataclass(frozen=True)
class PersonMask:
    """The masks' settings; calling it learns one for each person.

    Attributes:
        budget: How far pixels may move.
        surrogates: The recognisers it is crafted on, by name.
        subspace: What of the person's photos the masked ones are moved away from.
        apart: Weight of the log-determinant that keeps the masked photos from matching each other.
        steps: How many steps are taken, each through one view.
        photos_at_once: How many photos wear the mask in a step.
        step_size: How far a pixel moves in a step, as a share of its limit.
        momentum: How much of the steps before counts in the next.
        softness: See `faceguard.engine.descent`.
        variety: What photos to come may be like.
        views: What trackers may do to photos.
    """

    name = "person-mask"
    threat = "enrolment"
    fewest_people = 1
    per_person = True

    budget: Budget
    surrogates: tuple[str, ...] = ("dlib",)
    subspace: Subspace = Subspace.CENTRE
    apart: float = 0.0
    steps: int = 100
    photos_at_once: int = 5
    step_size: float = 0.3
    momentum: float = 0.9
    softness: float = 0.5
    variety: PhotoVariety = field(default_factory=PhotoVariety)
    views: ViewSettings = field(default_factory=ViewSettings)

    def __call__(
        self,
        faces: LabelledPatches,
        device: torch.device,
        seed: int = 0,
        on_round: Callable[[int, float], None] | None = None,
    ) -> Noise:
        """One mask for each person, within the budget before rounding.

        Args:
            faces: The patches: canvases of one size that show faces alike.
            device: Where to compute.
            seed: With a person's name, decides everything random about their mask.
            on_round: Called after each person's mask with its number, from 1, and the share of the person's
                photos that no surrogate takes for the same face any more when they wear it.

        Raises:
            SettingsError: A surrogate cannot be had.
        """
        surrogates = load_surrogates(self.surrogates, device)
        noise = Noise.zero(faces, per_person=True)
        for place, person in enumerate(faces.people):
            patches = [
                patch for patch, label in zip(faces.patches, faces.labels, strict=True) if label == place
            ]
            photos = batch(patches, device)
            clean = _embedded(photos, torch.zeros_like(photos.images[:1]), surrogates)
            mask = self._mask(photos, surrogates, clean, seed_for(seed, self.name, person))
            noise.values[place] = mask[0].cpu()
            if on_round is not None:
                on_round(place + 1, _lost(clean, _embedded(photos, mask, surrogates), surrogates))
        return noise

    def _mask(
        self, photos: Batch, surrogates: Sequence[Recognizer], clean: Sequence[Tensor], seed: int
    ) -> Tensor:
        """One person's mask, (1, 3, H, W)."""
        generator = torch.Generator().manual_seed(seed)
        subspaces = [PersonSubspace(embeddings, self.subspace) for embeddings in clean]
        matrices = [photos.matrices(surrogate.crop) for surrogate in surrogates]
        limits = self.budget.room(photos.images, photos.mask, photos.grey).limits.amax(0, keepdim=True)
        start = torch.rand(1, *photos.images.shape[1:], generator=generator) - 0.5
        mask = start.to(limits.device) * limits
        memory = torch.zeros_like(mask)
        order = _endless(len(photos.images), min(self.photos_at_once, len(photos.images)), generator)
        for view in self.views.schedule(self.steps, seed):
            mask.requires_grad_()
            places = next(order)
            varied = self.variety.apply(photos.images[places], generator)
            viewed, pixels = view.apply(varied + mask)
            errors = self.views.draw_jitter(len(places), generator).to(viewed.device)
            losses = []
            for surrogate, subspace, matrix in zip(surrogates, subspaces, matrices, strict=True):
                size = surrogate.crop.size
                crops = cut_out(viewed, pixels, matrix[places], errors, size, view)
                with crafting_autocast(crops.device):
                    embeddings = surrogate.view(crops).embedding
                losses.append(self._loss(subspace, embeddings.float()))
            (gradient,) = torch.autograd.grad(torch.stack(losses).sum(), mask)
            with torch.no_grad():
                direction = direction_of(gradient, memory, self.momentum, self.softness)
                moved = mask - self.step_size * limits * direction
                mask = torch.minimum(torch.maximum(moved, -limits), limits)
        return mask.detach()

    def _loss(self, subspace: PersonSubspace, embeddings: Tensor) -> Tensor:
        loss = -subspace.squared_distances(embeddings).mean()
        if self.apart:
            unit = F.normalize(embeddings)
            gram = unit @ unit.T + _RIDGE * torch.eye(len(unit), device=unit.device)
            loss = loss - self.apart * torch.logdet(gram) / len(unit)
        return loss


def _endless(count: int, size: int, generator: torch.Generator) -> Iterator[list[int]]:
    """Places 0..count - 1 in groups of a size, each as often as the others, in random order."""
    left: list[int] = []
    while True:
        if len(left) < size:
            left += [
                place for place in torch.randperm(count, generator=generator).tolist() if place not in left
            ]
        group, left = left[:size], left[size:]
        yield group


@torch.no_grad()
def _embedded(photos: Batch, mask: Tensor, surrogates: Sequence[Recognizer]) -> list[Tensor]:
    """What each surrogate makes of photos that wear a mask, (F, D)."""
    worn = mask.expand(len(photos.images), -1, -1, -1)
    return [s.embed(plain_crops(photos, worn, s.crop)).float() for s in surrogates]


def _lost(clean: Sequence[Tensor], masked: Sequence[Tensor], surrogates: Sequence[Recognizer]) -> float:
    """The share of faces that no surrogate with a usual threshold takes for the same any more."""
    known = torch.zeros(len(clean[0]), dtype=torch.bool, device=clean[0].device)
    for before, after, surrogate in zip(clean, masked, surrogates, strict=True):
        if surrogate.threshold is not None:
            known |= surrogate.threshold.same_person(before, after)
    return 1 - float(known.double().mean())
