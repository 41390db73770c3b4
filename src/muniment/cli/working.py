"""Progress of long work, on stderr, where somebody watches."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from muniment.cli.screen import Screen

if TYPE_CHECKING:
    from rich.progress import Progress


@contextmanager
def tracked(
    what: str, *, total: int | None = None, in_bytes: bool = False
) -> Iterator[Callable[[int, int | None], None]]:
    """Show how far work has come; nothing at all unless stderr is a terminal.

    Args:
        what: What is being done.
        total: Steps in all; None if it is not known yet.
        in_bytes: Steps are bytes.

    Yields:
        A function that takes steps done so far, and the total if it is known by now.
    """
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    with _progress(in_bytes) as progress:
        task = progress.add_task(what, total=total)
        yield lambda done, known: progress.update(task, completed=done, total=total if known is None else known)


def _progress(in_bytes: bool) -> Progress:
    from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    amount = DownloadColumn() if in_bytes else MofNCompleteColumn()
    columns = (TextColumn("{task.description}"), BarColumn(), amount, TimeRemainingColumn())
    return Progress(*columns, console=Screen(sys.stderr).console, transient=True)


class Watched:
    """A file that tells how much of it was read.

    Args:
        file: Open for reading bytes.
        told: Called with the bytes read so far.
    """

    def __init__(self, file: BinaryIO, told: Callable[[int], None]) -> None:
        self._file = file
        self._told = told

    def read(self, size: int = -1) -> bytes:
        """Read on."""
        data = self._file.read(size)
        self._told(self._file.tell())
        return data

    def __iter__(self) -> Iterator[bytes]:
        read = 0
        for count, line in enumerate(self._file):
            read += len(line)
            if count % 4096 == 0:
                self._told(read)
            yield line

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def watched(file: BinaryIO, told: Callable[[int, int | None], None]) -> BinaryIO:
    """Return `file` such that reading it moves a progress bar."""
    return cast(BinaryIO, Watched(file, lambda read: told(read, None)))
