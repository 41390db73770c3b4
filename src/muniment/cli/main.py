"""The entry point: runs a command, and turns every failure into a sentence and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

from muniment.cli.app import app, entry
from muniment.cli.exits import FAMILIES, UsageError, family
from muniment.cli.screen import Screen, place, write_document
from muniment.core.errors import Halted, Rejected, Unavailable

#: Fields of rejections that hold the number of a thing.
_IDENTITIES = frozenset(("record", "decision", "identity"))


def main() -> None:
    """Run the command of this process and exit."""
    sys.exit(run(sys.argv[1:]))


def run(argv: Sequence[str]) -> int:
    """Run a command line and return its exit code.

    Args:
        argv: What stands after the program's name.
    """
    try:
        code = entry(app)(args=list(argv), prog_name="muniment", standalone_mode=False) or 0
        # Typer makes an exit code of Ctrl-C, and says nothing.
        if code == FAMILIES[KeyboardInterrupt][1]:
            return _failed(KeyboardInterrupt(), argv)
        sys.stdout.flush()
        return int(code)
    except BrokenPipeError:
        # Whoever read us has read enough; the interpreter's own flush at exit must not complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except SystemExit:
        # Rich leaves so when whoever read us has read enough.
        return 0
    except BaseException as error:  # the edge: nothing may leave as a traceback
        if "--debug" in argv:
            raise
        return _failed(error, argv)


def _failed(error: BaseException, argv: Sequence[str]) -> int:
    name, code = family(error)
    if "--json" in argv:
        write_document({"error": document(error, name)})
    else:
        _tell(error, name)
    return code


def document(error: BaseException, name: str) -> dict[str, Any]:
    """Return a failure as programs read it: family, code, slug, sentence, fields."""
    fields: dict[str, Any] = {}
    code, slug = None, name
    if isinstance(error, Rejected):
        code, slug, fields = error.code, error.slug, dict(error.fields)
    elif isinstance(error, Unavailable):
        fields = {"reason": error.reason, "retry_after_ms": error.retry_after_ms}
    elif isinstance(error, Halted):
        fields = {"reason": error.reason, "recover": error.recover, **_divergence(error)}
    return {"family": name, "code": code, "slug": slug, "sentence": sentence(error, name), "fields": fields}


def sentence(error: BaseException, name: str) -> str:
    """Return a failure as people read it."""
    if isinstance(error, UsageError):
        return str(getattr(error, "format_message", error.__str__)())
    if name == "interrupted":
        return "interrupted"
    if name == "unexpected":
        return f"unexpected {type(error).__name__}: {error}; run `muniment --debug ...` for a trace, and report it"
    return _rejection(error) if isinstance(error, Rejected) else str(error)


def _rejection(error: Rejected) -> str:
    """Return the sentence of a rejection, with numbers of things as people type them."""
    numbers = {
        name: place(value)
        for name, value in error.fields.items()
        if name in _IDENTITIES and isinstance(value, int) and not isinstance(value, bool)
    }
    if not numbers:
        return error.sentence()
    said = {**error.fields, **numbers}
    return "; ".join(one.format(**said) for one in (error.text, error.fix) if one)


def _divergence(error: Halted) -> dict[str, Any]:
    found = getattr(error, "divergence", None)
    if found is None:
        return {}
    import msgspec

    return {"divergence": msgspec.to_builtins(found)}


def _tell(error: BaseException, name: str) -> None:
    screen, said = Screen(sys.stderr), sentence(error, name)
    if name == "interrupted":
        screen.line(said)
        return
    if isinstance(error, UsageError):
        if not said:
            # A group without a command has shown its help already.
            return
        _tell_usage(screen, getattr(error, "ctx", None))
    label = {"rejected": "rejected", "unavailable": "unavailable", "halted": "HALTED"}.get(name, "error")
    code = f" ({error.code})" if isinstance(error, Rejected) else ""
    screen.line(f"{label}{code}: {said}", "bold red")


def _tell_usage(screen: Screen, context: Any) -> None:
    if context is not None:
        screen.line(context.get_usage())
        screen.line(f"Try `{context.command_path} --help`.", "dim")


if __name__ == "__main__":
    main()
