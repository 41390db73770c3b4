"""`decisions`: look one up, appeal, override, uphold, dispute."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from muniment.cli import files, wallets
from muniment.cli.anchoring import row_secret
from muniment.cli.commands import command, group
from muniment.cli.errors import OptionMalformed
from muniment.cli.ledger import looked_at, opened
from muniment.cli.options import By, DecisionId, LedgerDir, Reason
from muniment.cli.screen import Screen, Shown, moment

app = group("decisions", "Look decisions up, and question them.")


@command(app, "show", example="muniment decisions show ledger decision:48213")
def show_decision(directory: LedgerDir, decision: DecisionId) -> Shown:
    """Show a decision as it stands: as made, and what became of it."""
    with looked_at(directory) as ledger:
        found = ledger.decisions.get(decision)
        score = ledger.models.card(found.made.model.hex()).score
    document = _document(found)
    made = document["made"]

    def show(screen: Screen) -> None:
        screen.title(f"{document['decision']}: {found.outcome}")
        screen.pairs(
            [
                ("system", f"{found.made.system} (version {found.made.version})"),
                ("score", f"{score.text(found.made.score)} {score.unit}".rstrip()),
                ("as made", found.made.outcome),
                ("decider", made["decider"]),
                ("mode", found.made.mode),
                ("model", found.made.model.hex()),
                *_fate(document["status"]),
            ]
        )

    return Shown(document=document, show=show)


@command(app, "list", example="muniment decisions list ledger")
def list_questioned(directory: LedgerDir) -> Shown:
    """List the decisions that were appealed, disputed or overridden."""
    with looked_at(directory) as ledger:
        found = [_document(one) for one in ledger.decisions.questioned(limit=1_000)]

    def show(screen: Screen) -> None:
        if not found:
            screen.line("No decision was questioned here.")
            return
        rows = [
            (
                one["decision"],
                one["made"]["outcome"],
                one["outcome"],
                "; ".join(text for _, text in _fate(one["status"])),
            )
            for one in found
        ]
        screen.table(("decision", "as made", "now", "what happened"), rows)

    return Shown(document={"decisions": found}, show=show)


@command(
    app,
    "appeal",
    example="muniment decisions appeal ledger decision:48213 --category 'wrong data' --grounds why.txt --by bea.wallet",
)
def appeal(
    directory: LedgerDir,
    decision: DecisionId,
    by: By,
    category: Annotated[str, typer.Option("--category", help="In a few words, without personal data.")],
    grounds: Annotated[
        Path,
        typer.Option("--grounds", metavar="FILE", help="The grounds; only a salted commitment leaves this machine."),
    ],
    subject_salt: Annotated[
        str | None, typer.Option("--subject-salt", metavar="HEX", help="Shows that the decision is about you.")
    ] = None,
) -> Shown:
    """Ask a human overseer to look at a decision again.

    The secret that shows what was committed to is written beside the file, as FILE.secret.
    """
    from muniment.client.dataset import Dataset

    beside = grounds.with_name(grounds.name + ".secret")
    proof = _salt(subject_salt) if subject_salt is not None else None
    letter = Dataset.of([files.read(grounds)])
    signer = wallets.load(by)
    files.check_free(beside)
    with opened(directory) as ledger, files.kept_unless_rejected(beside, row_secret(letter, ledger.chain)):
        receipt = ledger.decisions.appeal(decision, by=signer, grounds=letter.root, category=category, salt=proof)
    return _done(f"Appealed {decision}.", receipt)


@command(
    app,
    "override",
    example="muniment decisions override ledger decision:48213 --outcome approve --reason 'known' --by eve.wallet",
)
def override(
    directory: LedgerDir,
    decision: DecisionId,
    outcome: Annotated[str, typer.Option("--outcome", help="What shall hold instead.")],
    by: By,
    reason: Reason,
) -> Shown:
    """Put a person's outcome in the place of the system's; by an overseer."""
    signer = wallets.load(by)
    with opened(directory) as ledger:
        receipt = ledger.decisions.override(decision, outcome=outcome, by=signer, reason=reason)
    return _done(f"{decision} is now {outcome!r}.", receipt)


@command(app, "uphold", example="muniment decisions uphold ledger decision:48213 --reason 'checked' --by eve.wallet")
def uphold(directory: LedgerDir, decision: DecisionId, by: By, reason: Reason) -> Shown:
    """Close an appeal and let the decision stand; by an overseer."""
    signer = wallets.load(by)
    with opened(directory) as ledger:
        receipt = ledger.decisions.uphold(decision, by=signer, reason=reason)
    return _done(f"{decision} stands.", receipt)


@command(
    app, "dispute", example="muniment decisions dispute ledger decision:48213 --openings day.openings --by ann.wallet"
)
def dispute(
    directory: LedgerDir,
    decision: DecisionId,
    keep: Annotated[Path, typer.Option("--openings", metavar="FILE", help="What `decide --sealed` wrote.")],
    by: By,
) -> Shown:
    """Open the inputs of a sealed decision to everyone, and let the ledger recompute it."""
    signer = wallets.load(by)
    with opened(directory) as ledger:
        receipt = ledger.decisions.dispute(decision, opening=keep, by=signer)
        found = _document(ledger.decisions.get(decision))
    verdict = found["status"]["dispute"]["verdict"]
    return _done(f"{decision} is {verdict}.", receipt, verdict=verdict)


@command(
    app,
    "contest",
    example="muniment decisions contest ledger decision:48213 --proof got.mproof --field age --by ann.wallet",
)
def contest(
    directory: LedgerDir,
    decision: DecisionId,
    proof: Annotated[Path, typer.Option("--proof", metavar="FILE", help="A proof that lays the field open.")],
    field: Annotated[str, typer.Option("--field", metavar="NAME", help="The field, as the proof names it.")],
    by: By,
) -> Shown:
    """Refute a sealed decision by a field that was sealed where the model's card names another; it becomes public."""
    from muniment.core.proof import decode_proof

    signer = wallets.load(by)
    opening = decode_proof(files.read(proof)).opening
    found = [one for one in (opening.fields if opening else ()) if one.name == field]
    if not found:
        raise OptionMalformed(option="--field", given=field[:80], expected="a field that the proof lays open")
    with opened(directory) as ledger:
        receipt = ledger.decisions.contest(decision, field=found[0], by=signer)
    return _done(f"{decision} is refuted.", receipt, verdict="refuted")


def _done(text: str, receipt: Any, **more: Any) -> Shown:
    document = {"transaction": receipt.transaction, "height": receipt.height, **more}
    return Shown(document=document, show=lambda screen: screen.line(f"{text} Block {receipt.height:,}."))


def _salt(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise OptionMalformed(option="--subject-salt", given=text[:80], expected="32 hexadecimal digits") from None


def _document(found: Any) -> dict[str, Any]:
    from muniment.client.identities import write_identity
    from muniment.core.keys import encode_account

    made: dict[str, Any] = {**msgspec.structs.asdict(found.made), "decider": encode_account(found.made.decider)}
    if found.made.reasons is not None:
        made["reasons"] = msgspec.structs.asdict(found.made.reasons)
    status: dict[str, Any] = {}
    for name in ("appeal", "dispute", "override"):
        part = getattr(found.status, name, None)
        if part is not None:
            status[name] = {**msgspec.structs.asdict(part), "by": encode_account(part.by)}
    return {
        "decision": write_identity("decision", found.identity),
        "outcome": found.outcome,
        "made": made,
        "status": status,
    }


def _fate(status: dict[str, Any]) -> list[tuple[str, str]]:
    rows = []
    if one := status.get("appeal"):
        rows.append(("appeal", f"{one['ruling']}: {one['category']}, {moment(one['since_ms'])}"))
    if one := status.get("dispute"):
        rows.append(("dispute", f"{one['verdict']}, {moment(one['since_ms'])}"))
    if one := status.get("override"):
        rows.append(("override", f"{one['outcome']}: {one['reason']}, {moment(one['since_ms'])}"))
    return rows
