"""Where models are kept. Keys: prefix, then name, zero byte and number or hash.

The artifact lies in the map under its own hash, so that its presence (and a model's absence) can be proven.
"""

from __future__ import annotations

from muniment.core.codec import Wire
from muniment.core.module import Context
from muniment.core.state import Facts, Overlay, Reader, Table
from muniment.modules.models.events import ModelPublished
from muniment.modules.models.types import Name, Publication


class _Tally(Wire, frozen=True):
    count: int


PAPERS: Facts[ModelPublished] = Facts(b"Mf", ModelPublished)

_artifacts: Table[bytes] = Table(b"Ma", bytes)
_origins: Table[str] = Table(b"Mh", str)
_names: Table[Name] = Table(b"Mn", Name)
_publications: Table[Publication] = Table(b"Mp", Publication)
_versions: Table[bytes] = Table(b"Mv", bytes)
_tally: Table[_Tally] = Table(b"Mc", _Tally)
_listed: Table[str] = Table(b"Mi", str)


def artifact(reader: Reader, model: bytes) -> bytes | None:
    """Return the ONNX bytes with this hash, None if never published."""
    return _artifacts.get(reader, model)


def origin(reader: Reader, model: bytes) -> str | None:
    """Return the name this hash was first published under, None if never published."""
    return _origins.get(reader, model)


def name(reader: Reader, called: str) -> Name | None:
    """Return who owns a name and what it stands for, None if free."""
    return _names.get(reader, called.encode())


def publication(reader: Reader, called: str, model: bytes) -> Publication | None:
    """Return the standing of a model under a name, None if not published under it."""
    return _publications.get(reader, _pair(called, model))


def version(reader: Reader, called: str, number: int) -> bytes | None:
    """Return the hash of a version of a name, None if there is none."""
    return _versions.get(reader, _pair(called, _number(number))) if 0 < number < 1 << 32 else None


def papers(reader: Reader, identity: int) -> ModelPublished | None:
    """Return the papers that were published under an identity."""
    return PAPERS.get(reader, identity)


def names_count(reader: Reader) -> int:
    """Return how many names there are."""
    found = _tally.get(reader)
    return found.count if found else 0


def listed_name(reader: Reader, index: int) -> str | None:
    """Return the name that was the `index`-th to be taken, from 0."""
    return _listed.get(reader, _number(index))


def add_version(ctx: Context, published: ModelPublished, data: bytes) -> None:
    """Write a new version of a name, its papers and (once) its artifact."""
    store = ctx.store
    called, model, number = published.name, published.model, published.number
    identity = ctx.keep(PAPERS, published)
    if number == 1:
        _list_name(store, called)
    if origin(store, model) is None:
        _artifacts.put(store, model, data)
        _origins.put(store, model, called)
    _names.put(store, called.encode(), Name(published.owner, number, model))
    _versions.put(store, _pair(called, _number(number)), model)
    put_publication(store, called, model, Publication(number, identity, "active", "", ctx.time_ms))


def put_publication(overlay: Overlay, called: str, model: bytes, value: Publication) -> None:
    """Write the standing of a model under a name."""
    _publications.put(overlay, _pair(called, model), value)


def _list_name(overlay: Overlay, called: str) -> None:
    count = names_count(overlay)
    _listed.put(overlay, _number(count), called)
    _tally.put(overlay, b"", _Tally(count + 1))


def _pair(called: str, rest: bytes) -> bytes:
    return called.encode() + b"\0" + rest


def _number(number: int) -> bytes:
    return number.to_bytes(4, "big")
