"""How things of the SDK look in a notebook."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from muniment.core.keys import encode_account

if TYPE_CHECKING:
    from muniment.client.decisions import Decision, Decisions
    from muniment.client.link import Status
    from muniment.client.models import Model
    from muniment.client.proofs import Replay
    from muniment.client.records import Record
    from muniment.client.systems import System
    from muniment.client.writing import Receipt

_SHOWN_FEATURES = 8
_SHOWN_ROWS = 10
_SHOWN_CHARS = 240


def receipt(it: Receipt) -> str:
    """Show a receipt."""
    rows = [("transaction", it.transaction), ("block", it.height), ("place in the log", it.position)]
    rows += [("event", event.get("type", "")) for _, event in it.events[:_SHOWN_ROWS]]
    if len(it.events) > _SHOWN_ROWS:
        rows.append(("more events", f"{len(it.events) - _SHOWN_ROWS:,}"))
    return _table("Receipt", rows)


def status(it: Status) -> str:
    """Show how a ledger is doing."""
    rows = [
        ("chain", it.chain),
        ("block", it.height),
        ("receipts", it.log_size),
        ("log root", it.log_root.hex()),
        ("state root", it.state_root.hex()),
        ("pending", it.pending),
    ]
    return _table("Ledger", rows)


def record(it: Record) -> str:
    """Show a record."""
    rows = [("id", it.id), ("name", it.name), ("rows", f"{it.rows:,}"), ("root", it.root.hex()), ("block", it.height)]
    return _table("Record", rows)


def model(it: Model) -> str:
    """Show a version of a model."""
    rows: list[tuple[str, Any]] = [("name", it.id), ("label", it.label), ("standing", it.standing)]
    if it.reason:
        rows.append(("reason", it.reason))
    rows += [("hash", it.model.hex()), ("owner", encode_account(it.owner)), ("papers", it.identity)]
    return _table("Model", [(name, value) for name, value in rows if value != ""])


def system(it: System) -> str:
    """Show a system: what it decides with, what follows from which score, who oversees it."""
    terms = it.terms
    rows: list[tuple[str, Any]] = [
        ("name", it.name),
        ("state", f"stopped: {it.stop.reason}" if it.stop else "running"),
        ("purpose", terms.purpose),
        ("model", f"{terms.model.name} {terms.model.model.hex()}"),
        ("mode", terms.mode),
        ("version", it.version),
    ]
    rows += [
        ("outcome", outcome.name if at == 0 else f"{outcome.name} from {outcome.threshold:,}")
        for at, outcome in enumerate(terms.outcomes)
    ]
    overseers = [("overseer", encode_account(one)) for one in terms.overseers[:_SHOWN_ROWS]]
    return _table("AI system", [*rows, ("deployer", encode_account(it.deployer)), *overseers])


def replay(it: Replay) -> str:
    """Show whether a decision came out the same, and why it came out."""
    said = "yes, bit for bit" if it.identical else "NO"
    rows = [("identical", said), ("score", f"{it.score:,}"), ("recorded", f"{it.recorded:,}")]
    return _table("Replay", rows) + _bars(it.explanation.largest(_SHOWN_FEATURES))


def decision(it: Decision) -> str:
    """Show a decision and why, with bars."""
    rows: list[tuple[str, Any]] = [
        ("id", it.id),
        ("system", it.system),
        ("outcome", it.outcome),
        ("score", f"{it.score:,}"),
        ("model", it.model.hex()),
        ("block", it.height),
    ]
    if it.inputs is None:
        return _table("Decision", rows)
    reasons = it.explanation.largest(_SHOWN_FEATURES)
    return _table("Decision", rows) + _bars(reasons)


def decisions(it: Decisions) -> str:
    """Show counts by outcome, and the first refused rows."""
    counts: dict[str, int] = {}
    for outcome in it.outcome:
        counts[outcome] = counts.get(outcome, 0) + 1
    rows: list[tuple[str, Any]] = [(outcome, f"{count:,}") for outcome, count in sorted(counts.items())]
    rows += [(f"row {row} rejected", str(error)) for row, error in it.rejected[:_SHOWN_ROWS]]
    if len(it.rejected) > _SHOWN_ROWS:
        rows.append(("more rejected", f"{len(it.rejected) - _SHOWN_ROWS:,}"))
    return _table(f"{len(it):,} decisions", rows)


def _table(title: str, rows: list[tuple[str, Any]]) -> str:
    body = "".join(
        f"<tr><th style='text-align:left'>{escape(_short(name))}</th><td><code>{escape(_short(value))}</code></td></tr>"
        for name, value in rows
    )
    return f"<table><caption><b>{escape(title)}</b></caption>{body}</table>"


def _bars(reasons: tuple[tuple[str, int], ...]) -> str:
    top = max((abs(part) for _, part in reasons), default=1) or 1
    body = "".join(
        f"<tr><td>{escape(_short(name))}</td><td><div style='height:.8em;width:{12 * abs(part) / top:.2f}em;"
        f"background:{'#b3261e' if part > 0 else '#1f6f43'}'></div></td><td>{part:+,}</td></tr>"
        for name, part in reasons
    )
    return f"<table>{body}</table>"


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= _SHOWN_CHARS else f"{text[: _SHOWN_CHARS - 1]}…"
