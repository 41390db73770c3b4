"""The reference of messages, events and queries, from the modules' catalogue."""

from __future__ import annotations

import inspect
from typing import Any, get_type_hints

import msgspec

from muniment import app
from muniment.cli.prose import GENERATED, cell, documented_fields, first_line, table, type_name

_INTRODUCTION = (
    "What can be asked of a ledger, what it then says, and what can be read. Messages are positional on the wire (see "
    "`docs/formats.md`); their fields are listed in that order."
)


def messages_page() -> str:
    """Return docs/reference/messages.md."""
    parts = ["# Messages, events and queries", GENERATED, _INTRODUCTION]
    for module in app.MODULES:
        parts.append(f"## {module.name}")
        for message in module.handlers:
            tag = msgspec.inspect.type_info(message).tag  # type: ignore[attr-defined]
            parts += [f"### `{tag}` ({message.__name__})", *_struct(message)]
        if module.events:
            parts += ["### Events", *(line for event in module.events for line in _event(event))]
        if module.queries:
            rows = [_query(name, query) for name, query in module.queries.items()]
            parts += ["### Queries", table(("query", "arguments", "answer"), rows)]
        if module.invariants:
            parts += ["### Invariants", "\n".join(f"- {sentence}" for sentence in module.invariants)]
    return "\n\n".join(parts) + "\n"


def _struct(kind: Any) -> list[str]:
    told, hints = documented_fields(kind), get_type_hints(kind)
    rows = []
    for field in msgspec.structs.fields(kind):
        meaning = told.get(field.name, "")
        if field.default is not msgspec.NODEFAULT:
            meaning = f"{meaning} Default: `{field.default!r}`.".strip()
        rows.append((f"`{field.name}`", cell(type_name(hints[field.name])), meaning))
    parts = [first_line(kind)]
    return [*parts, table(("field", "type", "meaning"), rows)] if rows else parts


def _event(kind: Any) -> list[str]:
    head, *rest = _struct(kind)
    return [f"**`{kind.__name__}`**: {head}", *rest]


def _query(name: str, query: Any) -> tuple[str, str, str]:
    bare = inspect.unwrap(getattr(query, "func", query))
    signature = inspect.signature(bare, eval_str=True)
    asked = [one for one in signature.parameters.values() if one.kind is inspect.Parameter.KEYWORD_ONLY]
    arguments = ", ".join(f"`{one.name}`: {type_name(one.annotation)}" for one in asked)
    return f"`{name}`", cell(arguments), first_line(bare)
