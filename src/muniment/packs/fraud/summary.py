"""A run of the demo as plain values, for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from muniment.packs.fraud.demo import DemoResult


def document(result: DemoResult) -> dict[str, Any]:
    """Return what a run did as JSON-ready values: figures, the proven decision, what the audits found."""
    proven, tampered, trained = result.proven, result.tampered, result.trained
    return {
        "directory": str(result.directory),
        "ledger": str(result.ledger),
        "model": {
            "id": trained.model.id.hex(),
            "family": trained.chosen,
            "validation": {choice.name: choice.mean for choice in trained.choices},
            "fidelity": msgspec.to_builtins(trained.model.report),
            "thresholds": msgspec.to_builtins(trained.thresholds),
        },
        "speed": {**msgspec.to_builtins(result.speed), "ai_share": result.speed.ai_share},
        "quality": msgspec.to_builtins(result.quality),
        "proof": {
            "path": str(proven.path),
            "decision": proven.decision,
            "outcome": proven.outcome,
            "standing": proven.verified.standing,
            "identical": proven.replay.identical,
            "score": proven.replay.score,
            "explanation": msgspec.to_builtins(proven.replay.explanation),
        },
        "audit": {
            "found": tampered.found,
            "changed_byte": tampered.byte,
            "intact": msgspec.to_builtins(tampered.intact),
            "tampered": msgspec.to_builtins(tampered.report),
        },
        "commands": list(result.commands),
    }
