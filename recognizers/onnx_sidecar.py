"""What a publisher says of an ONNX recogniser in a small text file beside it: `FILE.onnx.toml`.

name = "my-recogniser"                 # what reports call it
licence = "Apache-2.0"
sha256 = "4c06..."                     # checked when it is loaded

[crop]                                 # what is left out is read from the graph, as insightface does
size = 112                             # pixels
template = "arcface"                   # or "dlib", "facenet", or five [x, y] in pixels: left eye, right
                                       # eye, nose, left and right mouth corner; left is the image's left
colour_order = "RGB"                   # or "BGR"
mean = 127.5                           # one value or three, R, G, B; of 0..255
scale = 127.5                          # the network sees (x - mean) / scale

[threshold]                            # from where on two faces are taken for the same person
measure = "cosine"                     # a similarity; or "euclidean", a distance
value = 0.35
source = "the author's LFW evaluation"
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recognizers.base import Measure, Threshold
from recognizers.crops import Template
from recognizers.errors import RecognizerError
from recognizers.onnx_crop import NAMED_TEMPLATES, StatedCrop
from recognizers.system_errors import reason_of

_KEYS = {
    "": {"name", "licence", "sha256", "crop", "threshold"},
    "crop": {"size", "template", "colour_order", "mean", "scale"},
    "threshold": {"measure", "value", "source"},
}


@dataclass(frozen=True)
class Sidecar:
    """What is said of a recogniser beside its file; None is not said.

    Attributes:
        name: What reports call it.
        licence: The licence of its weights, in words.
        sha256: What the file must be, in hexadecimal.
        crop: What it is shown.
        threshold: Its usual threshold.
    """

    name: str | None = None
    licence: str | None = None
    sha256: str | None = None
    crop: StatedCrop | None = None
    threshold: Threshold | None = None


def sidecar_path(path: Path) -> Path:
    """Where the sidecar of an ONNX file lies, if it has one."""
    return path.with_name(f"{path.name}.toml")


def read_sidecar(path: Path) -> Sidecar:
    """What the sidecar of an ONNX file says; nothing where there is none.

    Raises:
        RecognizerError: It cannot be read, or says something that is not known or not possible.
    """
    file = sidecar_path(path)
    try:
        with file.open("rb") as opened:
            stated = tomllib.load(opened)
        return _sidecar(stated)
    except FileNotFoundError:
        return Sidecar()
    except OSError as error:
        raise RecognizerError(f"{file}: {reason_of(error)}") from error
    except ValueError as error:  # of tomllib and UTF-8 too
        raise RecognizerError(f"{file}: {error}") from error


def _sidecar(stated: dict[str, Any]) -> Sidecar:
    _check_keys("", stated)
    crop, threshold = _table(stated, "crop"), _table(stated, "threshold")
    return Sidecar(
        name=_text(stated, "name"),
        licence=_text(stated, "licence"),
        sha256=(_text(stated, "sha256") or "").lower() or None,
        crop=StatedCrop(
            size=_size(crop),
            template=_template(crop),
            mean=_mean(crop),
            scale=_scale(crop),
            colour_order=_choice(crop, "colour_order", ("RGB", "BGR")),
        ),
        threshold=_threshold(threshold) if threshold else None,
    )


def _check_keys(table: str, stated: dict[str, Any]) -> None:
    unknown = sorted(set(stated) - _KEYS[table])
    if unknown:
        place = f" in [{table}]" if table else ""
        raise ValueError(f"{unknown[0]!r}{place} is not known; there are {', '.join(sorted(_KEYS[table]))}")


def _table(stated: dict[str, Any], name: str) -> dict[str, Any]:
    table = stated.get(name, {})
    if not isinstance(table, dict):
        raise ValueError(f"{name!r} is a table, [{name}] and its lines, not {table!r}")
    _check_keys(name, table)
    return table


def _text(stated: dict[str, Any], key: str) -> str | None:
    value = stated.get(key)
    if value is not None and not (isinstance(value, str) and value.strip()):
        raise ValueError(f"{key!r} is a text, not {value!r}")
    return value


def _choice(stated: dict[str, Any], key: str, choices: tuple[str, ...]) -> str | None:
    value = _text(stated, key)
    if value is not None and value not in choices:
        raise ValueError(f"{key!r} is {' or '.join(choices)}, not {value!r}")
    return value


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf")


def _is_point(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(map(_is_number, value))


def _size(crop: dict[str, Any]) -> int | None:
    size = crop.get("size")
    if size is not None and not (isinstance(size, int) and not isinstance(size, bool) and size > 0):
        raise ValueError(f"'size' is a whole number of pixels, not {size!r}")
    return size


def _scale(crop: dict[str, Any]) -> float | None:
    scale = crop.get("scale")
    if scale is None:
        return None
    if not _is_number(scale) or scale <= 0:
        raise ValueError(f"'scale' is a number above 0, not {scale!r}")
    return float(scale)


def _mean(crop: dict[str, Any]) -> tuple[float, float, float] | None:
    mean = crop.get("mean")
    if mean is None:
        return None
    values = mean if isinstance(mean, list) else [mean] * 3
    if len(values) != 3 or not all(map(_is_number, values)):
        raise ValueError(f"'mean' is one number or three, not {mean!r}")
    red, green, blue = map(float, values)
    return red, green, blue


def _template(crop: dict[str, Any]) -> Template | str | None:
    template = crop.get("template")
    if template is None or (isinstance(template, str) and template in NAMED_TEMPLATES):
        return template
    if not (isinstance(template, list) and len(template) == 5 and all(map(_is_point, template))):
        names = ", ".join(map(repr, NAMED_TEMPLATES))
        raise ValueError(f"'template' is {names} or five points [x, y], not {template!r}")
    first, second, third, fourth, fifth = ((float(x), float(y)) for x, y in template)
    return first, second, third, fourth, fifth


def _threshold(stated: dict[str, Any]) -> Threshold:
    measure = _choice(stated, "measure", tuple(each.value for each in Measure))
    value = stated.get("value")
    if measure is None or not _is_number(value):
        raise ValueError("[threshold] needs 'measure' and 'value', a number")
    assert isinstance(value, int | float)
    return Threshold(Measure(measure), float(value), _text(stated, "source") or "the file's sidecar")
