"""Why a ledger directory cannot be opened."""

from __future__ import annotations

import errno

from muniment.core.errors import Rejected, Unavailable

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class NotALedger(Rejected, code=60):
    """A path does not hold a ledger."""

    path: str
    reason: str
    text = "{path} does not hold a ledger: {reason}"
    fix = "give the directory that `muniment init` made, or an empty one to create a ledger in"


class FormatUnknown(Rejected, code=61):
    """A ledger was written by a program with another format."""

    path: str
    found: str
    known: str
    text = "the ledger in {path} has format {found}, this program knows {known}"
    fix = "open it with the version of muniment that wrote it, or a newer one; nothing was changed"


class HeightUnknown(Rejected, code=62):
    """A height that the ledger has not reached, or whose state it no longer keeps."""

    height: int
    oldest: int
    newest: int
    text = "block {height} cannot be read, this ledger has the state of blocks {oldest} to {newest}"
    fix = "choose a height in that range, or open the ledger with a larger keep_blocks from the start"


class InUse(Unavailable):
    """Another process, or another part of this one, has the ledger open."""


class DiskFull(Unavailable):
    """The disk or the space allowed for the ledger is full: the block was not written, nothing else changed."""


def no_room(error: OSError, what: str) -> Unavailable:
    """Return what to tell of a file that could not be written: the disk is full, or whatever else it is."""
    if error.errno in _FULL:
        return DiskFull(f"{what}: the disk is full; free some space and try again")
    return Unavailable(f"{what}: {error.strerror or error}")
