"""What the module keeps: systems, their terms, their stop; and the bounds of every field."""

from __future__ import annotations

from typing import Final, Literal

from muniment.core.codec import Wire

MAX_NAME: Final = 64
MAX_PURPOSE: Final = 4_096
MAX_REASON: Final = 1_024
MAX_OUTCOMES: Final = 16
MAX_OVERSEERS: Final = 64
MAX_OPERATORS: Final = 256
HASH_BYTES: Final = 32

Mode = Literal["open", "sealed", "both"]


class Outcome(Wire, frozen=True):
    """What follows from a score of `threshold` or more, until the threshold of the next outcome.

    Args:
        name: `[a-z0-9._-]`, 1 to 64 characters, for example "review".
        threshold: In units of the model's score. That of the first outcome is only its place in the order: every
            score below the second threshold gives the first outcome.
    """

    name: str
    threshold: int


class ModelReference(Wire, frozen=True):
    """A model as published under a name: whose papers, and which bits."""

    name: str
    model: bytes


class Terms(Wire, frozen=True):
    """What a system is, all of it; an update gives all of it again.

    Args:
        purpose: What it decides, about whom, 1 to 4,096 characters.
        provider: Account of who answers for the system as such.
        model: The model that decides.
        outcomes: 1 to 16, thresholds ascending.
        overseers: Accounts of 1 to 64 people who may stop the system and override its decisions.
        operators: Accounts, up to 256, that may decide in the deployer's name.
        mode: "open" (inputs in the transaction), "sealed" (computed by the deployer, inputs committed), "both".
        challenger: A second model with the same inputs whose score is kept beside that of open decisions, and
            decides nothing.
    """

    purpose: str
    provider: bytes
    model: ModelReference
    outcomes: tuple[Outcome, ...]
    overseers: tuple[bytes, ...]
    operators: tuple[bytes, ...] = ()
    mode: Mode = "both"
    challenger: ModelReference | None = None


class Stop(Wire, frozen=True):
    """Why a system is stopped, and by whom.

    Args:
        by: Account.
        by_overseer: Whether it was an overseer then; if so, only an overseer resumes.
        reason: As given.
        since_ms: Unix milliseconds.
    """

    by: bytes
    by_overseer: bool
    reason: str
    since_ms: int


class System(Wire, frozen=True):
    """A system as it is now.

    Args:
        name: Its name, for ever.
        deployer: Account that deployed it, for ever.
        version: Number of its terms, from 1.
        identity: Where these terms came into force.
        terms: As now in force.
        stop: None while it runs.
    """

    name: str
    deployer: bytes
    version: int
    identity: int
    terms: Terms
    stop: Stop | None = None
