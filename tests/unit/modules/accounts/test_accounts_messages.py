from __future__ import annotations

from typing import Any

import pytest
from tests.harness.machine import Actor, Harness, actor

from muniment.core.keys import DUAL, ED25519, ML_DSA_65, AccountIdMalformed, KeyMalformed, KeyWeak, SuiteUnknown
from muniment.core.keys import encode_account as text
from muniment.modules.accounts.errors import (
    AccountIsRevoked,
    AccountKnown,
    AccountNotRegistered,
    AccountTextTooLong,
    AdminKnown,
    AdminNotRevocable,
    AdminUnknown,
    GenesisWithoutAdmin,
    KeyNotAuthorised,
    KeyNotProven,
    KeyUnchanged,
    LastAdmin,
    NotAdmin,
    NotOwnAccount,
    OldKeyWrong,
    SequenceOutOfOrder,
    SuiteDowngraded,
    TooManyAdmins,
)
from muniment.modules.accounts.events import (
    AccountRegistered,
    AccountRevoked,
    AdminAdded,
    AdminRemoved,
    KeyRotated,
)
from muniment.modules.accounts.genesis import AccountsGenesis
from muniment.modules.accounts.messages import AddAdmin, RegisterAccount, RemoveAdmin, RevokeAccount, RotateKey
from muniment.modules.accounts.module import module
from muniment.modules.accounts.queries import is_active, is_admin
from muniment.modules.accounts.rules import rotation_digest
from muniment.modules.accounts.types import MAX_ADMINS, MAX_NAME_BYTES, MAX_REASON_BYTES, Mode

ANN, BOB, CAY = actor("ann"), actor("bob"), actor("cay")


def open_ledger(*admins: Actor) -> Harness:
    part = AccountsGenesis(admins=tuple(text(admin.id) for admin in admins))
    return Harness(module(), genesis={"accounts": part})


def closed_ledger(*admins: Actor) -> Harness:
    part = AccountsGenesis(Mode.ADMIN, tuple(text(admin.id) for admin in admins))
    return Harness(module(), genesis={"accounts": part})


def register(who: Actor, name: str = "") -> RegisterAccount:
    return RegisterAccount(who.suite, who.key, name)


def rotation(who: Actor, new: Actor, **changed: Any) -> RotateKey:
    digest = rotation_digest(who.id, old=(who.suite, who.key), new=(new.suite, new.key))
    fields = {
        "account": who.id,
        "old_suite": who.suite,
        "old_key": who.key,
        "suite": new.suite,
        "key": new.key,
        "proof": new.sign(digest),
    }
    return RotateKey(**{**fields, **changed})


def test_on_an_open_ledger_the_key_of_an_id_signs_for_it() -> None:
    outcome = open_ledger().accept(ANN, register(ANN, "Ann"))
    assert outcome.events == (AccountRegistered(ANN.id, ED25519, ANN.key, "Ann", ANN.id),)
    assert outcome.returned == (ANN.id,)


def test_another_key_does_not_sign_for_an_account() -> None:
    found = open_ledger().reject(KeyNotAuthorised, BOB.of(ANN.id), register(ANN))
    assert found.fields == {"account": text(ANN.id), "suite": ED25519}


def test_a_key_under_another_suite_is_another_account() -> None:
    dual = actor("ann", DUAL)
    open_ledger().reject(KeyNotAuthorised, dual.of(ANN.id), register(dual))


@pytest.mark.parametrize("suite", [ED25519, ML_DSA_65, DUAL])
def test_every_suite_certifies_its_own_account(suite: int) -> None:
    who = actor("many", suite)
    assert open_ledger().accept(who, register(who)).returned == (who.id,)


def test_a_weak_key_is_refused_even_if_it_certifies_itself() -> None:
    weak = bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")
    open_ledger().reject(KeyWeak, Actor(bytes(32), ED25519, weak), register(ANN))


@pytest.mark.parametrize(
    ("suite", "key", "error"),
    [(9, bytes(32), SuiteUnknown), (ED25519, bytes(31), KeyMalformed), (DUAL, bytes(32), KeyMalformed)],
)
def test_a_malformed_key_cannot_be_registered(suite: int, key: bytes, error: Any) -> None:
    open_ledger().reject(error, ANN, RegisterAccount(suite, key))


def test_an_account_is_registered_once() -> None:
    ledger = open_ledger()
    ledger.accept(ANN, register(ANN))
    ledger.reject(AccountKnown, ANN, register(ANN, "again"))


def test_on_an_open_ledger_nobody_registers_another() -> None:
    open_ledger(CAY).reject(NotOwnAccount, ANN, register(BOB))


def test_a_long_name_or_one_with_control_characters_is_refused() -> None:
    ledger = open_ledger()
    for name in ("x" * (MAX_NAME_BYTES + 1), "a\nb", "\x7f"):
        found = ledger.reject(AccountTextTooLong, ANN, register(ANN, name))
        assert (found.field, found.limit_bytes) == ("name", MAX_NAME_BYTES)
    ledger.accept(ANN, register(ANN, "é" * (MAX_NAME_BYTES // 2)))


def test_a_closed_ledger_knows_only_whom_an_admin_registered() -> None:
    ledger = closed_ledger(CAY)
    ledger.reject(AccountNotRegistered, ANN, register(ANN))
    ledger.accept(CAY, register(ANN, "Ann"))
    ledger.reject(NotAdmin, ANN, register(BOB))
    assert ledger.query("account", account=ANN.id).status == "active"
    assert is_active(ledger.reader, ANN.id)
    assert not is_active(ledger.reader, BOB.id)


def test_a_closed_ledger_needs_an_admin_in_its_genesis() -> None:
    with pytest.raises(GenesisWithoutAdmin):
        closed_ledger()
    with pytest.raises(GenesisWithoutAdmin):
        open_ledger(ANN, ANN)
    with pytest.raises(AccountIdMalformed):
        Harness(module(), genesis={"accounts": AccountsGenesis(admins=("mun1nonsense",))})


def test_a_rotation_counts_from_the_next_transaction_of_the_same_block() -> None:
    ledger = open_ledger()
    new = actor("ann's second key").of(ANN.id)
    rotate = ledger.transaction(ANN, rotation(ANN, new))
    old_again = ledger.transaction(ANN, register(ANN))
    with_new = ledger.transaction(new, RevokeAccount(ANN.id))
    first, second, third = ledger.block(rotate, old_again, with_new)
    assert first.events == (KeyRotated(ANN.id, ED25519, new.key, 1, ANN.id),)
    assert type(second.rejected) is KeyNotAuthorised
    assert third.rejected is None


def test_an_upgrade_to_dual_keeps_the_id_and_is_not_undone() -> None:
    ledger = open_ledger()
    dual = actor("ann's dual key", DUAL).of(ANN.id)
    ledger.accept(ANN, rotation(ANN, dual))
    view = ledger.query("account", account=ANN.id)
    assert (view.suite, view.key, view.rotations) == (DUAL, dual.key, 1)
    ledger.reject(KeyNotAuthorised, ANN, register(ANN))
    found = ledger.reject(SuiteDowngraded, dual, rotation(dual, BOB))
    assert (found.old_suite, found.suite) == (DUAL, ED25519)
    ledger.reject(SuiteDowngraded, dual, rotation(dual, actor("post", ML_DSA_65)))
    ledger.accept(dual, rotation(dual, actor("ann's next dual key", DUAL)))


def test_ed25519_is_not_exchanged_for_ml_dsa_alone() -> None:
    open_ledger().reject(SuiteDowngraded, ANN, rotation(ANN, actor("post", ML_DSA_65)))


@pytest.mark.parametrize("suite", [ED25519, DUAL])
def test_a_key_is_bound_only_with_a_proof_by_that_key(suite: int) -> None:
    ledger, new = open_ledger(), actor("new", suite)
    good = rotation(ANN, new)
    for proof in (b"", bytes(len(good.proof)), good.proof[:-1], rotation(BOB, new).proof, good.proof[:64]):
        if proof != good.proof:
            ledger.reject(KeyNotProven, ANN, rotation(ANN, new, proof=proof))
    ledger.accept(ANN, good)


def test_a_rotation_names_the_current_key() -> None:
    ledger = open_ledger()
    ledger.reject(OldKeyWrong, ANN, rotation(ANN, CAY, old_key=BOB.key))
    ledger.reject(KeyUnchanged, ANN, rotation(ANN, ANN))
    ledger.accept(ANN, rotation(ANN, BOB))
    ledger.reject(OldKeyWrong, BOB.of(ANN.id), rotation(ANN, CAY))
    ledger.reject(AccountIdMalformed, BOB.of(ANN.id), rotation(ANN, CAY, account=b"short"))


def test_on_an_open_ledger_not_even_an_admin_rotates_for_another() -> None:
    ledger = open_ledger(CAY)
    ledger.reject(NotOwnAccount, CAY, rotation(ANN, BOB))
    ledger.reject(NotOwnAccount, BOB, rotation(ANN, BOB))


def test_on_a_closed_ledger_an_admin_replaces_a_lost_key_even_by_a_weaker_suite() -> None:
    ledger, dual = closed_ledger(CAY), actor("ann", DUAL)
    ledger.reject(AccountNotRegistered, CAY, rotation(dual, BOB))
    ledger.accept(CAY, register(dual))
    ledger.reject(SuiteDowngraded, dual, rotation(dual, BOB))
    ledger.accept(CAY, rotation(dual, BOB))
    assert ledger.accept(BOB.of(dual.id), RevokeAccount(dual.id)).rejected is None


def test_a_revoked_account_is_refused_for_ever() -> None:
    ledger = open_ledger(CAY)
    outcome = ledger.accept(ANN, RevokeAccount(ANN.id, "key lost"))
    assert outcome.events == (AccountRevoked(ANN.id, "key lost", ANN.id),)
    ledger.reject(AccountIsRevoked, ANN, register(ANN))
    ledger.reject(AccountIsRevoked, CAY, register(ANN))
    ledger.reject(AccountIsRevoked, CAY, RevokeAccount(ANN.id))
    ledger.reject(AccountIsRevoked, CAY, AddAdmin(ANN.id))
    assert ledger.query("account", account=ANN.id).status == "revoked"
    assert not is_active(ledger.reader, ANN.id)


def test_an_admin_revokes_and_others_do_not() -> None:
    ledger = open_ledger(CAY)
    ledger.reject(NotOwnAccount, BOB, RevokeAccount(ANN.id))
    ledger.reject(AccountIdMalformed, CAY, RevokeAccount(b""))
    ledger.reject(AccountTextTooLong, CAY, RevokeAccount(ANN.id, "x" * (MAX_REASON_BYTES + 1)))
    ledger.accept(CAY, register(ANN, "Ann"))
    ledger.accept(CAY, RevokeAccount(ANN.id))
    ledger.accept(CAY, RevokeAccount(BOB.id))
    ledger.reject(AccountIsRevoked, BOB, register(BOB))
    assert ledger.query("account", account=ANN.id).name == "Ann"


def test_a_closed_ledger_does_not_revoke_whom_it_does_not_know() -> None:
    closed_ledger(CAY).reject(AccountNotRegistered, CAY, RevokeAccount(ANN.id))


def test_admins_are_added_and_removed_but_one_stays() -> None:
    ledger = open_ledger(CAY)
    ledger.reject(NotAdmin, ANN, AddAdmin(ANN.id))
    ledger.reject(NotAdmin, ANN, RemoveAdmin(CAY.id))
    ledger.reject(AdminKnown, CAY, AddAdmin(CAY.id))
    ledger.reject(AdminUnknown, CAY, RemoveAdmin(ANN.id))
    ledger.reject(LastAdmin, CAY, RemoveAdmin(CAY.id))
    ledger.reject(AdminNotRevocable, CAY, RevokeAccount(CAY.id))
    assert ledger.accept(CAY, AddAdmin(ANN.id)).events == (AdminAdded(ANN.id, CAY.id),)
    assert is_admin(ledger.reader, ANN.id)
    assert ledger.accept(ANN, RemoveAdmin(CAY.id)).events == (AdminRemoved(CAY.id, ANN.id),)
    assert ledger.query("registration").admins == (ANN.id,)


def test_the_list_of_admins_is_bounded() -> None:
    ledger = open_ledger(CAY)
    for number in range(MAX_ADMINS - 1):
        ledger.accept(CAY, AddAdmin(actor(f"admin {number}").id))
    assert ledger.reject(TooManyAdmins, CAY, AddAdmin(ANN.id)).limit == MAX_ADMINS


def test_an_admin_of_a_closed_ledger_is_registered_first() -> None:
    ledger = closed_ledger(CAY)
    ledger.reject(AccountNotRegistered, CAY, AddAdmin(ANN.id))
    ledger.accept(CAY, register(ANN), AddAdmin(ANN.id))


def test_a_sequence_orders_the_transactions_of_those_who_use_it() -> None:
    ledger = open_ledger()
    found = ledger.reject(SequenceOutOfOrder, ANN, register(ANN), sequence=2)
    assert (found.given, found.expected) == (2, 1)
    ledger.accept(ANN, register(ANN), sequence=1)
    ledger.reject(SequenceOutOfOrder, ANN, RevokeAccount(ANN.id), sequence=1)
    ledger.reject(AccountKnown, ANN, register(ANN), sequence=2)
    assert ledger.query("account", account=ANN.id).next_sequence == 2
    ledger.accept(ANN, RevokeAccount(ANN.id), sequence=2)


def test_an_unknown_account_of_an_open_ledger_is_self_certified() -> None:
    view = open_ledger(CAY).query("account", account=CAY.id)
    assert (view.status, view.is_admin, view.suite) == ("self-certified", True, 0)
    with pytest.raises(AccountNotRegistered):
        closed_ledger(CAY).query("account", account=ANN.id)


@pytest.mark.parametrize(
    "message",
    [register(ANN), rotation(ANN, BOB), RevokeAccount(ANN.id), AddAdmin(BOB.id), RemoveAdmin(ANN.id)],
    ids=lambda message: type(message).__name__,
)
def test_a_message_leaves_no_trace_when_a_later_one_is_rejected(message: Any) -> None:
    ledger = open_ledger(CAY) if isinstance(message, RevokeAccount) else open_ledger(ANN, CAY)
    ledger.leaves_no_trace(ANN, message)


def test_a_ledger_without_a_genesis_part_is_open() -> None:
    assert Harness(module()).query("registration").mode is Mode.OPEN
