"""What can be read of models."""

from __future__ import annotations

from muniment.core.state import Reader
from muniment.exact.card import Card
from muniment.modules.models import rules, state
from muniment.modules.models.errors import ModelNotUsable, ModelUnknown
from muniment.modules.models.events import ModelPublished
from muniment.modules.models.runners import Runners
from muniment.modules.models.types import HASH_BYTES, ModelSummary, Name


def check_usable(reader: Reader, name: str, model: bytes, /) -> None:
    """Refuse a model that is not published under `name`, or is suspended or retired: a port for other modules.

    Raises:
        ModelUnknown, ModelNotUsable: as their texts say.
    """
    found = state.publication(reader, name, model)
    if found is None:
        raise ModelUnknown(model=f"{name} {model.hex()}")
    if found.standing != "active":
        raise ModelNotUsable(name=name, model=model.hex(), standing=found.standing, reason=found.reason)


def model(reader: Reader, *, ref: str) -> ModelSummary:
    """Return a version of a model: `<name>` (the latest), `<name>@<number>`, or `<hash in hex>` (as first published).

    Raises:
        ModelNameMalformed, ModelUnknown: there is no such model.
    """
    wanted = rules.reference(ref)
    name, owned = _named(reader, wanted, ref)
    digest = wanted.model or state.version(reader, name, wanted.number or owned.versions)
    if digest is None:
        raise ModelUnknown(model=ref)
    return _summary(reader, name, owned, digest)


def papers(reader: Reader, *, ref: str) -> ModelPublished:
    """Return the papers of a version, referred to as in `model`."""
    identity = model(reader, ref=ref).identity
    found = state.papers(reader, identity)
    if found is None:
        raise ModelUnknown(model=ref)
    return found


def versions(reader: Reader, *, ref: str) -> tuple[ModelSummary, ...]:
    """Return all versions of the name that `ref` refers to, oldest first.

    Raises:
        ModelNameMalformed, ModelUnknown: there is no such name.
    """
    name, owned = _named(reader, rules.reference(ref), ref)
    hashes = (state.version(reader, name, number) for number in range(1, owned.versions + 1))
    return tuple(_summary(reader, name, owned, digest) for digest in hashes if digest is not None)


def artifact(reader: Reader, *, model: bytes) -> bytes:
    """Return the ONNX bytes with this hash.

    Raises:
        ModelUnknown: no such model was published.
    """
    found = state.artifact(reader, model) if len(model) == HASH_BYTES else None
    if found is None:
        raise ModelUnknown(model=model.hex())
    return found


def card(runners: Runners, reader: Reader, *, ref: str) -> Card:
    """Return what was proven about a version, referred to as in `model`: its features, ranges, score."""
    return runners.card(reader, model(reader, ref=ref).model)


def models(reader: Reader, *, start: int = 0, limit: int = 100) -> tuple[ModelSummary, ...]:
    """Return the latest version of each name, in the order the names were taken.

    Args:
        reader: The state.
        start: How many names to skip.
        limit: At most so many.
    """
    stop = min(state.names_count(reader), start + limit)
    names = (state.listed_name(reader, index) for index in range(max(start, 0), stop))
    found = ((name, state.name(reader, name)) for name in names if name is not None)
    return tuple(_summary(reader, name, owned, owned.latest) for name, owned in found if owned is not None)


def _named(reader: Reader, wanted: rules.Reference, ref: str) -> tuple[str, Name]:
    name = wanted.name
    if wanted.model is not None:
        name = state.origin(reader, wanted.model)
    owned = state.name(reader, name) if name is not None else None
    if name is None or owned is None:
        raise ModelUnknown(model=ref)
    return name, owned


def _summary(reader: Reader, name: str, owned: Name, digest: bytes) -> ModelSummary:
    published = state.publication(reader, name, digest)
    papers = state.papers(reader, published.identity) if published else None
    if published is None or papers is None:
        raise ModelUnknown(model=f"{name} {digest.hex()}")
    return ModelSummary(
        name=name,
        number=published.number,
        label=papers.label,
        model=digest,
        owner=owned.owner,
        standing=published.standing,
        reason=published.reason,
        since_ms=published.since_ms,
        identity=published.identity,
    )
