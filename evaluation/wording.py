"""How figures are shown to people: rates in per cent, the rest in its own unit."""

from __future__ import annotations

from evaluation.results import Metric

_RATES = ("rank", "tar@", "fnir@", "accuracy", "eer", "protection_rate", "found", "recognised")
_CHANGES = ("_change", ", change")
_UNITS = {
    "psnr": ("dB", 1),
    "largest_change": ("of 255", 0),
    "mean_change": ("of 255", 2),
    "seconds_per_face": ("s", 3),
    "seconds_per_photo": ("s", 3),
    "peak_memory_mib": ("MiB", 0),
    "peak_gpu_memory_mib": ("MiB", 0),
}
_PLAIN_DIGITS = 4


def value_text(name: str, metric: Metric, change: bool = False) -> str:
    """A figure, such as "99.5 %" or "32.4 dB"; "-" where there is none.

    Args:
        name: What figure it is.
        metric: The figure.
        change: Whether it is a change: shown with its sign, and in points where the figure is a rate.
    """
    if metric.value is None:
        return "-"
    return f"{_number(name, metric.value, metric, change)}{_unit(name, change)}"


def interval_text(name: str, metric: Metric, change: bool = False) -> str:
    """Its interval, such as "97.2 to 100.0"; empty where there is none."""
    if metric.low is None or metric.high is None:
        return ""
    return f"{_number(name, metric.low, metric, change)} to {_number(name, metric.high, metric, change)}"


def is_change(case: str, name: str) -> bool:
    """Whether a figure says how much something changed, by the names of its case and its own."""
    return name not in _UNITS and (case.endswith(_CHANGES) or name.endswith(_CHANGES))


def is_rate(name: str) -> bool:
    """Whether a figure is a rate, shown in per cent."""
    return name.startswith(_RATES)


def _number(name: str, value: float, metric: Metric, change: bool) -> str:
    sign = "+" if change else ""
    if is_rate(name):
        return f"{100 * value:{sign}.{1 if change else _digits(metric.value)}f}"
    digits = _UNITS[name][1] if name in _UNITS else _PLAIN_DIGITS
    return f"{value:{sign},.{digits}f}"


def _digits(rate: float | None) -> int:
    """One decimal, and two where one would show a small rate as none, or one near 100 % as all."""
    return 2 if rate is not None and 0 < min(rate, 1 - rate) < 0.01 else 1


def _unit(name: str, change: bool) -> str:
    if is_rate(name):
        return " points" if change else " %"
    return f" {_UNITS[name][0]}" if name in _UNITS else ""
