"""Columns and an explanation as a bar chart, as lines of text that print anywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.text import Text

if TYPE_CHECKING:
    from rich.console import Console

    from muniment.exact import Card, Explanation

#: Characters of the longest bar.
WIDTH = 28
SHOWN = 8

_TOWARDS, _AWAY = "red", "green"
_INDENT = "   "


def explanation_chart(
    explanation: Explanation,
    card: Card,
    inputs: Mapping[str, int | None],
    *,
    shown: int = SHOWN,
    ascii_only: bool = False,
) -> list[Text]:
    """Return the largest contributions as bars, with what the features were; what is not shown is summed up.

    Args:
        explanation: Base and contributions.
        card: Of the model.
        inputs: Fixed-point value of each feature.
        shown: How many contributions get a bar.
        ascii_only: Draw with `#` for consoles that cannot show blocks.
    """
    largest = explanation.largest(shown)
    most = max((abs(part) for _, part in largest), default=0)
    features = {feature.name: feature for feature in card.features}
    rest = explanation.score - explanation.base - sum(part for _, part in largest)
    rows: list[Sequence[str | Text]] = [("base", "", card.score.text(explanation.base))]
    for name, part in largest:
        feature = features[name]
        value = f"{feature.text(inputs[name])} {feature.unit}".strip()
        rows.append((name, value, signed(card, part), bar(part, most, ascii_only=ascii_only)))
    rows.append((f"{len(explanation.contributions) - len(largest)} others", "", signed(card, rest)))
    rows.append((Text("score", style="bold"), "", Text(card.score.text(explanation.score), style="bold")))
    return columns(rows, right=(1, 2))


def columns(rows: Sequence[Sequence[str | Text]], *, right: Sequence[int] = ()) -> list[Text]:
    """Return rows of cells as aligned lines.

    Args:
        rows: Cells; a row may have fewer than others.
        right: Which columns are aligned to the right.
    """
    widths = [
        max(_text(row[at]).cell_len for row in rows if at < len(row))
        for at in range(max((len(row) for row in rows), default=0))
    ]
    return [_line(row, widths, right) for row in rows]


def _line(row: Sequence[str | Text], widths: Sequence[int], right: Sequence[int]) -> Text:
    line = Text(_INDENT)
    for at, cell in enumerate(row):
        text = _text(cell)
        gap = " " * (widths[at] - text.cell_len)
        line.append_text(Text.assemble(gap, text, "  ") if at in right else Text.assemble(text, gap, "  "))
    line.rstrip()
    return line


def _text(cell: str | Text) -> Text:
    return cell if isinstance(cell, Text) else Text(cell)


def bar(part: int, most: int, *, width: int = WIDTH, ascii_only: bool = False) -> Text:
    """Return a bar of `width` characters for `most`, in proportion for `part`; what is not zero shows."""
    length = (width * abs(part) + most // 2) // most if most else 0
    mark = "#" if ascii_only else "\u2588"
    return Text(mark * max(length, 1 if part else 0), style=_TOWARDS if part > 0 else _AWAY)


def signed(card: Card, part: int) -> str:
    """Return a contribution with its sign, in the unit of the score."""
    return f"{'+' if part >= 0 else '-'}{card.score.text(abs(part))}"


def is_ascii_only(console: Console) -> bool:
    """Whether a console cannot show block characters."""
    return not console.encoding.lower().startswith("utf")
