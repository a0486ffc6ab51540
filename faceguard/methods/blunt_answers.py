"""Blunt answers: what an authorised network may tell strangers without teaching theirs.

How alike a network finds a photo's other people is about the face, so a student of such answers learns faces,
whatever noise the photos wear (G. Hinton et al., Distilling the Knowledge in a Neural Network, 2015). Answers
in which all the others are equally likely say no more than a name and how sure the network is of it; the
noise explains that, so the student learns the noise.
"""

from __future__ import annotations

import math

from torch import Tensor


def blunted(scores: Tensor) -> Tensor:
    """Scores after which each face's likeliest name is as likely as before, and all others are equally so.

    Args:
        scores: (B, classes), of at least two classes, as `FaceClassifier.logits` gives them.

    Returns:
        (B, classes): softmax gives the same largest probability, and shares the rest out evenly.

    Raises:
        ValueError: There is no other class.
    """
    classes = scores.shape[1]
    if classes < 2:
        raise ValueError("answers are blunt among at least two people")
    top, place = scores.max(1, keepdim=True)
    others = scores.scatter(1, place, -math.inf).logsumexp(1, keepdim=True) - math.log(classes - 1)
    return others.expand_as(scores).scatter(1, place, top)
