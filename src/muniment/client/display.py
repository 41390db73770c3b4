"""How things of the SDK look in a notebook."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from muniment.client.decisions import Decision, Decisions
    from muniment.client.link import Status
    from muniment.client.records import Record
    from muniment.client.writing import Receipt

_SHOWN_FEATURES = 8
_SHOWN_ROWS = 10


def receipt(it: Receipt) -> str:
    """Show a receipt."""
    rows = [("transaction", it.transaction), ("block", it.height), ("place in the log", it.position)]
    rows += [("event", event.get("type", "")) for _, event in it.events]
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
        f"<tr><th style='text-align:left'>{escape(name)}</th><td><code>{escape(str(value))}</code></td></tr>"
        for name, value in rows
    )
    return f"<table><caption><b>{escape(title)}</b></caption>{body}</table>"


def _bars(reasons: tuple[tuple[str, int], ...]) -> str:
    top = max((abs(part) for _, part in reasons), default=1) or 1
    body = "".join(
        f"<tr><td>{escape(name)}</td><td><div title='{part}' style='height:.8em;width:{12 * abs(part) / top:.2f}em;"
        f"background:{'#b3261e' if part > 0 else '#1f6f43'}'></div></td><td>{part:+,}</td></tr>"
        for name, part in reasons
    )
    return f"<table>{body}</table>"
