"""Exit codes: one table from families of failure to what a shell sees."""

from __future__ import annotations

import typer

from muniment.core.errors import Halted, Rejected, Unavailable

#: The base of everything that is wrong with a command line. It has no public name in typer, which carries its own
#: copy of click.
UsageError: type[Exception] = typer.BadParameter.__bases__[0]

OK = 0
REJECTED = 3

#: Family -> (its name in JSON, exit code), most special first.
FAMILIES: dict[type[BaseException], tuple[str, int]] = {
    Rejected: ("rejected", REJECTED),
    Unavailable: ("unavailable", 69),
    Halted: ("halted", 70),
    UsageError: ("usage", 2),
    typer.Abort: ("interrupted", 130),
    KeyboardInterrupt: ("interrupted", 130),
    BaseException: ("unexpected", 1),
}


def family(error: BaseException) -> tuple[str, int]:
    """Return the name and exit code of the family that `error` belongs to."""
    return next(found for kind, found in FAMILIES.items() if isinstance(error, kind))
