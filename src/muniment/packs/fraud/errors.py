"""Why the pack cannot do what it is asked."""

from __future__ import annotations

from muniment.core.errors import Rejected


class DataMissing(Rejected, code=80):
    """The file of payments is not there."""

    path: str
    text = "there are no card payments at {path}"
    fix = "reinstall muniment with its data, or give the path of the file"


class DataAltered(Rejected, code=81):
    """The file of payments is not the one the figures are about."""

    path: str
    expected: str
    found: str
    text = "{path} is not the file of card payments this demo is about: SHA-256 {found}, expected {expected}"
    fix = "reinstall muniment, or restore the file"


class LibraryMissing(Rejected, code=82):
    """Training needs libraries that are not installed."""

    library: str
    text = "the demo trains a model and needs {library}, which is not installed"
    fix = 'install them: pip install "muniment[demo]"'


class RowsUnusable(Rejected, code=83):
    """A number of payments that cannot be streamed."""

    rows: int
    least: int
    most: int
    text = "{rows} payments cannot be streamed, between {least} and {most} can"
    fix = "choose a number in that range, or leave it out"


class DirectoryForeign(Rejected, code=84):
    """The directory for the demo holds something the demo did not put there."""

    path: str
    found: str
    text = "{path} holds something the demo did not put there ({found}), and is left alone"
    fix = "give another directory"


class EnvelopeMissing(Rejected, code=85):
    """A transaction that a data file does not hold in one piece."""

    path: str
    text = "{path} does not hold that transaction"
    fix = "give a transaction of this ledger"
