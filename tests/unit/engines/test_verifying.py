from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.harness.ledger import anchor, sign, wallet

from muniment import app
from muniment.core.codec import NotDecodable
from muniment.core.machine import Unforeseen
from muniment.core.transaction import SignatureInvalid, Transaction, TransactionCodec
from muniment.engines.verifying import CHUNK, Verifiers, check

CHAIN = "verifying"
CODEC = app.machine().codec(CHAIN)


def envelopes(count: int) -> list[bytes]:
    return [sign(CHAIN, wallet(), anchor(number)) for number in range(count)]


def test_every_envelope_has_its_own_verdict() -> None:
    first, second, third = envelopes(3)
    spoilt = second[:-1] + bytes((second[-1] ^ 1,))
    checked = check(CODEC, [first, b"not an envelope", spoilt, third])
    assert [type(one) for one in checked] == [Transaction, NotDecodable, SignatureInvalid, Transaction]


@pytest.mark.parametrize("suite", ["ml-dsa-65", "dual"])
def test_every_suite_is_checked(suite: str) -> None:
    from muniment.client.wallet import Wallet

    by = Wallet.create("ann", suite=suite)
    good = sign(CHAIN, by, anchor(0))
    bad = good[:-1] + bytes((good[-1] ^ 1,))
    assert [type(one) for one in check(CODEC, [good, bad])] == [Transaction, SignatureInvalid]


def test_threads_give_the_same_verdicts() -> None:
    raws = envelopes(2 * CHUNK)
    raws[7] = raws[7][:-1] + bytes((raws[7][-1] ^ 1,))
    expected = [type(one) for one in check(CODEC, raws)]
    for threads in (1, 2, 4):
        verifiers = Verifiers(CODEC, threads=threads)
        parts = [verifiers.submit(raws[at : at + CHUNK]) for at in range(0, len(raws), CHUNK)]
        assert [type(one) for part in parts for one in part.result(timeout=60)] == expected
        verifiers.close()


def test_an_envelope_that_breaks_the_checks_costs_itself_only(tmp_path: Path) -> None:
    class Fragile(TransactionCodec):
        def decode(self, raw: bytes) -> Any:
            if raw == b"poison":
                raise ZeroDivisionError
            return CODEC.decode(raw)

    first, second = envelopes(2)
    checked = check(Fragile(Any, chain=CHAIN), [first, b"poison", second])
    assert [type(one) for one in checked] == [Transaction, Unforeseen, Transaction]
