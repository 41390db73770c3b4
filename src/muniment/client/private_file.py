"""Write a secret to disk so that it is whole or absent, durable, and nobody else's to read."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

_ONLY_MINE = 0o600


def write_private(path: Path, data: bytes, *, replace: bool) -> None:
    """Write `data` to `path` atomically, readable by its owner only.

    Args:
        path: Where to; its directory must exist.
        data: The whole content.
        replace: Whether an existing file may be replaced.

    Raises:
        FileExistsError: there is a file and `replace` is false.
        OSError: it cannot be written; what was there before is still there.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}.draft")
    _write_new(draft, data)
    ours = [draft]
    try:
        if not replace:
            # Claims the name, so that two writers cannot both find it free; the rename then fills it.
            _write_new(path, b"")
            ours.append(path)
        os.replace(draft, path)
    except BaseException:
        for left_over in ours:
            with contextlib.suppress(OSError):
                left_over.unlink()
        raise
    _sync_directory(path.parent)


def _write_new(path: Path, data: bytes) -> None:
    opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _ONLY_MINE)
    try:
        with os.fdopen(opened, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink()
        raise


def _sync_directory(directory: Path) -> None:
    opened = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
