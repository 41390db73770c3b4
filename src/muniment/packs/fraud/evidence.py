"""One decision of a run: its proof, its verification by a stranger, its replay."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from muniment.client.identities import write_identity
from muniment.client.proofs import Replay, replay_file, verify_file
from muniment.packs.fraud.thresholds import OUTCOMES

if TYPE_CHECKING:
    from muniment.client.ledger import Ledger
    from muniment.core.proof import Verified
    from muniment.packs.fraud.streaming import Tape


@dataclass(frozen=True)
class Proven:
    """A decision that was proven, verified and replayed from its proof file alone.

    Attributes:
        decision: Its text form.
        row: Row of the payment among those streamed.
        outcome: What was decided.
        path: The proof file.
        envelope: The signed transaction in it, as the ledger holds it.
        verified: What the verifier found.
        replay: The decision, computed again.
    """

    decision: str
    row: int
    outcome: str
    path: Path
    envelope: bytes
    verified: Verified
    replay: Replay


def chosen(tape: Tape) -> int:
    """Return the place of the payment to prove: the last blocked one, or the most suspicious if none was blocked."""
    if OUTCOMES[-1] in tape.outcomes:
        return len(tape.outcomes) - 1 - tape.outcomes[::-1].index(OUTCOMES[-1])
    return max(range(len(tape.outcomes)), key=tape.scores.__getitem__)


def prove(ledger: Ledger, tape: Tape, *, path: Path, trust: Path) -> Proven:
    """Prove one decision of a stream, then verify and replay it as a stranger would: from files.

    Args:
        ledger: Where it is.
        tape: The stream; at least one decision.
        path: Where to write the proof.
        trust: The trust anchor to verify against.
    """
    place = chosen(tape)
    saved = ledger.prove(write_identity("decision", tape.identities[place]))
    saved.save(path)
    return Proven(
        decision=write_identity("decision", tape.identities[place]),
        row=tape.rows[place],
        outcome=tape.outcomes[place],
        path=path,
        envelope=saved.proof.envelope,
        verified=verify_file(path, trust=trust),
        replay=replay_file(path),
    )
