"""What can be asked of the module."""

from __future__ import annotations

from muniment.core.codec import Wire
from muniment.modules.models.types import Metric


class PublishModel(Wire, frozen=True, tag="models.publish"):
    """Publish an exact model as the next version of a name.

    Args:
        name: `[a-z0-9._-]`, 1 to 64 characters; belongs to its first publisher.
        label: What the publisher calls this version, for example "2026-03"; up to 64 characters.
        artifact: ONNX bytes, up to 4 MiB, that the checker proves exact.
        trained_on: Identities of the records of the training data, up to 256, each active.
        metrics: Measured figures, up to 64.
        licence: An SPDX expression or a name, 1 to 128 characters.
        intended_use: What it is for, 1 to 4,096 characters.
        limits: What it is not for, and where it is weak; up to 4,096 characters.
    """

    name: str
    label: str
    artifact: bytes
    trained_on: tuple[int, ...]
    metrics: tuple[Metric, ...]
    licence: str
    intended_use: str
    limits: str


class SuspendModel(Wire, frozen=True, tag="models.suspend"):
    """Take a model out of service: no system decides with it until it is resumed."""

    name: str
    model: bytes
    reason: str


class ResumeModel(Wire, frozen=True, tag="models.resume"):
    """Put a suspended model back into service."""

    name: str
    model: bytes
    reason: str


class RetireModel(Wire, frozen=True, tag="models.retire"):
    """Take a model out of service for ever; what it decided stays replayable."""

    name: str
    model: bytes
    reason: str
