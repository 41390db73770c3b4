"""Transactions: what is signed, how it is named, and what every transaction must satisfy.

An envelope carries the exact payload bytes and one signature over a digest of them. The id of a transaction is the
SHA-256 of its payload, so that a malleable signature cannot give one transaction two names.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any, Generic, TypeVar

import msgspec

from muniment.core.codec import Codec, NotDecodable, Wire, encode
from muniment.core.errors import Rejected

#: A transaction may be valid for at most this long after the block that takes it.
WINDOW_MS = 600_000
#: Most messages one transaction may carry.
MAX_MESSAGES = 256
#: Longest nonce; 16 random bytes are usual.
MAX_NONCE_BYTES = 32
#: Longest envelope: a model of the largest permitted size fits.
MAX_ENVELOPE_BYTES = 6 << 20

_DOMAIN = b"muniment transaction v1\0"

M = TypeVar("M")


class Oversized(Rejected, code=12):
    """A transaction is longer than the ledger takes."""

    size_bytes: int
    limit_bytes: int
    text = "the transaction has {size_bytes} bytes, more than the {limit_bytes} this ledger takes"
    fix = "split it, or anchor the content and send only its root"


class ForeignChain(Rejected, code=13):
    """A transaction is meant for another ledger."""

    chain: str
    expected: str
    text = "the transaction is for chain {chain!r}, this is {expected!r}"
    fix = "sign it again with the chain id of this ledger"


class Expired(Rejected, code=14):
    """A transaction came after its expiry."""

    expires_ms: int
    time_ms: int
    text = "the transaction expired at {expires_ms} ms, the ledger's time is {time_ms} ms"
    fix = "sign it again with a later expiry, and check the clocks of the signer and of the ledger"


class ExpiryTooFar(Rejected, code=15):
    """A transaction asks to be valid for longer than the window of replay protection."""

    expires_ms: int
    latest_ms: int
    text = "the transaction expires at {expires_ms} ms, at most {latest_ms} ms is allowed now"
    fix = "choose an expiry at most ten minutes ahead, and check the clock of the signer"


class Duplicate(Rejected, code=16):
    """A transaction with this id was accepted already."""

    transaction: str
    text = "transaction {transaction} was accepted already"
    fix = "nothing: its effect is on the ledger once; use a fresh nonce to do it again"


class SignatureInvalid(Rejected, code=17):
    """The signature does not fit the payload, the chain or the key."""

    sender: str
    text = "the signature of the transaction from {sender} is not valid"
    fix = "sign the exact payload bytes, with the chain id and suite of docs/formats.md"


class Unbalanced(Rejected, code=18):
    """A transaction breaks a bound of its form."""

    reason: str
    text = "the transaction is malformed: {reason}"
    fix = "see the bounds in docs/formats.md"


class Signature(Wire, frozen=True):
    """A signature with all that is needed to check it: suite id, public key, signature bytes."""

    suite: int
    key: bytes
    signature: bytes


class Envelope(Wire, frozen=True):
    """The bytes that travel: the exact payload and its signatures (exactly one in this version)."""

    payload: bytes
    signatures: tuple[Signature, ...]


class Payload(Wire, Generic[M], frozen=True):
    """What is signed.

    Args:
        chain: Id of the ledger it is for.
        sender: Account id, 32 bytes.
        messages: 1 to 256, all or nothing.
        expires_ms: Unix milliseconds after which no block may take it.
        nonce: Up to 32 bytes that make two equal intents distinct.
        sequence: None, or the next number of the account for those who want order.
    """

    chain: str
    sender: bytes
    messages: tuple[M, ...]
    expires_ms: int
    nonce: bytes
    sequence: int | None = None


class Transaction(msgspec.Struct, frozen=True, gc=False):
    """A decoded transaction, and what has to be verified of it.

    Tens of thousands wait in queues: they are kept out of the garbage collector's sight, which saves a tenth of all.
    """

    id: bytes
    payload: Payload[Any]
    suite: int
    key: bytes
    digest: bytes
    signature: bytes
    raw: bytes

    @property
    def signed(self) -> tuple[int, bytes, bytes, bytes]:
        """What has to be verified: suite, key, digest, signature."""
        return self.suite, self.key, self.digest, self.signature


_envelopes: Codec[Envelope] = Codec(Envelope, what="the envelope", limit_bytes=MAX_ENVELOPE_BYTES)
_loose: Codec[Payload[msgspec.Raw]] = Codec(Payload[msgspec.Raw], what="the payload")


def signing_digest(chain: str, suite: int, payload: bytes) -> bytes:
    """Return the 32 bytes a signature covers: domain, suite, chain and the SHA-256 of the payload."""
    name = chain.encode()
    return sha256(_DOMAIN + bytes((suite, len(name))) + name + sha256(payload).digest()).digest()


def encode_payload(payload: Payload[Any]) -> bytes:
    """Return the bytes to sign and send."""
    return encode(payload)


def encode_envelope(payload: bytes, *, suite: int, key: bytes, signature: bytes) -> bytes:
    """Return the bytes that travel."""
    return encode(Envelope(payload, (Signature(suite, key, signature),)))


def decode_envelope(raw: bytes) -> Envelope:
    """Return the envelope in `raw`.

    Raises:
        Oversized, NotDecodable, NotCanonical, Unbalanced: it is not exactly one signed payload.
    """
    if len(raw) > MAX_ENVELOPE_BYTES:
        raise Oversized(size_bytes=len(raw), limit_bytes=MAX_ENVELOPE_BYTES)
    usual = _usual(raw)
    if usual is not None:
        return usual
    envelope = _envelopes.decode(raw)
    if len(envelope.signatures) != 1:
        raise Unbalanced(reason=f"{len(envelope.signatures)} signatures instead of one")
    return envelope


# The canonical envelope of a payload of 256 to 65,535 bytes (or 32 to 255) signed with Ed25519 has one shape:
# array of 2, payload, array of 1, array of 3: suite 1, key of 32 bytes, signature of 64 bytes.
_TAIL_BYTES = 3 + 2 + 32 + 2 + 64
_TAIL_HEAD, _TAIL_MIDDLE = b"\x91\x93\x01\xc4\x20", b"\xc4\x40"


def _usual(raw: bytes) -> Envelope | None:
    """Return the envelope if it has the usual shape, which is canonical by itself; None says nothing."""
    size = len(raw) - _TAIL_BYTES
    if size < 4 or raw[size : size + 5] != _TAIL_HEAD or raw[size + 37 : size + 39] != _TAIL_MIDDLE:
        return None
    if raw[:2] == b"\x92\xc4" and raw[2] == size - 3:
        start = 3
    elif raw[:2] == b"\x92\xc5" and size - 4 > 0xFF and int.from_bytes(raw[2:4], "big") == size - 4:
        start = 4
    else:
        return None
    return Envelope(raw[start:size], (Signature(1, raw[size + 5 : size + 37], raw[size + 39 :]),))


class TransactionCodec:
    """Decode transactions whose messages are of the given types.

    Args:
        messages: Every message type of the application (tagged `Wire` structs).
        chain: Chain id; transactions for another chain are refused.
    """

    def __init__(self, messages: Any, *, chain: str) -> None:
        self.chain = chain
        self._prefix = _DOMAIN
        name = chain.encode()
        self._tail = bytes((len(name),)) + name
        self._payloads: Codec[Payload[Any]] = Codec(Payload[messages], what="the payload")

    def decode(self, raw: bytes) -> Transaction:
        """Return the transaction in `raw`; its form is checked, its signature is not.

        Raises:
            Oversized, NotDecodable, NotCanonical, Unbalanced, ForeignChain: as their texts say.
        """
        envelope = decode_envelope(raw)
        payload = self._payloads.decode(envelope.payload)
        _check_form(payload)
        if payload.chain != self.chain:
            raise ForeignChain(chain=payload.chain, expected=self.chain)
        (signature,) = envelope.signatures
        suite = signature.suite
        if not 0 < suite < 256:
            raise Unbalanced(reason=f"suite {suite} does not exist")
        digest = sha256(envelope.payload).digest()
        signed = sha256(self._prefix + bytes((suite,)) + self._tail + digest).digest()
        return Transaction(digest, payload, suite, signature.key, signed, signature.signature, raw)


def peek(payload: bytes) -> Payload[msgspec.Raw]:
    """Decode a payload without knowing its message types, for verifiers outside the ledger."""
    decoded = _loose.trusted(payload)
    if encode(decoded) != payload:
        raise NotDecodable(what="the payload", reason="not in canonical form")
    return decoded


def _check_form(payload: Payload[Any]) -> None:
    if len(payload.sender) != 32:
        raise Unbalanced(reason=f"a sender of {len(payload.sender)} bytes instead of 32")
    if not 1 <= len(payload.messages) <= MAX_MESSAGES:
        raise Unbalanced(reason=f"{len(payload.messages)} messages, 1 to {MAX_MESSAGES} are allowed")
    if len(payload.nonce) > MAX_NONCE_BYTES:
        raise Unbalanced(reason=f"a nonce of {len(payload.nonce)} bytes, at most {MAX_NONCE_BYTES}")


class Window:
    """The ids accepted lately: each until its expiry, so that none is accepted twice.

    A pure function of the blocks of the last ten minutes; engines rebuild it from them when they open.
    """

    def __init__(self) -> None:
        self._buckets: dict[int, set[bytes]] = {}

    def __contains__(self, transaction: tuple[bytes, int]) -> bool:
        identity, expires_ms = transaction
        return identity in self._buckets.get(expires_ms // 1000, ())

    def __len__(self) -> int:
        return sum(map(len, self._buckets.values()))

    def add(self, identity: bytes, expires_ms: int) -> None:
        """Remember an accepted id until it expires."""
        bucket = self._buckets.get(expires_ms // 1000)
        if bucket is None:
            bucket = self._buckets[expires_ms // 1000] = set()
        bucket.add(identity)

    def expire(self, time_ms: int) -> None:
        """Forget what can no longer be accepted in a block of `time_ms` or later."""
        for second in [s for s in self._buckets if (s + 1) * 1000 <= time_ms]:
            del self._buckets[second]


def check_expiry(expires_ms: int, *, time_ms: int) -> None:
    """Raise `Expired` or `ExpiryTooFar` unless a block of `time_ms` may take the transaction."""
    if expires_ms <= time_ms:
        raise Expired(expires_ms=expires_ms, time_ms=time_ms)
    if expires_ms > time_ms + WINDOW_MS:
        raise ExpiryTooFar(expires_ms=expires_ms, latest_ms=time_ms + WINDOW_MS)
