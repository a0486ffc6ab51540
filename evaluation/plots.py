"""Plots as SVG that take the colours of the page they stand in: for light and dark screens and for paper."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from evaluation.results import Curve, Metric
from evaluation.wording import is_rate
from faceguard.text.printable import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLOURS = ("#2a8ad4", "#d95f02", "#1b9e77", "#c55a9d", "#7570b3", "#b8860b")  # seen on white and on black
_DASHES = ("-", "--", "-.", ":")
_INK = "#123456"  # stands for the page's own text colour until it is replaced
_SIZE, _LEGEND_LINE = (4.6, 3.2), 0.2  # inches: readable when it is as wide as a phone
_NAMESPACES = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
_LINES = 'style="stroke-linejoin: round; stroke-linecap: butt"'
_LABEL = 44  # characters
_PROBIT_TICKS = (1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99)

Lines = Mapping[str, Curve]


@dataclass(frozen=True)
class Point:
    """One method at one strength: how far it changes photos, and what it achieves.

    Attributes:
        label: Its name.
        quality: The photos' quality.
        figure: What it achieves.
    """

    label: str
    quality: Metric
    figure: Metric


def roc_plot(lines: Lines) -> str:
    """TAR over FAR, FAR in powers of ten; `lines` are "roc" curves by label."""
    figure, axes = _figure("FAR (false accepts)", "TAR (true accepts)")
    lowest = 1.0
    for (label, curve), style in zip(lines.items(), _styles(len(lines)), strict=True):
        far, tar = np.array(curve.x), np.array(curve.y)
        seen = far > 0  # the axis has no place for 0
        axes.plot(far[seen], tar[seen], label=_short(label), **style)
        lowest = min([lowest, *tar[seen]])
    axes.set_xscale("log")
    _per_cent(axes, lowest)
    return _svg(figure)


def det_plot(lines: Lines, names: tuple[str, str] = ("FAR", "FNR (1 - TAR)")) -> str:
    """Both error rates on axes on which normal scores give straight lines (Martin et al. 1997).

    Args:
        lines: By label, curves of the one error rate over the other, such as FAR and 1 - TAR.
        names: What the two are.
    """
    figure, axes = _figure(*names)
    lowest = 0.5
    for (label, curve), style in zip(lines.items(), _styles(len(lines)), strict=True):
        x, y = np.array(curve.x), np.array(curve.y)
        seen = (x > 0) & (x < 1) & (y > 0) & (y < 1)  # the axes have no place for 0 and 1
        axes.plot(norm.ppf(x[seen]), norm.ppf(y[seen]), label=_short(label), **style)
        lowest = min([lowest, *x[seen], *y[seen]])
    ticks = [tick for tick in _PROBIT_TICKS if tick >= lowest / 3]
    texts = [f"{100 * tick:g} %" for tick in ticks]
    axes.set_xticks(norm.ppf(ticks), texts, rotation=45)
    axes.set_yticks(norm.ppf(ticks), texts)
    return _svg(figure)


def cmc_plot(lines: Lines) -> str:
    """The share of probes found at each rank or better; `lines` are "cmc" curves by label."""
    from matplotlib.ticker import MaxNLocator

    figure, axes = _figure("rank", "probes found at this rank or better")
    for (label, curve), style in zip(lines.items(), _styles(len(lines)), strict=True):
        axes.plot(curve.x, curve.y, label=_short(label), **style)
    _per_cent(axes, min(share for curve in lines.values() for share in curve.y))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    return _svg(figure)


def similarity_plot(genuine: Lines, impostor: Lines) -> str:
    """Histograms of similarities, one colour for each case; impostor pairs dashed.

    Args:
        genuine: "genuine" curves by case.
        impostor: "impostor" curves of the same cases.
    """
    figure, axes = _figure("similarity (more is more alike)", "share of pairs")
    for case, colour in zip(genuine, _COLOURS * len(genuine), strict=False):
        for words, curve, dash in (("same person", genuine[case], "-"), ("others", impostor[case], "--")):
            label = f"{_short(case)}: {words}"
            axes.stairs(curve.y, curve.x, label=label, color=colour, linestyle=dash, linewidth=1.5)
    axes.set_ylim(bottom=0)
    return _svg(figure)


def transfer_plot(values: NDArray[np.float64], surrogates: Sequence[str], victims: Sequence[str]) -> str:
    """A heat map of rates.

    Args:
        values: (surrogates, victims) rates within 0..1; NaN where there is none.
        surrogates: What was crafted on: the rows.
        victims: What looks at the photos: the columns.
    """
    size = (max(_SIZE[0], 1.8 + 0.9 * len(victims)), 1.9 + 0.5 * len(surrogates))
    figure, axes = _figure("tracker's recogniser", "crafted on", size)
    axes.pcolormesh(np.ma.masked_invalid(values), vmin=0, vmax=1, cmap="cividis")
    axes.grid(visible=False)
    axes.invert_yaxis()
    middles = [np.arange(count) + 0.5 for count in values.shape]
    axes.set_xticks(middles[1], [_short(name, 20) for name in victims], rotation=30, ha="right")
    axes.set_yticks(middles[0], [_short(name, 20) for name in surrogates])
    for row, column in np.ndindex(values.shape):
        value = float(values[row, column])
        text = "-" if np.isnan(value) else f"{100 * value:.1f}"
        colour = _INK if np.isnan(value) else "black" if value > 0.5 else "white"
        axes.text(column + 0.5, row + 0.5, text, ha="center", va="center", color=colour)
    return _svg(figure)


def strength_plot(points: Sequence[Point], quality: str, figure_name: str) -> str:
    """What methods and strengths achieve against what they cost in quality, with intervals both ways.

    Args:
        points: Those that have a value for both.
        quality: The name of the quality, such as "SSIM".
        figure_name: The name of the figure, such as "rank1".
    """
    figure, axes = _figure(quality, figure_name)
    axes.locator_params(axis="x", nbins=5)
    for point, style in zip(points, _styles(len(points)), strict=True):
        x, y = point.quality, point.figure
        axes.errorbar(
            [_known(x.value)],
            [_known(y.value)],
            _error(y),
            _error(x),
            label=_short(point.label),
            color=style["color"],
            marker="o",
            capsize=3,
            linestyle="none",
        )
    if is_rate(figure_name):
        _per_cent(axes)
    return _svg(figure)


def _per_cent(axes: Axes, lowest: float = 0.0) -> None:
    """An axis of rates up to 100 %; from 0, or from near the lowest rate where all are high."""
    from matplotlib.ticker import PercentFormatter

    bottom = lowest if 0.6 < lowest < 1 else 0.0
    room = 0.05 * (1 - bottom)
    axes.set_ylim(bottom - room, 1 + room)
    axes.yaxis.set_major_formatter(PercentFormatter(1, symbol=" %"))


def _known(value: float | None) -> float:
    return float("nan") if value is None else value


def _error(metric: Metric) -> NDArray[np.float64]:
    """(2, 1) how far the interval reaches below and above; 0 where there is none."""
    if metric.value is None or metric.low is None or metric.high is None:
        return np.zeros((2, 1))
    return np.array([[metric.value - metric.low], [metric.high - metric.value]])


def _figure(x: str, y: str, size: tuple[float, float] = _SIZE) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    figure.patch.set_alpha(0)
    axes = figure.add_subplot()
    axes.patch.set_alpha(0)
    axes.set_xlabel(x, color=_INK)
    axes.set_ylabel(y, color=_INK)
    axes.tick_params(colors=_INK)
    axes.grid(color=_INK, alpha=0.18, linewidth=0.6)
    for side, spine in axes.spines.items():
        spine.set_color(_INK)
        spine.set_visible(side in ("left", "bottom"))
    return figure, axes


def _svg(figure: Figure) -> str:
    """The figure as an `svg` element without fonts, sizes or ids of its own to get in a page's way."""
    from matplotlib import rc_context

    handles, labels = figure.axes[0].get_legend_handles_labels()
    if handles:
        width, height = figure.get_size_inches()
        figure.set_size_inches(width, height + _LEGEND_LINE * len(handles))
        figure.legend(handles, labels, loc="outside lower center", frameon=False, labelcolor=_INK)
    buffer = io.StringIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "faceguard"}):
        figure.savefig(buffer, format="svg", metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    drawn = buffer.getvalue().replace(_INK, "currentColor")
    drawn = re.sub(
        r"<metadata>.*?</metadata>|<style.*?</style>", "", drawn[drawn.index("<svg") :], flags=re.S
    )
    drawn = re.sub(r"^<svg [^>]*?(viewBox=\"[^\"]*\")[^>]*>", rf"<svg {_NAMESPACES} \1 {_LINES}>", drawn)
    own = hashlib.sha256(drawn.encode()).hexdigest()[:8]
    return re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>plot-{own}-", drawn)


def _styles(count: int) -> list[dict[str, Any]]:
    """Colours, and once these are used up, dashes."""
    return [
        {
            "color": _COLOURS[place % len(_COLOURS)],
            "linestyle": _DASHES[place // len(_COLOURS) % len(_DASHES)],
        }
        for place in range(count)
    ]


def _short(label: str, most: int = _LABEL) -> str:
    """A label as matplotlib takes it for plain text, with its middle left out where it is too long."""
    half = (most - 3) // 2
    text = printable(label)
    text = text if len(text) <= most else f"{text[:half]}...{text[-half:]}"
    text = text.replace("$", r"\$")  # else it is mathematics
    return f" {text}" if text.startswith("_") else text  # else it is no label
