"""The wiring of the module."""

from __future__ import annotations

from functools import partial

from muniment.core.module import Module
from muniment.exact.errors import NotExact
from muniment.modules.models import errors, events, handlers, invariants, queries
from muniment.modules.models.messages import PublishModel, ResumeModel, RetireModel, SuspendModel
from muniment.modules.models.ports import ActiveRecord, Ports
from muniment.modules.models.runners import Runners


def module(*, active_record: ActiveRecord, runners: Runners) -> Module:
    """Return the module.

    Args:
        active_record: Raises unless a record is known and active (`records` answers).
        runners: The loaded models, shared with the modules that run them.
    """
    return Module(
        name="models",
        handlers={
            PublishModel: partial(handlers.publish_model, Ports(active_record)),
            SuspendModel: handlers.suspend_model,
            ResumeModel: handlers.resume_model,
            RetireModel: handlers.retire_model,
        },
        events=(events.ModelPublished, events.ModelSuspended, events.ModelResumed, events.ModelRetired),
        errors=(*errors.ERRORS, NotExact),
        queries={
            "model": queries.model,
            "model_papers": queries.papers,
            "model_versions": queries.versions,
            "model_artifact": queries.artifact,
            "model_card": partial(queries.card, runners),
            "models": queries.models,
        },
        invariants={"every version has its artifact and papers": invariants.every_version_has_its_artifact_and_papers},
    )
