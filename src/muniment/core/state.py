"""State as handlers see it: a reader, with writes held on top.

Two kinds of data. *Values* may change; they live in the authenticated map, so that presence and absence can be
proven at any kept block. *Facts* never change; they are effects of a transaction, proven by its receipt in the log,
and kept under a key so that handlers can read them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, Generic, Protocol, TypeVar

from muniment.core.codec import Codec, encode
from muniment.core.errors import Halted

V = TypeVar("V")


class _Missing:
    """Says that an overlay knows nothing of a key (None says that the key is absent)."""


_MISSING: Final = _Missing()


class Reader(Protocol):
    """What a query may do."""

    def value(self, key: bytes, codec: Codec[Any]) -> Any:
        """Return the decoded value of `key` in the map, None if absent."""

    def fact(self, key: bytes, codec: Codec[Any]) -> Any:
        """Return the decoded fact under `key`, None if absent."""


class Store(Protocol):
    """Where bytes live: storage implements it, a `Bottom` reads from it."""

    def value_bytes(self, key: bytes) -> bytes | None:
        """Return the value of `key` in the map."""

    def fact_bytes(self, key: bytes) -> bytes | None:
        """Return the fact under `key`."""


class Bottom:
    """A reader of decoded values straight from a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def value(self, key: bytes, codec: Codec[Any]) -> Any:
        """Return the decoded value of `key`, None if absent."""
        data = self._store.value_bytes(key)
        return None if data is None else codec.trusted(data)

    def fact(self, key: bytes, codec: Codec[Any]) -> Any:
        """Return the decoded fact under `key`, None if absent."""
        data = self._store.fact_bytes(key)
        return None if data is None else codec.trusted(data)


class Overlay:
    """Writes held on top of a reader: dropping the overlay undoes them, `merge` passes them down.

    Args:
        below: What is read where the overlay holds nothing.
        caching: Keep what was read from below (for the overlay of a block, which outlives many transactions).
    """

    __slots__ = ("_below", "_cache", "encoded_facts", "facts", "values")

    def __init__(self, below: Reader, *, caching: bool = False) -> None:
        self._below = below
        self._cache: dict[bytes, Any] | None = {} if caching else None
        self.values: dict[bytes, Any] = {}
        self.facts: dict[bytes, Any] = {}
        self.encoded_facts: dict[bytes, bytes] = {}

    def value(self, key: bytes, codec: Codec[Any]) -> Any:
        """Return the value of `key`, None if absent or deleted."""
        found = self.values.get(key, _MISSING)
        if found is not _MISSING:
            return found
        cache = self._cache
        if cache is None:
            return self._below.value(key, codec)
        found = cache.get(key, _MISSING)
        if found is _MISSING:
            found = cache[key] = self._below.value(key, codec)
        return found

    def fact(self, key: bytes, codec: Codec[Any]) -> Any:
        """Return the fact under `key`, None if absent."""
        found = self.facts.get(key)
        return self._below.fact(key, codec) if found is None else found

    def put(self, key: bytes, value: Any) -> None:
        """Write a value; None deletes it."""
        self.values[key] = value

    def add_fact(self, key: bytes, fact: Any, encoded: bytes) -> None:
        """Keep a fact under `key`; keys hold the position in the log, so none is ever used twice."""
        if key in self.facts:
            raise Halted("a fact was written twice", recover="report this: a module reuses a fact key")
        self.facts[key] = fact
        self.encoded_facts[key] = encoded

    def merge(self, above: Overlay) -> None:
        """Take over the writes of an overlay that lay on this one."""
        if above.values:
            self.values.update(above.values)
        if above.facts:
            self.facts.update(above.facts)
            self.encoded_facts.update(above.encoded_facts)

    def changes(self) -> Iterator[tuple[bytes, bytes | None]]:
        """Yield key and encoded value (None = deleted) of every write, by key."""
        for key in sorted(self.values):
            value = self.values[key]
            yield key, None if value is None else encode(value)


class Table(Generic[V]):
    """A named part of the map: keys of one prefix, values of one type. Only `state.py` files own tables.

    Args:
        prefix: Starts every key; unique in the application.
        kind: The struct type of the values.
    """

    def __init__(self, prefix: bytes, kind: Any) -> None:
        self.prefix = prefix
        self.codec: Codec[V] = Codec(kind, what=f"a value under {prefix!r}")

    def get(self, reader: Reader, key: bytes = b"") -> V | None:
        """Return the value of `key`, None if absent."""
        found: V | None = reader.value(self.prefix + key, self.codec)
        return found

    def put(self, overlay: Overlay, key: bytes, value: V) -> None:
        """Write the value of `key`."""
        overlay.put(self.prefix + key, value)

    def delete(self, overlay: Overlay, key: bytes = b"") -> None:
        """Make `key` absent."""
        overlay.put(self.prefix + key, None)


class Facts(Generic[V]):
    """A named part of the facts, keyed by where the fact stands in the log.

    Args:
        prefix: Starts every key; unique in the application.
        kind: The event type that is kept.
    """

    def __init__(self, prefix: bytes, kind: Any) -> None:
        self.prefix = prefix
        self.codec: Codec[V] = Codec(kind, what=f"a fact under {prefix!r}")

    def key(self, identity: int) -> bytes:
        """Return the storage key of a fact: prefix and identity in log order."""
        return self.prefix + identity.to_bytes(8, "big")

    def get(self, reader: Reader, identity: int) -> V | None:
        """Return the fact of that identity, None if there is none."""
        if not 0 <= identity < 1 << 63:
            return None
        found: V | None = reader.fact(self.key(identity), self.codec)
        return found
