"""The three families of failure: `Rejected`, `Unavailable`, `Halted`.

A rejection is declared as a class with typed fields, a reserved integer code, a sentence and a remedy:

    class ModelUnknown(Rejected, code=301):
        "No model has this name or hash."
        model: str
        text = "model {model!r} is not known"
        fix = "publish it first, or check the spelling: `muniment models list`"

The code is consensus data and never changes meaning; the sentence is for people and may improve.
"""

from __future__ import annotations

import inspect
import re
from typing import Any, ClassVar, get_type_hints

#: The code of a transaction that went through.
OK = 0
#: The code of a transaction whose handler raised something unforeseen.
UNFORESEEN = 1


class Rejected(Exception):
    """A rule was broken: nothing was written, the caller can mend it."""

    code: ClassVar[int] = -1
    slug: ClassVar[str] = "rejected"
    text: ClassVar[str] = "rejected"
    fix: ClassVar[str] = ""
    field_names: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, *, code: int | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if code is None:
            return
        cls.code = code
        cls.slug = _slug(cls.__name__)
        own = inspect.get_annotations(cls)
        cls.field_names = tuple(name for name in own if not str(own[name]).startswith("ClassVar"))

    def __init__(self, **fields: object) -> None:
        if set(fields) != set(self.field_names):
            raise TypeError(f"{type(self).__name__} takes {self.field_names}, not {tuple(fields)}")
        for name, value in fields.items():
            setattr(self, name, value)
        super().__init__(self.sentence())

    @property
    def fields(self) -> dict[str, object]:
        """The values that were wrong, by field name."""
        return {name: getattr(self, name) for name in self.field_names}

    def sentence(self) -> str:
        """Say what was wrong, with the values, and what to do next."""
        said = self.text.format(**self.fields)
        return f"{said}; {self.fix.format(**self.fields)}" if self.fix else said

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild, (type(self), self.fields))

    @classmethod
    def field_types(cls) -> dict[str, Any]:
        """The declared type of every field, for reference documents and edges."""
        hints = get_type_hints(cls)
        return {name: hints[name] for name in cls.field_names}


class Unavailable(Exception):
    """Something outside failed or the ledger is full: nothing changed, try again.

    Args:
        reason: What is the matter, for people.
        retry_after_ms: When trying again makes sense, if known.
    """

    def __init__(self, reason: str, *, retry_after_ms: int | None = None) -> None:
        self.reason = reason
        self.retry_after_ms = retry_after_ms
        hint = f"; try again in {retry_after_ms} ms" if retry_after_ms is not None else ""
        super().__init__(reason + hint)


class Halted(Exception):
    """The ledger stopped because going on could do harm: corrupt data or a broken invariant."""

    def __init__(self, reason: str, *, recover: str) -> None:
        self.reason = reason
        self.recover = recover
        super().__init__(f"{reason}; {recover}")


def _rebuild(cls: type[Rejected], fields: dict[str, object]) -> Rejected:
    return cls(**fields)


def _slug(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()
