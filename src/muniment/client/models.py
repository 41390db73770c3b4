"""Models in the SDK: publish, look up, suspend, retire."""

from __future__ import annotations

import os
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

from muniment.client.identities import read_identities
from muniment.client.link import Link
from muniment.client.wallet import Wallet
from muniment.client.writing import Receipt, send
from muniment.core.errors import Rejected
from muniment.modules.models import messages
from muniment.modules.models.types import Metric, ModelSummary

if TYPE_CHECKING:
    from muniment.exact import Card, ExactModel, Runner

_DECIMALS = 6


class ModelUnreadable(Rejected, code=79):
    """Something that is no exact model, nor the file of one."""

    given: str
    reason: str
    text = "{given} cannot be published: {reason}"
    fix = "compile it first, with muniment.exact.compile(estimator, calibration=...), or give the path of its ONNX file"


class MetricUnusable(Rejected, code=86):
    """A measured figure that is no number."""

    name: str
    value: str
    text = "the metric {name!r} is {value}, which is no finite number"
    fix = "leave it out, or measure it again"


class Model(ModelSummary, frozen=True):
    """One version of a published model: name, number, hash (`model`), owner and standing."""

    @property
    def id(self) -> str:
        """How to refer to this very version: `name@number`."""
        return f"{self.name}@{self.number}"

    def __repr__(self) -> str:
        return f"<model {self.id} {self.standing} {self.model.hex()[:16]}…>"

    def _repr_html_(self) -> str:
        from muniment.client import display

        return display.model(self)


class Models:
    """Exact models and their papers."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._runners: dict[bytes, Runner] = {}

    def publish(
        self,
        model: ExactModel | bytes | str | os.PathLike[str],
        *,
        by: Wallet,
        name: str,
        trained_on: object = (),
        metrics: Mapping[str, float] | None = None,
        licence: str = "unspecified",
        intended_use: str = "unspecified",
        limits: str = "",
        label: str = "",
    ) -> Model:
        """Publish an exact model as the next version of a name.

        Args:
            model: What `exact.compile` returned, its ONNX bytes, or the path of a saved one.
            by: Who publishes; the name is theirs from then on.
            name: `[a-z0-9._-]`, 1 to 64 characters.
            trained_on: The record of the training data, or several.
            metrics: Figures by name, kept to six decimals; those of the compiler's fidelity report are added.
            licence: SPDX expression or name.
            intended_use: What it is for.
            limits: What it is not for, where it is weak.
            label: What you call this version.

        Raises:
            NotExact: the checker could not prove it exact; names the node and the reason.
            ModelUnreadable, MetricUnusable: there is no model, or no number, in what was given.
        """
        artifact = _artifact(model)
        records = read_identities("record", trained_on)
        data = records[0] if len(records) == 1 else None
        figures = {**_fidelity(model), **(metrics or {})}
        send(
            self._link,
            by,
            messages.PublishModel(
                name=name,
                label=label,
                artifact=artifact,
                trained_on=records,
                metrics=tuple(_metric(key, value, data) for key, value in figures.items()),
                licence=licence,
                intended_use=intended_use,
                limits=limits,
            ),
        )
        return self.get(name)

    def get(self, ref: object) -> Model:
        """Return a model by `name` (the latest), `name@number`, its hash, or what stands for it here."""
        return _shown(self._link.query("models", "model", ref=reference(ref)))

    def papers(self, ref: object) -> Any:
        """Return the papers of a model: training records, metrics, licence, intended use, limits."""
        return self._link.query("models", "model_papers", ref=reference(ref))

    def card(self, ref: object) -> Card:
        """Return what the checker proved about a model: features with units and ranges, score, size."""
        return self.runner(self.get(ref).model).card

    def versions(self, ref: object) -> tuple[Model, ...]:
        """Return all versions of a name, oldest first; `ref` as in `get`."""
        return tuple(map(_shown, self._link.query("models", "model_versions", ref=reference(ref))))

    def list(self, *, start: int = 0, limit: int = 100) -> tuple[Model, ...]:
        """Return the latest version of each name."""
        return tuple(map(_shown, self._link.query("models", "models", start=start, limit=limit)))

    def artifact(self, model: bytes) -> bytes:
        """Return the ONNX bytes with this hash."""
        found: bytes = self._link.query("models", "model_artifact", model=model)
        return found

    def runner(self, model: bytes) -> Runner:
        """Return a model ready to run here, by its hash."""
        from muniment import exact

        found = self._runners.get(model)
        if found is None:
            found = self._runners[model] = exact.load(self.artifact(model))
        return found

    def suspend(self, ref: object, *, by: Wallet, reason: str) -> Receipt:
        """Take a model out of service until it is resumed."""
        return self._change(messages.SuspendModel, ref, by, reason)

    def resume(self, ref: object, *, by: Wallet, reason: str) -> Receipt:
        """Put a suspended model back into service."""
        return self._change(messages.ResumeModel, ref, by, reason)

    def retire(self, ref: object, *, by: Wallet, reason: str) -> Receipt:
        """Take a model out of service for ever; what it decided stays replayable."""
        return self._change(messages.RetireModel, ref, by, reason)

    def _change(self, kind: Any, ref: object, by: Wallet, reason: str) -> Receipt:
        found = self.get(ref)
        return send(self._link, by, kind(found.name, found.model, reason))


def reference(ref: object) -> str:
    """Return how queries name a model that is given as text, hash, summary, card, runner or exact model."""
    if isinstance(ref, ModelSummary):
        return f"{ref.name}@{ref.number}"
    held = getattr(getattr(ref, "card", ref), "id", ref)
    return held.hex() if isinstance(held, bytes) else str(held)


def _shown(found: ModelSummary) -> Model:
    return Model(**{name: getattr(found, name) for name in found.__struct_fields__})


def _artifact(model: object) -> bytes:
    if isinstance(model, bytes):
        return model
    held = getattr(model, "artifact", None)
    if isinstance(held, bytes):
        return held
    if not isinstance(model, str | os.PathLike):
        given = f"{type(model).__module__.partition('.')[0]}.{type(model).__name__}"
        raise ModelUnreadable(given=given, reason="it is neither compiled nor a file")
    try:
        return Path(model).read_bytes()
    except OSError as error:
        raise ModelUnreadable(given=str(model), reason=error.strerror or "unreadable") from None


def _fidelity(model: object) -> dict[str, float]:
    report = getattr(model, "report", None)
    if report is None or not report.metric:
        return {}
    return {
        f"{report.metric}, exact": report.exact_model,
        f"{report.metric}, float": report.float_model,
    }


def _metric(name: str, value: float, data: int | None) -> Metric:
    given: Any = value
    try:
        if isinstance(given, bool) or not isinstance(given, Real | Decimal):
            raise ValueError
        exactly = Fraction(int(given)) if isinstance(given, Integral) else Fraction(float(given))
        return Metric(name, round(exactly * 10**_DECIMALS), _DECIMALS, data)
    except (ValueError, OverflowError):
        raise MetricUnusable(name=str(name)[:80], value=repr(value)[:80]) from None
