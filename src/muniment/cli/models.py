"""`models`: compile, check, publish and look up exact models."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from muniment.cli import files, wallets
from muniment.cli.cards import card_document, show_card
from muniment.cli.commands import command, group
from muniment.cli.errors import OptionMalformed
from muniment.cli.ledger import looked_at, opened
from muniment.cli.options import By, LedgerDir, ModelName, Reason, pairs
from muniment.cli.screen import Screen, Shown, moment

app = group("models", "Compile, check, publish and look up exact models.")


@command(app, "check", example="muniment models check model.onnx")
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An ONNX file.", show_default=False)],
) -> Shown:
    """Prove that a file is an exact model, and show what was proven; nothing in it is executed."""
    from muniment import exact

    card = exact.check(files.read(file, limit_bytes=exact_limit()))

    def show(screen: Screen) -> None:
        screen.title(f"{file} is an exact model.")
        show_card(screen, card)

    return Shown(document={"exact": True, **card_document(card)}, show=show)


def exact_limit() -> int:
    """Return how many bytes a model has at most."""
    from muniment.exact.checker import SIZE_LIMIT_BYTES

    return SIZE_LIMIT_BYTES


@command(
    app,
    "publish",
    example="muniment models publish ledger model.onnx --by ann.wallet --name card-fraud --trained-on record:0",
)
def publish(
    directory: LedgerDir,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An exact model (ONNX).", show_default=False)],
    by: By,
    name: Annotated[str, typer.Option("--name", help="Its name; yours from then on.")],
    trained_on: Annotated[
        list[str] | None, typer.Option("--trained-on", metavar="ID", help="Record of training data; may be repeated.")
    ] = None,
    metrics: Annotated[
        list[str] | None, typer.Option("--metric", metavar="NAME=NUMBER", help="A measured figure; may be repeated.")
    ] = None,
    licence: Annotated[str, typer.Option("--licence", help="SPDX expression or name.")] = "unspecified",
    intended_use: Annotated[str, typer.Option("--intended-use", help="What it is for.")] = "unspecified",
    limits: Annotated[str, typer.Option("--limits", help="What it is not for, where it is weak.")] = "",
    label: Annotated[str, typer.Option("--label", help="What you call this version.")] = "",
) -> Shown:
    """Publish an exact model as the next version of a name, with its papers."""
    artifact, figures = files.read(file, limit_bytes=exact_limit()), _figures(metrics or ())
    signer = wallets.load(by)
    with opened(directory) as ledger:
        found = ledger.models.publish(
            artifact,
            by=signer,
            name=name,
            trained_on=trained_on or (),
            metrics=figures,
            licence=licence,
            intended_use=intended_use,
            limits=limits,
            label=label,
        )
    return Shown(
        document=_summary(found),
        show=lambda screen: screen.line(f"Published {found.name}@{found.number}: {found.model.hex()}"),
    )


@command(app, "show", example="muniment models show ledger card-fraud")
def show_model(
    source: Annotated[Path, typer.Argument(metavar="DIR|FILE", help="A ledger, or an ONNX file.", show_default=False)],
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="In a ledger: name, name@number or hash.")] = None,
) -> Shown:
    """Show a model and its papers, from a ledger (DIR NAME) or from a file."""
    if name is None:
        return check(source)
    with looked_at(source) as ledger:
        found, papers = ledger.models.get(name), ledger.models.papers(name)
        card = ledger.models.card(found)
    document = {**_summary(found), "papers": _papers(papers), "card": card_document(card)}

    def show(screen: Screen) -> None:
        screen.title(f"{found.name}@{found.number} {found.label}".strip())
        standing = found.standing + (f": {found.reason}" if found.reason else "")
        screen.pairs([("standing", standing), ("owner", document["owner"]), ("since", moment(found.since_ms))])
        screen.pairs([(key, _cell(value)) for key, value in document["papers"].items() if value])
        show_card(screen, card)

    return Shown(document=document, show=show)


@command(app, "list", example="muniment models list ledger")
def list_models(directory: LedgerDir) -> Shown:
    """List the models of a ledger, the latest version of each."""
    with looked_at(directory) as ledger:
        found = ledger.models.list(limit=1_000)

    def show(screen: Screen) -> None:
        if not found:
            screen.line("No model is published here.")
            return
        rows = [(f"{one.name}@{one.number}", one.standing, one.model.hex(), moment(one.since_ms)) for one in found]
        screen.table(("model", "standing", "hash", "since"), rows)

    return Shown(document={"models": [_summary(one) for one in found]}, show=show)


def _change(name: str, past: str, about: str) -> None:
    example = f"muniment models {name} ledger card-fraud --by ann.wallet --reason 'under review'"

    def change(directory: LedgerDir, model: ModelName, by: By, reason: Reason) -> Shown:
        signer = wallets.load(by)
        with opened(directory) as ledger:
            getattr(ledger.models, name)(model, by=signer, reason=reason)
            found = ledger.models.get(model)
        return Shown(document=_summary(found), show=lambda screen: screen.line(f"{past} {found.name}@{found.number}."))

    change.__doc__ = about
    command(app, name, example=example)(change)


_change("suspend", "Suspended", "Take a model out of service until it is resumed.")
_change("resume", "Resumed", "Put a suspended model back into service.")
_change("retire", "Retired", "Take a model out of service for ever; what it decided stays replayable.")


def _figures(given: Any) -> dict[str, float]:
    expected = "NAME=NUMBER, for example --metric 'recall=0.91'"
    found: dict[str, float] = {}
    for name, value in pairs("--metric", given, expected=expected).items():
        try:
            found[name] = float(value)
        except ValueError:
            raise OptionMalformed(option="--metric", given=f"{name}={value}", expected=expected) from None
    return found


def _summary(found: Any) -> dict[str, Any]:
    from muniment.core.keys import encode_account

    return {**msgspec.structs.asdict(found), "owner": encode_account(found.owner)}


def _papers(papers: Any) -> dict[str, Any]:
    from muniment.client.identities import write_identity
    from muniment.exact.card import decimal_text

    return {
        "licence": papers.licence,
        "intended_use": papers.intended_use,
        "limits": papers.limits,
        "trained_on": [write_identity("record", record) for record in papers.trained_on],
        "metrics": {metric.name: decimal_text(metric.value, metric.decimals) for metric in papers.metrics},
    }


def _cell(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {amount}" for name, amount in value.items())
    return ", ".join(value) if isinstance(value, list) else str(value)
