"""A progress bar on long work, where somebody watches."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec


@contextmanager
def tracked(total: int | None, what: str, *, show: bool | None = None) -> Iterator[Callable[[int], None]]:
    """Show how far work has come, on stderr; gives a function to call with every step done.

    Args:
        total: Steps in all, None if nobody knows.
        what: What is being done, one word.
        show: None shows it on a terminal and in a notebook; True also where there is neither, once, at the end.
    """
    if not (_is_watched() if show is None else show):
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=console.is_terminal) as progress:
        task = progress.add_task(what, total=total)
        yield lambda steps: progress.advance(task, steps)


def _is_watched() -> bool:
    return sys.stderr.isatty() or ("ipykernel" in sys.modules and find_spec("ipywidgets") is not None)
