r"""The salts of all rows from one secret, such that the salt of one row can be shown without the others.

Salt i is block i (16 bytes) of the AES-256 counter-mode key stream that starts at counter 0, under the key
SHA-256("muniment row salts v1\0" ‖ secret): that is AES-256 of the 128-bit big-endian number i.
"""

from __future__ import annotations

from hashlib import sha256
from struct import iter_unpack

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from muniment.client.dataset_errors import SecretMalformed
from muniment.core.rows import SALT_BYTES

SECRET_BYTES = 32
_DOMAIN = b"muniment row salts v1\0"


class Salts:
    """The salts under one secret.

    Args:
        secret: 32 random bytes, one secret for each data set; whoever has it can guess rows.
    """

    def __init__(self, secret: bytes) -> None:
        if len(secret) != SECRET_BYTES:
            raise SecretMalformed(size_bytes=len(secret))
        self._key = algorithms.AES(sha256(_DOMAIN + secret).digest())

    def chunk(self, first: int, count: int) -> list[bytes]:
        """Return the salts of rows `first` to `first + count - 1`."""
        stream = Cipher(self._key, modes.CTR(first.to_bytes(16, "big"))).encryptor()
        return [salt for (salt,) in iter_unpack(f"{SALT_BYTES}s", stream.update(bytes(SALT_BYTES * count)))]


class NoSalts:
    """The empty salts of public content."""

    def chunk(self, first: int, count: int) -> list[bytes]:  # noqa: ARG002 - same shape as Salts
        """Return as many empty salts."""
        return [b""] * count
