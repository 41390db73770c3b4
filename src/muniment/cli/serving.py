"""`up`: keep a ledger open and its log published."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from muniment.cli.commands import command
from muniment.cli.ledger import PANEL
from muniment.cli.options import LedgerDir
from muniment.cli.screen import Screen, Shown, moment, note, size

if TYPE_CHECKING:
    from muniment.client.link import Status
    from muniment.node.node import Node

_LINE_EVERY_S = 10.0
_NO_HTTP = "HTTP is not part of this version: programs use a ledger by opening it in Python, one process at a time."


def add(app: typer.Typer) -> None:
    """Add the command to the application."""
    command(app, "up", example="muniment up ledger", panel=PANEL)(up)


def up(
    directory: LedgerDir,
    every: Annotated[
        float, typer.Option("--every", metavar="SECONDS", min=0.1, help="Seconds between two publications.")
    ] = 3.0,
) -> Shown:
    """Keep a ledger open and its log published under DIR/log, until Ctrl-C or SIGTERM.

    The published log is static files (C2SP tlog-tiles): any web server can serve them. HTTP is not part of this
    version.
    """
    from muniment.client.local import Local
    from muniment.client.opening import opened

    node = opened(directory, create=False, name=None, admins=(), keep_blocks=None)
    link = Local(node)
    try:
        note(_NO_HTTP)
        files = _run(node, link.status, every)
        last = link.status()
    finally:
        link.close()

    def show(screen: Screen) -> None:
        screen.line(f"Closed {last.chain} at block {last.height:,}; {files:,} files published.")

    return Shown(document={"chain": last.chain, "height": last.height, "files_published": files}, show=show)


def _run(node: Node, status: Callable[[], Status], every_s: float) -> int:
    files = 0
    with _stopped_by_signals() as stop, _display() as display:
        while True:
            files += node.publish()
            display(status(), files)
            if stop.wait(every_s):
                return files


@contextmanager
def _stopped_by_signals() -> Iterator[threading.Event]:
    stop = threading.Event()
    before = {one: signal.signal(one, lambda *_: stop.set()) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


@contextmanager
def _display() -> Iterator[Callable[[Status, int], None]]:
    """Give a function that shows a status: a live panel on a terminal, a line every ten seconds elsewhere."""
    if sys.stderr.isatty():
        from rich.live import Live

        with Live(console=Screen(sys.stderr).console, auto_refresh=False, transient=True) as live:
            yield lambda status, files: live.update(_panel(status, files), refresh=True)
    else:
        yield _Lines()


class _Lines:
    """Writes a line now and then, for logs."""

    def __init__(self) -> None:
        self._due = 0.0

    def __call__(self, status: Status, files: int) -> None:
        if time.monotonic() >= self._due:
            self._due = time.monotonic() + _LINE_EVERY_S
            note(
                f"{status.chain} block={status.height} receipts={status.log_size} pending={status.pending} "
                f"bytes={status.size_bytes} published={files}"
            )


def _panel(status: Status, files: int) -> Any:
    from rich.panel import Panel
    from rich.table import Table

    table = Table.grid(padding=(0, 2))
    for name, value in (
        ("block", f"{status.height:,} of {moment(status.time_ms)}"),
        ("receipts", f"{status.log_size:,}"),
        ("pending", f"{status.pending:,}"),
        ("size", size(status.size_bytes)),
        ("published", f"{files:,} files"),
    ):
        table.add_row(name, value)
    return Panel(table, title=status.chain, subtitle="Ctrl-C closes it", expand=False)
