"""What the module refuses: codes 300 to 399."""

from __future__ import annotations

from muniment.core.errors import Rejected


class ModelNameMalformed(Rejected, code=300):
    """A name of a model that cannot be one."""

    name: str
    text = "{name!r} cannot name a model"
    fix = "use 1 to 64 of a-z 0-9 . _ - that do not read like a hash (64 hexadecimal digits)"


class ModelUnknown(Rejected, code=301):
    """No model has this name, version or hash."""

    model: str
    text = "model {model!r} is not known"
    fix = "publish it first, or check the spelling: `muniment models show` lists the names"


class ModelNameTaken(Rejected, code=302):
    """The name belongs to somebody else."""

    name: str
    owner: str
    text = "the name {name!r} belongs to {owner}, its first publisher"
    fix = "publish under another name"


class ModelAlreadyPublished(Rejected, code=303):
    """The very same artifact was published under this name before."""

    name: str
    model: str
    number: int
    text = "{name!r} has this artifact already, as version {number} ({model})"
    fix = "use that version, or publish a changed model"


class ModelFieldOutOfBounds(Rejected, code=304):
    """A field of a message is too short, too long or too large."""

    field: str
    value: int
    minimum: int
    maximum: int
    text = "{field} is {value} (its length or value), allowed are {minimum} to {maximum}"
    fix = "shorten or complete it; long documents belong into a record whose identity can be named"


class NotModelOwner(Rejected, code=305):
    """Somebody else's model."""

    name: str
    sender: str
    owner: str
    text = "{name!r} belongs to {owner}, not to {sender}"
    fix = "ask the owner, or sign with the owner's key"


class ModelNotUsable(Rejected, code=306):
    """The model is suspended or retired."""

    name: str
    model: str
    standing: str
    reason: str
    text = "model {name!r} ({model}) is {standing}: {reason}"
    fix = "choose another version: `muniment models show`"


class ModelStandingUnchanged(Rejected, code=307):
    """A model cannot go from its standing to the one asked for."""

    name: str
    model: str
    standing: str
    wanted: str
    text = "model {name!r} ({model}) is {standing}, it cannot become {wanted}"
    fix = "an active model can be suspended, a suspended one resumed, both retired; retirement is final"


ERRORS: tuple[type[Rejected], ...] = (
    ModelNameMalformed,
    ModelUnknown,
    ModelNameTaken,
    ModelAlreadyPublished,
    ModelFieldOutOfBounds,
    NotModelOwner,
    ModelNotUsable,
    ModelStandingUnchanged,
)
