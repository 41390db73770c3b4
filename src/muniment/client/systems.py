"""AI systems in the SDK: deploy, update, stop, resume."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from muniment.client.identities import read_account
from muniment.client.link import Link
from muniment.client.models import Models
from muniment.client.wallet import Wallet
from muniment.client.writing import Receipt, send
from muniment.core.errors import Rejected
from muniment.modules.systems import messages
from muniment.modules.systems.types import Mode, ModelReference, Outcome, System, Terms

if TYPE_CHECKING:
    from muniment.exact import Card

#: A threshold: an integer in units of the score, a float in the score's unit, or "70%" as a probability.
Threshold = int | float | str


class ThresholdMalformed(Rejected, code=67):
    """A threshold that cannot be read."""

    outcome: str
    threshold: str
    reason: str
    text = "the threshold {threshold} of outcome {outcome!r} cannot be used: {reason}"
    fix = 'give an integer in units of the score, a float in its unit, or a probability such as "70%"'


class Systems:
    """AI systems: purpose, model, outcomes, overseers, and the stop button."""

    def __init__(self, link: Link, models: Models) -> None:
        self._link = link
        self._models = models

    def deploy(
        self,
        name: str,
        *,
        model: object,
        outcomes: Mapping[str, Threshold],
        overseers: Sequence[object],
        by: Wallet,
        purpose: str = "unspecified",
        provider: object | None = None,
        operators: Sequence[object] = (),
        mode: Mode = "both",
        challenger: object | None = None,
    ) -> System:
        """Put an AI system into service.

        Args:
            name: `[a-z0-9._-]`, 1 to 64 characters.
            model: As `Models.get` takes it.
            outcomes: By ascending threshold; the first is the floor, whatever number it is given.
            overseers: Accounts of the people who may stop it and override its decisions.
            by: The deployer.
            purpose: What it decides, about whom.
            provider: Account of who answers for it; the deployer unless given.
            operators: Accounts that may decide in the deployer's name.
            mode: "open", "sealed" or "both".
            challenger: A second model that is scored beside the first and decides nothing.
        """
        terms = self._terms(
            model=model,
            outcomes=outcomes,
            overseers=overseers,
            purpose=purpose,
            provider=read_account(by if provider is None else provider),
            operators=operators,
            mode=mode,
            challenger=challenger,
        )
        send(self._link, by, messages.DeploySystem(name, terms))
        return self.get(name)

    def update(self, name: str, *, by: Wallet, **changes: Any) -> System:
        """Give a system new terms; what is not named stays as it is."""
        now = self.get(name).terms
        merged: dict[str, Any] = {
            "model": f"{now.model.model.hex()}",
            "outcomes": {outcome.name: outcome.threshold for outcome in now.outcomes},
            "overseers": now.overseers,
            "purpose": now.purpose,
            "provider": now.provider,
            "operators": now.operators,
            "mode": now.mode,
            "challenger": now.challenger.model.hex() if now.challenger else None,
        }
        merged.update(changes)
        merged["provider"] = read_account(merged["provider"])
        send(self._link, by, messages.UpdateSystem(name, self._terms(**merged)))
        return self.get(name)

    def stop(self, name: str | System, *, by: Wallet, reason: str) -> Receipt:
        """Refuse every further decision of a system, at once."""
        return send(self._link, by, messages.StopSystem(system_name(name), reason))

    def resume(self, name: str | System, *, by: Wallet, reason: str) -> Receipt:
        """Let a stopped system decide again."""
        return send(self._link, by, messages.ResumeSystem(system_name(name), reason))

    def get(self, name: str | System) -> System:
        """Return a system as it is now."""
        found: System = self._link.query("systems", "system", system=system_name(name))
        return found

    def history(self, name: str | System) -> tuple[Any, ...]:
        """Return all terms a system has had, oldest first."""
        found: tuple[Any, ...] = self._link.query("systems", "system_history", system=system_name(name))
        return found

    def list(self, *, start: int = 0, limit: int = 100) -> tuple[System, ...]:
        """Return systems in the order they were first deployed."""
        found: tuple[System, ...] = self._link.query("systems", "systems", start=start, limit=limit)
        return found

    def _terms(
        self,
        *,
        model: object,
        outcomes: Mapping[str, Threshold],
        overseers: Sequence[object],
        purpose: str,
        provider: bytes,
        operators: Sequence[object],
        mode: Mode,
        challenger: object | None,
    ) -> Terms:
        published = self._models.get(model)
        card = self._models.card(published)
        return Terms(
            purpose=purpose,
            provider=provider,
            model=ModelReference(published.name, published.model),
            outcomes=_outcomes(outcomes, card),
            overseers=tuple(read_account(overseer) for overseer in overseers),
            operators=tuple(read_account(operator) for operator in operators),
            mode=mode,
            challenger=None if challenger is None else self._reference(challenger),
        )

    def _reference(self, model: object) -> ModelReference:
        found = self._models.get(model)
        return ModelReference(found.name, found.model)


def system_name(system: str | System) -> str:
    """Return the name of a system given as such or by name."""
    return system.name if isinstance(system, System) else system


def _outcomes(outcomes: Mapping[str, Threshold], card: Card) -> tuple[Outcome, ...]:
    # The floor's number has no effect; the lowest score keeps the order whatever the others are.
    floor = [Outcome(name, card.score.minimum) for name in list(outcomes)[:1]]
    rest = [Outcome(name, read_threshold(outcomes[name], card, outcome=name)) for name in list(outcomes)[1:]]
    return (*floor, *rest)


def read_threshold(threshold: Threshold, card: Card, *, outcome: str) -> int:
    """Return a threshold in units of the model's score.

    Raises:
        ThresholdMalformed: it is no number, or a probability where the score has none.
    """
    try:
        if isinstance(threshold, str):
            text = threshold.strip()
            if text.endswith("%"):
                return card.score.from_probability(float(text[:-1]) / 100)
            threshold = float(text) if any(mark in text for mark in ".eE") else int(text)
        if isinstance(threshold, float):
            return card.score.from_float(threshold)
        return int(threshold)
    except (ValueError, TypeError, OverflowError) as error:
        raise ThresholdMalformed(outcome=outcome, threshold=repr(threshold), reason=str(error)) from None
