"""Why the records module rejects. Codes 200 to 299."""

from __future__ import annotations

from muniment.core.errors import Rejected


class RecordUnknown(Rejected, code=200):
    """No record has this identity."""

    record: int
    text = "record {record} is not known"
    fix = "take the identity from the receipt of the anchoring, or from `muniment anchor`"


class RecordNotOwned(Rejected, code=201):
    """Only its owner may change what is said of a record."""

    record: int
    owner: str
    text = "record {record} belongs to account {owner}"
    fix = "ask its owner, or anchor your own record derived from it"


class RecordSuperseded(Rejected, code=202):
    """The record has a later version."""

    record: int
    latest: int
    text = "record {record} was superseded, its latest version is {latest}"
    fix = "use record {latest} instead"


class RecordNotUsable(Rejected, code=203):
    """The record was withdrawn."""

    record: int
    reason: str
    text = "record {record} was withdrawn: {reason}"
    fix = "use another record; a withdrawal is final, and the record stays provable"


class RecordFieldOutOfBounds(Rejected, code=204):
    """A field of a record breaks its bound."""

    field: str
    given: str
    bound: str
    text = "{field} is {given}; it must be {bound}"
    fix = "correct it, or keep the content outside and anchor its root"


class SourceRepeated(Rejected, code=205):
    """A record names the same source twice."""

    record: int
    text = "record {record} is named twice among the sources"
    fix = "name every source once"


ERRORS: tuple[type[Rejected], ...] = (
    RecordUnknown,
    RecordNotOwned,
    RecordSuperseded,
    RecordNotUsable,
    RecordFieldOutOfBounds,
    SourceRepeated,
)
