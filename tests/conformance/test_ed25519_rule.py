"""The exact rule of docs/keys.md, against every public vector on which verifiers disagree.

The rule is written a second time here, in plain integers, and must give the same verdict on every vector; the counts
and flags of what is accepted are asserted besides.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from functools import cache
from hashlib import sha512
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from nacl.bindings import crypto_sign_open
from nacl.exceptions import BadSignatureError

from muniment.client.signing import key_pair
from muniment.core import ed25519, keys
from muniment.core.errors import Rejected

VECTORS = Path(__file__).parent / "vectors"

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P

Point = tuple[int, int, int, int]
IDENTITY: Point = (0, 1, 1, 0)


def add(a: Point, b: Point) -> Point:
    """RFC 8032 section 5.1.4."""
    e = (a[1] - a[0]) * (b[1] - b[0]) % P
    f = (a[1] + a[0]) * (b[1] + b[0]) % P
    c, d = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    h, g, i, j = f + e, d + c, d - c, f - e
    return (j * i % P, g * h % P, i * g % P, j * h % P)


def times(scalar: int, point: Point) -> Point:
    result = IDENTITY
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


def is_identity(point: Point) -> bool:
    return point[0] == 0 and (point[1] - point[2]) % P == 0


@cache
def decoded(encoding: bytes) -> Point | None:
    """RFC 8032 section 5.1.3, with its refusal of y >= p and of x = -0."""
    y, sign = int.from_bytes(encoding, "little") % 2**255, encoding[31] >> 7
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    if x * x % P != square or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return (x, y, 1, x * y % P)


def encoded(point: Point) -> bytes:
    inverse = pow(point[2], -1, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


BASE = decoded((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def rule_accepts(key: bytes, message: bytes, signature: bytes) -> bool:
    first, s = signature[:32], int.from_bytes(signature[32:], "little")
    a, r = decoded(key), decoded(first)
    if a is None or r is None or s >= L or BASE is None:
        return False
    if is_identity(times(8, a)) or is_identity(times(8, r)):
        return False
    k = int.from_bytes(sha512(first + key + message).digest(), "little") % L
    minus_a = (-a[0] % P, a[1], a[2], -a[3] % P)
    return encoded(add(times(s, BASE), times(k, minus_a))) == first


def rule_registers(key: bytes) -> bool:
    a = decoded(key)
    return a is not None and not is_identity(times(8, a)) and is_identity(times(L, a))


def registers(key: bytes) -> bool:
    try:
        keys.check_key(keys.ED25519, key)
    except Rejected:
        return False
    return True


def cctv() -> list[dict[str, Any]]:
    packed = (VECTORS / "ed25519_edge" / "cctv_ed25519vectors.json.gz").read_bytes()
    return json.loads(gzip.decompress(packed))  # type: ignore[no-any-return]


def zip215() -> list[dict[str, str]]:
    content = json.loads((VECTORS / "ed25519_edge" / "zip215_196_cases.json").read_text())
    return content["cases"]  # type: ignore[no-any-return]


def speccheck() -> list[dict[str, Any]]:
    return json.loads((VECTORS / "ed25519_speccheck" / "cases.json").read_text())  # type: ignore[no-any-return]


def test_cctv_accepts_43_of_914_and_one_of_them_under_a_key_that_may_be_registered() -> None:
    accepted: Counter[tuple[tuple[str, ...], bool]] = Counter()
    cases = cctv()
    for case in cases:
        key, signature, message = (
            bytes.fromhex(case["key"]),
            bytes.fromhex(case["sig"]),
            case["msg"].encode(),
        )
        verdict = ed25519.is_valid(key, message, signature)
        assert verdict is rule_accepts(key, message, signature), case
        if verdict:
            accepted[tuple(sorted(case["flags"] or ())), registers(key)] += 1
    assert len(cases) == 914
    assert accepted == {
        ((), True): 1,
        (("low_order_component_A",), False): 7,
        (("low_order_component_A", "low_order_component_R"), False): 35,
    }


def test_zip215_accepts_none_of_196() -> None:
    cases = zip215()
    verdicts = [ed25519.is_valid(bytes.fromhex(case["vk"]), b"Zcash", bytes.fromhex(case["sig"])) for case in cases]
    assert len(verdicts) == 196
    assert not any(verdicts)


def test_the_keys_that_may_be_registered_are_those_of_prime_order() -> None:
    found = {bytes.fromhex(case["key"]) for case in cctv()}
    found |= {bytes.fromhex(case["vk"]) for case in zip215()}
    found |= {bytes.fromhex(case["pub_key"]) for case in speccheck()}
    assert {key: registers(key) for key in found} == {key: rule_registers(key) for key in found}
    assert len(found) == 25
    assert sum(map(registers, found)) == 2


def test_speccheck_accepts_case_3_alone_and_its_key_may_not_be_registered() -> None:
    cases = speccheck()
    accepted = []
    for case in cases:
        key, signature, message = (bytes.fromhex(case[name]) for name in ("pub_key", "signature", "message"))
        verdict = ed25519.is_valid(key, message, signature)
        assert verdict is rule_accepts(key, message, signature)
        assert verdict is libsodium_accepts(key, message, signature) is ("libsodium" in case["accepted_by"])
        assert openssl_accepts(key, message, signature) is ("openssl" in case["accepted_by"])
        if verdict:
            accepted.append((case["case"], registers(key)))
    assert len(cases) == 12
    assert accepted == [(3, False)]


def libsodium_accepts(key: bytes, message: bytes, signature: bytes) -> bool:
    try:
        crypto_sign_open(signature + message, key)
    except BadSignatureError:
        return False
    return True


def openssl_accepts(key: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def rfc8032() -> list[dict[str, str]]:
    return json.loads((VECTORS / "rfc8032" / "vectors.json").read_text())  # type: ignore[no-any-return]


def test_there_are_five_rfc8032_vectors() -> None:
    assert len(rfc8032()) == 5


@pytest.mark.parametrize("vector", rfc8032(), ids=lambda vector: vector["name"])
def test_rfc8032_section_7_1(vector: dict[str, str]) -> None:
    message, signature = bytes.fromhex(vector["message"]), bytes.fromhex(vector["signature"])
    pair = key_pair(keys.ED25519, bytes.fromhex(vector["secret"]))
    assert pair.public_key.hex() == vector["public"]
    assert pair.sign(message) == signature
    assert registers(pair.public_key)
    assert ed25519.is_valid(pair.public_key, message, signature)
    assert rule_accepts(pair.public_key, message, signature)
