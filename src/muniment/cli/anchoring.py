"""`anchor`: put the root of a file's rows on the ledger."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from muniment.cli import files, tables, wallets
from muniment.cli.commands import command
from muniment.cli.errors import OptionMalformed
from muniment.cli.ledger import opened
from muniment.cli.options import By, LedgerDir
from muniment.cli.screen import Screen, Shown

if TYPE_CHECKING:
    from muniment.client.dataset import Dataset
    from muniment.client.records import Record

PANEL = "Work"
SECRET_FORMAT = "muniment row secret 1"  # noqa: S105 - the name of a format
_FORMS = ("table", "json", "lines", "chunks")


def add(app: typer.Typer) -> None:
    """Add the command to the application."""
    example = "muniment anchor ledger payments.csv --by ann.wallet --name 'card payments'"
    command(app, "anchor", example=example, panel=PANEL)(anchor)


def anchor(
    directory: LedgerDir,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The data; it stays with you.", show_default=False)],
    by: By,
    name: Annotated[str, typer.Option("--name", help="What to call it; say nothing about a person.")],
    form: Annotated[
        str | None,
        typer.Option("--as", help="table, json (one object a line), lines or chunks; by the file's name if left out."),
    ] = None,
    kind: Annotated[
        str | None, typer.Option("--kind", help="dataset, stream or document; by its form if left out.")
    ] = None,
    derived_from: Annotated[
        list[str] | None, typer.Option("--derived-from", metavar="ID", help="Record it was made from; may be repeated.")
    ] = None,
    remark: Annotated[str, typer.Option("--note", help="A remark, on the ledger for ever.")] = "",
    secret_file: Annotated[
        Path | None, typer.Option("--secret-file", help="Where to keep the row secret; FILE.secret unless given.")
    ] = None,
) -> Shown:
    """Anchor a file as one Merkle root over its salted rows.

    .csv and .parquet are read as tables, .jsonl as objects, text by lines, anything else in chunks of 64 KiB. The
    salts come from a secret that is written beside the file, for you alone: with it you can prove single rows later.
    """
    chosen = _form(file, form)
    beside = secret_file or file.with_name(file.name + ".secret")
    signer = wallets.load(by)
    files.check_free(beside)
    dataset = _hashed(file, chosen)
    with opened(directory) as ledger:
        with files.kept_unless_rejected(beside, row_secret(dataset, ledger.chain)):
            record = ledger.records.anchor(
                dataset,
                by=signer,
                name=name,
                kind=_kind(kind, chosen),
                derived_from=derived_from or (),
                note=remark,
            )
        files.write_secret(beside, row_secret(dataset, ledger.chain, record.id), replace=True)
    return _shown(record, dataset, beside)


def _form(file: Path, given: str | None) -> tables.Form:
    if given is None:
        return tables.form_of(file)
    for form in _FORMS:
        if form == given:
            return form  # type: ignore[return-value]
    raise OptionMalformed(option="--as", given=given, expected="one of " + ", ".join(_FORMS))


def _hashed(file: Path, form: tables.Form) -> Dataset:
    from muniment.client.dataset import Dataset

    with tables.rows(file, form) as source:
        return Dataset.of(source, secret=secrets.token_bytes(32), keep_proofs=False)


def row_secret(dataset: Dataset, chain: str, record: str | None = None) -> bytes:
    """Return the contents of a file that keeps the row secret of a data set."""
    content: dict[str, Any] = {
        "format": SECRET_FORMAT,
        "chain": chain,
        "record": record,
        "root": dataset.root.hex(),
        "rows": dataset.rows,
        "secret": dataset.secret.hex(),
    }
    return msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n"


def _kind(given: str | None, form: tables.Form) -> Any:
    if given is None:
        return "document" if form in ("lines", "chunks") else "dataset"
    if given not in ("dataset", "stream", "document"):
        raise OptionMalformed(option="--kind", given=given, expected="dataset, stream or document")
    return given


def _shown(record: Record, dataset: Dataset, beside: Path) -> Shown:
    document = {
        "record": record.id,
        "name": record.name,
        "root": record.root,
        "rows": record.rows,
        "row_bytes": dataset.row_bytes,
        "columns": [column._asdict() for column in dataset.columns or ()],
        "height": record.height,
        "secret_file": str(beside),
    }

    def show(screen: Screen) -> None:
        screen.title(f"Anchored {record.name!r} as {record.id}.")
        screen.pairs(
            [
                ("rows", f"{record.rows:,}"),
                ("root", record.root.hex()),
                ("block", f"{record.height:,}"),
                ("row secret", f"{beside}  (keep it as you keep the data)"),
            ]
        )

    return Shown(document=document, show=show)
