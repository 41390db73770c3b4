"""A small AI system on a ledger in this process, reached through the SDK.

    with opened(tmp_path / "ledger") as ledger:
        system = screening(ledger)
        with refused(ledger, ValueMissing) as caught: ...      # asserts that nothing was written

The score is 3 x0 - 2 x1 + 5 in cents: x0 and x1 are 0.00 to 10.00 EUR. From 100 on it is "review", from 1000 "block".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import pytest
from tests.harness.exact_models import linear
from tests.harness.ledger import ledger as node_of
from tests.harness.ledger import wallet

from muniment.client.ledger import Ledger
from muniment.client.link import Evidence, Link, Status
from muniment.client.local import Local
from muniment.client.systems import System
from muniment.core.errors import Rejected
from muniment.core.state_proof import StateProof
from muniment.core.trust import Trust
from muniment.engines.contract import Outcome
from muniment.engines.embedded import Limits
from muniment.modules.systems.types import Mode

SIMPLE = linear((3, -2), constant=5)
OUTCOMES = {"approve": 0, "review": 100, "block": 1_000}
COLUMNS = ("x0", "x1")
ROW = {"x0": 2.0, "x1": 1.0}

ANN, BOB, OLGA, ZOE = wallet("ann"), wallet("bob"), wallet("olga"), wallet("zoe")

R = TypeVar("R", bound=Rejected)


@contextmanager
def opened(path: Path, *, limits: Limits | None = None, modules: dict[str, Any] | None = None) -> Iterator[Ledger]:
    """Open the ledger in `path`, which is made if it is absent."""
    with node_of(path, limits=limits, modules=modules) as node:
        yield Ledger(Local(node))


def screening(
    ledger: Ledger, *, artifact: bytes = SIMPLE, name: str = "screening", mode: Mode = "both", operators: object = ()
) -> System:
    """Let ann publish the model and deploy the system, which olga oversees."""
    ledger.models.publish(artifact, by=ANN, name="risk", licence="Apache-2.0", intended_use="tests")
    return ledger.systems.deploy(
        name, model="risk", outcomes=OUTCOMES, overseers=[OLGA], operators=operators, by=ANN, mode=mode
    )


def score(x0: float, x1: float) -> int:
    """Return what the model gives for whole cents."""
    return 3 * round(100 * x0) - 2 * round(100 * x1) + 5


@dataclass
class Caught(Generic[R]):
    """The rejection that was raised."""

    error: R | None = None

    @property
    def fields(self) -> dict[str, object]:
        """Its values."""
        assert self.error is not None
        return self.error.fields


@contextmanager
def refused(ledger: Ledger, kind: type[R]) -> Iterator[Caught[R]]:
    """Assert that the block raises exactly `kind`, says what to do, and that nothing was written."""
    before, caught = ledger.status(), Caught[R]()
    with pytest.raises(Rejected) as found:
        yield caught
    error = found.value
    assert type(error) is kind, f"expected {kind.__name__}, got {error!r}"
    assert error.fix
    caught.error = error
    after = ledger.status()
    assert (after.log_size, after.app_hash) == (before.log_size, before.app_hash)


class Watched:
    """A link that does something before every submission from number `at` on (counted from 0); it may raise."""

    def __init__(self, link: Link, *, at: int, then: Callable[[], object]) -> None:
        self.link = link
        self.submissions = 0
        self._at = at
        self._then = then

    @property
    def chain(self) -> str:
        """Chain id."""
        return self.link.chain

    @property
    def trust(self) -> Trust:
        """Trust anchor."""
        return self.link.trust

    def time_ms(self) -> int:
        """Tell."""
        return self.link.time_ms()

    def submit(self, transactions: Sequence[bytes], *, wait_s: float | None = None) -> Future[list[Outcome]]:
        """Do what is to be done, then send."""
        self.submissions += 1
        if self.submissions > self._at:
            self._then()
        return self.link.submit(transactions, wait_s=wait_s)

    def query(self, module: str, query: str, /, **arguments: Any) -> Any:
        """Ask."""
        return self.link.query(module, query, **arguments)

    def evidence(self, position: int, keys: Sequence[bytes]) -> Evidence:
        """Show."""
        return self.link.evidence(position, keys)

    def state(self, keys: Sequence[bytes], *, height: int | None = None) -> StateProof:
        """Prove."""
        return self.link.state(keys, height=height)

    def status(self) -> Status:
        """Tell."""
        return self.link.status()

    def close(self) -> None:
        """Let go."""
        self.link.close()


def raising(error: BaseException) -> Callable[[], object]:
    """Return something that raises."""

    def fail() -> object:
        raise error

    return fail
