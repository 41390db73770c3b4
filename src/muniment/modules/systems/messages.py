"""What can be asked of the module."""

from __future__ import annotations

from muniment.core.codec import Wire
from muniment.modules.systems.types import Terms


class DeploySystem(Wire, frozen=True, tag="systems.deploy"):
    """Put an AI system into service; the sender is its deployer."""

    name: str
    terms: Terms


class UpdateSystem(Wire, frozen=True, tag="systems.update"):
    """Give a system new terms (all of them): a new version."""

    name: str
    terms: Terms


class StopSystem(Wire, frozen=True, tag="systems.stop"):
    """Stop a system: from the next message on, every decision is refused."""

    name: str
    reason: str


class ResumeSystem(Wire, frozen=True, tag="systems.resume"):
    """Let a stopped system decide again."""

    name: str
    reason: str
