"""Proofs of state: what the map holds under a key after a block, or that it holds nothing there."""

from __future__ import annotations

import msgspec

from muniment.core.codec import format_of
from muniment.core.errors import Rejected
from muniment.core.note import Checkpoint
from muniment.core.proof import StateEntry, check_entry, state_root, trusted_checkpoint
from muniment.core.proof_errors import ProofRejected
from muniment.core.trust import Trust

FORMAT = "muniment state proof 1"
MAX_STATE_PROOF_BYTES = 8 << 20

_WHAT = "the state"


class StateProof(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Entries of the map after the block of a checkpoint; a value of None is a proof of absence.

    Attributes:
        chain: Chain id.
        checkpoint: Signed note of that block.
        entries: Keys with their values and proofs.
        format: Names this form.
    """

    chain: str
    checkpoint: str
    entries: tuple[StateEntry, ...]
    format: str = FORMAT

    def encode(self) -> bytes:
        """Return the contents of a file."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n"

    @classmethod
    def decode(cls, data: bytes) -> StateProof:
        """Return the proof in the contents of a file; nothing is verified yet.

        Raises:
            ProofRejected: not one.
        """
        if len(data) > MAX_STATE_PROOF_BYTES:
            raise ProofRejected(what=_WHAT, reason=f"{len(data)} bytes, at most {MAX_STATE_PROOF_BYTES}")
        if (found := format_of(data)) != FORMAT:
            raise ProofRejected(what=_WHAT, reason=f"its format is {found!r}, not {FORMAT!r}")
        try:
            return msgspec.json.decode(data, type=cls)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise ProofRejected(what=_WHAT, reason=f"it is not a state proof: {error}") from None


def verify_state(proof: StateProof, trust: Trust) -> tuple[Checkpoint, dict[bytes, bytes | None]]:
    """Check a state proof; return what it was checked against, and the value of each key, None where absent.

    Raises:
        ProofRejected: some step does not hold; says which.
    """
    if proof.chain != trust.chain:
        raise ProofRejected(what=_WHAT, reason=f"it is from chain {proof.chain!r}, not {trust.chain!r}")
    try:
        checkpoint, lines, _ = trusted_checkpoint(proof.checkpoint, trust)
        root = state_root(lines)
        for entry in proof.entries:
            check_entry(entry, root)
    except ProofRejected:
        raise
    except Rejected as rejected:
        raise ProofRejected(what=_WHAT, reason=rejected.sentence()) from None
    return checkpoint, {entry.key: entry.value for entry in proof.entries}
