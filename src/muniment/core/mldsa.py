"""ML-DSA-65, the post-quantum suite, by the `cryptography` package (OpenSSL).

Source: FIPS 204, algorithm 3 (ML-DSA.Verify, pure), with the context string "muniment".
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from muniment.core.suites import ML_DSA_65, SUITES, KeyMalformed, check_length

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PublicKey

#: Keeps signatures made for this ledger apart from all others under the same key.
CONTEXT = b"muniment"

_SUITE = SUITES[ML_DSA_65]


def check_key(key: bytes) -> None:
    """Refuse a public key of the wrong length; every string of the right length is a key.

    Raises:
        KeyMalformed: it is not 1952 bytes long.
    """
    check_length(_SUITE, key)
    try:
        _library()[0].from_public_bytes(key)
    except ValueError as err:
        raise KeyMalformed(suite=_SUITE.name, reason=str(err)) from None


def is_valid(key: bytes, message: bytes, signature: bytes) -> bool:
    """Answer whether `signature` is valid. `message` may have any length."""
    if len(signature) != _SUITE.signature_bytes or len(key) != _SUITE.key_bytes:
        return False
    public_key, refused = _library()
    try:
        public_key.from_public_bytes(key).verify(signature, message, CONTEXT)
    except (refused, ValueError):
        return False
    return True


@cache
def _library() -> tuple[type[MLDSA65PublicKey], type[Exception]]:
    # Imported at first use: most ledgers never meet this suite, and importing it takes 20 ms.
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PublicKey

    return MLDSA65PublicKey, InvalidSignature
