"""What the module needs of others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from muniment.core.state import Reader


class ActiveRecord(Protocol):
    """Answered by records."""

    def __call__(self, reader: Reader, identity: int, /) -> object:
        """Return the active record of that identity.

        Raises:
            Rejected: there is none, or it was withdrawn or superseded; names the record.
        """


@dataclass(frozen=True)
class Ports:
    """Everything the module needs of others."""

    active_record: ActiveRecord
