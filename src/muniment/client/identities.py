"""How the numbers of things are written: `decision:48213`, or `decision:48213.2` for the third message there."""

from __future__ import annotations

import re

from muniment.core.errors import Rejected
from muniment.core.keys import decode_account

_TEXT = re.compile(r"(?:(?P<kind>[a-z]+):)?(?P<position>[0-9]{1,18})(?:\.(?P<message>[0-9]{1,3}))?")


class ReferenceMalformed(Rejected, code=66):
    """A text that does not name a thing on the ledger."""

    reference: str
    wanted: str
    text = "{reference!r} does not name a {wanted}"
    fix = "write it as the ledger shows it, for example {wanted}:48213"


def write_identity(kind: str, identity: int) -> str:
    """Return the text form of an identity.

    >>> write_identity("decision", 48213 << 8)
    'decision:48213'
    """
    position, message = identity >> 8, identity & 0xFF
    return f"{kind}:{position}.{message}" if message else f"{kind}:{position}"


def read_identity(kind: str, reference: object) -> int:
    """Return the identity that a number, a text or a thing of the SDK stands for.

    Raises:
        ReferenceMalformed: it stands for none, or for a thing of another kind.
    """
    identity = getattr(reference, "identity", reference)
    if isinstance(identity, int) and not isinstance(identity, bool) and identity >= 0:
        return identity
    match = _TEXT.fullmatch(identity) if isinstance(identity, str) else None
    if match is None or match["kind"] not in (None, kind) or int(match["message"] or 0) > 0xFF:
        raise ReferenceMalformed(reference=str(reference)[:80], wanted=kind)
    return (int(match["position"]) << 8) | int(match["message"] or 0)


def read_account(account: object) -> bytes:
    """Return the 32 bytes of an account given as a wallet, its text form, or bytes."""
    found = getattr(account, "account", account)
    return found if isinstance(found, bytes) else decode_account(str(found))
