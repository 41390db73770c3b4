"""A verifier written from docs/formats.md alone believes and refuses what `muniment.verify` does."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from tests.conformance import independent_verifier as stranger
from tests.harness.ledger import wallet
from tests.harness.story import Story, tell

from muniment.core import keys
from muniment.core.note import VerifierKey, sign_note
from muniment.core.proof import decode_proof, verify
from muniment.core.proof_errors import ProofRejected
from muniment.core.trust import Trust

NAMES = ("record", "decision", "sealed", "one field", "overridden", "rotated", "transaction")
Mutation = Callable[[dict[str, Any]], None]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    return tell(tmp_path_factory.mktemp("story") / "ledger")


def edited(data: bytes, change: Mutation) -> bytes:
    """Return the file with a change made to its JSON."""
    proof = json.loads(data)
    change(proof)
    return json.dumps(proof).encode()


def bent(text: str, at: int = -1, *, by: int = 1) -> str:
    """Return base64 of the same bytes with one of them changed."""
    data = bytearray(base64.b64decode(text))
    data[at] ^= by
    return base64.b64encode(data).decode()


def bend(*way: str | int, at: int = -1) -> Mutation:
    """Change one byte of the bytes at a place of the file."""

    def change(proof: dict[str, Any]) -> None:
        *upper, last = way
        target: Any = proof
        for step in upper:
            target = target[step]
        target[last] = bent(target[last], at)

    return change


def put(value: Any, *way: str | int) -> Mutation:
    """Write a value at a place of the file."""

    def change(proof: dict[str, Any]) -> None:
        *upper, last = way
        target: Any = proof
        for step in upper:
            target = target[step]
        target[last] = value

    return change


def swap_note(old: str, new: str) -> Mutation:
    return lambda proof: proof.update(checkpoint=proof["checkpoint"].replace(old, new, 1))


MUTATIONS: dict[str, Mutation] = {
    "format": put("muniment proof 2", "format"),
    "unknown field": put(1, "more"),
    "missing field": lambda proof: proof.pop("receipt"),
    "chain": put("elsewhere", "chain"),
    "kind of another event": lambda p: p.update(kind="record" if p["kind"] != "record" else "decision"),
    "unknown kind": put("model", "kind"),
    "claim changed": lambda p: p["claim"].update(type="Something"),
    "claim grown": put(1, "claim", "more"),
    "claim shrunk": lambda p: p["claim"].pop(next(reversed(p["claim"]))),
    "effect that is not there": put(9, "effect"),
    "effect of another type": put("0", "effect"),
    "payload": bend("envelope", at=20),
    "sender's key": bend("envelope", at=-70),
    "sender's signature": bend("envelope"),
    "bytes after the envelope": lambda p: p.update(envelope=bytes_after(p["envelope"])),
    "receipt": bend("receipt", at=4),
    "receipt's code": bend("receipt", at=-36),
    "bytes after the receipt": lambda p: p.update(receipt=bytes_after(p["receipt"])),
    "effects": bend("effects"),
    "position": lambda p: p.update(position=p["position"] ^ 1),
    "negative position": put(-1, "position"),
    "position beyond the log": put(2**40, "position"),
    "path": bend("path", 0),
    "path shorter": lambda p: p["path"].pop(),
    "path longer": lambda p: p["path"].append(p["path"][0]),
    "short hash in the path": put("AAAA", "path", 0),
    "note's size": swap_note("\n", "\n0"),
    "note's state": swap_note("state ", "state 0"),
    "note's origin": lambda p: p.update(checkpoint="x" + p["checkpoint"]),
    "note without signatures": lambda p: p.update(checkpoint=p["checkpoint"].partition("\n\n")[0] + "\n\n"),
    "note's signature": lambda p: p.update(checkpoint=p["checkpoint"][:-8] + "AAAAAA=\n"),
    "note with a control character": swap_note("height", "hei\tght"),
}

STATE_MUTATIONS: dict[str, Mutation] = {
    "entry's key": bend("state", 0, "key"),
    "entry's proof": bend("state", 0, "proof"),
    "entry's depth": bend("state", 0, "proof", at=1),
    "entry cut": put("", "state", 0, "proof"),
    "entry with another value": put(base64.b64encode(b"\x80").decode(), "state", 0, "value"),
    "entry with unknown field": put(1, "state", 0, "more"),
    "presence told as absence": lambda p: p["state"][0].update(value=None if p["state"][0]["value"] else "gA=="),
}

OPENING_MUTATIONS: dict[str, Mutation] = {
    "opened value": lambda p: put((p["opening"]["fields"][0][1] or 0) + 1, "opening", "fields", 0, 1)(p),
    "opened name": put("amount ", "opening", "fields", 0, 0),
    "opened salt": bend("opening", "fields", 0, 2),
    "short salt": put("AAAA", "opening", "fields", 0, 2),
    "opened index": put(2, "opening", "fields", 0, 3),
    "opened count": put(5000, "opening", "fields", 0, 4),
    "opened twice": lambda p: p["opening"]["fields"].append(p["opening"]["fields"][0]),
    "opened value that cannot be sealed": put(2**70, "opening", "fields", 0, 1),
    "opened path": bend("opening", "fields", 0, 5, 0),
}


def bytes_after(text: str) -> str:
    return base64.b64encode(base64.b64decode(text) + b"\xc0").decode()


def is_refused_by_both(story: Story, data: bytes) -> None:
    with pytest.raises(ProofRejected):
        verify(decode_proof(data), story.trust)
    with pytest.raises(stranger.Refused):
        stranger.verify(data, story.trust.encode())


@pytest.mark.parametrize("name", NAMES)
def test_both_believe_the_same(story: Story, name: str) -> None:
    data = story.proofs[name].encode()
    ours, theirs = verify(decode_proof(data), story.trust), stranger.verify(data, story.trust.encode())
    of_event = ("chain", "kind", "identity", "claim", "signer", "height", "time_ms")
    same = (*of_event, "standing", "opened", "as_of_height", "as_of_time_ms")
    assert {key: theirs[key] for key in same} == {key: getattr(ours, key) for key in same}
    assert keys.encode_account(theirs["sender"]) == ours.sender
    assert theirs["transaction"].hex() == ours.transaction


def test_every_kind_of_proof_is_held_against_the_stranger(story: Story) -> None:
    assert set(NAMES) == set(story.proofs)


@pytest.mark.parametrize("mutation", MUTATIONS)
@pytest.mark.parametrize("name", ["record", "decision", "overridden", "rotated"])
def test_both_refuse_the_same(story: Story, name: str, mutation: str) -> None:
    is_refused_by_both(story, edited(story.proofs[name].encode(), MUTATIONS[mutation]))


@pytest.mark.parametrize("mutation", STATE_MUTATIONS)
@pytest.mark.parametrize("name", ["decision", "overridden"])
def test_both_refuse_what_is_said_of_the_map(story: Story, name: str, mutation: str) -> None:
    is_refused_by_both(story, edited(story.proofs[name].encode(), STATE_MUTATIONS[mutation]))


@pytest.mark.parametrize("mutation", OPENING_MUTATIONS)
def test_both_refuse_what_is_misquoted(story: Story, mutation: str) -> None:
    is_refused_by_both(story, edited(story.proofs["one field"].encode(), OPENING_MUTATIONS[mutation]))


def test_both_refuse_a_field_out_of_fewer_than_were_sealed(story: Story) -> None:
    def change(proof: dict[str, Any]) -> None:
        last = proof["opening"]["fields"][2]
        proof["opening"]["fields"] = [[*last[:3], 1, 2, last[5]]]

    is_refused_by_both(story, edited(story.proofs["sealed"].encode(), change))


@pytest.mark.parametrize(
    ("more", "is_believed"),
    [
        ("", True),
        ("other line\nother line\n", True),
        ("height 7\n", False),
        ("time 7\n", False),
        ("state " + "a" * 64 + "\n", False),
        ("state\n", False),
    ],
)
def test_both_refuse_a_checkpoint_that_says_one_thing_twice(story: Story, more: str, is_believed: bool) -> None:
    ann = wallet()
    key = VerifierKey.ed25519(story.trust.chain, ann.public_key)
    trust = Trust(story.trust.chain, (key.vkey(),))
    proof = story.proofs["record"].proof
    text = proof.checkpoint.partition("\n\n")[0] + "\n" + more
    data = msgspec.structs.replace(proof, checkpoint=sign_note(text, [(key, ann.sign)])).encode()
    believed = []
    for check in (lambda: verify(decode_proof(data), trust), lambda: stranger.verify(data, trust.encode())):
        try:
            check()
            believed.append(True)
        except (ProofRejected, stranger.Refused):
            believed.append(False)
    assert believed == [is_believed] * 2


SUITES = [b"\x00", b"\x04", b"\xcc\xff", b"\xcd\x01\x00", b"\xff"]


@pytest.mark.parametrize("suite", SUITES)
def test_both_refuse_suites_that_do_not_exist(story: Story, suite: bytes) -> None:
    def change(proof: dict[str, Any]) -> None:
        envelope = base64.b64decode(proof["envelope"])
        head, key = envelope.rsplit(b"\x91\x93\x01", 1)
        proof["envelope"] = base64.b64encode(head + b"\x91\x93" + suite + key).decode()

    is_refused_by_both(story, edited(story.proofs["record"].encode(), change))


def test_both_refuse_places_counted_from_the_end(story: Story) -> None:
    is_refused_by_both(story, edited(story.proofs["record"].encode(), put(-1, "effect")))


def test_neither_believes_another_ledgers_key(story: Story) -> None:
    trust = story.trust.encode().replace(b"muniment trust 1", b"muniment trust 2")
    with pytest.raises(stranger.Refused):
        stranger.verify(story.proofs["record"].encode(), trust)


def test_random_bytes_changed_anywhere_change_no_verdict(story: Story) -> None:
    chance = random.Random(2013)
    verdicts = 0
    for _ in range(300):
        data = edited(story.proofs[chance.choice(NAMES)].encode(), random_change(chance))
        assert believes_ours(story, data) == believes_theirs(story, data)
        verdicts += 1
    assert verdicts == 300


def random_change(chance: random.Random) -> Mutation:
    field = chance.choice(("envelope", "receipt", "effects"))

    def change(proof: dict[str, Any]) -> None:
        size = len(base64.b64decode(proof[field]))
        proof[field] = bent(proof[field], chance.randrange(size), by=1 << chance.randrange(8))

    return change


def believes_ours(story: Story, data: bytes) -> bool:
    try:
        verify(decode_proof(data), story.trust)
    except ProofRejected:
        return False
    return True


def believes_theirs(story: Story, data: bytes) -> bool:
    try:
        stranger.verify(data, story.trust.encode())
    except stranger.Refused:
        return False
    except stranger.NotSupported:
        return believes_ours(story, data)
    return True
