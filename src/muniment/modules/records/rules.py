"""Pure rules of records: the bounds of every field."""

from __future__ import annotations

import re
from typing import Protocol

from muniment.core.rows import SALT_SCHEMES
from muniment.modules.records.errors import RecordFieldOutOfBounds, SourceRepeated
from muniment.modules.records.types import MAX_COUNT, MAX_NAME_BYTES, MAX_NOTE_BYTES, MAX_SOURCES

_control_character = re.compile(r"[\x00-\x1f\x7f]").search


class Content(Protocol):
    """What anchoring and amending say of the content alike."""

    @property
    def root(self) -> bytes: ...  # noqa: D102
    @property
    def rows(self) -> int: ...  # noqa: D102
    @property
    def row_bytes(self) -> int: ...  # noqa: D102
    @property
    def schema(self) -> bytes | None: ...  # noqa: D102
    @property
    def salts(self) -> int: ...  # noqa: D102
    @property
    def derived_from(self) -> tuple[int, ...]: ...  # noqa: D102
    @property
    def note(self) -> str: ...  # noqa: D102


def check_content(content: Content) -> None:
    """Raise `RecordFieldOutOfBounds` or `SourceRepeated` unless every field keeps its bound."""
    if len(content.root) != 32:
        raise _bytes_wrong("root", content.root)
    if not 1 <= content.rows <= MAX_COUNT:
        raise RecordFieldOutOfBounds(field="rows", given=str(content.rows), bound=f"1 to {MAX_COUNT}")
    if not 0 <= content.row_bytes <= MAX_COUNT:
        raise RecordFieldOutOfBounds(field="row_bytes", given=str(content.row_bytes), bound=f"0 to {MAX_COUNT}")
    if content.schema is not None and len(content.schema) != 32:
        raise _bytes_wrong("schema", content.schema)
    if content.salts not in SALT_SCHEMES:
        raise RecordFieldOutOfBounds(field="salts", given=str(content.salts), bound=f"one of {SALT_SCHEMES}")
    if content.note:
        check_text("note", content.note, limit_bytes=MAX_NOTE_BYTES)
    if content.derived_from:
        _check_sources(content.derived_from)


def check_name(name: str) -> None:
    """Raise `RecordFieldOutOfBounds` unless `name` has 1 to 200 bytes and no control characters."""
    check_text("name", name, limit_bytes=MAX_NAME_BYTES)


def check_reason(reason: str) -> None:
    """Raise `RecordFieldOutOfBounds` unless `reason` has 1 to 400 bytes and no control characters."""
    check_text("reason", reason, limit_bytes=MAX_NOTE_BYTES)


def check_text(field: str, text: str, *, limit_bytes: int) -> None:
    """Raise `RecordFieldOutOfBounds` unless `text` has 1 to `limit_bytes` bytes and no ASCII control characters."""
    size = len(text.encode())
    if not 1 <= size <= limit_bytes:
        raise RecordFieldOutOfBounds(field=field, given=f"{size} bytes long", bound=f"1 to {limit_bytes} bytes long")
    if _control_character(text):
        raise RecordFieldOutOfBounds(field=field, given=ascii(text), bound="without control characters")


def _check_sources(sources: tuple[int, ...]) -> None:
    if len(sources) > MAX_SOURCES:
        raise RecordFieldOutOfBounds(field="derived_from", given=f"{len(sources)} records", bound=f"<= {MAX_SOURCES}")
    seen: set[int] = set()
    for source in sources:
        if source in seen:
            raise SourceRepeated(record=source)
        seen.add(source)


def _bytes_wrong(field: str, given: bytes) -> RecordFieldOutOfBounds:
    return RecordFieldOutOfBounds(field=field, given=f"{len(given)} bytes long", bound="32 bytes long")
