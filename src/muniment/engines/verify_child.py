"""A process that does nothing but check signatures, for the engine of another process under load.

It reads frames from standard input (length, 4 bytes big-endian; then the MessagePack array of what has to be
verified) and answers each with one byte an item, 1 or 0. It ends with its input.
"""

from __future__ import annotations

import sys

import msgspec

from muniment.core import keys
from muniment.core.ed25519 import check_verifier

#: Said first: the verifier follows the rule of this ledger.
READY = b"ready\n"


def main() -> None:
    """Serve until the input ends."""
    check_verifier()
    asked, told = sys.stdin.buffer, sys.stdout.buffer
    told.write(READY)
    told.flush()
    items = msgspec.msgpack.Decoder(list[tuple[int, bytes, bytes, bytes]])
    while head := asked.read(4):
        valid = keys.verify_many(items.decode(asked.read(int.from_bytes(head, "big"))))
        told.write(bytes(valid))
        told.flush()


if __name__ == "__main__":
    main()
