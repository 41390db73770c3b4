from __future__ import annotations

import pytest

from muniment.client.signing import SeedMalformed, key_pair
from muniment.core import keys

DIGEST = bytes(range(32))


@pytest.mark.parametrize("suite", keys.SUITES)
def test_what_a_seed_signs_is_valid(suite: int) -> None:
    pair = key_pair(suite, bytes(keys.SUITES[suite].seed_bytes))
    keys.check_key(suite, pair.public_key)
    assert keys.is_valid(suite, pair.public_key, DIGEST, pair.sign(DIGEST))


@pytest.mark.parametrize("suite", keys.SUITES)
def test_a_seed_always_gives_the_same_key(suite: int) -> None:
    seed = bytes(range(keys.SUITES[suite].seed_bytes))
    assert key_pair(suite, seed).public_key == key_pair(suite, seed).public_key


def test_dual_keys_are_the_two_keys_side_by_side() -> None:
    first, second = b"\1" * 32, b"\2" * 32
    both = key_pair(keys.DUAL, first + second)
    alone = key_pair(keys.ED25519, first), key_pair(keys.ML_DSA_65, second)
    assert both.public_key == alone[0].public_key + alone[1].public_key
    assert both.sign(DIGEST)[:64] == alone[0].sign(DIGEST)


@pytest.mark.parametrize(("suite", "size"), [(1, 0), (1, 31), (1, 64), (2, 64), (3, 32), (3, 65)])
def test_a_seed_of_another_length_is_refused(suite: int, size: int) -> None:
    with pytest.raises(SeedMalformed):
        key_pair(suite, bytes(size))


def test_an_unknown_suite_is_refused() -> None:
    with pytest.raises(keys.SuiteUnknown):
        key_pair(4, bytes(32))
