"""Ed25519 with one exact rule, because verifiers disagree on crafted keys and signatures.

A signature (R, S) of message M under key A is valid if and only if

1. the lengths are 32 (A) and 64 (R ‖ S) bytes, and S < L;
2. A and R are canonical encodings, and neither has small order;
3. A decodes to a point, and the bytes of [S]B - [SHA-512(R ‖ A ‖ M)]A are those of R (no cofactor).

Points 1 and 2 are checked here, point 3 is libsodium's alone; there is no second verifier to fall back on. A key
that is *registered* must moreover lie in the subgroup of prime order (`check_key`). Then so does every accepted
R, and every other verifier, with the cofactor or without, accepts what this one accepts.

Source: RFC 8032 sections 5.1.3 and 5.1.7.
"""

from __future__ import annotations

from nacl.bindings import crypto_core_ed25519_is_valid_point, crypto_sign_open
from nacl.exceptions import BadSignatureError

from muniment.core.errors import Halted
from muniment.core.suites import ED25519, SUITES, KeyMalformed, KeyWeak, check_length

#: The order of the base point, 2^252 + 27742317777372353535851937790883648493.
L = 2**252 + 27742317777372353535851937790883648493
#: The prime of the field.
P = 2**255 - 19

_SIGN_BIT = 1 << 255
_SUITE = SUITES[ED25519]

#: Every encoding, canonical or not, of the eight points whose order divides 8.
SMALL_ORDER = frozenset(
    bytes.fromhex(encoding)
    for encoding in (
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    )
)


def check_key(key: bytes) -> None:
    """Refuse a public key that is not the canonical encoding of a point in the subgroup of prime order.

    Every key that a sound generator makes passes.

    Raises:
        KeyMalformed: wrong length, non-canonical, or not on the curve.
        KeyWeak: of small order, or with a component of small order.
    """
    check_length(_SUITE, key)
    if key in SMALL_ORDER:
        raise KeyWeak(suite=_SUITE.name, reason="its point has small order, so anybody could sign for it")
    if not _is_canonical(key):
        raise KeyMalformed(suite=_SUITE.name, reason="its y coordinate is not below 2^255 - 19")
    if crypto_core_ed25519_is_valid_point(key):
        return
    if not _is_on_curve(key):
        raise KeyMalformed(suite=_SUITE.name, reason="no point of the curve has this y coordinate")
    raise KeyWeak(suite=_SUITE.name, reason="its point has a component of small order")


def is_valid(key: bytes, message: bytes, signature: bytes) -> bool:
    """Answer whether `signature` is valid by the rule above. `message` may have any length."""
    if len(signature) != 64 or len(key) != 32:
        return False
    # The order of the checks is for speed: each `or` is decided by one byte of nearly every honest signature.
    if signature[63] >= 0x10 and int.from_bytes(signature[32:], "little") >= L:
        return False
    first = signature[:32]
    if first in SMALL_ORDER or key in SMALL_ORDER:
        return False
    if (signature[31] | 0x80 == 0xFF and not _is_canonical(first)) or (
        key[31] | 0x80 == 0xFF and not _is_canonical(key)
    ):
        return False
    try:
        crypto_sign_open(signature + message, key)
    except BadSignatureError:
        return False
    return True


def check_verifier() -> None:
    """Refuse to go on if the installed libsodium follows another rule than this ledger's.

    A node calls it once at start: two nodes whose libraries disagree would part ways on a crafted signature.
    It tries an honest signature, one that holds with the cofactor only, and one whose key has a component of
    small order.

    Raises:
        Halted: the verdicts are not the known ones.
    """
    verdicts = tuple(
        is_valid(bytes.fromhex(key), bytes.fromhex(message), bytes.fromhex(signature))
        for key, message, signature in _KNOWN
    )
    if verdicts != (True, False, True):
        raise Halted(
            f"the Ed25519 verifier of this machine gave {verdicts} on three known signatures",
            recover="install PyNaCl from its wheel, which carries the libsodium this ledger was tested with",
        )


def _is_canonical(point: bytes) -> bool:
    return int.from_bytes(point, "little") % _SIGN_BIT < P


def _is_on_curve(point: bytes) -> bool:
    """Answer whether some x has -x^2 + y^2 = 1 + d x^2 y^2, by Euler's criterion on x^2 = u / v."""
    y = int.from_bytes(point, "little") % _SIGN_BIT
    d = -121665 * pow(121666, -1, P)
    u, v = y * y - 1, d * y * y + 1
    return pow(u * v, (P - 1) // 2, P) in (0, 1)


#: RFC 8032 section 7.1 TEST 2; then cases 4 and 3 of "Taming the many EdDSAs" (ed25519-speccheck).
_KNOWN = (
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
        "e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c",
        "160a1cb0dc9c0258cd0a7d23e94d8fa878bcb1925f2c64246b2dee1796bed512"
        "5ec6bc982a269b723e0668e540911a9a6a58921d6925e434ab10aa7940551a09",
    ),
    (
        "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
        "9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79",
        "9046a64750444938de19f227bb80485e92b83fdb4b6506c160484c016cc1852f"
        "87909e14428a7a1d62e9f22f3d3ad7802db02eb2e688b6c52fcd6648a98bd009",
    ),
)
