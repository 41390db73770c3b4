"""The reference of commands, from the commands themselves."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from muniment.cli.app import app, entry
from muniment.cli.exits import FAMILIES
from muniment.cli.prose import GENERATED, cell, table

_MEANINGS = {
    "rejected": "A rule was broken, or a proof does not hold; nothing was written. Of many rows, some were refused.",
    "unavailable": "Something outside failed, or the ledger is in use or full; nothing changed. Try again.",
    "halted": "A ledger is damaged, or an audit found a divergence.",
    "usage": "The command line was wrong.",
    "interrupted": "Ctrl-C.",
    "unexpected": "A defect of this program; `muniment --debug ...` shows where.",
}


def commands_page() -> str:
    """Return docs/reference/cli.md."""
    root: Any = entry(app)
    parts = [
        "# Commands",
        GENERATED,
        "Every command takes `--json`: it prints one JSON document on stdout and nothing else. A failure is then "
        '`{"error": {"family", "code", "slug", "sentence", "fields"}}`. Progress and notes go to stderr. There are no '
        "colours unless the output is a terminal, and none if `NO_COLOR` is set.",
        "## Exit codes",
        table(("code", "family", "meaning"), [("0", "", "All went well."), *_exit_codes()]),
    ]
    for path, command in _commands(root, ("muniment",)):
        parts += _section(path, command)
    return "\n\n".join(parts) + "\n"


def _exit_codes() -> list[tuple[str, str, str]]:
    rows = {(code, name) for name, code in FAMILIES.values()}
    return [(str(code), name, _MEANINGS[name]) for code, name in sorted(rows)]


def _commands(group: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in sorted(group.commands.items()):
        if hasattr(command, "commands"):
            yield from _commands(command, (*path, name))
        else:
            yield (*path, name), command


def _section(path: tuple[str, ...], command: Any) -> list[str]:
    told = inspect.cleandoc(command.help or "")
    parts = [f"## `{' '.join(path)}`", told, f"```\n{_usage(path, command)}\n```"]
    rows = [_row(one) for one in command.params if not getattr(one, "hidden", False)]
    parts.append(table(("option", "meaning"), rows))
    if command.epilog:
        parts.append(command.epilog)
    return parts


def _usage(path: tuple[str, ...], command: Any) -> str:
    arguments = [_argument(one) for one in command.params if one.param_type_name == "argument"]
    needed = [f"{one.opts[0]} {_value(one)}" for one in command.params if _is_needed(one)]
    return " ".join([*path, *arguments, *needed, "[OPTIONS]"])


def _is_needed(one: Any) -> bool:
    return one.param_type_name == "option" and bool(one.required)


def _argument(one: Any) -> str:
    name = str(one.metavar or one.name).strip("[]")
    return name if one.required else f"[{name}]"


def _value(one: Any) -> str:
    return str(one.metavar or "TEXT")


def _row(one: Any) -> tuple[str, str]:
    if one.param_type_name == "argument":
        return f"`{_argument(one)}`", cell(one.help)
    names = ", ".join(f"`{name}`" for name in (*one.opts, *one.secondary_opts))
    value = "" if getattr(one, "is_flag", False) else f" `{_value(one)}`"
    default = one.default if isinstance(one.default, str | int | float) and not isinstance(one.default, bool) else ""
    notes = [cell(one.help), "Required." if one.required else "", f"Default: `{default}`." if default != "" else ""]
    return names + value, " ".join(note for note in notes if note)
