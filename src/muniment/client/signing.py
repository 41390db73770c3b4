"""Private keys in use: from seeds to public keys and signatures.

A private key is nothing but its seed, 32 random bytes per algorithm; all else follows from it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from nacl.bindings import crypto_sign, crypto_sign_seed_keypair

from muniment.core.errors import Rejected
from muniment.core.mldsa import CONTEXT
from muniment.core.suites import DUAL, ED25519, SUITES, suite_of

_ED_SEED = SUITES[ED25519].seed_bytes
_ED_SIGNATURE = SUITES[ED25519].signature_bytes


class SeedMalformed(Rejected, code=52):
    """A private key of the wrong length for its suite."""

    suite: str
    found_bytes: int
    expected_bytes: int
    text = "a private key of suite {suite} has {expected_bytes} bytes, not {found_bytes}"
    fix = "pass one seed of 32 random bytes per algorithm; dual takes Ed25519 first, then ML-DSA-65"


class KeyPair(NamedTuple):
    """A public key and the function that signs a digest with the private one."""

    public_key: bytes
    sign: Callable[[bytes], bytes]


def key_pair(suite: int, seed: bytes) -> KeyPair:
    """Return the keys that `seed` stands for: 32 bytes, or for the dual suite Ed25519's 32, then ML-DSA-65's.

    Raises:
        SuiteUnknown: no suite has this id.
        SeedMalformed: wrong length.
    """
    found = suite_of(suite)
    if len(seed) != found.seed_bytes:
        raise SeedMalformed(suite=found.name, found_bytes=len(seed), expected_bytes=found.seed_bytes)
    if suite == DUAL:
        return _both(_ed25519(seed[:_ED_SEED]), _mldsa(seed[_ED_SEED:]))
    return _ed25519(seed) if suite == ED25519 else _mldsa(seed)


def _ed25519(seed: bytes) -> KeyPair:
    """Sign as in RFC 8032 section 5.1.6: the same digest always gives the same signature."""
    public_key, secret_key = crypto_sign_seed_keypair(seed)

    def sign(digest: bytes) -> bytes:
        return crypto_sign(digest, secret_key)[:_ED_SIGNATURE]

    return KeyPair(public_key, sign)


def _mldsa(seed: bytes) -> KeyPair:
    """Sign as in FIPS 204 algorithm 2, hedged: two signatures of one digest differ, and both are valid."""
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey

    secret_key = MLDSA65PrivateKey.from_seed_bytes(seed)

    def sign(digest: bytes) -> bytes:
        return secret_key.sign(digest, CONTEXT)

    return KeyPair(secret_key.public_key().public_bytes_raw(), sign)


def _both(first: KeyPair, second: KeyPair) -> KeyPair:
    def sign(digest: bytes) -> bytes:
        return first.sign(digest) + second.sign(digest)

    return KeyPair(first.public_key + second.public_key, sign)
