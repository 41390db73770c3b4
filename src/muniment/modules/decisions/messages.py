"""What can be asked of the module."""

from __future__ import annotations

from muniment.core.codec import Wire
from muniment.core.sealing import FieldOpening


class Decide(Wire, frozen=True, tag="decisions.decide"):
    """Let a system decide in the open: everyone sees the inputs and computes the score.

    Args:
        system: Its name.
        inputs: One integer a feature in its fixed point, nothing where missing, in the order of the model's card.
        subject: Salted commitment to whom it is about (`core.sealing.subject_commitment`), 32 bytes; never a name.
        explain: Keep the contributions of the features with the decision.
        version: Number of the system's terms that the sender means, since another model reads the integers in another
            way; None takes whatever is in force.
    """

    system: str
    inputs: tuple[int | None, ...]
    subject: bytes | None = None
    explain: bool = False
    version: int | None = None


class DecideSealed(Wire, frozen=True, tag="decisions.seal"):
    """Put on record a decision that the deployer computed.

    Args:
        system: Its name.
        model: Hash of the model, which must be the one in force.
        commitment: Merkle root over the salted fields (`core.sealing.seal`), 32 bytes.
        fields: How many fields it covers: one a feature.
        score: What the model gave.
        outcome: What follows from the score.
        subject: As for an open decision.
    """

    system: str
    model: bytes
    commitment: bytes
    fields: int
    score: int
    outcome: str
    subject: bytes | None = None


class DisputeDecision(Wire, frozen=True, tag="decisions.dispute"):
    """Open the inputs of a sealed decision to the ledger, for everyone to see, and let it recompute.

    Args:
        decision: Identity.
        values: Inputs, in the order of the model's card.
        salts: One a field, 16 bytes each.
    """

    decision: int
    values: tuple[int | None, ...]
    salts: tuple[bytes, ...]


class ContestSealing(Wire, frozen=True, tag="decisions.contest"):
    """Refute a sealed decision whose fields are not those of its model, by one of them, for everyone to see.

    Args:
        decision: Identity.
        opening: A field that was sealed where the model's card names another.
    """

    decision: int
    opening: FieldOpening


class AppealDecision(Wire, frozen=True, tag="decisions.appeal"):
    """Ask a human overseer to look at a decision again.

    Args:
        decision: Identity.
        grounds: Commitment to the grounds, 32 bytes; the text itself stays off the ledger.
        category: Up to 64 characters, for example "wrong data".
        salt: Opens the subject commitment to the sender, who so proves to be whom it is about (16 bytes); nothing
            if the decider, the deployer or an overseer appeals on somebody's behalf.
    """

    decision: int
    grounds: bytes
    category: str
    salt: bytes | None = None


class OverrideDecision(Wire, frozen=True, tag="decisions.override"):
    """Put a person's outcome in the place of the system's; closes an open appeal.

    Args:
        decision: Identity.
        outcome: One of the outcomes the system had when it decided.
        reason: 1 to 1,024 characters, without personal data.
    """

    decision: int
    outcome: str
    reason: str


class UpholdDecision(Wire, frozen=True, tag="decisions.uphold"):
    """Close an appeal and let the decision stand."""

    decision: int
    reason: str
