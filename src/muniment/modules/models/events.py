"""What happened to models."""

from __future__ import annotations

from muniment.core.codec import Named
from muniment.modules.models.types import Metric


class ModelPublished(Named, frozen=True):
    """A model was proven exact and published with its papers; kept as a fact.

    Args:
        model: SHA-256 of the artifact.
        number: Version of the name, from 1.
        metrics: Positional: name, value, decimals, data, note.
    """

    name: str
    number: int
    label: str
    model: bytes
    owner: bytes
    trained_on: tuple[int, ...]
    metrics: tuple[Metric, ...]
    licence: str
    intended_use: str
    limits: str


class ModelSuspended(Named, frozen=True):
    """A model was taken out of service."""

    name: str
    model: bytes
    reason: str


class ModelResumed(Named, frozen=True):
    """A suspended model is back in service."""

    name: str
    model: bytes
    reason: str


class ModelRetired(Named, frozen=True):
    """A model was taken out of service for ever."""

    name: str
    model: bytes
    reason: str
