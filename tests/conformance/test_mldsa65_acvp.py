"""NIST ACVP for ML-DSA-65. Its sigVer has no context, so it is fed to the same library by the message hash mu."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from hashlib import shake_256
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PublicKey

from muniment.client.signing import key_pair
from muniment.core import keys, mldsa

VECTORS = Path(__file__).parent / "vectors" / "mldsa65_acvp"


def loaded(name: str) -> Any:
    return json.loads(gzip.decompress((VECTORS / name).read_bytes()))


def mu_of(key: bytes, bound: bytes) -> bytes:
    """FIPS 204 algorithm 7, line 6."""
    return shake_256(shake_256(key).digest(64) + bound).digest(64)


def mu_accepts(key: bytes, bound: bytes, signature: bytes) -> bool:
    try:
        MLDSA65PublicKey.from_public_bytes(key).verify_mu(signature, mu_of(key, bound))
    except (InvalidSignature, ValueError):
        return False
    return True


def test_25_seeds_give_their_public_keys() -> None:
    tests = loaded("keygen.json.gz")
    for test in tests:
        pair = key_pair(keys.ML_DSA_65, bytes.fromhex(test["seed"]))
        assert pair.public_key == bytes.fromhex(test["pk"])
        keys.check_key(keys.ML_DSA_65, pair.public_key)
    assert len(tests) == 25


def test_15_signatures_get_their_verdicts() -> None:
    content = loaded("sigver.json.gz")
    key = bytes.fromhex(content["pk"])
    verdicts: Counter[bool] = Counter()
    for test in content["tests"]:
        verdict = mu_accepts(key, bytes.fromhex(test["message"]), bytes.fromhex(test["signature"]))
        assert verdict is test["testPassed"], test["reason"]
        verdicts[verdict] += 1
    assert verdicts == {True: 3, False: 12}


def test_a_signature_binds_the_context_as_fips_204_writes_it() -> None:
    pair, digest = key_pair(keys.ML_DSA_65, b"\7" * 32), bytes(32)
    signature = pair.sign(digest)
    bound = b"\0" + bytes([len(mldsa.CONTEXT)]) + mldsa.CONTEXT + digest
    assert mldsa.CONTEXT == b"muniment"
    assert mu_accepts(pair.public_key, bound, signature)
    assert mldsa.is_valid(pair.public_key, digest, signature)
    assert not mu_accepts(pair.public_key, digest, signature)
