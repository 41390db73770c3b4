"""What came of asking a system to decide, as documents, on screens and in files."""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from muniment.cli.cards import explanation_document, show_explanation
from muniment.cli.exits import FAMILIES, REJECTED
from muniment.cli.screen import Screen, Shown
from muniment.core.errors import Rejected, Unavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from muniment.client.decisions import Decision, Decisions

_SHOWN_ROWS = 20
_NAMED_ROWS = 8


def shown_one(decision: Decision) -> Shown:
    """Return what to say about one decision, and why it came out so."""
    score = decision.card.score
    why = decision.explanation
    document = {**_document(decision), "explanation": explanation_document(why)}
    if decision.subject is not None:
        document["subject_salt"] = decision.subject.salt

    def show(screen: Screen) -> None:
        screen.title(f"{decision.system}: {decision.outcome}")
        value = f"{score.text(decision.score)} {score.unit}".rstrip()
        if score.link in ("logit", "probability"):
            value += f" (probability {decision.probability:.2%})"
        rows: list[tuple[str, object]] = [
            ("decision", decision.id),
            ("score", value),
            ("block", f"{decision.height:,}"),
        ]
        if decision.subject is not None:
            rows.append(
                ("subject salt", f"{decision.subject.salt.hex()}  (give it to that person: it lets them appeal)")
            )
        screen.pairs(rows)
        assert decision.inputs is not None
        show_explanation(screen, decision.card, why, decision.inputs)

    return Shown(document=document, show=show)


def shown_many(decisions: Decisions, out: Path | None) -> Shown:
    """Return what to say about many decisions and the rows that were refused."""
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

    return Shown(document=document, show=show, code=_code(decisions.rejected))


def results_csv(decisions: Sequence[Decision], rows: Sequence[int]) -> bytes:
    """Return decisions as a CSV file: row, decision, outcome, score, value."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("row", "decision", "outcome", "score", "value"))
    for row, one in zip(rows, decisions, strict=True):
        writer.writerow((row, one.id, one.outcome, one.score, one.card.score.text(one.score)))
    return text.getvalue().encode()


def _code(rejected: list[tuple[int, Exception]]) -> int:
    if any(isinstance(error, Rejected) for _, error in rejected):
        return REJECTED
    return FAMILIES[Unavailable][1] if rejected else 0


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
    if isinstance(error, Rejected):
        return {"code": error.code, "slug": error.slug, "fields": error.fields}
    return {"code": None, "slug": "unavailable", "fields": {}}
