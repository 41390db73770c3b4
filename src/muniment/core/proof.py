"""Proof files: one transaction and what it did, provable to a stranger without a node.

A proof file is JSON. What it claims is an event that a transaction of the ledger had as an effect. The chain of
evidence: event, in the effects; their digest, in the receipt; the receipt, a leaf of the log; the log's root, in a
checkpoint; the checkpoint, signed by a key of the trust anchor. Entries of the map at the same checkpoint say what
became of the thing since.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any, NamedTuple

import msgspec

from muniment.core import authmap, claims, keys, merkle
from muniment.core.block import Receipt, receipt_codec
from muniment.core.checkpoint_lines import Lines, lines_of
from muniment.core.codec import format_of
from muniment.core.errors import Rejected
from muniment.core.note import Checkpoint, open_note
from muniment.core.proof_errors import ProofRejected
from muniment.core.sealing import FieldOpening, check_fields
from muniment.core.transaction import Envelope, Payload, decode_envelope, peek, signing_digest
from muniment.core.trust import Trust

FORMAT = "muniment proof 1"
#: Larger files are refused before they are read; a model of the largest size still fits.
MAX_PROOF_BYTES = 16 << 20

_WHAT = "the proof"


class StateEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A key of the map at the checkpoint: its value, or None for a proof of absence."""

    key: bytes
    value: bytes | None
    proof: bytes


class Opening(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Inputs of a sealed decision laid open to whoever holds the file; fields not listed stay sealed."""

    fields: tuple[FieldOpening, ...]


class Proof(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The contents of a proof file. Bytes are base64 in JSON.

    Attributes:
        chain: Chain id.
        kind: "record", "decision", or "transaction" for any other event.
        claim: The proven event, for people; must equal the one in `effects`.
        effect: Place of that event among the effects.
        envelope: The transaction as it was sent.
        receipt: Its receipt, the leaf of the log.
        effects: Its encoded effects.
        position: Place of the receipt in the log.
        path: Inclusion proof of the receipt in the checkpoint's log.
        checkpoint: Signed note.
        state: Entries of the map at the checkpoint.
        model: The exact model's file, deflated (zlib), so that a decision can be replayed; None if left out.
        opening: For a sealed decision: fields shown to whoever gets this file.
        format: Names this form.
    """

    chain: str
    kind: str
    claim: dict[str, Any]
    effect: int
    envelope: bytes
    receipt: bytes
    effects: bytes
    position: int
    path: tuple[bytes, ...]
    checkpoint: str
    state: tuple[StateEntry, ...] = ()
    model: bytes | None = None
    opening: Opening | None = None
    format: str = FORMAT

    def encode(self) -> bytes:
        """Return the contents of a proof file."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n"


class Verified(NamedTuple):
    """What a proof showed; nothing in it is merely asserted.

    Attributes:
        chain: Chain id.
        kind: "record", "decision" or "transaction".
        identity: Number of the thing: position in the log x 256 + index of the message.
        claim: The event.
        sender: Account id of who signed, text form.
        signer: "self-certified" if the signing key is the account's first; else "rotated": the ledger vouches for it.
        transaction: Id, hex.
        height: Block.
        time_ms: Time of the block.
        standing: "unchanged" if the map shows that nothing happened to it since; "changed" with `status`; "unknown" if
            the file does not say.
        status: The status value, if changed.
        checkpoint: What it was proven against.
        opened: Sealed fields that the file lays open, by name. The ledger does not know that a name belongs to its
            place: replay the decision, or look at the model's card.
        as_of_height: Block of the checkpoint, as of which the standing holds; None if the checkpoint does not say.
        as_of_time_ms: Time of that block; None likewise.
        vouched_by: Keys of the trust anchor that signed the checkpoint.
    """

    chain: str
    kind: str
    identity: int
    claim: dict[str, Any]
    sender: str
    signer: str
    transaction: str
    height: int
    time_ms: int
    standing: str
    status: Any
    checkpoint: Checkpoint
    opened: dict[str, int | None]
    as_of_height: int | None
    as_of_time_ms: int | None
    vouched_by: tuple[str, ...]


class Recorded(NamedTuple):
    """What the parts of a file that hold each other by their hashes say of one event.

    Attributes:
        receipt: Of the transaction.
        envelope: The transaction.
        payload: What was signed, its messages not decoded.
        message: Index of the message that had the event as its effect.
        claim: The event.
    """

    receipt: Receipt
    envelope: Envelope
    payload: Payload[msgspec.Raw]
    message: int
    claim: dict[str, Any]


_proofs: msgspec.json.Decoder[Proof] = msgspec.json.Decoder(Proof)


def decode_proof(data: bytes) -> Proof:
    """Return the proof in the contents of a file; nothing is verified yet.

    Raises:
        ProofRejected: not a proof file.
    """
    if len(data) > MAX_PROOF_BYTES:
        raise _rejected(f"it has {len(data)} bytes, at most {MAX_PROOF_BYTES}")
    if (found := format_of(data)) != FORMAT:
        raise _rejected(f"its format is {found!r}, not {FORMAT!r}" if found else "it is not a proof file")
    try:
        return _proofs.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _rejected(f"it is not a proof file: {error}") from None


def verify(proof: Proof, trust: Trust, *, check_signature: bool = True) -> Verified:
    """Check every step from the trust anchor to the claim.

    Args:
        proof: Decoded from a file.
        trust: Chain id and keys that are believed.
        check_signature: Check the sender's signature too (the ledger did when it took the transaction).

    Raises:
        ProofRejected: some step does not hold; says which.
    """
    try:
        return _verified(proof, trust, check_signature)
    except ProofRejected:
        raise
    except Rejected as rejected:
        raise _rejected(rejected.sentence()) from None


def recorded(proof: Proof) -> Recorded:
    """Check that claim, effects, receipt and transaction of a file belong together; not that any ledger has them.

    Raises:
        ProofRejected: they do not.
    """
    try:
        return _recorded(proof)
    except ProofRejected:
        raise
    except Rejected as rejected:
        raise _rejected(rejected.sentence()) from None


def trusted_checkpoint(note: str, trust: Trust) -> tuple[Checkpoint, Lines, tuple[str, ...]]:
    """Return the checkpoint in a note, its lines, and which keys of the trust anchor signed it.

    Raises:
        ProofRejected: none did, or it is of another log.
    """
    opened = open_note(note, trust.verifier_keys())
    checkpoint = Checkpoint.parse(opened.text)
    if checkpoint.origin != trust.chain:
        raise _rejected(f"its checkpoint is of {checkpoint.origin!r}, not of {trust.chain!r}")
    return checkpoint, lines_of(checkpoint), tuple(key.vkey() for key in opened.keys)


def _verified(proof: Proof, trust: Trust, check_signature: bool) -> Verified:
    if proof.chain != trust.chain:
        raise _rejected(f"it is from chain {proof.chain!r}, the trust anchor is for {trust.chain!r}")
    checkpoint, lines, vouched_by = trusted_checkpoint(proof.checkpoint, trust)
    merkle.verify_inclusion(
        merkle.leaf_hash(proof.receipt), proof.position, checkpoint.size, proof.path, checkpoint.root
    )
    receipt, envelope, payload, message, claim = _recorded(proof)
    signer = _signer(envelope, payload, check_signature)
    identity = (proof.position << 8) | message
    standing, status = _standing(proof, identity, lines)
    return Verified(
        chain=proof.chain,
        kind=proof.kind,
        identity=identity,
        claim=claim,
        sender=keys.encode_account(payload.sender),
        signer=signer,
        transaction=sha256(envelope.payload).hexdigest(),
        height=receipt.height,
        time_ms=receipt.time_ms,
        standing=standing,
        status=status,
        checkpoint=checkpoint,
        opened=_opened(proof, claim),
        as_of_height=lines.height,
        as_of_time_ms=lines.time_ms,
        vouched_by=vouched_by,
    )


def check_entry(entry: StateEntry, root: bytes) -> None:
    """Check that the map with this root holds the entry's value, or that it does not hold the key.

    Raises:
        ProofRejected, NotDecodable, NotCanonical: it is not shown.
    """
    shown = authmap.PROOF_CODEC.decode(entry.proof)
    if entry.value is None:
        authmap.verify_absence(root, entry.key, shown)
    else:
        authmap.verify_presence(root, entry.key, entry.value, shown)


def _recorded(proof: Proof) -> Recorded:
    receipt = receipt_codec.decode(proof.receipt)
    envelope = decode_envelope(proof.envelope)
    if sha256(envelope.payload).digest() != receipt.transaction:
        raise _rejected("the transaction is not the one of the receipt")
    payload = peek(envelope.payload)
    if payload.chain != proof.chain:
        raise _rejected(f"the transaction is for chain {payload.chain!r}")
    return Recorded(receipt, envelope, payload, *_claim(proof, receipt))


def _signer(envelope: Envelope, payload: Payload[msgspec.Raw], check_signature: bool) -> str:
    (signature,) = envelope.signatures
    keys.suite_of(signature.suite)
    if check_signature:
        digest = signing_digest(payload.chain, signature.suite, envelope.payload)
        if not keys.is_valid(signature.suite, signature.key, digest, signature.signature):
            raise _rejected("the sender's signature is not good")
    own = keys.account_id(signature.suite, signature.key) == payload.sender
    return "self-certified" if own else "rotated"


def _claim(proof: Proof, receipt: Receipt) -> tuple[int, dict[str, Any]]:
    if receipt.code != 0:
        raise _rejected(f"the ledger rejected the transaction (code {receipt.code})")
    if sha256(proof.effects).digest() != receipt.effects:
        raise _rejected("the effects are not those of the receipt")
    if proof.effect < 0:
        raise _rejected("it names an effect before the first")
    try:
        message, event = msgspec.msgpack.decode(proof.effects, type=list[tuple[int, dict[str, Any]]])[proof.effect]
        claim = plain(event)
        is_claimed = claim == proof.claim
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, IndexError):
        raise _rejected("it names an effect that the transaction did not have") from None
    if not is_claimed:
        raise _rejected("the claim is not what the transaction did")
    if proof.kind in claims.KINDS and claim.get("type") != claims.KINDS[proof.kind].fact:
        raise _rejected(f"the event {claim.get('type')} does not make a {proof.kind}")
    if proof.kind not in claims.KINDS and proof.kind != "transaction":
        raise _rejected(f"{proof.kind!r} is not a kind of claim")
    return message, claim


def _standing(proof: Proof, identity: int, lines: Lines) -> tuple[str, Any]:
    if not proof.state:
        return "unknown", None
    root = state_root(lines)
    for entry in proof.state:
        check_entry(entry, root)
    if proof.kind not in claims.KINDS:
        return "unknown", None
    wanted = claims.status_key(proof.kind, identity)
    for entry in proof.state:
        if entry.key == wanted:
            return ("unchanged", None) if entry.value is None else ("changed", _loosely(entry.value))
    return "unknown", None


def state_root(lines: Lines) -> bytes:
    """Return the root of the authenticated map that a checkpoint commits to.

    Raises:
        ProofRejected: the checkpoint carries none.
    """
    if lines.state is None:
        raise _rejected("its checkpoint names no state root")
    return lines.state


def plain(event: Any) -> Any:
    """Return an event with its bytes as hex, as proof files and people see it."""
    if isinstance(event, bytes):
        return event.hex()
    if isinstance(event, dict):
        return {str(key): plain(value) for key, value in event.items()}
    if isinstance(event, list | tuple):
        return [plain(value) for value in event]
    return event


def _opened(proof: Proof, claim: dict[str, Any]) -> dict[str, int | None]:
    if proof.opening is None:
        return {}
    check_opening(proof.opening, claim)
    return {field.name: field.value for field in proof.opening.fields}


def check_opening(opening: Opening, claim: dict[str, Any]) -> None:
    """Check that the fields laid open are some of those that were sealed, each at one place and under one name.

    Raises:
        ProofRejected: they are not, or the claim is of no sealed decision.
    """
    commitment, count = claim.get("commitment"), claim.get("fields")
    if not isinstance(commitment, str) or not isinstance(count, int):
        raise _rejected("it lays fields open, but the decision was not sealed")
    try:
        root = bytes.fromhex(commitment)
    except ValueError:
        raise _rejected("the commitment of its claim is not one") from None
    check_fields(opening.fields, root, count=count)


def _loosely(value: bytes) -> Any:
    try:
        return plain(msgspec.msgpack.decode(value))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise _rejected("a value of the map cannot be decoded") from None


def _rejected(reason: str) -> ProofRejected:
    return ProofRejected(what=_WHAT, reason=reason)
