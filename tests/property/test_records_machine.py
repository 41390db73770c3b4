"""Records against a naive model: versions, withdrawals and sources under random histories."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tests.harness.machine import Actor, Harness, actor

from muniment.modules.records.messages import AmendRecord, AnchorRecord, WithdrawRecord
from muniment.modules.records.module import module

people = st.sampled_from([actor("ann"), actor("bob")])
roots = st.integers(0, 255).map(lambda byte: bytes([byte]) * 32)
#: Positions in the model's list, the last being a record that does not exist.
picks = st.integers(0, 12)


@dataclass
class Known:
    identity: int
    owner: bytes
    root: bytes
    sources: tuple[int, ...]
    version: int = 1
    status: str = "active"
    series: list[int] = field(default_factory=list)


class Records(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.ledger = Harness(module())
        self.known: dict[int, Known] = {}

    def picked(self, pick: int) -> int:
        # Position 0 is a record too, so "unknown" is a position the log has not reached.
        identities = [*self.known, (self.ledger.position + 1) << 8]
        return identities[-1 - pick % len(identities)]

    def usable(self, sources: tuple[int, ...]) -> bool:
        exist = all(source in self.known and self.known[source].status != "withdrawn" for source in sources)
        return exist and len(set(sources)) == len(sources)

    @rule(by=people, root=roots, sources=st.lists(picks, max_size=3))
    def anchor(self, by: Actor, root: bytes, sources: list[int]) -> None:
        derived = tuple(self.picked(pick) for pick in sources)
        expected = self.usable(derived)
        outcome = self.ledger.submit(by, AnchorRecord(root, 1, "record", derived_from=derived))
        assert (outcome.rejected is None) == expected
        if expected:
            identity = outcome.identity
            self.known[identity] = Known(identity, by.id, root, derived, series=[identity])

    @rule(by=people, pick=picks, root=roots, source=picks)
    def amend(self, by: Actor, pick: int, root: bytes, source: int) -> None:
        record, derived = self.picked(pick), (self.picked(source),)
        old = self.known.get(record)
        expected = old is not None and old.owner == by.id and old.status == "active" and self.usable(derived)
        outcome = self.ledger.submit(by, AmendRecord(record, root, 1, "why", derived_from=derived))
        assert (outcome.rejected is None) == expected
        if expected and old is not None:
            identity = outcome.identity
            old.status = "superseded"
            old.series.append(identity)
            self.known[identity] = Known(identity, by.id, root, derived, old.version + 1, series=old.series)

    @rule(by=people, pick=picks)
    def withdraw(self, by: Actor, pick: int) -> None:
        record = self.picked(pick)
        old = self.known.get(record)
        expected = old is not None and old.owner == by.id and old.status == "active"
        outcome = self.ledger.submit(by, WithdrawRecord(record, "why"))
        assert (outcome.rejected is None) == expected
        if expected and old is not None:
            old.status = "withdrawn"

    @invariant()
    def every_record_reads_as_the_model_says(self) -> None:
        for known in self.known.values():
            view = self.ledger.query("record", record=known.identity)
            assert (view.status, view.owner, view.root) == (known.status, known.owner, known.root)
            assert (view.version, view.derived_from, view.first) == (known.version, known.sources, known.series[0])
            versions = [version.record for version in self.ledger.query("history", record=known.identity)]
            assert versions == known.series[::-1]

    @invariant()
    def lineage_is_the_transitive_closure(self) -> None:
        for known in self.known.values():
            found = self.ledger.query("lineage", record=known.identity, depth=64)
            assert {ancestor.record for ancestor in found.ancestors} == self.closure(known.identity)

    @invariant()
    def only_changes_are_in_the_map(self) -> None:
        changed = sum(known.status != "active" for known in self.known.values())
        series = {known.series[0] for known in self.known.values() if len(known.series) > 1}
        assert len(self.ledger.store.values) == changed + len(series)

    def closure(self, record: int) -> set[int]:
        found: set[int] = set()
        waiting = list(self.known[record].sources)
        while waiting:
            source = waiting.pop()
            if source not in found:
                found.add(source)
                waiting += self.known[source].sources
        return found


Records.TestCase.settings = settings(max_examples=50, stateful_step_count=25, deadline=None)
TestRecords = Records.TestCase
