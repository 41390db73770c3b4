"""Models in the SDK: publish, look up, suspend, retire."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from muniment.client.identities import read_identity
from muniment.client.link import Link
from muniment.client.wallet import Wallet
from muniment.client.writing import Receipt, send
from muniment.modules.models import messages
from muniment.modules.models.types import Metric, ModelSummary

if TYPE_CHECKING:
    from muniment.exact import Card, ExactModel, Runner

_PPM_DECIMALS = 6


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
        trained_on: Sequence[object] = (),
        metrics: Mapping[str, float] | None = None,
        licence: str = "unspecified",
        intended_use: str = "unspecified",
        limits: str = "",
        label: str = "",
    ) -> ModelSummary:
        """Publish an exact model as the next version of a name.

        Args:
            model: What `exact.compile` returned, its ONNX bytes, or the path of a saved one.
            by: Who publishes; the name is theirs from then on.
            name: `[a-z0-9._-]`, 1 to 64 characters.
            trained_on: Records of the training data.
            metrics: Figures by name, kept to six decimals; those of the compiler's fidelity report are added.
            licence: SPDX expression or name.
            intended_use: What it is for.
            limits: What it is not for, where it is weak.
            label: What you call this version.

        Raises:
            NotExact: the checker could not prove it exact; names the node and the reason.
        """
        artifact = _artifact(model)
        records = tuple(read_identity("record", record) for record in trained_on)
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

    def get(self, ref: object) -> ModelSummary:
        """Return a model by `name` (the latest), `name@number`, its hash, or a summary of it."""
        found: ModelSummary = self._link.query("models", "model", ref=reference(ref))
        return found

    def papers(self, ref: object) -> Any:
        """Return the papers of a model: training records, metrics, licence, intended use, limits."""
        return self._link.query("models", "model_papers", ref=reference(ref))

    def card(self, ref: object) -> Card:
        """Return what the checker proved about a model: features with units and ranges, score, size."""
        return self.runner(self.get(ref).model).card

    def versions(self, name: str) -> tuple[ModelSummary, ...]:
        """Return all versions of a name, oldest first."""
        found: tuple[ModelSummary, ...] = self._link.query("models", "model_versions", name=name)
        return found

    def list(self, *, start: int = 0, limit: int = 100) -> tuple[ModelSummary, ...]:
        """Return the latest version of each name."""
        found: tuple[ModelSummary, ...] = self._link.query("models", "models", start=start, limit=limit)
        return found

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
    """Return how queries name a model that is given as text, hash or summary."""
    if isinstance(ref, ModelSummary):
        return f"{ref.name}@{ref.number}"
    return ref.hex() if isinstance(ref, bytes) else str(ref)


def _artifact(model: object) -> bytes:
    if isinstance(model, bytes):
        return model
    held = getattr(model, "artifact", None)
    return held if isinstance(held, bytes) else Path(str(model)).read_bytes()


def _fidelity(model: object) -> dict[str, float]:
    report = getattr(model, "report", None)
    if report is None or not report.metric:
        return {}
    return {
        f"{report.metric}, exact": report.exact_model,
        f"{report.metric}, float": report.float_model,
    }


def _metric(name: str, value: float, data: int | None) -> Metric:
    return Metric(name, round(value * 10**_PPM_DECIMALS), _PPM_DECIMALS, data)
