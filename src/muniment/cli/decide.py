"""`decide`: let a system decide about one row, or about every row of a file."""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from muniment.cli import files, inputs, openings, wallets
from muniment.cli.anchoring import PANEL
from muniment.cli.cards import explanation_document, show_explanation
from muniment.cli.commands import command
from muniment.cli.exits import REJECTED
from muniment.cli.ledger import opened
from muniment.cli.options import By, LedgerDir, SystemName
from muniment.cli.screen import Screen, Shown

if TYPE_CHECKING:
    from muniment.client.decisions import Decision, Decisions
    from muniment.client.ledger import Ledger
    from muniment.client.wallet import Wallet

_SHOWN_ROWS = 20
_NAMED_ROWS = 8


def add(app: typer.Typer) -> None:
    """Add the command to the application."""
    example = "muniment decide ledger screening --file payments.csv --out results.csv --by ann.wallet"
    command(app, "decide", example=example, panel=PANEL)(decide)


def decide(
    directory: LedgerDir,
    system: SystemName,
    by: By,
    row: Annotated[str | None, typer.Option("--row", metavar="JSON", help="One row as a JSON object.")] = None,
    file: Annotated[
        Path | None, typer.Option("--file", metavar="FILE", help="Many rows: .csv, .jsonl or .parquet.")
    ] = None,
    drop: Annotated[
        list[str] | None, typer.Option("--drop", metavar="COLUMN", help="Column of the file to leave out; repeatable.")
    ] = None,
    sealed: Annotated[
        bool, typer.Option("--sealed", help="Put only salted commitments to the inputs on the ledger.")
    ] = False,
    keep: Annotated[
        Path | None, typer.Option("--openings", metavar="FILE", help="Where to keep what opens sealed decisions.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write the results as CSV.")] = None,
) -> Shown:
    """Let a system decide about rows; each is signed, durable, and provable by its id.

    Good rows go through, bad ones are listed with the reason, and then the exit code is 3. What opens sealed decisions
    is kept in a file for you alone: without it nothing can be shown, replayed or disputed.
    """
    if (row is None) == (file is None):
        raise typer.BadParameter("give either --row or --file")
    one = inputs.one_row(row) if row is not None else None
    signer = wallets.load(by)
    with opened(directory) as ledger:
        deployed = ledger.systems.get(system)
        closed = sealed or deployed.terms.mode == "sealed"
        beside = keep or Path(f"{file.stem if file else system}.openings")
        if closed:
            files.check_free(beside)
        if one is not None:
            decision = ledger.decide(deployed, one, by=signer, sealed=closed)
            made, shown = [decision], _shown_one(decision)
        else:
            assert file is not None
            decisions = _many(ledger, deployed, file, drop or [], signer=signer, sealed=closed)
            made, shown = list(decisions), _shown_many(decisions, out)
        if closed and made:
            openings.save(beside, ledger.chain, made)
        if out is not None:
            files.write(out, _csv(made, decisions.rows if one is None else [0]))
    return _with_openings(shown, beside) if closed and made else shown


def _many(ledger: Ledger, system: Any, file: Path, drop: list[str], *, signer: Wallet, sealed: bool) -> Decisions:
    card = ledger.models.card(system.terms.model.model.hex())
    rows = inputs.many_rows(file, card, drop=drop)
    return ledger.decide_many(system, rows, by=signer, sealed=sealed)


def _shown_one(decision: Decision) -> Shown:
    score = decision.card.score
    why = decision.explanation
    document = {**_document(decision), "explanation": explanation_document(why)}

    def show(screen: Screen) -> None:
        screen.title(f"{decision.system}: {decision.outcome}")
        value = f"{score.text(decision.score)} {score.unit}".rstrip()
        if score.link in ("logit", "probability"):
            value += f" (probability {decision.probability:.2%})"
        screen.pairs([("decision", decision.id), ("score", value), ("block", f"{decision.height:,}")])
        assert decision.inputs is not None
        show_explanation(screen, decision.card, why, decision.inputs)

    return Shown(document=document, show=show)


def _shown_many(decisions: Decisions, out: Path | None) -> Shown:
    counts = Counter(decisions.outcome)
    rejected = [{"row": row, "reason": str(error), **_refusal(error)} for row, error in decisions.rejected]
    document = {
        "decided": len(decisions),
        "outcomes": dict(sorted(counts.items())),
        "rejected": rejected,
        "decisions": [{"row": row, **_document(one)} for row, one in zip(decisions.rows, decisions, strict=True)],
    }

    def show(screen: Screen) -> None:
        screen.title(f"{len(decisions):,} decisions, {len(rejected):,} rows rejected")
        screen.pairs([(outcome, f"{count:,}") for outcome, count in sorted(counts.items())])
        if out is not None:
            screen.pairs([("results", out)])
        elif len(decisions):
            _show_decisions(screen, decisions)
        _show_rejected(screen, decisions.rejected)

    return Shown(document=document, show=show, code=REJECTED if rejected else 0)


def _show_decisions(screen: Screen, decisions: Decisions) -> None:
    rows = [
        (row, one.id, one.outcome, one.card.score.text(one.score))
        for row, one in zip(decisions.rows[:_SHOWN_ROWS], decisions, strict=False)
    ]
    screen.table(("row", "decision", "outcome", "score"), rows)
    if len(decisions) > _SHOWN_ROWS:
        screen.line(f"  ... and {len(decisions) - _SHOWN_ROWS:,} more; --out FILE writes them all")


def _show_rejected(screen: Screen, rejected: list[tuple[int, Exception]]) -> None:
    """Write each reason once, with the rows it is about."""
    rows: dict[str, list[int]] = {}
    for row, error in rejected:
        rows.setdefault(str(error), []).append(row)
    for reason, about in list(rows.items())[:_SHOWN_ROWS]:
        named = ", ".join(map(str, about[:_NAMED_ROWS])) + (", ..." if len(about) > _NAMED_ROWS else "")
        label = f"row {named}" if len(about) == 1 else f"{len(about):,} rows ({named})"
        screen.line(f"  {label} rejected: {reason}", "red")
    if len(rows) > _SHOWN_ROWS:
        screen.line(f"  ... and {len(rows) - _SHOWN_ROWS:,} other reasons; --json lists all rows", "red")


def _with_openings(shown: Shown, beside: Path) -> Shown:
    def show(screen: Screen) -> None:
        shown.show(screen)
        screen.pairs([("openings", f"{beside}  (for you alone; needed to show, replay or dispute)")])

    return Shown(document={**shown.document, "openings_file": str(beside)}, show=show, code=shown.code)


def _document(decision: Decision) -> dict[str, Any]:
    return {
        "decision": decision.id,
        "outcome": decision.outcome,
        "score": decision.score,
        "value": decision.card.score.text(decision.score),
        "height": decision.height,
        "model": decision.model,
    }


def _refusal(error: Exception) -> dict[str, Any]:
    from muniment.core.errors import Rejected

    if isinstance(error, Rejected):
        return {"code": error.code, "slug": error.slug, "fields": error.fields}
    return {"code": None, "slug": "unavailable", "fields": {}}


def _csv(decisions: list[Decision], rows: list[int]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("row", "decision", "outcome", "score", "value"))
    for row, one in zip(rows, decisions, strict=True):
        writer.writerow((row, one.id, one.outcome, one.score, one.card.score.text(one.score)))
    return text.getvalue().encode()
