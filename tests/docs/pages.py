"""What the pages hold: their code blocks, by language and title."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("**/*.md"))

_FENCE = re.compile(
    r"^```(?P<language>\w+)(?: title=\"(?P<title>[^\"]+)\")?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True)
class Block:
    """A fenced block of a page.

    Attributes:
        language: What stands behind the fence, such as "console".
        title: Its title, usually a file's path; "" without one.
        text: What is in it.
        line: The line of the page that it begins in, from 1.
    """

    language: str
    title: str
    text: str
    line: int


def blocks(page: Path, language: str) -> list[Block]:
    """The blocks of a page in one language, in order."""
    text = page.read_text("utf-8")
    found = (
        Block(m["language"], m["title"] or "", m["text"], text.count("\n", 0, m.start("text")) + 1)
        for m in _FENCE.finditer(text)
    )
    return [block for block in found if block.language == language]


def commands(page: Path) -> list[str]:
    """Each `faceguard` command in the console blocks of a page, on one line."""
    lines = "\n".join(block.text for block in blocks(page, "console")).replace("\\\n", " ").splitlines()
    each = (part.strip() for line in lines for part in line.partition("#")[0].split("&&"))
    return [command for command in each if command.startswith("faceguard ")]
