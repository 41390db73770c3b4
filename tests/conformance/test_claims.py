"""The verifier's table of claims agrees with the modules that make them."""

from __future__ import annotations

from muniment import app
from muniment.core import claims
from muniment.modules.decisions import state as decisions
from muniment.modules.decisions.events import DecisionMade
from muniment.modules.records import state as records
from muniment.modules.records.events import RecordAnchored


def test_facts_are_named_as_the_modules_name_them() -> None:
    assert claims.KINDS["record"].fact == RecordAnchored.__name__
    assert claims.KINDS["decision"].fact == DecisionMade.__name__
    emitted = {event.__name__ for module in app.MODULES for event in module.events}
    assert {kind.fact for kind in claims.KINDS.values()} <= emitted


def test_status_keys_are_those_of_the_modules() -> None:
    assert claims.KINDS["record"].status == records._statuses.prefix
    assert claims.KINDS["decision"].status == decisions._statuses.prefix
