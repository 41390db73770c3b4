"""`records`: what was anchored, where it comes from, and its end."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import typer

from muniment.cli import wallets
from muniment.cli.commands import command, group
from muniment.cli.ledger import looked_at, opened
from muniment.cli.options import By, LedgerDir, Reason
from muniment.cli.screen import Screen, Shown, moment, size

app = group("records", "Look up anchored data, follow its lineage, withdraw it.")

RecordId = Annotated[str, typer.Argument(metavar="ID", help="The record, for example record:17.", show_default=False)]


@command(app, "show", example="muniment records show ledger record:17")
def show_record(directory: LedgerDir, record: RecordId) -> Shown:
    """Show a record, its versions and what it was made from."""
    with looked_at(directory) as ledger:
        view = ledger.records.get(record)
        versions = ledger.records.history(record)
        lineage = ledger.records.lineage(record)
    document = {
        **_named(view),
        "versions": [_named(one) for one in versions],
        "lineage": [{**msgspec.structs.asdict(one), "record": _id(one.record)} for one in lineage.ancestors],
    }

    def show(screen: Screen) -> None:
        screen.title(f"{view.name} ({_id(view.record)})")
        screen.pairs(
            [
                ("status", view.status + (f": {view.reason}" if view.reason else "")),
                ("replaced by", _id(view.superseded_by) if view.superseded_by is not None else None),
                ("kind", view.kind),
                ("rows", f"{view.rows:,} ({size(view.row_bytes)})"),
                ("root", view.root.hex()),
                ("owner", document["owner"]),
                ("anchored", moment(view.anchored_ms)),
                ("version", f"{view.version} of {len(versions)}"),
                ("note", view.note or None),
            ]
        )
        if lineage.ancestors:
            screen.title("Made from")
            screen.table(
                ("record", "name", "status", "steps back"),
                [(_id(one.record), one.name, one.status, one.depth) for one in lineage.ancestors],
            )

    return Shown(document=document, show=show)


@command(app, "withdraw", example="muniment records withdraw ledger record:17 --by ann.wallet --reason 'wrong source'")
def withdraw(directory: LedgerDir, record: RecordId, by: By, reason: Reason) -> Shown:
    """Say that a record must not be used any more; it stays provable."""
    signer = wallets.load(by)
    with opened(directory) as ledger:
        receipt = ledger.records.withdraw(record, by=signer, reason=reason)
    document = {"transaction": receipt.transaction, "height": receipt.height}
    return Shown(document=document, show=lambda screen: screen.line(f"Withdrew {record}. Block {receipt.height:,}."))


def _named(view: Any) -> dict[str, Any]:
    """Return a view with ids in the form people type."""
    from muniment.core.keys import encode_account

    fields = msgspec.structs.asdict(view)
    ids = {name: _id(fields[name]) for name in ("record", "first", "supersedes", "superseded_by")}
    sources = [_id(source) for source in view.derived_from]
    return {**fields, **ids, "derived_from": sources, "owner": encode_account(view.owner)}


def _id(identity: int | None) -> str | None:
    from muniment.client.identities import write_identity

    return None if identity is None else write_identity("record", identity)
