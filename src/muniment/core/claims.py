"""What a proof can be about: the facts that have a life afterwards, and where the map holds its later status."""

from __future__ import annotations

from typing import NamedTuple


class Kind(NamedTuple):
    """A kind of claim: the fact that makes it, and the map's prefix of the values that change its standing."""

    fact: str
    status: bytes


#: By name; the modules that own the prefixes are held to this table by a test.
KINDS = {
    "record": Kind("RecordAnchored", b"Rs"),
    "decision": Kind("DecisionMade", b"Ds"),
}


def status_key(kind: str, identity: int) -> bytes:
    """Return the key of the map that is absent as long as nothing happened to the thing since."""
    return KINDS[kind].status + identity.to_bytes(8, "big")
