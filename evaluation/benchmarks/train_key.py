"""The key to ungeneralizable photos that a tracker is given: where it lies, and whether it is theirs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from evaluation.benchmarks.protecting import ProtectedPhoto
from evaluation.benchmarks.published_photos import Published
from evaluation.benchmarks.train_photos import folder_of
from evaluation.benchmarks.train_settings import TrainSettings
from faceguard.errors import SettingsError
from faceguard.methods.authorised_key import AuthorisedKey
from faceguard.methods.key_file import KEY_NAME
from faceguard.photos import decode_photo

_LOOKED_AT = 10  # photos: the colour is that of all
_BY_CHANCE = 1 / 3  # of noise in no colour lies along any one


def key_to(settings: TrainSettings, published: Published) -> AuthorisedKey:
    """The key to some published photos.

    Raises:
        SettingsError: There is none, it cannot be read, or it is not the key to these photos.
    """
    assert settings.key is not None
    path = settings.key.file or _lying_with(settings, published)
    if not path.is_file():
        raise SettingsError(
            f"{path}: no such key; name the {KEY_NAME} that protecting the photos left with --key FILE"
        )
    key = AuthorisedKey.read(path)
    share = share_along(key, list(published.photos.values()))
    if share is not None and share <= _BY_CHANCE:
        raise SettingsError(
            f"{path}: is not the key to these photos: {100 * share:.0f} % of what was changed on them is in "
            "its colour, no more than by chance"
        )
    return key


def share_along(key: AuthorisedKey, photos: Sequence[ProtectedPhoto]) -> float | None:
    """How much of the changes to photos, in squares, lies along a key's colour, 0..1; of some of them.

    Grey photos say nothing, as they stay grey; None where there is no other that kept its size.
    """
    colour = key.colour.double().numpy() / float(key.colour.norm())
    along = whole = 0.0
    count = min(len(photos), _LOOKED_AT)
    for photo in (photos[place * len(photos) // count] for place in range(count)):
        before = decode_photo(photo.original.read(), photo.original.path)
        after = decode_photo(photo.written.read(), photo.written.path)
        if not before.grey and before.pixels.shape == after.pixels.shape:
            change = after.pixels.astype(np.float64) - before.pixels
            along += float(((change @ colour) ** 2).sum())
            whole += float((change**2).sum())
    return along / whole if whole else None


def _lying_with(settings: TrainSettings, published: Published) -> Path:
    if settings.protected is not None:
        return settings.protected / KEY_NAME
    return folder_of(settings, str(published.settings["crafting"])) / KEY_NAME
