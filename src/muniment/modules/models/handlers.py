"""Publish models, and take them out of service."""

from __future__ import annotations

from hashlib import sha256

from muniment.core.keys import encode_account
from muniment.core.module import Context
from muniment.exact.checker import check
from muniment.modules.models import rules, state
from muniment.modules.models.errors import (
    ModelAlreadyPublished,
    ModelNameTaken,
    ModelStandingUnchanged,
    ModelUnknown,
    NotModelOwner,
)
from muniment.modules.models.events import ModelPublished, ModelResumed, ModelRetired, ModelSuspended
from muniment.modules.models.messages import PublishModel, ResumeModel, RetireModel, SuspendModel
from muniment.modules.models.ports import Ports
from muniment.modules.models.types import MAX_REASON, Publication, Standing

_LEADS_TO: dict[Standing, tuple[Standing, ...]] = {
    "active": ("suspended", "retired"),
    "suspended": ("active", "retired"),
    "retired": (),
}


def publish_model(ports: Ports, ctx: Context, msg: PublishModel) -> None:
    """Register an exact model as the next version of a name.

    Rejects:
        ModelNameMalformed, ModelFieldOutOfBounds: a field breaks its bounds.
        ModelNameTaken: another account published under this name first.
        ModelAlreadyPublished: the name has this artifact already.
        NotExact: some value could leave the exact range, or the artifact is not of the allowed form.
        Whatever records says of a training or metric record that is unknown or not active.
    """
    rules.check_bounds(msg)
    number = _next_number(ctx, msg)
    for record in (*msg.trained_on, *(metric.data for metric in msg.metrics if metric.data is not None)):
        ports.active_record(ctx.store, record)
    card = check(msg.artifact)
    published = ModelPublished(
        name=msg.name,
        number=number,
        label=msg.label,
        model=card.id,
        owner=ctx.sender,
        trained_on=msg.trained_on,
        metrics=msg.metrics,
        licence=msg.licence,
        intended_use=msg.intended_use,
        limits=msg.limits,
    )
    state.add_version(ctx, published, msg.artifact)


def suspend_model(ctx: Context, msg: SuspendModel) -> None:
    """Take a model out of service; its owner may.

    Rejects:
        ModelUnknown, NotModelOwner, ModelStandingUnchanged, ModelFieldOutOfBounds.
    """
    _change_standing(ctx, msg, wanted="suspended")
    ctx.emit(ModelSuspended(name=msg.name, model=msg.model, reason=msg.reason))


def resume_model(ctx: Context, msg: ResumeModel) -> None:
    """Put a suspended model back into service; its owner may.

    Rejects:
        ModelUnknown, NotModelOwner, ModelStandingUnchanged, ModelFieldOutOfBounds.
    """
    _change_standing(ctx, msg, wanted="active")
    ctx.emit(ModelResumed(name=msg.name, model=msg.model, reason=msg.reason))


def retire_model(ctx: Context, msg: RetireModel) -> None:
    """Take a model out of service for ever; its owner may.

    Rejects:
        ModelUnknown, NotModelOwner, ModelStandingUnchanged, ModelFieldOutOfBounds.
    """
    _change_standing(ctx, msg, wanted="retired")
    ctx.emit(ModelRetired(name=msg.name, model=msg.model, reason=msg.reason))


def _next_number(ctx: Context, msg: PublishModel) -> int:
    name = state.name(ctx.store, msg.name)
    if name is None:
        return 1
    if name.owner != ctx.sender:
        raise ModelNameTaken(name=msg.name, owner=encode_account(name.owner))
    model = sha256(msg.artifact).digest()
    earlier = state.publication(ctx.store, msg.name, model)
    if earlier is not None:
        raise ModelAlreadyPublished(name=msg.name, model=model.hex(), number=earlier.number)
    return name.versions + 1


def _change_standing(ctx: Context, msg: SuspendModel | ResumeModel | RetireModel, *, wanted: Standing) -> None:
    rules.check_name(msg.name)
    rules.check_size("model", len(msg.model), 32, 32)
    rules.check_size("reason", len(msg.reason), 1, MAX_REASON)
    name = state.name(ctx.store, msg.name)
    found = state.publication(ctx.store, msg.name, msg.model)
    if name is None or found is None:
        raise ModelUnknown(model=f"{msg.name} {msg.model.hex()}")
    if name.owner != ctx.sender:
        raise NotModelOwner(name=msg.name, sender=encode_account(ctx.sender), owner=encode_account(name.owner))
    if wanted not in _LEADS_TO[found.standing]:
        raise ModelStandingUnchanged(name=msg.name, model=msg.model.hex(), standing=found.standing, wanted=wanted)
    reason = "" if wanted == "active" else msg.reason
    changed = Publication(found.number, found.identity, wanted, reason, ctx.time_ms)
    state.put_publication(ctx.store, msg.name, msg.model, changed)
