"""What must hold of decisions after every block."""

from __future__ import annotations

from collections.abc import Iterator

from muniment.core.errors import Halted
from muniment.core.state import Reader
from muniment.modules.decisions import rules, state
from muniment.modules.decisions.events import DecisionMade
from muniment.modules.decisions.ports import Ports
from muniment.modules.decisions.types import Status

_RECOVER = "stop, keep the ledger as it is, and run `muniment audit` on it"


def every_status_belongs_to_a_decision(reader: Reader) -> None:
    """Check that what is listed as questioned exists, has a status, and is listed once."""
    identities = [identity for identity, _, _ in _questioned(reader)]
    if len(set(identities)) != len(identities):
        raise Halted("a decision is listed twice as questioned", recover=_RECOVER)


def every_outcome_is_one_its_system_had(ports: Ports, reader: Reader) -> None:
    """Check the outcome that holds now of every questioned decision."""
    for identity, made, status in _questioned(reader):
        known = {outcome.name for outcome in ports.terms(reader, made.system, made.version).outcomes}
        if rules.outcome_now(made, status) not in known:
            raise Halted(f"decision {identity} has an outcome its system never had", recover=_RECOVER)


def only_sealed_decisions_are_disputed_and_confirmed_ones_agree(reader: Reader) -> None:
    """Check the verdict of every dispute against the score on record."""
    for identity, made, status in _questioned(reader):
        dispute = status.dispute
        if dispute is None:
            continue
        agrees = dispute.score == made.score and dispute.outcome == made.outcome
        if made.mode != "sealed" or agrees != (dispute.verdict == "confirmed"):
            raise Halted(f"the dispute of decision {identity} has an impossible verdict", recover=_RECOVER)


def _questioned(reader: Reader) -> Iterator[tuple[int, DecisionMade, Status]]:
    for index in range(state.questioned_count(reader)):
        identity = state.questioned(reader, index)
        made = state.decision(reader, identity) if identity is not None else None
        status = state.status(reader, identity) if identity is not None else None
        if identity is None or made is None or status is None:
            raise Halted(f"questioned decision {index} has no decision or no status", recover=_RECOVER)
        yield identity, made, status
