"""Proof files: what they show, and that nothing else is believed."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import msgspec
import pytest
from tests.harness.ledger import wallet
from tests.harness.story import Story, tell

from muniment.core.checkpoint_lines import lines_of
from muniment.core.note import Checkpoint, VerifierKey
from muniment.core.proof import FORMAT, MAX_PROOF_BYTES, Opening, Proof, decode_proof, plain, state_root, verify
from muniment.core.proof_errors import ProofRejected
from muniment.core.trust import Trust, TrustMalformed


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    return tell(tmp_path_factory.mktemp("story") / "ledger")


def changed(proof: Proof, **fields: Any) -> Proof:
    return msgspec.structs.replace(proof, **fields)


@pytest.mark.parametrize(
    ("name", "kind", "standing", "signer"),
    [
        ("record", "record", "unchanged", "self-certified"),
        ("decision", "decision", "unchanged", "self-certified"),
        ("sealed", "decision", "unchanged", "self-certified"),
        ("overridden", "decision", "changed", "self-certified"),
        ("rotated", "record", "unchanged", "rotated"),
        ("transaction", "transaction", "unknown", "self-certified"),
    ],
)
def test_every_kind_of_proof_is_accepted(story: Story, name: str, kind: str, standing: str, signer: str) -> None:
    found = verify(story.proofs[name].proof, story.trust)
    assert (found.kind, found.standing, found.signer) == (kind, standing, signer)


def test_a_proof_survives_its_file(story: Story) -> None:
    for saved in story.proofs.values():
        assert decode_proof(saved.encode()) == saved.proof


def test_the_claim_is_what_the_ledger_did(story: Story) -> None:
    found = verify(story.proofs["decision"].proof, story.trust)
    assert found.identity == story.decision.identity
    assert (found.claim["score"], found.claim["outcome"]) == (story.decision.score, story.decision.outcome)
    assert found.sender == wallet().id


def test_an_overridden_decision_shows_its_status(story: Story) -> None:
    found = verify(story.proofs["overridden"].proof, story.trust)
    assert found.status["override"]["outcome"] == "approve"


def test_a_sealed_decision_shows_the_fields_laid_open_and_no_others(story: Story) -> None:
    assert set(verify(story.proofs["one field"].proof, story.trust).opened) == {"hour"}
    opened = verify(story.proofs["sealed"].proof, story.trust).opened
    assert tuple(opened.values()) == story.sealed.inputs


def test_another_trust_anchor_is_not_enough(story: Story) -> None:
    proof = story.proofs["decision"].proof
    stranger = VerifierKey.ed25519(story.trust.chain, wallet("stranger").public_key).vkey()
    for trust in (Trust("elsewhere", story.trust.keys), Trust(story.trust.chain, (stranger,))):
        with pytest.raises(ProofRejected):
            verify(proof, trust)


MUTATIONS: dict[str, Any] = {
    "chain": lambda p: changed(p, chain="other"),
    "kind": lambda p: changed(p, kind="record"),
    "unknown kind": lambda p: changed(p, kind="model"),
    "claim": lambda p: changed(p, claim={**p.claim, "outcome": "other"}),
    "extra claim": lambda p: changed(p, claim={**p.claim, "more": 1}),
    "effect": lambda p: changed(p, effect=p.effect + 1),
    "negative effect": lambda p: changed(p, effect=-2),
    "position": lambda p: changed(p, position=p.position + 1),
    "path cut": lambda p: changed(p, path=p.path[:-1]),
    "path grown": lambda p: changed(p, path=(*p.path, bytes(32))),
    "effects": lambda p: changed(p, effects=p.effects.replace(b"screening", b"screeninx")),
    "checkpoint": lambda p: changed(p, checkpoint=p.checkpoint.replace("height ", "height 1")),
    "checkpoint unsigned": lambda p: changed(p, checkpoint=p.checkpoint.split("\n\n")[0] + "\n\n"),
    "state value": lambda p: changed(p, state=(changed_entry(p, value=b"\x93\xc0\xc0\xc0"),)),
    "state key": lambda p: changed(p, state=(changed_entry(p, key=b"Ds" + bytes(8)),)),
    "state proof": lambda p: changed(p, state=(changed_entry(p, proof=b""),)),
}


def changed_entry(proof: Proof, /, **fields: Any) -> Any:
    return msgspec.structs.replace(proof.state[0], **fields)


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_changed_proof_is_refused(story: Story, mutation: str) -> None:
    mutated = MUTATIONS[mutation](story.proofs["decision"].proof)
    with pytest.raises(ProofRejected):
        verify(mutated, story.trust)


def test_a_true_statement_about_another_key_says_nothing_about_this_decision(story: Story) -> None:
    record, decision = story.proofs["record"].proof, story.proofs["decision"].proof
    assert record.checkpoint == decision.checkpoint
    assert verify(changed(decision, state=record.state), story.trust).standing == "unknown"


@pytest.mark.parametrize("field", ["envelope", "receipt", "effects"])
def test_no_bit_of_the_evidence_can_be_flipped(story: Story, field: str) -> None:
    proof = story.proofs["decision"].proof
    data: bytes = getattr(proof, field)
    for at in range(0, len(data) * 8, 7):
        flipped = bytearray(data)
        flipped[at // 8] ^= 1 << at % 8
        with pytest.raises(ProofRejected):
            verify(changed(proof, **{field: bytes(flipped)}), story.trust)


def test_the_senders_signature_is_checked_unless_told_not_to(story: Story) -> None:
    proof = story.proofs["decision"].proof
    forged = bytearray(proof.envelope)
    forged[-1] ^= 1
    mutated = changed(proof, envelope=bytes(forged))
    with pytest.raises(ProofRejected):
        verify(mutated, story.trust)
    assert verify(mutated, story.trust, check_signature=False).kind == "decision"


def test_a_field_of_a_sealed_decision_cannot_be_misquoted(story: Story) -> None:
    proof = story.proofs["one field"].proof
    assert proof.opening is not None
    (field,) = proof.opening.fields
    for lie in (
        msgspec.structs.replace(field, value=(field.value or 0) + 1),
        msgspec.structs.replace(field, name="amount"),
        msgspec.structs.replace(field, index=field.index - 1),
        msgspec.structs.replace(field, salt=bytes(16)),
    ):
        with pytest.raises(ProofRejected):
            verify(changed(proof, opening=msgspec.structs.replace(proof.opening, fields=(lie,))), story.trust)


def test_an_opening_needs_a_sealed_decision(story: Story) -> None:
    opening = story.proofs["sealed"].proof.opening
    with pytest.raises(ProofRejected):
        verify(changed(story.proofs["decision"].proof, opening=opening), story.trust)


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"format": "muniment proof 2"}'],
)
def test_what_is_no_proof_file_is_refused(data: bytes) -> None:
    with pytest.raises(ProofRejected):
        decode_proof(data)


def test_an_oversized_file_is_refused_before_it_is_read() -> None:
    with pytest.raises(ProofRejected):
        decode_proof(bytes(MAX_PROOF_BYTES + 1))


def test_another_format_is_refused(story: Story) -> None:
    data = story.proofs["record"].encode().replace(FORMAT.encode(), b"muniment proof 9")
    with pytest.raises(ProofRejected):
        decode_proof(data)


def test_the_state_root_is_read_from_its_line_only(story: Story) -> None:
    found = verify(story.proofs["record"].proof, story.trust).checkpoint
    assert len(state_root(lines_of(found))) == 32
    for lines in ((), ("state ",), ("state zz",), ("state " + "A" * 64,), ("stat " + "a" * 64,)):
        with pytest.raises(ProofRejected):
            state_root(lines_of(msgspec.structs.replace(found, extensions=lines)))


def test_a_standing_says_as_of_when_and_whose_key_signed(story: Story) -> None:
    proof = story.proofs["record"].proof
    stranger = VerifierKey.ed25519(story.trust.chain, wallet("stranger").public_key).vkey()
    found = verify(proof, Trust(story.trust.chain, (stranger, *story.trust.keys)))
    assert (found.standing, found.vouched_by) == ("unchanged", story.trust.keys)
    lines = lines_of(found.checkpoint)
    assert (found.as_of_height, found.as_of_time_ms) == (lines.height, lines.time_ms)
    assert found.as_of_height is not None
    assert found.as_of_height > found.height


@pytest.mark.parametrize(
    "lines",
    [
        ("height 1", "height 1"),
        ("time 1", "state " + "a" * 64, "time 2"),
        ("state " + "a" * 64, "state " + "b" * 64),
        ("height",),
        ("height 01",),
        ("height 9223372036854775808",),
        ("time -1",),
        ("state " + "A" * 64,),
    ],
)
def test_lines_that_two_readers_could_read_differently_are_refused(lines: tuple[str, ...]) -> None:
    with pytest.raises(ProofRejected):
        lines_of(Checkpoint("c", 0, bytes(32), lines))


def test_lines_of_other_names_are_passed_over_and_none_is_needed() -> None:
    lines = ("x", "x", "height 7", "statement " + "a" * 64)
    assert lines_of(Checkpoint("c", 0, bytes(32), lines)) == (7, None, None)


def test_an_opening_shows_one_field_a_name_and_a_place_out_of_as_many_as_were_sealed(story: Story) -> None:
    proof = story.proofs["sealed"].proof
    assert proof.opening is not None
    assert proof.claim["fields"] == 3
    fields = proof.opening.fields
    for shown in ((*fields, fields[0]), (msgspec.structs.replace(fields[2], index=1, count=2),)):
        with pytest.raises(ProofRejected):
            verify(changed(proof, opening=Opening(shown)), story.trust)


def test_plain_values_have_bytes_as_hex() -> None:
    assert plain({"a": b"\x01", "b": [b"\x02", (1,)]}) == {"a": "01", "b": ["02", [1]]}


def test_a_trust_anchor_survives_its_file_and_nothing_else_is_one(story: Story) -> None:
    assert Trust.decode(story.trust.encode()) == story.trust
    for data in (b"", b"{}", b'{"chain":"a","keys":["x"]}', story.trust.encode().replace(b"trust 1", b"trust 2")):
        with pytest.raises((TrustMalformed, ProofRejected)):
            Trust.decode(data)


def test_a_receipt_of_a_rejected_transaction_proves_nothing(story: Story) -> None:
    from muniment.core import merkle
    from muniment.core.block import receipt_codec
    from muniment.core.codec import encode
    from muniment.core.note import sign_note

    proof = story.proofs["transaction"].proof
    receipt = encode(msgspec.structs.replace(receipt_codec.decode(proof.receipt), code=401))
    ann = wallet()
    key = VerifierKey.ed25519(story.trust.chain, ann.public_key)
    note = sign_note(Checkpoint(story.trust.chain, 1, merkle.leaf_hash(receipt)).encode(), [(key, ann.sign)])
    forged = changed(proof, receipt=receipt, position=0, path=(), checkpoint=note, state=())
    with pytest.raises(ProofRejected, match="rejected"):
        verify(forged, Trust(story.trust.chain, (key.vkey(),)))
    assert sha256(proof.effects).digest() == receipt_codec.decode(proof.receipt).effects
