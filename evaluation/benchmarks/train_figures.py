"""Figures over several trainings with different seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from evaluation.benchmarks.train_trials import CHANGE
from evaluation.intervals import over_seeds
from evaluation.results import Metric


def figures_over_seeds(each: Sequence[Mapping[str, Metric]]) -> dict[str, Metric]:
    """The mean of every figure with Student's t-interval; of one seed, the figure itself.

    Args:
        each: For each seed, figure name -> figure with its interval over persons.
    """
    if len(each) == 1:
        return dict(each[0])
    return {name: _over_seeds(name, [figures[name] for figures in each]) for name in each[0]}


def _over_seeds(name: str, metrics: Sequence[Metric]) -> Metric:
    values = [metric.value for metric in metrics if metric.value is not None]
    if len(values) < len(metrics):
        reason = next(metric.reason for metric in metrics if metric.value is None)
        return Metric(None, None, None, 0, reason=reason)
    found = over_seeds(values)
    if found.low is None or found.high is None:
        return found
    # All figures here are rates: none is beyond 0 and 1.
    least = -1.0 if name.endswith(CHANGE) else 0.0
    return replace(found, low=max(least, found.low), high=min(1.0, found.high))
