"""The main demo: real card payments, decided by a model inside the ledger, then proven, replayed and audited."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from muniment.client.ledger import Ledger, open_ledger
from muniment.client.wallet import Wallet
from muniment.packs.fraud import payments, place, training
from muniment.packs.fraud.errors import LibraryMissing, RowsUnusable
from muniment.packs.fraud.evidence import Proven, prove
from muniment.packs.fraud.figures import Quality, Speed, quality, speed
from muniment.packs.fraud.streaming import Tape, amount_text, one_by_one, stream_payments, tally
from muniment.packs.fraud.tampering import Tampered, tamper
from muniment.packs.fraud.telling import Teller
from muniment.packs.fraud.watching import watched

if TYPE_CHECKING:
    import pandas as pd

MODEL = "card-fraud"
SYSTEM = "card-screening"
#: More payments than this make the run long and show nothing new.
MAX_ROWS = 1_000_000
#: Payments sent one at a time, to see how long a single one takes.
_ALONE = 200


@dataclass(frozen=True)
class DemoResult:
    """What a run of the demo did.

    Attributes:
        directory: What it made is in here.
        ledger: The ledger.
        trained: The model and how it was chosen.
        tape: Every payment streamed, and what was decided.
        speed: How fast.
        quality: How good.
        proven: The decision that was proven, verified and replayed.
        tampered: The copy with a changed byte, and what the audits said.
        commands: What to try next.
    """

    directory: Path
    ledger: Path
    trained: training.Trained
    tape: Tape
    speed: Speed
    quality: Quality
    proven: Proven
    tampered: Tampered
    commands: tuple[str, ...]


def run(
    rows: int | None = None,
    *,
    directory: Path | None = None,
    console: Console | None = None,
    families: Mapping[str, Callable[[], Any]] | None = None,
) -> DemoResult:
    """Run the demo and tell it on `console`.

    Args:
        rows: Payments to stream: all of the later part unless given; with more, the stream begins again, and figures
            of quality count each payment once.
        directory: Where to keep what it makes, absent or empty; a new `muniment-demo` here unless given.
        console: Where to tell it; stdout unless given.
        families: Makers of estimators to choose from, see `training.train`.

    Raises:
        RowsUnusable: fewer payments than one, or too many.
        DirectoryForeign: the directory holds something.
        LibraryMissing: scikit-learn or pandas is not installed.
        DataMissing, DataAltered: the data is not there, or is not what it was.
    """
    if rows is not None and not 1 <= rows <= MAX_ROWS:
        raise RowsUnusable(rows=rows, least=1, most=MAX_ROWS)
    teller = Teller(Console(highlight=False) if console is None else console)
    parts = payments.split(_loaded())
    where = place.prepare(directory)
    teller.step("Real card payments of September 2013, anonymised, in order of time")
    teller.parts(parts)
    teller.step("Train on the earliest part, and compile to an exact model: integers only")
    trained = training.train(parts, families=families)
    teller.trained(trained)
    with open_ledger(where.ledger, name="card-payments") as ledger:
        tape, fast, good, proven = _on_the_ledger(ledger, trained, parts, rows, where, teller)
    teller.step("Change one byte in a copy of the ledger, and audit both from their first block on")
    tampered = tamper(where.ledger, where.copy, envelope=proven.envelope)
    teller.tampered(tampered)
    commands = _commands(where)
    teller.step("Try next")
    teller.commands(commands)
    return DemoResult(where.directory, where.ledger, trained, tape, fast, good, proven, tampered, commands)


def _on_the_ledger(
    ledger: Ledger,
    trained: training.Trained,
    parts: payments.Parts,
    rows: int | None,
    where: place.Place,
    teller: Teller,
) -> tuple[Tape, Speed, Quality, Proven]:
    processor = Wallet.create("payment processor")
    teller.step("Open a ledger, publish the model, put it into service")
    _deploy(ledger, trained, parts, processor, teller)
    teller.step("Stream the later part: each payment signed on its own, decided inside the ledger, durable")
    tape, fast = _stream(ledger, parts, processor, rows, teller)
    teller.speed(fast)
    teller.step("How good it was on payments the model never saw, at the original prevalence")
    good = quality(tape, parts.later)
    teller.quality(good)
    teller.step("Prove one decision, verify and replay it from the file alone")
    proven = prove(ledger, tape, path=where.proof, trust=where.trust)
    teller.field("payment", f"{proven.decision}, {amount_text(trained.model.card, parts.later, proven.row)}")
    teller.proven(proven, trained.model.card)
    return tape, fast, good, proven


def _deploy(
    ledger: Ledger, trained: training.Trained, parts: payments.Parts, processor: Wallet, teller: Teller
) -> None:
    overseer = Wallet.create("fraud desk")
    record = ledger.records.anchor(parts.training, by=processor, name="card payments, earliest part")
    model = ledger.models.publish(
        trained.model,
        by=processor,
        name=MODEL,
        trained_on=[record],
        licence="ODbL-1.0 (training data), Apache-2.0 (code)",
        intended_use="Demonstration: screening card payments for fraud",
        limits="Two days of 2013; anonymised components; no card, merchant or terminal history",
    )
    ledger.systems.deploy(
        SYSTEM,
        model=MODEL,
        outcomes=trained.thresholds.outcomes(),
        overseers=[overseer.id],
        by=processor,
        purpose="Approve, review or block a card payment",
    )
    teller.field("ledger", ledger.chain)
    teller.field("training data", f"{record.id}: {record.rows:,} rows under one root; the rows stay here")
    teller.field("model", f"{MODEL} {model.model.hex()[:16]}..., proven exact before it was accepted")
    teller.field("system", f"{SYSTEM}: {', '.join(trained.thresholds.outcomes())}; overseen by the fraud desk")


def _stream(
    ledger: Ledger, parts: payments.Parts, processor: Wallet, rows: int | None, teller: Teller
) -> tuple[Tape, Speed]:
    later = parts.later
    count = len(later) if rows is None else rows
    if count > len(later):
        teller.line(f"   There are {len(later):,} later payments: the stream begins again after the last.")
    alone = one_by_one(ledger, SYSTEM, parts.calibration.iloc[: min(_ALONE, count)], by=processor)
    card = ledger.models.card(MODEL)

    def describe(row: int, score: int) -> str:
        return f"{amount_text(card, later, row):>12}  fraud {card.score.to_probability(score):.0%}"

    before = tally(ledger)
    with watched(teller.console, count, describe) as watch:
        tape = stream_payments(ledger, SYSTEM, later, by=processor, count=count, watch=watch)
    if tape.refused:
        raise tape.refused[0][1]
    return tape, speed(tape, alone=alone, before=before, after=tally(ledger))


def _loaded() -> pd.DataFrame:
    try:
        return payments.load()
    except ImportError:
        raise LibraryMissing(library="pandas") from None


def _commands(where: place.Place) -> tuple[str, ...]:
    program = _program()
    return (
        f"{program} verify {where.proof} --trust {where.trust}",
        f"{program} replay {where.proof}",
        f"{program} audit {where.copy}",
    )


def _program() -> str:
    """Return what people type to run muniment: by its path if it is not on theirs."""
    beside = Path(sys.executable).with_name("muniment")
    if shutil.which("muniment") or not beside.exists():
        return "muniment"
    return str(beside.relative_to(Path.cwd())) if beside.is_relative_to(Path.cwd()) else str(beside)
