"""Which plots a result has something for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from evaluation import plots
from evaluation.results import Curve, Metric, Result
from faceguard.text.short_names import short_name

_MOST_LINES, _MOST_HISTOGRAMS = 8, 2  # more cannot be told apart
_QUALITIES = {"ssim": "SSIM (1 is the same picture)", "lpips": "LPIPS", "psnr": "PSNR in dB"}
_ACHIEVED = ("rank1", "accuracy", "eer")


@dataclass(frozen=True)
class Plot:
    """A drawn plot.

    Attributes:
        title: Its heading.
        caption: What it shows, in a sentence.
        alt: The same for those who cannot see it, with the figures that matter.
        svg: An `svg` element, its texts escaped.
    """

    title: str
    caption: str
    alt: str
    svg: str


def figures(result: Result) -> Iterator[Plot]:
    """Draws every plot that the result has curves or figures for.

    Raises:
        ImportError: matplotlib is missing.
    """
    yield from _strength(result)
    yield from _transfer(result)
    for recogniser in result.curves:
        yield from _similarities(recogniser, result)
        yield from _curves(recogniser, result)


def _curves(recogniser: str, result: Result) -> Iterator[Plot]:
    lines, left_out = _lines(result.curves[recogniser], "roc")
    if lines:
        yield Plot(
            f"ROC: {short_name(recogniser)}",
            "How many genuine pairs pass at each share of impostor pairs that pass." + left_out,
            _alt("ROC", result, recogniser, lines, "eer"),
            plots.roc_plot(lines),
        )
        yield Plot(
            f"DET: {short_name(recogniser)}",
            "Both error rates against each other, on normal deviate axes; towards the lower left is better "
            "recognition." + left_out,
            _alt("DET curve", result, recogniser, lines, "eer"),
            plots.det_plot({case: _missed(curve) for case, curve in lines.items()}),
        )
    lines, left_out = _lines(result.curves[recogniser], "cmc")
    if lines:
        yield Plot(
            f"CMC: {short_name(recogniser)}",
            "How many probes find their own person at a rank or better." + left_out,
            _alt("CMC", result, recogniser, lines, "rank1"),
            plots.cmc_plot(lines),
        )
    lines, left_out = _lines(result.curves[recogniser], "open_set")
    if lines:
        yield Plot(
            f"Open-set DET: {short_name(recogniser)}",
            "How many probes of enrolled people are missed (FNIR) at each share of other people's probes "
            "that return somebody (FPIR)." + left_out,
            _alt("Open-set DET curve", result, recogniser, lines, "fnir@fpir=1e-2"),
            plots.det_plot(lines, ("FPIR", "FNIR")),
        )


def _similarities(recogniser: str, result: Result) -> Iterator[Plot]:
    cases = {
        case: curves
        for case, curves in result.curves[recogniser].items()
        if "genuine" in curves and "impostor" in curves
    }
    genuine, left_out = _lines(cases, "genuine", _MOST_HISTOGRAMS)
    impostor, _ = _lines(cases, "impostor", _MOST_HISTOGRAMS)
    if genuine:
        means = "; ".join(
            f"{case}: mean {_mean(curve):.2f} of one person, {_mean(impostor[case]):.2f} of different people"
            for case, curve in genuine.items()
        )
        yield Plot(
            f"Similarities: {short_name(recogniser)}",
            "How alike the recogniser finds photos of one person and of different people, by case."
            + left_out,
            f"Histograms of similarity. {means}.",
            plots.similarity_plot(genuine, impostor),
        )


def _transfer(result: Result) -> Iterator[Plot]:
    if result.benchmark != "transfer":
        return
    victims = list(result.metrics)
    surrogates = list(dict.fromkeys(case for cases in result.metrics.values() for case in cases))
    values = np.array(
        [
            [_value(result.metrics[victim].get(surrogate, {}).get("rank1")) for victim in victims]
            for surrogate in surrogates
        ]
    )
    if not np.isfinite(values).any():
        return
    told = "; ".join(
        f"crafted on {surrogate}, seen by {victim}: {100 * values[row, column]:.1f} %"
        for row, surrogate in enumerate(surrogates)
        for column, victim in enumerate(victims)
        if np.isfinite(values[row, column])
    )
    yield Plot(
        "Transfer",
        "Rank-1 in per cent: how often each tracker still names the user, by what was crafted on.",
        f"Heat map of rank-1. {told}.",
        plots.transfer_plot(
            values, *([short_name(name) for name in names] for names in (surrogates, victims))
        ),
    )


def _strength(result: Result) -> Iterator[Plot]:
    quality = next(
        (name for name in _QUALITIES for figures in result.quality.values() if _has(figures, name)), None
    )
    achieved = next(
        (
            name
            for name in _ACHIEVED
            for cases in result.metrics.values()
            for case, figures in cases.items()
            if case in result.quality and _has(figures, name)
        ),
        None,
    )
    if quality is None or achieved is None:
        return
    points = [
        plots.Point(f"{short_name(recogniser)}, {case}", result.quality[case][quality], figures[achieved])
        for recogniser, cases in result.metrics.items()
        for case, figures in cases.items()
        if case in result.quality and _has(result.quality[case], quality) and _has(figures, achieved)
    ]
    told = "; ".join(
        f"{p.label}: {quality} {p.quality.value:.3f}, {achieved} {p.figure.value:.3f}" for p in points
    )
    yield Plot(
        "Strength against quality",
        "What protection achieves against what it costs in quality, with 95 % intervals.",
        f"Scatter plot. {told}.",
        plots.strength_plot(points[: 3 * _MOST_LINES], _QUALITIES[quality], achieved),
    )


def _has(figures: Mapping[str, Metric], name: str) -> bool:
    return name in figures and figures[name].value is not None


def _value(metric: Metric | None) -> float:
    return float("nan") if metric is None or metric.value is None else metric.value


def _lines(
    cases: Mapping[str, Mapping[str, Curve]], name: str, most: int = _MOST_LINES
) -> tuple[dict[str, Curve], str]:
    """The curves of one kind by case, and a remark where there are more than can be told apart."""
    found = {case: curves[name] for case, curves in cases.items() if name in curves}
    return dict(list(found.items())[:most]), _left_out(len(found), most)


def _left_out(count: int, most: int) -> str:
    return f" The first {most} of {count} cases are drawn." if count > most else ""


def _missed(curve: Curve) -> Curve:
    return Curve(curve.x, tuple(1 - share for share in curve.y))


def _mean(curve: Curve) -> float:
    edges = np.array(curve.x)
    return float(np.average((edges[1:] + edges[:-1]) / 2, weights=curve.y)) if any(curve.y) else float("nan")


def _alt(kind: str, result: Result, recogniser: str, lines: Mapping[str, Curve], name: str) -> str:
    cases = result.metrics.get(recogniser, {})
    told = [
        f"{case}: {name} {cases[case][name].value:.3f}" for case in lines if _has(cases.get(case, {}), name)
    ]
    return f"{kind} of {recogniser}. {'; '.join(told) or ', '.join(lines)}."
