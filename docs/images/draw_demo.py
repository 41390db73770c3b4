"""Draw docs/images/demo.svg from a real run of the demo: `python docs/images/draw_demo.py`."""

from __future__ import annotations

import contextlib
import io
import os
import re
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI

from muniment.packs.fraud import demo

TARGET = Path(__file__).with_name("demo.svg")
WIDTH = 100

#: Rich's template without its web fonts: a picture in a repository must not fetch anything.
TEMPLATE = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, monospace; font-size: {char_height}px; \
line-height: {line_height}px; }}
.{unique_id}-title {{ font-size: 18px; font-family: sans-serif; font-weight: bold; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" /></clipPath>{lines}</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}<g class="{unique_id}-matrix">{matrix}</g></g>
</svg>
"""


def draw(*, rows: int | None = None) -> str:
    """Return the picture of one run.

    Args:
        rows: Payments to stream; all unless given.
    """
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    console = Console(record=True, width=WIDTH, file=io.StringIO(), highlight=False)
    with tempfile.TemporaryDirectory() as here, contextlib.chdir(here):
        demo.run(rows, console=console)
    drawn = console.export_svg(title="make demo", theme=MONOKAI, code_format=TEMPLATE, unique_id="demo")
    return slim(drawn)


def slim(svg: str) -> str:
    """Return the picture without the clip path that Rich makes for every line, which changes nothing here."""
    svg = re.sub(r'<clipPath id="demo-line-\d+">\s*<rect [^>]*/>\s*</clipPath>', "", svg)
    svg = re.sub(r' clip-path="url\(#demo-line-\d+\)"', "", svg)
    return re.sub(r"\n\s*\n+", "\n", svg).rstrip() + "\n"


if __name__ == "__main__":
    TARGET.write_text(draw(), encoding="utf-8")
