from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.harness.sdk import ANN, BOB, ROW, opened, screening

from muniment.client.identities import (
    ReferenceMalformed,
    kind_of,
    read_account,
    read_accounts,
    read_identities,
    read_identity,
    write_identity,
)
from muniment.core.keys import AccountIdMalformed


@given(st.integers(0, 10**17), st.integers(0, 255))
def test_an_identity_survives_its_text(position: int, message: int) -> None:
    identity = (position << 8) | message
    text = write_identity("record", identity)
    assert read_identity("record", text) == identity
    assert read_identity("record", text.partition(":")[2]) == identity


@pytest.mark.parametrize("number", [768, np.int64(768), "3", "decision:3", "3.0"])
def test_a_number_may_come_in_any_form(number: object) -> None:
    assert read_identity("decision", number) == 768


TEXTS = ["", "decision", "decision:", "record:3", "decision:-1", "decision:3.256", "decision:3.1000", "decision: 3"]


@pytest.mark.parametrize("reference", [*TEXTS, "١٢", -1, 1 << 64, True, None, 3.0, b"3", ["decision:3"], {"id": 3}])
def test_what_names_nothing_is_refused(reference: Any) -> None:
    with pytest.raises(ReferenceMalformed):
        read_identity("decision", reference)


def test_things_of_another_kind_are_not_taken_for_the_one_wanted(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        record = ledger.records.anchor([b"row"], by=ANN, name="data")
        system = screening(ledger)
        decision = ledger.decide(system, ROW, by=ANN)
        model = ledger.models.get("risk")
        views = (ledger.records.get(record), ledger.decisions.get(decision))
    assert [kind_of(thing) for thing in (record, system, decision, model)] == ["record", "system", "decision", "model"]
    assert (read_identity("record", views[0]), read_identity("decision", views[1])) == (0, decision.identity)
    for wanted, thing in (("record", decision), ("record", model), ("decision", record), ("decision", system)):
        with pytest.raises(ReferenceMalformed):
            read_identity(wanted, thing)
    assert read_identity("transaction", decision) == decision.identity


def test_one_stands_for_a_list_of_one() -> None:
    assert read_identities("record", "record:3") == (768,)
    assert read_identities("record", 768) == (768,)
    assert read_identities("record", np.int64(768)) == (768,)
    assert read_identities("record", ["3", "record:4"]) == (768, 1024)
    assert read_identities("record", (number for number in (1, 2))) == (1, 2)
    assert read_accounts(ANN) == read_accounts(ANN.id) == read_accounts(ANN.account) == (ANN.account,)
    assert read_accounts([ANN, BOB.id]) == (ANN.account, BOB.account)
    assert read_accounts(()) == ()


@pytest.mark.parametrize("account", ["ann", "", None, 3, ANN.id[:-1] + "x"])
def test_what_is_no_account_is_refused(account: object) -> None:
    with pytest.raises(AccountIdMalformed):
        read_account(account)
