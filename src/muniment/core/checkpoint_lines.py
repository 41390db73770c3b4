"""What a ledger adds to its checkpoints, read back: the block, its time, and the root of the map after it."""

from __future__ import annotations

import re
from typing import NamedTuple

from muniment.core.merkle import MAX_SIZE
from muniment.core.note import Checkpoint
from muniment.core.proof_errors import ProofRejected

_NUMBER = re.compile("0|[1-9][0-9]{0,18}")
_ROOT = re.compile("[0-9a-f]{64}")


class Lines(NamedTuple):
    """The extension lines of a ledger's checkpoint; None for each that it lacks.

    Attributes:
        height: Block.
        time_ms: Time of that block, Unix milliseconds.
        state: Root of the authenticated map after that block, 32 bytes.
    """

    height: int | None
    time_ms: int | None
    state: bytes | None


def lines_of(checkpoint: Checkpoint) -> Lines:
    """Return what a ledger added to a checkpoint. Lines of other names are passed over.

    Raises:
        ProofRejected: a line is malformed, or there twice, so that two readers could read two things.
    """
    found: dict[str, str] = {}
    for line in checkpoint.extensions:
        name, _, value = line.partition(" ")
        if name not in ("height", "time", "state"):
            continue
        if name in found:
            raise _rejected(f"it has two lines {name!r}")
        found[name] = value
    root = found.get("state")
    if root is not None and not _ROOT.fullmatch(root):
        raise _rejected("its state root is not 64 lower-case hexadecimal digits")
    return Lines(_number(found, "height"), _number(found, "time"), None if root is None else bytes.fromhex(root))


def _number(found: dict[str, str], name: str) -> int | None:
    value = found.get(name)
    if value is None:
        return None
    if not _NUMBER.fullmatch(value) or int(value) > MAX_SIZE:
        raise _rejected(f"its {name} is not a decimal number below 2^63")
    return int(value)


def _rejected(reason: str) -> ProofRejected:
    return ProofRejected(what="the checkpoint", reason=reason)
