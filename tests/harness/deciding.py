"""A ledger of models, systems and decisions, wired as the application wires them, and the usual cast.

Records and accounts are answered by two lines each: `RECORDS` exist, `WITHDRAWN` and `REVOKED` do not count any more.
"""

from __future__ import annotations

from functools import partial
from hashlib import sha256

from tests.harness.exact_models import linear
from tests.harness.machine import Actor, Harness, actor

from muniment.core.errors import Rejected
from muniment.core.module import Module
from muniment.core.state import Reader
from muniment.modules.decisions import module as decisions
from muniment.modules.decisions.ports import Ports
from muniment.modules.models import module as models
from muniment.modules.models import queries as of_models
from muniment.modules.models.messages import PublishModel
from muniment.modules.models.runners import Runners
from muniment.modules.systems import module as systems
from muniment.modules.systems import queries as of_systems
from muniment.modules.systems.messages import DeploySystem
from muniment.modules.systems.types import Mode, ModelReference, Outcome, Terms

ANN, BOB, EVE = actor("ann"), actor("bob"), actor("eve")
OVE = actor("ove")
ZOE = actor("zoe")

RECORDS, WITHDRAWN = frozenset({256, 512}), frozenset({768})
REVOKED = frozenset({ZOE.id})

#: Score = 3 x0 - 2 x1 + 5, between -1995 and 3005.
SIMPLE = linear((3, -2), constant=5)
OUTCOMES = (Outcome("approve", 0), Outcome("review", 100), Outcome("block", 1_000))


class RecordNotActive(Rejected, code=9_991):
    """Stands for what records says."""

    record: int
    text = "record {record} is not active"


def active_record(_reader: Reader, identity: int, /) -> int:
    """Answer for records."""
    if identity not in RECORDS:
        raise RecordNotActive(record=identity)
    return identity


def is_active(_reader: Reader, account: bytes, /) -> bool:
    """Answer for accounts."""
    return account not in REVOKED


def modules() -> tuple[Module, Module, Module]:
    """Return models, systems and decisions, wired."""
    runners = Runners()
    ports = Ports(
        system=of_systems.existing,
        running_system=partial(of_systems.running_system, is_active),
        terms=of_systems.terms,
        check_usable=of_models.check_usable,
        runner=runners.runner,
    )
    return (
        models.module(active_record=active_record, runners=runners),
        systems.module(is_active=is_active, check_usable=of_models.check_usable, card=runners.card),
        decisions.module(ports),
    )


def ledger() -> Harness:
    """Return an empty ledger."""
    return Harness(*modules())


def publication(artifact: bytes = SIMPLE, *, name: str = "risk", label: str = "v1") -> PublishModel:
    """Return the message that publishes a model with sound papers."""
    return PublishModel(name, label, artifact, (256,), (), "Apache-2.0", "tests", "not for real")


def terms(
    artifact: bytes = SIMPLE,
    *,
    name: str = "risk",
    overseers: tuple[Actor, ...] = (OVE,),
    operators: tuple[Actor, ...] = (),
    outcomes: tuple[Outcome, ...] = OUTCOMES,
    mode: Mode = "both",
    challenger: bytes | None = None,
) -> Terms:
    """Return sound terms of a system with this model."""
    return Terms(
        purpose="screen payments",
        provider=ANN.id,
        model=reference(artifact, name),
        outcomes=outcomes,
        overseers=tuple(one.id for one in overseers),
        operators=tuple(one.id for one in operators),
        mode=mode,
        challenger=None if challenger is None else reference(challenger, "challenger"),
    )


def reference(artifact: bytes, name: str = "risk") -> ModelReference:
    """Return how terms refer to a model."""
    return ModelReference(name, sha256(artifact).digest())


def screening(artifact: bytes = SIMPLE, *, mode: Mode = "both", operators: tuple[Actor, ...] = ()) -> Harness:
    """Return a ledger where Ann published `risk` and deployed `screening`, which Ove oversees."""
    harness = ledger()
    harness.accept(ANN, publication(artifact))
    harness.accept(ANN, DeploySystem("screening", terms(artifact, mode=mode, operators=operators)))
    return harness
