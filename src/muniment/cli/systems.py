"""`systems`: deploy, stop, resume and look up AI systems."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import typer

from muniment.cli import wallets
from muniment.cli.commands import command, group
from muniment.cli.errors import OptionMalformed
from muniment.cli.ledger import looked_at, opened
from muniment.cli.options import By, LedgerDir, Reason, SystemName, pairs
from muniment.cli.screen import Screen, Shown, moment

app = group("systems", "Deploy, stop, resume and look up AI systems.")

_MODES = ("open", "sealed", "both")


@command(
    app,
    "deploy",
    example="muniment systems deploy ledger screening --model card-fraud --outcome approve=0 --outcome block=70% "
    "--overseer ann.wallet --by ann.wallet",
)
def deploy(
    directory: LedgerDir,
    system: SystemName,
    model: Annotated[str, typer.Option("--model", help="The model that decides: name, name@number or hash.")],
    outcomes: Annotated[
        list[str],
        typer.Option(
            "--outcome",
            metavar="NAME=THRESHOLD",
            help="From the lowest up; the first is the floor. 30% is a probability, 1.5 a score, 1500 its units.",
        ),
    ],
    overseers: Annotated[
        list[str],
        typer.Option("--overseer", metavar="ID", help="Who may stop it and override it; id or wallet; repeatable."),
    ],
    by: By,
    purpose: Annotated[str, typer.Option("--purpose", help="What it decides, about whom.")] = "unspecified",
    provider: Annotated[
        str | None, typer.Option("--provider", metavar="ID", help="Who answers for it; the deployer unless given.")
    ] = None,
    operators: Annotated[
        list[str] | None,
        typer.Option("--operator", metavar="ID", help="Who may decide in the deployer's name; repeatable."),
    ] = None,
    mode: Annotated[str, typer.Option("--mode", help="open (inputs on the ledger), sealed or both.")] = "both",
    challenger: Annotated[
        str | None,
        typer.Option("--challenger", metavar="MODEL", help="A model that is scored too, and decides nothing."),
    ] = None,
) -> Shown:
    """Put an AI system into service: a model, thresholds, and the people who watch over it."""
    expected = "NAME=THRESHOLD, for example --outcome approve=0 --outcome review=30% --outcome block=70%"
    thresholds = pairs("--outcome", outcomes, expected=expected)
    if mode not in _MODES:
        raise OptionMalformed(option="--mode", given=mode, expected="one of " + ", ".join(_MODES))
    signer = wallets.load(by)
    with opened(directory) as ledger:
        found = ledger.systems.deploy(
            system,
            model=model,
            outcomes=thresholds,
            overseers=[wallets.account(overseer) for overseer in overseers],
            by=signer,
            purpose=purpose,
            provider=wallets.account(provider) if provider else None,
            operators=[wallets.account(operator) for operator in operators or ()],
            mode=mode,  # type: ignore[arg-type]
            challenger=challenger,
        )
        return _shown(found, ledger.models.card(found.terms.model.model))


@command(app, "stop", example="muniment systems stop ledger screening --by ann.wallet --reason 'drift in the inputs'")
def stop(directory: LedgerDir, system: SystemName, by: By, reason: Reason) -> Shown:
    """Refuse every further decision of a system, at once."""
    signer = wallets.load(by)
    with opened(directory) as ledger:
        receipt = ledger.systems.stop(system, by=signer, reason=reason)
    return _changed(f"Stopped {system}: from block {receipt.height:,} on it decides nothing.", system, receipt)


@command(app, "resume", example="muniment systems resume ledger screening --by ann.wallet --reason 'inputs mended'")
def resume(directory: LedgerDir, system: SystemName, by: By, reason: Reason) -> Shown:
    """Let a stopped system decide again."""
    signer = wallets.load(by)
    with opened(directory) as ledger:
        receipt = ledger.systems.resume(system, by=signer, reason=reason)
    return _changed(f"Resumed {system} at block {receipt.height:,}.", system, receipt)


@command(app, "show", example="muniment systems show ledger screening")
def show_system(directory: LedgerDir, system: SystemName) -> Shown:
    """Show a system: its terms, its people, whether it runs."""
    with looked_at(directory) as ledger:
        found = ledger.systems.get(system)
        return _shown(found, ledger.models.card(found.terms.model.model))


@command(app, "list", example="muniment systems list ledger")
def list_systems(directory: LedgerDir) -> Shown:
    """List the systems of a ledger."""
    with looked_at(directory) as ledger:
        found = ledger.systems.list(limit=1_000)

    def show(screen: Screen) -> None:
        if not found:
            screen.line("No system is deployed here.")
            return
        rows = [
            (one.name, "stopped" if one.stop else "running", one.terms.model.name, one.version, one.terms.purpose[:60])
            for one in found
        ]
        screen.table(("system", "state", "model", "version", "purpose"), rows)

    return Shown(document={"systems": [_document(one) for one in found]}, show=show)


def _changed(text: str, system: str, receipt: Any) -> Shown:
    document = {"system": system, "transaction": receipt.transaction, "height": receipt.height}
    return Shown(document=document, show=lambda screen: screen.line(text))


def _document(system: Any) -> dict[str, Any]:
    from muniment.core.keys import encode_account

    fields = msgspec.structs.asdict(system)
    terms = msgspec.structs.asdict(system.terms)
    for name in ("overseers", "operators"):
        terms[name] = [encode_account(one) for one in terms[name]]
    for name in ("model", "challenger"):
        terms[name] = msgspec.structs.asdict(terms[name]) if terms[name] else None
    terms["outcomes"] = {one.name: one.threshold for one in system.terms.outcomes}
    terms["provider"] = encode_account(terms["provider"])
    stop = msgspec.structs.asdict(system.stop) | {"by": encode_account(system.stop.by)} if system.stop else None
    return {**fields, "deployer": encode_account(system.deployer), "terms": terms, "stop": stop}


def _shown(system: Any, card: Any) -> Shown:
    document = _document(system)
    terms, halt = document["terms"], document["stop"]

    def show(screen: Screen) -> None:
        screen.title(f"{system.name} (version {system.version})")
        state = f"STOPPED since {moment(halt['since_ms'])} by {halt['by']}: {halt['reason']}" if halt else "running"
        screen.pairs(
            [
                ("state", state),
                ("purpose", system.terms.purpose),
                ("model", f"{terms['model']['name']} {terms['model']['model'].hex()}"),
                ("challenger", terms["challenger"]["name"] if terms["challenger"] else None),
                ("mode", system.terms.mode),
                ("deployer", document["deployer"]),
                ("provider", terms["provider"]),
                ("overseers", ", ".join(terms["overseers"])),
                ("operators", ", ".join(terms["operators"]) or None),
            ]
        )
        screen.table(("outcome", "from a score of"), _outcomes(system, card))

    return Shown(document=document, show=show)


def _outcomes(system: Any, card: Any) -> list[tuple[str, str]]:
    rows = []
    for place, one in enumerate(system.terms.outcomes):
        text = "the lowest" if place == 0 else f"{card.score.text(one.threshold)} {card.score.unit}".rstrip()
        if place and card.score.link in ("logit", "probability"):
            text += f" (probability {card.score.to_probability(one.threshold):.1%})"
        rows.append((one.name, text))
    return rows
