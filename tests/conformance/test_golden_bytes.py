"""The bytes of every message and of the kernel's own types, as they were released: they never change.

A changed type would make old logs undecodable. A new type is added to the file by
`python -m tests.conformance.test_golden_bytes`, which refuses to change what is there.
"""

from __future__ import annotations

import json
import sys
import types
import typing
from enum import Enum
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import msgspec
import pytest

from muniment import app
from muniment.core.block import Block, Receipt, Result
from muniment.core.codec import encode
from muniment.core.transaction import Envelope, Payload, Signature

GOLDEN = Path(__file__).parent / "golden" / "wire.json"
KERNEL: tuple[Any, ...] = (Signature, Envelope, Payload[int], Receipt, Block, Result)


def kinds() -> dict[str, Any]:
    """Return every type whose bytes are released, by name."""
    messages = {str(kind.__struct_config__.tag): kind for module in app.MODULES for kind in module.handlers}
    events = {f"event {kind.__name__}": kind for module in app.MODULES for kind in module.events}
    kernel = {f"kernel {getattr(kind, '__name__', None) or kind.__origin__.__name__}": kind for kind in KERNEL}
    return {**messages, **events, **kernel}


def sample(kind: Any, depth: int = 0) -> Any:
    """Return a value of `kind` in which nothing is empty, the same every time."""
    origin, args = get_origin(kind), get_args(kind)
    if origin is Literal:
        return args[-1]
    if origin in (types.UnionType, typing.Union):
        return sample(next(arg for arg in args if arg is not type(None)), depth)
    if origin is tuple:
        return tuple(sample(args[0], depth) for _ in range(2)) if args[-1] is Ellipsis else tuple(map(sample, args))
    if origin is not None and isinstance(origin, type) and issubclass(origin, msgspec.Struct):
        return origin(**{f.name: sample(args[0] if f.name == "messages" else f.type) for f in _fields(origin)})
    return _plain(kind, depth)


def _plain(kind: Any, depth: int) -> Any:
    if isinstance(kind, typing.TypeVar):
        return 300
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return kind(**{field.name: sample(field.type, depth + 1) for field in _fields(kind)})
    if isinstance(kind, type) and issubclass(kind, Enum):
        return list(kind)[-1]
    return {int: 70_000, str: "text", bytes: b"\x01\x02", bool: True}[kind]


def _fields(kind: Any) -> tuple[Any, ...]:
    hints = typing.get_type_hints(kind)
    return tuple(types.SimpleNamespace(name=name, type=hints[name]) for name in kind.__struct_fields__)


def written() -> dict[str, Any]:
    """Return what the types give now."""
    return {
        name: {
            "fields": [field.name for field in _fields(get_origin(kind) or kind)],
            "bytes": encode(sample(kind)).hex(),
        }
        for name, kind in sorted(kinds().items())
    }


def test_every_type_has_its_golden_bytes() -> None:
    assert sorted(json.loads(GOLDEN.read_text())) == sorted(written())


@pytest.mark.parametrize("name", sorted(json.loads(GOLDEN.read_text())) if GOLDEN.exists() else [])
def test_the_bytes_of_a_released_type_never_change(name: str) -> None:
    assert written()[name] == json.loads(GOLDEN.read_text())[name]


def test_a_changed_type_would_be_noticed() -> None:
    class Changed(Receipt, frozen=True):
        more: int = 0

    assert encode(sample(Changed)) != encode(sample(Receipt))


if __name__ == "__main__":
    known = json.loads(GOLDEN.read_text()) if GOLDEN.exists() else {}
    fresh = written()
    if lost := [name for name in known if fresh.get(name) != known[name]]:
        sys.exit(f"these were released and must not change: {', '.join(lost)}")
    GOLDEN.write_text(json.dumps(fresh, indent=1) + "\n")
