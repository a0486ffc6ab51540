"""Lists of files in words."""

from __future__ import annotations

from faceguard.text.listing import listing


def test_each_entry_has_a_line_and_none_breaks_it() -> None:
    lines = list(listing("Failed:", [("a\nb.jpg", "too large"), ("c.jpg", "")], "the page"))
    assert lines == ["", "Failed:", "  a\\nb.jpg: too large", "  c.jpg"]


def test_nothing_to_list_is_no_line() -> None:
    assert not list(listing("Failed:", [], "the page"))


def test_a_long_list_says_where_the_rest_is() -> None:
    lines = list(listing("Failed:", [(f"{number}.jpg", "") for number in range(1022)], "the page"))
    assert lines[2:4] == ["  0.jpg", "  1.jpg"]
    assert lines[21:] == ["  19.jpg", "  and 1,002 more; the page lists them all"]
