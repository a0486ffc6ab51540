"""What a protection does not promise."""

from __future__ import annotations

from collections.abc import Mapping

LIMITS = (
    "Photos of you that are already out there still show who you are. A gallery that holds them may still "
    "recognise you in new photos.",
    "Recognisers it was not crafted against may still recognise the faces, and a tracker that is retrained "
    "on protected photos, now or later, may learn to see through them.",
    "A photo in which no face was found is unprotected, and so is a face that was overlooked in a photo "
    "with others: look through the result.",
    "The numbers hold for an ordinary copy (half the size, JPEG quality 75). What heavier editing, filters "
    "or a photo of the screen leave of the protection was not measured.",
)
TRAINING_LIMITS = (
    "This is against training: a recogniser that learns from these photos alone should learn less of whom "
    "they show. It does nothing against one that is not trained on them, such as a finished recogniser whose "
    "gallery holds you. How well it works was not measured on these photos.",
    "Photos of you that are already out there teach a recogniser who you are, and so does every photo of you "
    "that is not protected.",
    "Who knows of the protection can weaken or undo it: by adversarial training, greyscale, strong JPEG "
    "compression, or a network that cleans photos up.",
    "A photo in which no face was found is unprotected, and so is a face that was overlooked in a photo "
    "with others: look through the result.",
)
MASK_LIMIT = (
    "All photos of a person wear the same mask, which hides less than a cloak made for each photo; and "
    "photos that wear it still resemble each other: a tracker that holds some may recognise more by these."
)
BOTH_LIMITS = (
    "Two different things were done, within one budget, so each is weaker than it would be alone: against "
    "enrolment (a finished recogniser whose gallery holds you) each photo has a cloak; against training (a "
    "recogniser that learns from the photos) all photos of a person share blocks of colour. Neither does the "
    "other's work. The similarities above are about the first. The second was not measured on these photos; "
    "where it is what you fear most, a method of its own does it better.",
)
_SELECTION_LIMIT = (
    "Whose face is whose was decided by a recogniser, which errs: it may take a face for somebody else's, "
    "above all one in profile, dark, or of another age than on the references: look through the result."
)


def limits_of(settings: Mapping[str, object]) -> tuple[str, ...]:
    """What a protection with some settings does not promise, in sentences."""
    limits: tuple[str, ...] = TRAINING_LIMITS if settings.get("threat") == "training" else LIMITS
    if settings.get("method") == "person-mask":
        limits = (MASK_LIMIT, *limits)
    if settings.get("threat") == "both":
        limits = (*BOTH_LIMITS, *LIMITS, *(limit for limit in TRAINING_LIMITS[1:] if limit not in LIMITS))
    return (*limits, _SELECTION_LIMIT) if settings.get("people") else limits
