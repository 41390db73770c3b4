"""`verify`: check a proof file. Imports nothing but `core`, and what a command needs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from muniment.cli.commands import command
from muniment.cli.files import read
from muniment.cli.screen import Screen, Shown, moment, place
from muniment.core.errors import Rejected

if TYPE_CHECKING:
    from muniment.core.proof import Verified
    from muniment.core.trust import Trust

PANEL = "Proofs"
#: Fields of events that hold an account id.
_PEOPLE = frozenset(("decider", "owner", "by", "account"))
_STANDINGS = {
    "unchanged": "unchanged",
    "changed": "CHANGED since, see below,",
    "unknown": "the proof does not say what became of it since",
}
_SIGNERS = {
    "self-certified": "",
    "rotated": "  (with a later key, which the ledger vouches for)",
}


def add(app: typer.Typer) -> None:
    """Add the command to the application."""
    example = "muniment verify decision.mproof --trust trust.json"
    command(app, "verify", example=example, panel=PANEL)(verify)


def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The proof.", show_default=False)],
    trust: Annotated[
        Path, typer.Option("--trust", metavar="FILE", help="Whom you believe; get it from the ledger's operator.")
    ] = Path("trust.json"),
) -> Shown:
    """Check a proof, without any ledger: exit 0 if it holds, 3 with the reason if not.

    Never take the trust anchor from whoever gave you the proof.
    """
    from muniment.core.proof import MAX_PROOF_BYTES, decode_proof
    from muniment.core.proof import verify as check
    from muniment.core.trust import Trust

    anchor = Trust.decode(read(trust, limit_bytes=1 << 20))
    shown = check(decode_proof(read(file, limit_bytes=MAX_PROOF_BYTES)), anchor)
    return Shown(document=_document(shown, anchor), show=lambda screen: _show(screen, shown))


def _document(shown: Verified, anchor: Trust) -> dict[str, Any]:
    checkpoint = {"size": shown.checkpoint.size, "root": shown.checkpoint.root}
    return {
        "accepted": True,
        **shown._asdict(),
        "id": _name(shown),
        "time": moment(shown.time_ms),
        "as_of_time": None if shown.as_of_time_ms is None else moment(shown.as_of_time_ms),
        "checkpoint": checkpoint,
        "trusted_keys": list(anchor.keys),
    }


def _name(shown: Verified) -> str:
    return f"{shown.kind}:{place(shown.identity)}"


def _show(screen: Screen, shown: Verified) -> None:
    screen.line("ACCEPTED", "bold green")
    screen.pairs(
        [
            ("about", _name(shown)),
            ("ledger", f"{shown.chain}, signed for by key {', '.join(shown.vouched_by)}"),
            ("signed by", shown.sender + _SIGNERS.get(shown.signer, "")),
            ("at", f"{moment(shown.time_ms)}, block {shown.height:,}"),
            ("transaction", shown.transaction),
            ("checkpoint", f"{shown.checkpoint.size:,} receipts, root {shown.checkpoint.root.hex()}"),
            ("standing", _standing(shown)),
            ("status", _short(shown.status) if shown.standing == "changed" else None),
        ]
    )
    screen.title(f"What the ledger recorded: {shown.claim.get('type', 'an event')}")
    kept = [(name, value) for name, value in shown.claim.items() if name != "type" and value is not None]
    screen.pairs([(name, _account(value) if name in _PEOPLE else _short(value)) for name, value in kept])
    if shown.opened:
        screen.title("Sealed inputs laid open, in the model's fixed point")
        screen.pairs([(name, "missing" if value is None else value) for name, value in shown.opened.items()])


def _standing(shown: Verified) -> str:
    """Return what became of it, and as of when: a proof says nothing of what happened after its checkpoint."""
    said = _STANDINGS.get(shown.standing, shown.standing)
    if shown.standing == "unknown":
        return said
    block = "its checkpoint" if shown.as_of_height is None else f"block {shown.as_of_height:,}"
    time = "" if shown.as_of_time_ms is None else f", {moment(shown.as_of_time_ms)}"
    return f"{said} as of {block}{time}"


def _said(value: Any) -> str:
    """Return a value as people read it: of a map, what it says; of nothing, nothing."""
    if isinstance(value, dict):
        parts = [(name, part) for name, part in value.items() if name != "type" and part is not None]
        return "; ".join(f"{name} {_account(part) if name in _PEOPLE else _said(part)}" for name, part in parts)
    return ", ".join(map(_said, value)) if isinstance(value, list) else str(value)


def _account(value: Any) -> str:
    from muniment.core.keys import encode_account

    try:
        return encode_account(bytes.fromhex(value))
    except (Rejected, ValueError, TypeError):
        return _short(value)


def _short(value: Any) -> str:
    text = _said(value)
    return text if len(text) <= 200 else f"{text[:200]}... ({len(text):,} characters)"
