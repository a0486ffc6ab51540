"""Lists of files with what there is to say of each, cut short where they are long."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from faceguard.text.printable import printable

_LISTED = 20


def listing(title: str, entries: Sequence[tuple[str, str]], whole: str) -> Iterator[str]:
    """Lines for a list, an empty one before it; none where there is nothing to list.

    Args:
        title: What is listed.
        entries: Names, each with a reason; an empty one is left out.
        whole: What lists those that are left out here, such as "the page".
    """
    if not entries:
        return
    yield ""
    yield title
    for name, reason in entries[:_LISTED]:
        yield f"  {printable(f'{name}: {reason}' if reason else name)}"
    if len(entries) > _LISTED:
        yield f"  and {len(entries) - _LISTED:,} more; {whole} lists them all"
