"""What the module needs of others."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from muniment.core.state import Reader
from muniment.exact.runner import Runner


class Outcome(Protocol):
    """What follows from a score of `threshold` or more."""

    @property
    def name(self) -> str:
        """How it is called."""

    @property
    def threshold(self) -> int:
        """Lowest score that gives it; of no effect in the first outcome."""


class ModelReference(Protocol):
    """A model as published under a name."""

    @property
    def name(self) -> str:
        """Name it was published under."""

    @property
    def model(self) -> bytes:
        """Its hash."""


class Terms(Protocol):
    """What a system is."""

    @property
    def model(self) -> ModelReference:
        """The model that decides."""

    @property
    def challenger(self) -> ModelReference | None:
        """The model that scores beside it."""

    @property
    def outcomes(self) -> Sequence[Outcome]:
        """By ascending threshold."""

    @property
    def overseers(self) -> Collection[bytes]:
        """Accounts that may override."""

    @property
    def operators(self) -> Collection[bytes]:
        """Accounts that may decide besides the deployer."""

    @property
    def mode(self) -> str:
        """`open`, `sealed` or `both`."""


class System(Protocol):
    """A system as it is now."""

    @property
    def deployer(self) -> bytes:
        """Account."""

    @property
    def version(self) -> int:
        """Number of the terms in force."""

    @property
    def terms(self) -> Terms:
        """The terms in force."""


class SystemOf(Protocol):
    """Answered by systems: `running_system` refuses a stopped system, too."""

    def __call__(self, reader: Reader, name: str, /) -> System:
        """Return the system, or raise `Rejected`."""


class TermsOf(Protocol):
    """Answered by systems."""

    def __call__(self, reader: Reader, name: str, version: int, /) -> Terms:
        """Return what a version of a system was."""


class CheckUsable(Protocol):
    """Answered by models."""

    def __call__(self, reader: Reader, name: str, model: bytes, /) -> None:
        """Raise `Rejected` unless the model is published under the name and may decide."""


class RunnerOf(Protocol):
    """Answered by models."""

    def __call__(self, reader: Reader, model: bytes, /) -> Runner:
        """Return a published model ready to run, whatever its standing."""


@dataclass(frozen=True, kw_only=True)
class Ports:
    """Everything the module needs of others."""

    system: SystemOf
    running_system: SystemOf
    terms: TermsOf
    check_usable: CheckUsable
    runner: RunnerOf
