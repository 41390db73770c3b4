"""The worked example of docs/formats.md, made from fixed seeds and times, so that its bytes never change."""

from __future__ import annotations

from hashlib import sha256
from typing import NamedTuple

import msgspec
from nacl.bindings import crypto_sign, crypto_sign_seed_keypair

from muniment import app
from muniment.client.wallet import Wallet
from muniment.core import authmap, claims, merkle
from muniment.core.authmap import MapProof
from muniment.core.block import Head
from muniment.core.chain import Closed, Trees, checkpoint, close
from muniment.core.codec import encode
from muniment.core.machine import Moment
from muniment.core.merkle import Frontier
from muniment.core.note import VerifierKey, sign_note
from muniment.core.proof import Proof, StateEntry, plain
from muniment.core.state import Bottom
from muniment.core.transaction import Payload, Window, encode_envelope, encode_payload, signing_digest
from muniment.core.trust import Trust
from muniment.modules.records.messages import AnchorRecord
from muniment.node.genesis import Genesis, close_genesis

CHAIN = "example"
TIME_MS = 1_700_000_000_000
_PUBLIC, _SECRET = crypto_sign_seed_keypair(bytes(range(32, 64)))
LOG_KEY = VerifierKey.ed25519(CHAIN, _PUBLIC)


class Example(NamedTuple):
    """A proof with its trust anchor, and the values a reader computes on the way."""

    proof: Proof
    trust: Trust
    payload: bytes
    digest: bytes
    head: Head


class _Memory(Bottom):
    """A store of one block, on dictionaries."""

    def __init__(self) -> None:
        super().__init__(self)
        self.values: dict[bytes, bytes] = {}
        self.pages: dict[bytes, bytes] = {}
        self.tiles: dict[tuple[int, int], bytes] = {}

    def value_bytes(self, key: bytes) -> bytes | None:
        return self.values.get(key)

    def fact_bytes(self, key: bytes) -> bytes | None:
        return None

    def trees(self, frontier: Frontier) -> Trees:
        return Trees(frontier, lambda level, index: self.tiles.get((level, index), b""), self.pages.get)

    def apply(self, closed: Closed) -> None:
        self.values.update({key: value for key, value in closed.values if value is not None})
        self.pages.update({path: page for path, page in closed.pages.items() if page is not None})
        self.tiles.update(closed.tiles)


def example() -> Example:
    """Return the proof of the second of two records that were anchored in block 1."""
    machine, memory = app.machine(), _Memory()
    genesis = Genesis(CHAIN, TIME_MS, LOG_KEY.vkey(), {})
    first = close_genesis(genesis, machine, memory.trees(Frontier()))
    memory.apply(first)
    ann = Wallet.from_seed("ann", bytes(range(32)))
    envelopes = [_anchored(ann, number) for number in (0, 1)]
    codec = machine.codec(CHAIN)
    executed = machine.execute(
        memory, [codec.decode(raw) for raw in envelopes], moment=Moment(1, TIME_MS + 1, 0), window=Window()
    )
    closed = close(executed, moment=Moment(1, TIME_MS + 1, 0), before=first.head, trees=memory.trees(first.frontier))
    leaves = merkle.leaf_hashes(executed.receipts)
    key = claims.status_key("record", 1 << 8)
    shown: MapProof = authmap.prove(memory.pages.get, key)
    note = sign_note(checkpoint(closed.head, origin=CHAIN).encode(), [(LOG_KEY, _sign)])
    event = msgspec.msgpack.decode(executed.effects[1])[0][1]
    payload = encode_payload(executed.kept[1].payload)
    proof = Proof(
        chain=CHAIN,
        kind="record",
        claim=plain(event),
        effect=0,
        envelope=envelopes[1],
        receipt=executed.receipts[1],
        effects=executed.effects[1],
        position=1,
        path=(leaves[0],),
        checkpoint=note,
        state=(StateEntry(key, None, encode(shown)),),
    )
    trust = Trust(CHAIN, (LOG_KEY.vkey(),))
    return Example(proof, trust, payload, signing_digest(CHAIN, ann.suite, payload), closed.head)


def _sign(message: bytes) -> bytes:
    return crypto_sign(message, _SECRET)[:64]


def _anchored(ann: Wallet, number: int) -> bytes:
    message = AnchorRecord(sha256(b"page %d" % number).digest(), rows=1, name=f"page {number}", kind="document")
    payload = encode_payload(Payload(CHAIN, ann.account, (message,), TIME_MS + 60_000, bytes((number,))))
    signature = ann.sign(signing_digest(CHAIN, ann.suite, payload))
    return encode_envelope(payload, suite=ann.suite, key=ann.public_key, signature=signature)
