"""How a function becomes a command: `--json`, help with an example, output in one place."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import typer

from muniment.cli.screen import Screen, Shown, write_document

Command = TypeVar("Command", bound=Callable[..., Shown])

_JSON = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


def group(name: str, about: str) -> typer.Typer:
    """Return an empty group of commands."""
    return typer.Typer(name=name, help=about, no_args_is_help=True, add_completion=False, rich_markup_mode="markdown")


def command(app: typer.Typer, name: str, *, example: str, panel: str | None = None) -> Callable[[Command], Command]:
    """Make a function a command of `app`: it returns what it has to say, and gets a `--json` option.

    A function that has a parameter `as_json` is told.

    Args:
        app: The group it belongs to.
        name: What people type.
        example: A whole command line.
        panel: Heading under which the overview lists it.
    """

    def add(function: Command) -> Command:
        app.command(name, help=_help(function), epilog=f"Example: `{example}`", rich_help_panel=panel)(_told(function))
        return function

    return add


def _told(function: Callable[..., Shown]) -> Callable[..., int]:
    signature = inspect.signature(function, eval_str=True)
    asks = "as_json" in signature.parameters

    @functools.wraps(function)
    def tell(*, as_json: bool, **given: Any) -> int:
        shown = function(**given, as_json=as_json) if asks else function(**given)
        if as_json:
            write_document(shown.document)
        else:
            shown.show(Screen(sys.stdout))
        return shown.code

    flag = inspect.Parameter("as_json", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=_JSON)
    own = [one for one in signature.parameters.values() if one.name != "as_json"]
    parameters = [*(one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in own), flag]
    changed: Any = tell
    changed.__signature__ = signature.replace(parameters=parameters, return_annotation=int)
    changed.__annotations__ = {one.name: one.annotation for one in parameters}
    return tell


def _help(function: Callable[..., Shown]) -> str:
    """Return the docstring without the sections that are for programmers."""
    return inspect.cleandoc(function.__doc__ or "").split("\n\nArgs:")[0].split("\n\nRaises:")[0]
