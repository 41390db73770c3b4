"""How models look in a notebook."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from muniment.exact.card import Card, Feature

if TYPE_CHECKING:
    from muniment.exact.compiler.fidelity import Fidelity


def card_html(card: Card) -> str:
    """Return a card as a small table."""
    score = card.score
    size = f"{card.trees} trees, {card.nodes} nodes" if card.trees else f"{card.nodes} weights"
    reach = f"{score.text(score.minimum)} … {score.text(score.maximum)}"
    rows = [
        ("model", f"<code>{card.id.hex()[:16]}…</code>"),
        ("kind", f"{escape(card.kind)}: {size}, depth {card.depth}, {card.size_bytes:,} bytes"),
        ("score", f"{escape(score.name)} ({escape(score.link)}): {reach}"),
    ]
    features = "".join(_feature_row(feature) for feature in card.features)
    head = "<tr><th>feature</th><th>unit</th><th>from</th><th>to</th><th>missing</th></tr>"
    listed = f"<details><summary>{len(card.features)} features</summary><table>{head}{features}</table></details>"
    return _table(rows) + listed


def model_html(card: Card, report: Fidelity | None) -> str:
    """Return a model as its card and its fidelity."""
    if report is None:
        return card_html(card)
    rows = [("max. score error", f"{report.max_score_error:.3g}"), ("rank agreement", f"{report.rank_agreement:.9f}")]
    if report.difference is not None:
        said = f"{report.exact_model:.6f}, float model {report.float_model:.6f} ({report.difference:+.2g})"
        rows.insert(0, (report.metric, said))
    return card_html(card) + _table(rows)


def _feature_row(feature: Feature) -> str:
    cells = (
        feature.name,
        feature.unit,
        feature.text(feature.minimum),
        feature.text(feature.maximum),
        "allowed" if feature.nullable else "",
    )
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"


def _table(rows: list[tuple[str, str]]) -> str:
    return "<table>" + "".join(f"<tr><th>{head}</th><td>{cell}</td></tr>" for head, cell in rows) + "</table>"
