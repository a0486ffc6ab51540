"""What a check found: what each recogniser makes of each face, and which photos have no answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from faceguard.check.crafting import Crafting, crafted_on
from faceguard.check.pictures import Pictures
from faceguard.measures.quality import Quality
from recognizers import Threshold

Box = tuple[float, float, float, float]


class Verdict(Enum):
    """What a check says of a face.

    Attributes:
        PROTECTED: At least one recogniser judged, and none recognises it.
        RECOGNISED: At least one recogniser recognises it.
        UNJUDGED: No recogniser could tell: none has a usual threshold, or none recognises the face on an
            unprotected copy of that size either.
        LEFT: It was left as it was, as asked: only some people's faces were to be protected.
    """

    PROTECTED = "not recognised"
    RECOGNISED = "recognised"
    UNJUDGED = "cannot be judged"
    LEFT = "left as it was"


@dataclass(frozen=True)
class Look:
    """One comparison with the original face: of an unprotected copy, and of the protected photo.

    Attributes:
        before: How the recogniser finds the face on a copy of the original that was resized as the protected
            photo was.
        after: How it finds it on the protected photo.
    """

    before: float
    after: float


@dataclass(frozen=True)
class Opinion:
    """What one recogniser makes of one face.

    The numbers are in the threshold's measure (cosine similarity: larger is more alike; Euclidean distance:
    smaller is); without a threshold they are cosine similarities.

    Attributes:
        threshold: The recogniser's usual threshold, or None where it has none.
        as_is: The photos as they are.
        copied: Ordinary copies of them: half the original's size, or what is left of it, and JPEG quality 75.
        recognised: Whether the protected face passes for the same person, in either look; None where that
            says nothing: there is no threshold, or the face is not recognised without protection either.
    """

    threshold: Threshold | None
    as_is: Look
    copied: Look
    recognised: bool | None


@dataclass(frozen=True)
class JudgedFace:
    """One face of a photo.

    Attributes:
        box: (left, top, right, bottom), in the protected photo's pixels.
        found_before: Whether the detector finds it on the original.
        found_after: Whether the detector finds it on the protected photo; if not, it is judged where the
            original's must be.
        opinions: By recogniser.
        left: Whether it was left as it was, as asked.
    """

    box: Box
    found_before: bool
    found_after: bool
    opinions: Mapping[str, Opinion]
    left: bool = False

    @property
    def verdict(self) -> Verdict:
        """All recognisers together."""
        if self.left:
            return Verdict.LEFT
        said = {opinion.recognised for opinion in self.opinions.values()}
        if True in said:
            return Verdict.RECOGNISED
        return Verdict.PROTECTED if False in said else Verdict.UNJUDGED


@dataclass(frozen=True)
class Change:
    """What happened to a photo besides protection.

    Attributes:
        width: The protected photo's, in pixels.
        height: The protected photo's.
        scale: Its size as a share of the original's, along a side.
        cropped: Whether it shows another section than the original.
        unchanged: Whether every pixel is the original's: then nothing is protected.
    """

    width: int
    height: int
    scale: float
    cropped: bool
    unchanged: bool

    @property
    def resized(self) -> bool:
        """Whether it has another size than the original."""
        return self.cropped or abs(self.scale - 1) > 1e-3


@dataclass(frozen=True, eq=False)
class CheckedPhoto:
    """One protected photo and its original.

    Attributes:
        name: The protected photo's path below its folder, with forward slashes.
        original: The original's.
        faces: Its faces, largest first; those that only one of the two photos shows included.
        quality: How far the faces that were to be protected moved, resizing and compression included; None
            without any, and where the photo is cropped, as the pixels of the two then do not meet exactly.
        change: What happened to it besides.
        crafting: How it was protected; None where that is not known.
        pictures: What a page shows of it.
    """

    name: str
    original: str
    faces: tuple[JudgedFace, ...]
    quality: Quality | None
    change: Change
    crafting: Crafting | None
    pictures: Pictures = field(repr=False)

    @property
    def verdict(self) -> Verdict | None:
        """That of its worst face; None without faces."""
        verdicts = {face.verdict for face in self.faces}
        return next(
            (
                v
                for v in (Verdict.RECOGNISED, Verdict.UNJUDGED, Verdict.PROTECTED, Verdict.LEFT)
                if v in verdicts
            ),
            None,
        )


@dataclass(frozen=True)
class Unchecked:
    """A photo that could not be checked.

    Attributes:
        name: Its path below the folder it was found in.
        reason: Why, in words.
    """

    name: str
    reason: str


@dataclass(frozen=True)
class Judge:
    """A recogniser that judged.

    Attributes:
        name: Its name.
        licence: That of its weights.
        threshold: Its usual threshold, or None.
    """

    name: str
    licence: str
    threshold: Threshold | None


@dataclass(frozen=True)
class Tally:
    """Faces by what one recogniser makes of them."""

    recognised: int
    not_recognised: int
    unjudged: int

    @property
    def all(self) -> int:
        """How many there are."""
        return self.recognised + self.not_recognised + self.unjudged


@dataclass(frozen=True, eq=False)
class Check:
    """What was found.

    Attributes:
        judges: Who judged.
        absent: Recognisers that are there but could not judge, with the reason.
        photos: What was checked.
        failed: Photos that could not be read or protected, and protected ones without an original.
        without_copy: Originals of which no protected version was found, by name.
        detector: What found the faces.
        device: Where the recognisers ran, in words.
        versions: Package -> version.
        seconds: How long it took.
    """

    judges: tuple[Judge, ...]
    absent: tuple[Unchecked, ...]
    photos: tuple[CheckedPhoto, ...]
    failed: tuple[Unchecked, ...]
    without_copy: tuple[str, ...]
    detector: str
    device: str
    versions: Mapping[str, str]
    seconds: float

    @property
    def faces(self) -> list[JudgedFace]:
        """All faces that were to be protected."""
        return [face for photo in self.photos for face in photo.faces if not face.left]

    @property
    def left(self) -> int:
        """How many faces were left as they were, as asked."""
        return sum(face.left for photo in self.photos for face in photo.faces)

    @property
    def protected(self) -> bool:
        """Whether there are faces, every one is judged and not recognised, and no photo failed."""
        return bool(self.faces) and not self.failed and self.count(Verdict.PROTECTED) == len(self.faces)

    def count(self, verdict: Verdict) -> int:
        """How many faces have a verdict."""
        return sum(face.verdict is verdict for face in self.faces)

    def tally(self, judge: str) -> Tally:
        """What one recogniser makes of all faces."""
        said = [face.opinions[judge].recognised for face in self.faces]
        return Tally(said.count(True), said.count(False), said.count(None))

    @property
    def craftings(self) -> list[Crafting | None]:
        """How each photo with faces to protect was protected."""
        return [p.crafting for p in self.photos if any(not face.left for face in p.faces)]

    def used_in_crafting(self, judge: str) -> bool | None:
        """Whether a recogniser was crafted on for any photo with faces; None where that is not known."""
        craftings = self.craftings
        if any(crafting is not None and crafted_on(judge, crafting.recognisers) for crafting in craftings):
            return True
        return None if None in craftings else False
