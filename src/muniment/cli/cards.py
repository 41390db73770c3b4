"""What was proven about a model, and why it gave a score, on a screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from muniment.cli.screen import Screen, size

if TYPE_CHECKING:
    from muniment.exact import Card, Explanation

_SHOWN_FEATURES = 12


def card_document(card: Card) -> dict[str, Any]:
    """Return a card as plain values."""
    found: dict[str, Any] = msgspec.to_builtins(card, builtin_types=(bytes,))
    return found


def show_card(screen: Screen, card: Card) -> None:
    """Write a card."""
    extent = f"{card.trees:,} trees, {card.nodes:,} nodes" if card.trees else f"{card.nodes:,} weights"
    score = card.score
    screen.pairs(
        [
            ("hash", card.id.hex()),
            ("kind", f"{card.kind}: {extent}, depth {card.depth}, {size(card.size_bytes)}"),
            ("score", f"{score.name}, {score.text(score.minimum)} to {score.text(score.maximum)} {score.unit}".strip()),
        ]
    )
    rows = [
        (one.name, one.unit, one.text(one.minimum), one.text(one.maximum), "allowed" if one.nullable else "refused")
        for one in card.features
    ]
    screen.table(("feature", "unit", "from", "to", "missing"), rows)


def show_explanation(screen: Screen, card: Card, explanation: Explanation, inputs: tuple[int | None, ...]) -> None:
    """Write the largest contributions as bars; base and all contributions add up to the score exactly."""
    features = dict(zip(card.names, zip(card.features, inputs, strict=True), strict=True))
    score = card.score
    rows = [("(base)", explanation.base, _signed(score.text(explanation.base)))]
    for name, amount in explanation.largest(_SHOWN_FEATURES):
        feature, value = features[name]
        unit = f" {feature.unit}" if feature.unit and value is not None else ""
        rows.append((f"{name} = {feature.text(value)}{unit}", amount, _signed(score.text(amount))))
    shown = sum(amount for _, amount, _ in rows)
    if len(card.features) > _SHOWN_FEATURES:
        rest = explanation.score - shown
        rows.append((f"{len(card.features) - _SHOWN_FEATURES} others", rest, _signed(score.text(rest))))
    screen.bars(rows)
    screen.line(f"  adds up to {score.text(explanation.score)} {score.unit}".rstrip() + ", exactly the score")


def _signed(text: str) -> str:
    return text if text.startswith("-") else f"+{text}"


def explanation_document(explanation: Explanation) -> dict[str, Any]:
    """Return an explanation as plain values."""
    return {"base": explanation.base, "contributions": dict(explanation.contributions)}
