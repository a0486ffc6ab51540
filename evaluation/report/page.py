"""The HTML report: one file that needs no other, readable on a phone, in light and dark, and on paper."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from evaluation.report.figures import Plot, figures
from evaluation.report.samples import AMPLIFIED, Sample
from evaluation.report.tables import facts, not_measured, tables
from evaluation.results import Result
from faceguard.photos import write_atomically

REPORT_NAME = "report.html"

__all__ = ["REPORT_NAME", "Sample", "report_html", "write_report"]


def write_report(result: Result, folder: Path, samples: Sequence[Sample] = ()) -> Path:
    """Writes `report.html` into a folder, whole or not at all.

    Args:
        result: What to show.
        folder: Where.
        samples: Photos to show; each is drawn before, after, and its difference amplified.

    Returns:
        The file.

    Raises:
        DiskFullError: There is no room left.
        PhotoError: It cannot be written for another reason.
    """
    path = folder / REPORT_NAME
    write_atomically(path, report_html(result, samples).encode())
    return path


def report_html(result: Result, samples: Sequence[Sample] = ()) -> str:
    """The report as text. Without matplotlib it has no plots and says so."""
    plots, without_plots = _plots(result)
    here = files("evaluation.report")
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string(here.joinpath("page.html.jinja").read_text(encoding="utf-8"))
    return template.render(
        style=Markup(here.joinpath("style.css").read_text(encoding="utf-8")),
        benchmark=result.benchmark,
        tables=list(tables(result)),
        plots=[(plot, Markup(plot.svg)) for plot in plots],
        without_plots=without_plots,
        samples=[(sample.caption, sample.pictures()) for sample in samples],
        amplified=AMPLIFIED,
        not_measured=not_measured(result),
        facts=list(facts(result)),
    )


def _plots(result: Result) -> tuple[list[Plot], str]:
    """The plots, or why there are none."""
    try:
        return list(figures(result)), ""
    except ImportError:
        return [], "The plots are missing: they need matplotlib (pip install 'faceguard[bench]')."
