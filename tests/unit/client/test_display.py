"""How things look in a notebook: nothing a stranger wrote is taken for HTML, and nothing is large."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from tests.harness.exact_models import linear
from tests.harness.sdk import ANN, OLGA, opened, screening

import muniment as mu

HOSTILE = "<script>alert('x')</script><img src=x onerror=\"alert(1)\">"
LARGEST = 20_000
HARMLESS = {"table", "caption", "tr", "th", "td", "code", "b", "div", "details", "summary"}


class Tags(HTMLParser):
    """The tags and attributes of a text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def _shown(thing: Any) -> str:
    html: str = thing._repr_html_()
    assert 0 < len(html) < LARGEST
    tags = Tags()
    tags.feed(html)
    tags.close()
    assert tags.tags <= HARMLESS
    assert tags.attributes <= {"style", "title"}
    assert tags.open == []
    return html


@pytest.fixture(scope="module")
def things(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """One of everything, with a hostile name wherever a name is free."""
    hostile = linear((3, -2), constant=5, label=HOSTILE)
    with opened(tmp_path_factory.mktemp("display") / "ledger") as ledger:
        record = ledger.records.anchor([b"row"], by=ANN, name=HOSTILE)
        ledger.models.publish(hostile, by=ANN, name="risk", label=HOSTILE[:60], intended_use=HOSTILE)
        ledger.models.suspend("risk", by=ANN, reason=HOSTILE)
        suspended = ledger.models.get("risk")
        ledger.models.resume("risk", by=ANN, reason="fine")
        outcomes = {"approve": 0, "review": 100}
        system = ledger.systems.deploy(
            "s", model="risk", outcomes=outcomes, overseers=[OLGA], by=ANN, purpose=HOSTILE * 30
        )
        row = {f"{HOSTILE}{number}": 1.0 for number in range(2)}
        decision = ledger.decide(system, row, by=ANN)
        sealed = ledger.decide(system, row, by=ANN, sealed=True)
        many = ledger.decide_many(system, [row, {HOSTILE: 1}, *[{**row, f"{HOSTILE}1": HOSTILE}] * 30], by=ANN)
        replay = mu.replay(ledger.prove(decision))
        receipt = ledger.systems.stop(system, by=OLGA, reason=HOSTILE)
        stopped = ledger.systems.get(system)
        found: dict[str, Any] = {
            "record": record,
            "model": ledger.models.get("risk"),
            "suspended model": suspended,
            "card": ledger.models.card("risk"),
            "system": system,
            "stopped system": stopped,
            "decision": decision,
            "sealed decision": sealed,
            "decisions": many,
            "replay": replay,
            "receipt": receipt,
            "status": ledger.status(),
        }
        assert ledger._repr_html_() == found["status"]._repr_html_()
        _shown(ledger)
    return found


NAMES = ["record", "model", "suspended model", "card", "system", "stopped system", "decision", "sealed decision"]


@pytest.mark.parametrize("name", [*NAMES, "decisions", "replay", "receipt", "status"])
def test_a_hostile_name_stays_text(name: str, things: dict[str, Any]) -> None:
    assert "<script" not in _shown(things[name])


def test_what_matters_is_shown(things: dict[str, Any]) -> None:
    assert things["decision"].outcome in _shown(things["decision"])
    assert things["record"].root.hex() in _shown(things["record"])
    assert things["model"].model.hex() in _shown(things["model"])
    assert "suspended" in _shown(things["suspended model"])
    assert "stopped" in _shown(things["stopped system"])
    assert "31" in repr(things["decisions"])
    assert "more rejected" in _shown(things["decisions"])
    assert "bit for bit" in _shown(things["replay"])
    assert things["receipt"].transaction in _shown(things["receipt"])


def test_a_receipt_with_many_events_stays_small(tmp_path: Path) -> None:
    from tests.harness.ledger import anchor

    with opened(tmp_path / "ledger") as ledger:
        receipt = ledger.transact(*(anchor(number) for number in range(200)), by=ANN)
    assert len(receipt.events) == 200
    assert len(_shown(receipt)) < 3_000


def test_what_is_printed_is_short_and_shows_no_secrets(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        system = screening(ledger)
        record = ledger.records.anchor([b"row"], by=ANN, name="data")
        decision = ledger.decide(system, [1.0, 1.0], by=ANN, sealed=True)
        for thing in (ledger, system, record, decision, ledger.models.get("risk")):
            assert len(repr(thing)) < 120
        assert decision.opening is not None
        assert record.dataset is not None
        assert str(decision.opening.salts[0]) not in repr(decision.opening)
        assert record.dataset.secret.hex() not in repr(record) + repr(record.dataset)
