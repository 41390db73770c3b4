"""The reference of rejections, from their classes."""

from __future__ import annotations

import importlib
import pkgutil

import muniment
from muniment.cli.prose import GENERATED, cell, first_line, table, type_name
from muniment.core.errors import Rejected

_INTRODUCTION = """A **rejection** says that a rule was broken: nothing was written, and whoever asked can mend it. Its
code is reserved for ever; its sentence may improve. `Unavailable` says that something outside failed and nothing
changed; `Halted` that a ledger is damaged and going on could do harm. Neither has a code."""


def import_everything() -> None:
    """Import every module of the package, so that every class is known."""
    for found in pkgutil.walk_packages(muniment.__path__, prefix="muniment."):
        if not found.name.endswith("__main__"):
            importlib.import_module(found.name)


def rejections(root: type[Rejected] = Rejected) -> list[type[Rejected]]:
    """Return every rejection this package declares, in the order of codes, then names."""
    found: dict[str, type[Rejected]] = {}
    waiting = list(root.__subclasses__())
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind.__module__.partition(".")[0] == "muniment":
            found[f"{kind.__module__}.{kind.__qualname__}"] = kind
    return sorted(found.values(), key=lambda kind: (kind.code, kind.__module__, kind.__qualname__))


def errors_page() -> str:
    """Return docs/reference/errors.md."""
    import_everything()
    rows = [_row(kind) for kind in rejections()]
    heading = ("code", "name", "meaning", "sentence", "fields", "raised in")
    return "\n\n".join(["# Rejections", GENERATED, _INTRODUCTION.replace("\n", " "), table(heading, rows)]) + "\n"


def _row(kind: type[Rejected]) -> tuple[str, ...]:
    sentence = "; ".join(one for one in (kind.text, kind.fix) if one)
    fields = ", ".join(f"`{name}`: {type_name(hint)}" for name, hint in kind.field_types().items())
    where = kind.__module__.removeprefix("muniment.")
    return str(kind.code), f"`{kind.__name__}`", first_line(kind), cell(sentence), cell(fields), f"`{where}`"
