"""What happened to systems."""

from __future__ import annotations

from muniment.core.codec import Named
from muniment.modules.systems.types import Terms


class SystemDeployed(Named, frozen=True):
    """A system came into service; kept as a fact. `terms` is positional."""

    system: str
    version: int
    deployer: bytes
    terms: Terms


class SystemUpdated(Named, frozen=True):
    """A system got new terms; kept as a fact. `terms` is positional."""

    system: str
    version: int
    deployer: bytes
    terms: Terms


class SystemStopped(Named, frozen=True):
    """A system was stopped."""

    system: str
    by: bytes
    by_overseer: bool
    reason: str


class SystemResumed(Named, frozen=True):
    """A stopped system decides again."""

    system: str
    by: bytes
    reason: str
