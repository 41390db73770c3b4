"""What the module keeps: names, publications and the papers of models; and the bounds of every field."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from muniment.core.codec import Wire

MAX_NAME: Final = 64
MAX_LABEL: Final = 64
MAX_LICENCE: Final = 128
MAX_TEXT: Final = 4_096
MAX_REASON: Final = 1_024
MAX_TRAINING_RECORDS: Final = 256
MAX_METRICS: Final = 64
MAX_NOTE: Final = 512
MAX_DECIMALS: Final = 18
#: What the checker takes at most; said again here so that messages can be built without loading it.
MAX_ARTIFACT_BYTES: Final = 4 << 20
HASH_BYTES: Final = 32

Standing = Literal["active", "suspended", "retired"]


class Metric(Wire, frozen=True):
    """A measured figure: `value` / 10**`decimals`, on which data, under which conditions.

    Args:
        name: For example "average precision".
        value: The figure as an integer.
        decimals: Digits after the point, 0 to 18.
        data: Identity of the record of the data it was measured on, None if that is not on this ledger.
        note: Conditions, for people.
    """

    name: str
    value: int
    decimals: int
    data: int | None = None
    note: str = ""


class Name(Wire, frozen=True):
    """A name and who owns it: its first publisher, for ever.

    Args:
        owner: Account id.
        versions: How many models were published under it.
        latest: Hash of the latest.
    """

    owner: bytes
    versions: int
    latest: bytes


class Publication(Wire, frozen=True):
    """A model under a name.

    Args:
        number: Version, from 1.
        identity: Where its papers are.
        standing: Whether it may decide.
        reason: Why it was suspended or retired, else empty.
        since_ms: Since when it has this standing, Unix milliseconds.
    """

    number: int
    identity: int
    standing: Standing
    reason: str
    since_ms: int


class ModelSummary(msgspec.Struct, frozen=True):
    """One version of a name, as lists show it."""

    name: str
    number: int
    label: str
    model: bytes
    owner: bytes
    standing: Standing
    reason: str
    since_ms: int
    identity: int
