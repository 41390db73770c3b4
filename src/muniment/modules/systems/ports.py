"""What the module needs of others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from muniment.core.state import Reader
from muniment.exact.card import Card


class IsActive(Protocol):
    """Answered by accounts."""

    def __call__(self, reader: Reader, account: bytes, /) -> bool:
        """Answer whether transactions of the account can be accepted."""


class CheckUsable(Protocol):
    """Answered by models."""

    def __call__(self, reader: Reader, name: str, model: bytes, /) -> None:
        """Raise `Rejected` unless the model is published under the name and may decide."""


class CardOf(Protocol):
    """Answered by models."""

    def __call__(self, reader: Reader, model: bytes, /) -> Card:
        """Return what was proven about a published model."""


@dataclass(frozen=True)
class Ports:
    """Everything the module needs of others."""

    is_active: IsActive
    check_usable: CheckUsable
    card: CardOf
