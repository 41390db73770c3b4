from __future__ import annotations

import subprocess
import sys

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey

from muniment.core import mldsa
from muniment.core.suites import KeyMalformed

SECRET = MLDSA65PrivateKey.from_seed_bytes(bytes(32))
KEY = SECRET.public_key().public_bytes_raw()
DIGEST = bytes(range(32))
SIGNATURE = SECRET.sign(DIGEST, mldsa.CONTEXT)


def test_an_honest_signature_is_valid() -> None:
    assert mldsa.is_valid(KEY, DIGEST, SIGNATURE)


@pytest.mark.parametrize("context", [b"", b"monument"])
def test_a_signature_made_in_another_context_is_not_valid(context: bytes) -> None:
    assert not mldsa.is_valid(KEY, DIGEST, SECRET.sign(DIGEST, context))


@pytest.mark.parametrize("size", [0, 3308, 3310, 6618])
def test_a_signature_of_another_length_is_not_valid(size: int) -> None:
    assert not mldsa.is_valid(KEY, DIGEST, (SIGNATURE * 2)[:size])


@pytest.mark.parametrize("size", [0, 1312, 1951, 1953, 2592])
def test_a_key_of_another_length_is_malformed(size: int) -> None:
    key = (KEY * 2)[:size]
    with pytest.raises(KeyMalformed):
        mldsa.check_key(key)
    assert not mldsa.is_valid(key, DIGEST, SIGNATURE)


def test_an_honest_key_passes() -> None:
    mldsa.check_key(KEY)


def test_importing_keys_does_not_load_the_library() -> None:
    probe = "import sys, muniment.core.keys; sys.exit('cryptography' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", probe], check=False).returncode == 0
