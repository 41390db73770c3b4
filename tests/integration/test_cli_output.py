"""What goes where: stdout, stderr, colours, exit codes, help."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from tests.harness.commandline import World, cli

from muniment import __version__
from muniment.cli.app import app, entry


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


COMMANDS = dict(commands(entry(app)))


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_has_help_an_example_and_json(path: tuple[str, ...]) -> None:
    command = COMMANDS[path]
    assert command.help
    assert f"muniment {' '.join(path)}" in command.epilog
    assert any("--json" in one.opts for one in command.params)
    assert cli(*path, "--help").code == 0


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_example_is_a_command_line_that_parses(path: tuple[str, ...]) -> None:
    import shlex

    line = COMMANDS[path].epilog.split("`")[1]
    words = shlex.split(line)[1 + len(path) :]
    COMMANDS[path].make_context(" ".join(path), words, resilient_parsing=False)


def test_every_command_of_the_issue_is_there() -> None:
    wanted = {"init", "up", "status", "keys", "anchor", "models", "systems", "decide", "prove", "verify", "replay"}
    assert {path[0] for path in COMMANDS} >= wanted | {"audit", "demo", "bench"}


def test_the_version_is_the_package_s() -> None:
    assert cli("--version").out == f"muniment {__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [["nonsense"], ["init"], ["status", "a", "b"], ["decide", "x", "y", "--by", "z"], ["demo", "--rows", "many"]],
)
def test_a_wrong_command_line_exits_with_2(arguments: list[str]) -> None:
    told = cli(*arguments)
    assert (told.code, told.out) == (2, "")
    assert "Usage" in told.err
    as_json = cli(*arguments, "--json")
    assert as_json.code == 2
    assert as_json.error["family"] == "usage"
    assert as_json.err == ""


@pytest.mark.parametrize("group", [(), ("keys",), ("models",)])
def test_a_group_without_a_command_shows_its_help(group: tuple[str, ...]) -> None:
    told = cli(*group)
    assert (told.code, told.err) == (2, "")
    assert "Usage" in told.out


def test_a_failure_as_json_is_one_document_on_stdout(world: World) -> None:
    told = cli("systems", "show", world.ledger, "nosuch", "--json")
    assert told.code == 3
    assert told.err == ""
    assert set(told.error) == {"family", "code", "slug", "sentence", "fields"}
    assert told.error["fields"] == {"system": "nosuch"}


def test_a_failure_for_people_is_one_line_on_stderr(world: World) -> None:
    told = cli("systems", "show", world.ledger, "nosuch")
    assert (told.code, told.out) == (3, "")
    assert told.err.count("\n") == 1
    assert "401" in told.err


def test_numbers_of_things_are_shown_as_people_type_them(world: World) -> None:
    assert "there is no decision 7;" in cli("decisions", "show", world.ledger, "decision:7").err


def test_something_unexpected_is_reported_without_a_trace(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("muniment.open", lambda *_, **__: 1 / 0)
    told = cli("status", world.ledger)
    assert told.code == 1
    assert "ZeroDivisionError" in told.err
    assert "Traceback" not in told.err
    assert cli("status", world.ledger, "--json").error["family"] == "unexpected"
    with pytest.raises(ZeroDivisionError):
        cli("--debug", "status", world.ledger)


def test_ctrl_c_exits_with_130(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("muniment.open", interrupted)
    told = cli("status", world.ledger)
    assert (told.code, told.out, told.err.strip()) == (130, "", "interrupted")
    assert cli("status", world.ledger, "--json").error["family"] == "interrupted"


@pytest.mark.parametrize("more", [{}, {"NO_COLOR": "1", "TERM": "xterm-256color"}])
def test_there_are_no_colours_on_a_pipe(world: World, more: dict[str, str]) -> None:
    environment = {**os.environ, **more}
    for arguments in (["verify", "nothing.mproof"], ["--help"], ["systems", "show", str(world.ledger), "screening"]):
        command = [sys.executable, "-m", "muniment.cli.main", *arguments]
        ran = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        assert "\x1b" not in ran.stdout + ran.stderr
