"""What people see while payments stream: a live display on a terminal, a few plain lines elsewhere."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from muniment.packs.fraud.figures import latency
from muniment.packs.fraud.thresholds import OUTCOMES

if TYPE_CHECKING:
    from rich.console import Console

    from muniment.packs.fraud.streaming import Tape, Watch

#: Text of the payment at a row of the frame, and of a score.
Describe = Callable[[int, int], str]

_BLOCKED_SHOWN = 4
_REFRESHES_PER_SECOND = 8
#: Elsewhere than on a terminal, one line at each of these shares.
_PLAIN_STEPS = 4
_STYLES = {"approve": "green", "review": "yellow", "block": "red"}


def is_live(console: Console) -> bool:
    """Whether somebody watches: a terminal that can move its cursor, and no CI."""
    return console.is_terminal and not console.is_dumb_terminal and not os.environ.get("CI")


@contextmanager
def watched(console: Console, tape_total: int, describe: Describe) -> Iterator[Watch]:
    """Show a stream as it goes; gives the function to call after every batch.

    Args:
        console: Where to.
        tape_total: Payments to come.
        describe: Returns the text of a payment from its row and its score.
    """
    if not is_live(console):
        yield _plain(console, tape_total)
        return
    from rich.live import Live

    latest: list[Tape] = []
    with Live(
        console=console,
        get_renderable=lambda: panel(latest[0], describe) if latest else Text(""),
        refresh_per_second=_REFRESHES_PER_SECOND,
    ):
        yield lambda tape: latest.append(tape) if not latest else None


def panel(tape: Tape, describe: Describe) -> RenderableType:
    """Return the live display of a stream: progress, speed, outcomes, the last blocked payments."""
    seen = latency(tape.latencies_s[:])
    head = Table.grid(padding=(0, 2))
    head.add_row(
        ProgressBar(total=tape.total, completed=tape.done, width=28),
        f"{tape.done:,} of {tape.total:,}",
        f"{tape.per_second:,.0f} payments/s",
        f"p50 {seen.p50_ms:.0f} ms",
        f"p99 {seen.p99_ms:.0f} ms",
    )
    counts = Text("  ").join(Text(f"{name} {tape.count(name):,}", style=_STYLES[name]) for name in OUTCOMES)
    lines: tuple[RenderableType, ...] = (
        head,
        counts,
        *(_blocked(tape, place, describe) for place in last_blocked(tape)),
    )
    return Padding(Group(*lines), (0, 0, 0, 3))


def last_blocked(tape: Tape, *, count: int = _BLOCKED_SHOWN) -> list[int]:
    """Return the places of the last payments that were blocked, latest first."""
    found: list[int] = []
    for place in range(len(tape.outcomes) - 1, -1, -1):
        if len(found) == count:
            break
        if tape.outcomes[place] == OUTCOMES[-1]:
            found.append(place)
    return found


def _blocked(tape: Tape, place: int, describe: Describe) -> Text:
    text = describe(tape.rows[place], tape.scores[place])
    return Text(f"blocked  decision:{tape.identities[place] >> 8}  {text}", style=_STYLES["block"])


def _plain(console: Console, total: int) -> Watch:
    due = [total * step // _PLAIN_STEPS for step in range(1, _PLAIN_STEPS + 1)]

    def tell(tape: Tape) -> None:
        if not due or tape.done < due[0]:
            return
        while due and tape.done >= due[0]:
            due.pop(0)
        counts = ", ".join(f"{name} {tape.count(name):,}" for name in OUTCOMES)
        line = f"   {tape.done:,} of {total:,} payments, {tape.per_second:,.0f}/s: {counts}"
        console.print(line, soft_wrap=True, highlight=False)

    return tell
