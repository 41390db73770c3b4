"""AI systems in the SDK: deploy, update, stop, resume."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

from muniment.client.identities import read_account, read_accounts
from muniment.client.link import Link
from muniment.client.models import Models
from muniment.client.wallet import Wallet
from muniment.client.writing import Receipt, send
from muniment.core.errors import Rejected
from muniment.modules.systems import messages, types
from muniment.modules.systems.types import Mode, ModelReference, Outcome, Terms

if TYPE_CHECKING:
    from muniment.exact import Card

#: A threshold: an integer in units of the score, a float in the score's unit, or "70%" as a probability.
Threshold = int | float | Decimal | Fraction | str


class ThresholdMalformed(Rejected, code=67):
    """A threshold that cannot be read."""

    outcome: str
    threshold: str
    reason: str
    text = "the threshold {threshold} of outcome {outcome!r} cannot be used: {reason}"
    fix = 'give an integer in units of the score, a float in its unit, or a probability such as "70%"'


class System(types.System, frozen=True):
    """A system as it is now."""

    def __repr__(self) -> str:
        state = "stopped" if self.stop else "running"
        return f"<system {self.name!r} version {self.version}, {state}, model {self.terms.model.name!r}>"

    def _repr_html_(self) -> str:
        from muniment.client import display

        return display.system(self)


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
        overseers: object,
        by: Wallet,
        purpose: str = "unspecified",
        provider: object | None = None,
        operators: object = (),
        mode: Mode = "both",
        challenger: object | None = None,
    ) -> System:
        """Put an AI system into service.

        Args:
            name: `[a-z0-9._-]`, 1 to 64 characters.
            model: As `Models.get` takes it.
            outcomes: By ascending threshold; the first is the floor, whatever number it is given.
            overseers: Account or accounts (wallets, text forms) of the people who may stop it and override it.
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

    def update(self, name: str | types.System, *, by: Wallet, **changes: Any) -> System:
        """Give a system new terms; what is not named stays as it is.

        Args:
            name: Its name.
            by: The deployer.
            changes: As `deploy` takes them. Thresholds stay as they are in units of the score, so a model that
                scores in other units needs new `outcomes`.
        """
        deployed = self.get(name)
        now = deployed.terms
        if unknown := sorted(set(changes) - _TERMS):
            raise TypeError(f"a system has no {unknown[0]!r}; what can be changed: {', '.join(sorted(_TERMS))}")
        if "model" in changes and "outcomes" not in changes:
            self._check_same_score(now, changes["model"])
        merged: dict[str, Any] = {
            "model": now.model,
            "outcomes": {outcome.name: outcome.threshold for outcome in now.outcomes},
            "overseers": now.overseers,
            "purpose": now.purpose,
            "provider": now.provider,
            "operators": now.operators,
            "mode": now.mode,
            "challenger": now.challenger,
            **changes,
        }
        merged["provider"] = read_account(merged["provider"])
        send(self._link, by, messages.UpdateSystem(deployed.name, self._terms(**merged)))
        return self.get(name)

    def stop(self, name: str | types.System, *, by: Wallet, reason: str) -> Receipt:
        """Refuse every further decision of a system, at once."""
        return send(self._link, by, messages.StopSystem(system_name(name), reason))

    def resume(self, name: str | types.System, *, by: Wallet, reason: str) -> Receipt:
        """Let a stopped system decide again."""
        return send(self._link, by, messages.ResumeSystem(system_name(name), reason))

    def get(self, name: str | types.System) -> System:
        """Return a system as it is now."""
        return _shown(self._link.query("systems", "system", system=system_name(name)))

    def history(self, name: str | types.System) -> tuple[Any, ...]:
        """Return all terms a system has had, oldest first."""
        found: tuple[Any, ...] = self._link.query("systems", "system_history", system=system_name(name))
        return found

    def list(self, *, start: int = 0, limit: int = 100) -> tuple[System, ...]:
        """Return systems in the order they were first deployed."""
        return tuple(map(_shown, self._link.query("systems", "systems", start=start, limit=limit)))

    def _terms(
        self,
        *,
        model: object,
        outcomes: Mapping[str, Threshold],
        overseers: object,
        purpose: str,
        provider: bytes,
        operators: object,
        mode: Mode,
        challenger: object | None,
    ) -> Terms:
        reference = self._reference(model)
        return Terms(
            purpose=purpose,
            provider=provider,
            model=reference,
            outcomes=_outcomes(outcomes, self._models.runner(reference.model).card),
            overseers=read_accounts(overseers),
            operators=read_accounts(operators),
            mode=mode,
            challenger=None if challenger is None else self._reference(challenger),
        )

    def _reference(self, model: object) -> ModelReference:
        if isinstance(model, ModelReference):
            return model
        found = self._models.get(model)
        return ModelReference(found.name, found.model)

    def _check_same_score(self, now: Terms, model: object) -> None:
        before = self._models.runner(now.model.model).card.score
        after = self._models.runner(self._reference(model).model).card.score
        if (before.decimals, before.unit, before.link) != (after.decimals, after.unit, after.link):
            last = now.outcomes[-1]
            reason = f"the new model scores in {after.unit!r} with {after.decimals} decimals: give outcomes= too"
            raise ThresholdMalformed(outcome=last.name, threshold=str(last.threshold), reason=reason)


#: What `update` can change.
_TERMS = {"model", "outcomes", "overseers", "purpose", "provider", "operators", "mode", "challenger"}


def system_name(system: str | types.System) -> str:
    """Return the name of a system given as such or by name."""
    if isinstance(system, types.System):
        return system.name
    if not isinstance(system, str):
        raise TypeError(
            f"a system is given by its name or as what systems.get returned, not as {type(system).__name__}"
        )
    return system


def _shown(found: types.System) -> System:
    return System(*(getattr(found, name) for name in found.__struct_fields__))


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
    given: Any = threshold
    try:
        if isinstance(given, str) and given.strip().endswith("%"):
            return card.score.from_probability(_share(given.strip()))
        if isinstance(given, str):
            given = Decimal(given) if any(mark in given for mark in ".eE") else int(given)
        if isinstance(given, bool) or not isinstance(given, Real | Decimal):
            raise ValueError("it is no number")
        if isinstance(given, Integral):
            return int(given)
        exactly = Fraction(given) if isinstance(given, Decimal | Fraction) else Fraction(float(given))
        return round(exactly * int(10**card.score.decimals))
    except (ValueError, TypeError, ArithmeticError) as error:
        reason = str(error) if isinstance(error, ValueError) else "it is no finite number"
        raise ThresholdMalformed(outcome=outcome, threshold=repr(threshold)[:80], reason=reason) from None


def _share(text: str) -> float:
    share = float(text[:-1]) / 100
    if not 0 <= share <= 1:
        raise ValueError("a probability is 0% to 100%")
    return share
