"""Bounds of what is published, and how models are referred to."""

from __future__ import annotations

import re
from typing import NamedTuple

from muniment.modules.models import types as bounds
from muniment.modules.models.errors import ModelFieldOutOfBounds, ModelNameMalformed
from muniment.modules.models.messages import PublishModel
from muniment.modules.models.types import Metric

_NAME = re.compile(r"[a-z0-9._-]{1,64}", re.ASCII)
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)
_LARGEST_VALUE = 2**53


class Reference(NamedTuple):
    """What a text refers to: a hash, or a name and perhaps a number."""

    name: str | None
    number: int | None
    model: bytes | None


def check_name(name: str) -> None:
    """Refuse a text that cannot name a model."""
    if not _NAME.fullmatch(name) or _HASH.fullmatch(name):
        raise ModelNameMalformed(name=name[: bounds.MAX_NAME * 2])


def check_bounds(msg: PublishModel) -> None:
    """Refuse a publication with a field beyond its bounds, before anything costly is done with it."""
    check_name(msg.name)
    check_size("artifact", len(msg.artifact), 1, bounds.MAX_ARTIFACT_BYTES)
    check_size("label", len(msg.label), 0, bounds.MAX_LABEL)
    check_size("licence", len(msg.licence), 1, bounds.MAX_LICENCE)
    check_size("intended_use", len(msg.intended_use), 1, bounds.MAX_TEXT)
    check_size("limits", len(msg.limits), 0, bounds.MAX_TEXT)
    check_size("trained_on", len(msg.trained_on), 0, bounds.MAX_TRAINING_RECORDS)
    check_size("metrics", len(msg.metrics), 0, bounds.MAX_METRICS)
    for index, metric in enumerate(msg.metrics):
        _check_metric(f"metrics[{index}]", metric)


def check_size(field: str, value: int, minimum: int, maximum: int) -> None:
    """Refuse a length or value outside `minimum` .. `maximum`."""
    if not minimum <= value <= maximum:
        raise ModelFieldOutOfBounds(field=field, value=value, minimum=minimum, maximum=maximum)


def reference(text: str) -> Reference:
    """Return what `text` refers to: `<hash in hex>`, `<name>` (its latest version) or `<name>@<number>`.

    Raises:
        ModelNameMalformed: it is none of these.

    >>> reference("card-fraud@3")
    Reference(name='card-fraud', number=3, model=None)
    """
    if _HASH.fullmatch(text):
        return Reference(None, None, bytes.fromhex(text))
    name, separator, number = text.partition("@")
    check_name(name)
    if not separator:
        return Reference(name, None, None)
    if not re.fullmatch(r"[1-9][0-9]{0,8}", number, re.ASCII):
        raise ModelNameMalformed(name=text[: bounds.MAX_NAME * 2])
    return Reference(name, int(number), None)


def _check_metric(field: str, metric: Metric) -> None:
    check_size(f"{field}.name", len(metric.name), 1, bounds.MAX_NAME)
    check_size(f"{field}.value", metric.value, -_LARGEST_VALUE, _LARGEST_VALUE)
    check_size(f"{field}.decimals", metric.decimals, 0, bounds.MAX_DECIMALS)
    check_size(f"{field}.note", len(metric.note), 0, bounds.MAX_NOTE)
