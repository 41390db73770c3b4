"""Accounts against a naive model: who can act, with which key, under random registrations, rotations, revocations."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.harness.machine import Actor, Harness, actor

from muniment.core.keys import encode_account
from muniment.modules.accounts.genesis import AccountsGenesis
from muniment.modules.accounts.messages import AddAdmin, RegisterAccount, RemoveAdmin, RevokeAccount, RotateKey
from muniment.modules.accounts.module import module
from muniment.modules.accounts.queries import is_active
from muniment.modules.accounts.rules import rotation_digest
from muniment.modules.accounts.types import Mode

PEOPLE = [actor(f"person {number}") for number in range(4)]
KEYS = [*PEOPLE, actor("spare 1"), actor("spare 2")]
people = st.sampled_from(PEOPLE)
new_keys = st.sampled_from(KEYS)
#: None, which is the usual case: whatever key is current.
keys = st.one_of(st.none(), st.none(), st.sampled_from(KEYS))


class Accounts(RuleBasedStateMachine):
    @initialize(mode=st.sampled_from(list(Mode)))
    def begin(self, mode: Mode) -> None:
        self.mode = mode
        self.admins = {PEOPLE[0].id}
        self.known: set[bytes] = set()
        self.keys = {person.id: person.key for person in PEOPLE}
        self.revoked: set[bytes] = set()
        part = AccountsGenesis(mode, (encode_account(PEOPLE[0].id),))
        self.ledger = Harness(module(), genesis={"accounts": part})

    def signer(self, account: Actor, key: Actor | None) -> Actor:
        return account._replace(key=key.key if key else self.keys[account.id])

    def may_act(self, who: Actor) -> bool:
        valid = self.mode is Mode.OPEN or who.id in self.admins or who.id in self.known
        return valid and who.id not in self.revoked and self.keys[who.id] == who.key

    @rule(account=people, key=keys, subject=people)
    def register(self, account: Actor, key: Actor | None, subject: Actor) -> None:
        by = self.signer(account, key)
        may = by.id in self.admins or (self.mode is Mode.OPEN and by.id == subject.id)
        expected = self.may_act(by) and may and subject.id not in self.known | self.revoked
        outcome = self.ledger.submit(by, RegisterAccount(subject.suite, subject.key))
        assert (outcome.rejected is None) == expected
        if expected:
            self.known.add(subject.id)

    @rule(account=people, key=keys, subject=people, new=new_keys, honest=st.sampled_from([True, True, False]))
    def rotate(self, account: Actor, key: Actor | None, subject: Actor, new: Actor, honest: bool) -> None:
        by, old = self.signer(account, key), self.keys[subject.id]
        digest = rotation_digest(subject.id, old=(1, old), new=(1, new.key))
        proof = new.sign(digest) if honest else KEYS[KEYS.index(new) - 1].sign(digest)
        reachable = by.id == subject.id or (
            self.mode is Mode.ADMIN and by.id in self.admins and subject.id in self.known
        )
        expected = self.may_act(by) and reachable and honest and new.key != old and subject.id not in self.revoked
        outcome = self.ledger.submit(by, RotateKey(subject.id, 1, old, 1, new.key, proof))
        assert (outcome.rejected is None) == expected
        if expected:
            self.keys[subject.id] = new.key
            self.known.add(subject.id)

    @rule(account=people, key=keys, subject=people)
    def revoke(self, account: Actor, key: Actor | None, subject: Actor) -> None:
        by = self.signer(account, key)
        may = (by.id == subject.id or by.id in self.admins) and subject.id not in self.admins | self.revoked
        exists = self.mode is Mode.OPEN or subject.id in self.known
        expected = self.may_act(by) and may and exists
        outcome = self.ledger.submit(by, RevokeAccount(subject.id))
        assert (outcome.rejected is None) == expected
        if expected:
            self.revoked.add(subject.id)

    @rule(account=people, key=keys, subject=people, add=st.booleans())
    def change_admins(self, account: Actor, key: Actor | None, subject: Actor, add: bool) -> None:
        by = self.signer(account, key)
        after = self.admins | {subject.id} if add else self.admins - {subject.id}
        fits = subject.id not in self.revoked and (self.mode is Mode.OPEN or not add or subject.id in self.known)
        expected = self.may_act(by) and by.id in self.admins and after != self.admins and bool(after) and fits
        message = AddAdmin(subject.id) if add else RemoveAdmin(subject.id)
        outcome = self.ledger.submit(by, message)
        assert (outcome.rejected is None) == expected
        if expected:
            self.admins = after

    @invariant()
    def the_ledger_agrees_on_who_is_active(self) -> None:
        if not hasattr(self, "ledger"):
            return
        for person in PEOPLE:
            assert is_active(self.ledger.reader, person.id) == self.may_act(person._replace(key=self.keys[person.id]))
        assert set(self.ledger.query("registration").admins) == self.admins


Accounts.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestAccounts = Accounts.TestCase
