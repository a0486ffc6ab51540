"""The HTML report holds everything, needs nothing else, and takes any name for a name."""

from __future__ import annotations

import dataclasses
import re
import sys
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from evaluation import plots
from evaluation.report.page import Sample, report_html, write_report
from evaluation.results import Curve, Metric
from faceguard.errors import FaceguardError
from tests.evaluation.made_results import made_result

EVIL = "<script>alert(1)</script>\"'&$x_1$"
VOID = {"meta", "img", "link", "br", "hr", "input"}


class Page(HTMLParser):
    """Collects tags and attributes, and refuses tags that are not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def sample() -> Sample:
    before = np.random.default_rng(0).integers(0, 256, (60, 50, 3), dtype=np.uint8)
    return Sample(f"somebody {EVIL}", before, before ^ 1)


def test_the_report_needs_no_other_file() -> None:
    page = Page(report_html(made_result(), [sample()]))
    assert not {"script", "link", "iframe", "object", "embed"} & {tag for tag, _ in page.tags}
    for tag, attributes in page.tags:
        for name in ("src", "href", "xlink:href", "data", "poster", "srcset"):
            value = attributes.get(name)
            assert value is None or value.startswith(("data:image/", "#")), (tag, value)
        assert not any(name.startswith("on") for name in attributes)
    styles = re.findall(r"url\(([^)]*)\)|(@import)|(@font-face)", report_html(made_result()))
    assert all(url.startswith("#") for url, *rest in styles)
    assert not any(any(rest) for _, *rest in styles)
    policies = [meta["content"] for meta in page.named("meta") if "http-equiv" in meta]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]


def test_every_kind_of_plot_is_there_with_a_text_for_those_who_cannot_see_it() -> None:
    page = Page(report_html(made_result()))
    alts = [attributes["aria-label"] for attributes in page.named("div") if attributes.get("role") == "img"]
    for kind in ("Scatter plot", "Histograms", "ROC", "DET curve", "CMC", "Open-set DET"):
        assert sum(alt.startswith(kind) for alt in alts) == 1, alts
    rank1 = made_result().metrics["dlib"]["clean/clean"]["rank1"].value
    assert f"clean/clean: rank1 {rank1:.3f}" in next(alt for alt in alts if alt.startswith("CMC"))


def test_figures_intervals_counts_and_what_is_missing_are_told() -> None:
    text = " ".join(" ".join(Page(report_html(made_result())).texts).split())
    assert "rank1 88.9 %" in text
    assert "45 of 9 people" in text
    assert "FAR 1e-6 needs 1,000,000 impostor pairs or more, not 1,650" in text
    assert "Trackers that adapt were not let loose." in text
    assert "0.600 s" in text
    assert "0" * 64 in text


def test_every_text_is_escaped_and_shown_as_it_is() -> None:
    result = made_result(recogniser=EVIL, method=EVIL)
    result = dataclasses.replace(
        result,
        not_measured=(EVIL,),
        protocol={EVIL: EVIL},
        quality={EVIL: result.quality["protected/clean"]},
        metrics={EVIL: {EVIL: result.metrics[EVIL]["clean/clean"]}},
        curves={EVIL: {EVIL: result.curves[EVIL]["clean/clean"]}},
    )
    html = report_html(result, [sample()])
    page = Page(html)
    assert "<script" not in html
    assert page.texts.count(EVIL) >= 4
    assert any(EVIL in (image["alt"] or "") for image in page.named("img"))
    svg = re.findall(r"<svg .*?</svg>", html, re.S)
    words = [text for drawing in svg for text in ElementTree.fromstring(drawing).itertext()]
    assert any(EVIL in text for text in words)  # the dollars in it made no formula


def test_sample_photos_are_before_after_and_difference() -> None:
    images = Page(report_html(made_result(), [sample()])).named("img")
    assert [image["alt"] for image in images] == [
        f"somebody {EVIL}: {name}" for name in ("before", "after", "difference")
    ]
    assert all((image["src"] or "").startswith("data:image/jpeg;base64,") for image in images)
    with pytest.raises(ValueError, match="both"):
        Sample("", np.zeros((2, 3, 3), np.uint8), np.zeros((3, 2, 3), np.uint8))


def test_ids_of_plots_do_not_collide() -> None:
    page = Page(report_html(made_result()))
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids)) > 0
    html = report_html(made_result())
    used = set(re.findall(r'url\(#([^)]*)\)|xlink:href="#([^"]*)"', html))
    assert {a or b for a, b in used} <= set(ids)


def test_plots_take_the_colour_of_the_page() -> None:
    svg = plots.cmc_plot({"a": Curve((1, 2), (0.5, 1))})
    assert "currentColor" in svg
    assert "#123456" not in svg
    assert "<style" not in svg
    assert re.match(r'<svg [^>]*viewBox="', svg)
    assert not re.match(r'<svg [^>]*\swidth="', svg)


def test_a_transfer_result_is_a_heat_map() -> None:
    figure = Metric(0.25, 0.1, 0.4, 50)
    result = dataclasses.replace(
        made_result(),
        benchmark="transfer",
        metrics={"dlib": {"dlib": {"rank1": figure}}, "other": {"dlib": {"rank1": figure}, "other": {}}},
        curves={},
        quality={},
    )
    page = Page(report_html(result))
    alts = [attributes["aria-label"] for attributes in page.named("div") if attributes.get("role") == "img"]
    assert alts == [
        "Heat map of rank-1. crafted on dlib, seen by dlib: 25.0 %; crafted on dlib, seen by other: 25.0 %."
    ]
    assert page.texts.count("25.0") == 2
    assert page.texts.count("-") >= 2


def test_more_cases_than_can_be_told_apart_are_not_all_drawn() -> None:
    result = made_result()
    curves = {f"case {number}": result.curves["dlib"]["clean/clean"] for number in range(12)}
    text = " ".join(Page(report_html(dataclasses.replace(result, curves={"dlib": curves}))).texts)
    assert "The first 8 of 12 cases are drawn." in text


def test_headings_name_files_without_their_folders() -> None:
    result = made_result(recogniser="onnx:/a/long/path/net.onnx")
    headings = [text for text in Page(report_html(result)).texts if "net.onnx" in text and ": onnx" in text]
    assert "CMC: onnx:net.onnx" in headings
    assert not any("long" in heading for heading in headings)


def test_without_matplotlib_the_rest_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    text = " ".join(Page(report_html(made_result())).texts)
    assert "The plots are missing: they need matplotlib (pip install 'faceguard[bench]')." in text
    assert "88.9 %" in text


def test_the_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = write_report(made_result(), tmp_path / "new")
    assert path == tmp_path / "new" / "report.html"
    assert path.read_text(encoding="utf-8") == report_html(made_result())
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(FaceguardError, match="cannot be written"):
        write_report(made_result(), tmp_path / "file")
