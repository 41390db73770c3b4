"""What people see: plain text on a pipe, the same with colours on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, TextIO

import msgspec

if TYPE_CHECKING:
    from rich.console import Console

_BAR_CELLS = 24


class Screen:
    """A stream that people read. Control characters in what it is given are shown escaped, never sent.

    Args:
        stream: Where to write.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    @cached_property
    def console(self) -> Console:
        """The Rich console of this stream: no colours unless it is a terminal and NO_COLOR is not set."""
        from rich.console import Console

        return Console(file=self._stream, highlight=False, markup=False, emoji=False)

    def line(self, text: str = "", style: str | None = None) -> None:
        """Write one line, never cut."""
        self.console.print(printable(text), style=style, soft_wrap=True)

    def title(self, text: str) -> None:
        """Write a heading."""
        self.line(text, "bold")

    def pairs(self, rows: Iterable[tuple[str, object]]) -> None:
        """Write names and values, aligned; a row whose value is None is left out."""
        kept = [(name, str(value)) for name, value in rows if value is not None]
        width = max((len(name) for name, _ in kept), default=0)
        for name, value in kept:
            self._parts(("  " + name.ljust(width) + "  ", "dim"), (value, ""))

    def table(self, names: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Write columns, aligned, with a heading."""
        cells = [[printable(str(cell)) for cell in row] for row in rows]
        widths = [max(len(row[at]) for row in [list(names), *cells]) for at in range(len(names))]
        for index, row in enumerate([list(names), *cells]):
            text = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            self.line("  " + text.rstrip(), "dim" if index == 0 else None)

    def bars(self, amounts: Sequence[tuple[str, int, str]]) -> None:
        """Write one bar each of (name, amount, amount as text); what raises is red, what lowers is green."""
        mark = "█" if "utf" in (self.console.encoding or "").lower() else "#"
        most = max((abs(amount) for _, amount, _ in amounts), default=0) or 1
        wide = max((len(printable(name)) for name, _, _ in amounts), default=0)
        far = max((len(text) for _, _, text in amounts), default=0)
        for name, amount, text in amounts:
            cells = max(1, _BAR_CELLS * abs(amount) // most) if amount else 0
            style = "red" if amount > 0 else "green"
            self._parts((f"  {printable(name):<{wide}}  {text:>{far}}  ", ""), (mark * cells, style))

    def _parts(self, *parts: tuple[str, str]) -> None:
        from rich.text import Text

        self.console.print(Text.assemble(*((printable(text), style) for text, style in parts)), soft_wrap=True)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What a command has to say: as a document for programs, on a screen for people.

    Attributes:
        document: Plain values; bytes are written as hex.
        show: Writes the same for people.
        code: What the shell sees.
    """

    document: Mapping[str, Any]
    show: Callable[[Screen], None]
    code: int = 0


def printable(text: str) -> str:
    """Return `text` with every character that does not print escaped, so that no file can steer the terminal."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def write_document(document: Mapping[str, Any]) -> None:
    """Write one JSON document on stdout; bytes as hex."""
    from muniment.core.proof import plain

    values = msgspec.to_builtins(document, builtin_types=(bytes,), enc_hook=str)
    encoded = msgspec.json.encode(plain(values))
    sys.stdout.write(msgspec.json.format(encoded, indent=2).decode() + "\n")
    sys.stdout.flush()


def note(text: str) -> None:
    """Tell people something beside the result, on stderr."""
    Screen(sys.stderr).line(text)


def moment(time_ms: int) -> str:
    """Return Unix milliseconds as people write a time, in UTC.

    >>> moment(1_379_635_200_000)
    '2013-09-20 00:00:00 UTC'
    """
    try:
        return datetime.fromtimestamp(time_ms // 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (OverflowError, ValueError, OSError):
        return f"{time_ms} ms"


def place(identity: int) -> str:
    """Return the number of a thing as people type it: its place in the log, and which message of several made it.

    >>> place(48213 << 8), place(48213 << 8 | 2)
    ('48213', '48213.2')
    """
    position, message = identity >> 8, identity & 0xFF
    return f"{position}.{message}" if message else str(position)


def size(count: int) -> str:
    """Return a number of bytes in a unit that suits it.

    >>> size(1536)
    '1.5 KiB'
    """
    value, unit = float(count), "bytes"
    for unit in ("bytes", "KiB", "MiB", "GiB", "TiB"):
        if value < 1024 or unit == "TiB":
            break
        value /= 1024
    return f"{count} bytes" if unit == "bytes" else f"{value:.1f} {unit}"
