"""How the numbers of things are written: `decision:48213`, or `decision:48213.2` for the third message there."""

from __future__ import annotations

import operator
import re
from collections.abc import Iterable

from muniment.core.errors import Rejected
from muniment.core.keys import decode_account

_TEXT = re.compile(r"(?:(?P<kind>[a-z]+):)?(?P<position>[0-9]{1,18})(?:\.(?P<message>[0-9]{1,3}))?")

#: What the values of the SDK and of the modules stand for, by the name of their type, and where their number is.
_THINGS = {
    "Decision": ("decision", "identity"),
    "Record": ("record", "identity"),
    "RecordView": ("record", "record"),
    "Ancestor": ("record", "record"),
    "Lineage": ("record", "record"),
    "Model": ("model", "identity"),
    "ModelSummary": ("model", "identity"),
    "System": ("system", "identity"),
}


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


def kind_of(thing: object) -> str | None:
    """Return what a thing of the SDK is: "decision", "record", ..; None if its type does not tell."""
    return _THINGS[type(thing).__name__][0] if type(thing).__name__ in _THINGS else None


def read_identity(kind: str, reference: object) -> int:
    """Return the identity that a number, a text or a thing of the SDK stands for.

    Raises:
        ReferenceMalformed: it stands for none, or for a thing of another kind.
    """
    known = _THINGS.get(type(reference).__name__)
    if known is not None and kind not in (known[0], "transaction"):
        raise ReferenceMalformed(reference=f"a {known[0]}", wanted=kind)
    identity = getattr(reference, known[1] if known else "identity", reference)
    number = _number(identity)
    if number is not None:
        return number
    match = _TEXT.fullmatch(identity) if isinstance(identity, str) else None
    if match is None or match["kind"] not in (None, kind) or int(match["message"] or 0) > 0xFF:
        raise ReferenceMalformed(reference=str(reference)[:80], wanted=kind)
    return (int(match["position"]) << 8) | int(match["message"] or 0)


def read_identities(kind: str, references: object) -> tuple[int, ...]:
    """Return the identities of several things, or of one that is given alone.

    Raises:
        ReferenceMalformed: one of them stands for nothing of that kind.
    """
    alone = isinstance(references, str | int) or hasattr(references, "identity") or hasattr(references, "record")
    if alone or not isinstance(references, Iterable):
        return (read_identity(kind, references),)
    return tuple(read_identity(kind, one) for one in references)


def read_account(account: object) -> bytes:
    """Return the 32 bytes of an account given as a wallet, its text form, or bytes.

    Raises:
        AccountIdMalformed: it is none of these.
    """
    found = getattr(account, "account", account)
    return found if isinstance(found, bytes) else decode_account(str(found)[:200])


def read_accounts(accounts: object) -> tuple[bytes, ...]:
    """Return the ids of several accounts, or of one that is given alone.

    Raises:
        AccountIdMalformed: one of them is no account.
    """
    alone = isinstance(accounts, str | bytes) or hasattr(accounts, "account")
    if alone or not isinstance(accounts, Iterable):
        return (read_account(accounts),)
    return tuple(read_account(one) for one in accounts)


def _number(identity: object) -> int | None:
    if isinstance(identity, bool) or not hasattr(identity, "__index__"):
        return None
    number = operator.index(identity)
    return number if 0 <= number < 1 << 64 else None
