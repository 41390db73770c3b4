"""Documents as tests see them: their code blocks, and what was printed held against what they say."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^```(?P<language>[a-z]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """A code block: its language, its text, and the line on which the text begins."""

    language: str
    text: str
    line: int


def blocks(document: Path) -> Iterator[Block]:
    """Yield the code blocks of a Markdown file."""
    content = document.read_text(encoding="utf-8")
    for match in _BLOCK.finditer(content):
        yield Block(match["language"], match["text"], content.count("\n", 0, match.start()) + 2)


def documents() -> list[Path]:
    """Return every Markdown file of the project, vectors of others left out."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "*.md"], cwd=ROOT, capture_output=True)
    if listed.returncode == 0 and listed.stdout:
        found = [ROOT / name for name in listed.stdout.decode().split("\n") if name]
    else:
        found = [path for path in ROOT.rglob("*.md") if not any(part.startswith(".") for part in path.parts)]
    return sorted(path for path in found if "vectors" not in path.parts and path.exists())


def fits(printed: str, said: str) -> bool:
    """Answer whether an output is the one a document shows, in which `...` stands for anything."""
    parts = [re.escape(part) for part in said.strip().split("...")]
    return re.fullmatch(".*?".join(parts), printed.strip(), re.DOTALL) is not None
