"""Reading and writing files that the command line names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from muniment.cli.errors import FileExists, FileUnreadable, FileUnwritable
from muniment.core.errors import Rejected


def read(path: Path, *, limit_bytes: int | None = None) -> bytes:
    """Return the contents of a file, no more than one byte beyond `limit_bytes`.

    Raises:
        FileUnreadable: it is not there, a directory, or not ours to read.
    """
    try:
        with path.open("rb") as file:
            return file.read() if limit_bytes is None else file.read(limit_bytes + 1)
    except OSError as error:
        raise FileUnreadable(path=str(path), reason=error.strerror or "unreadable") from None


def write(path: Path, data: bytes) -> None:
    """Write a file whole, replacing one that exists.

    Raises:
        FileUnwritable: the disk does not take it.
    """
    draft = path.with_name(f".{path.name}.new")
    try:
        draft.write_bytes(data)
        os.replace(draft, path)
    except OSError as error:
        raise FileUnwritable(path=str(path), reason=error.strerror or "not writable") from None


def write_secret(path: Path, data: bytes, *, replace: bool = False) -> None:
    """Write a file that only its owner can read.

    Raises:
        FileExists: it is there, and `replace` is off.
        FileUnwritable: the disk does not take it.
    """
    from muniment.client.private_file import write_private

    try:
        write_private(path, data, replace=replace)
    except FileExistsError:
        raise FileExists(path=str(path)) from None
    except OSError as error:
        raise FileUnwritable(path=str(path), reason=error.strerror or "not writable") from None


@contextmanager
def kept_unless_rejected(path: Path, data: bytes) -> Iterator[None]:
    """Write a secret before what it belongs to is sent; take it back only if that was rejected.

    After any other failure it may be on the ledger, and then its secret must not be lost.

    Raises:
        FileExists, FileUnwritable: the secret cannot be kept.
    """
    write_secret(path, data)
    try:
        yield
    except Rejected:
        path.unlink(missing_ok=True)
        raise


def check_free(path: Path) -> None:
    """Refuse a path that is taken, before any work is done for it.

    Raises:
        FileExists: it is taken.
        FileUnwritable: its directory is not there.
    """
    if path.exists():
        raise FileExists(path=str(path))
    if not path.absolute().parent.is_dir():
        raise FileUnwritable(path=str(path), reason="its directory does not exist")
