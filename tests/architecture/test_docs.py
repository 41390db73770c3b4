"""Documents stay true: links lead somewhere, code compiles, commands exist, nothing names a machine."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import shlex
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.harness.documents import ROOT, blocks, documents

_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
#: What follows the program's name in backquotes; names of formats such as `muniment proof 1` end in a number.
_COMMAND = re.compile(r"`(muniment (?![a-z ]+ v?\d`)[^`]+)`")
#: Where a package manager, an image or a home directory would show: addresses and paths of one machine.
_FORBIDDEN = re.compile(
    r"(?<![\w./-])/(?:work|tmp|home/\w|Users/\w|root)/[\w.]"
    r"|(?:files\.|test\.|upload\.)?py"
    + r"pi\.org|python"
    + r"hosted\.org|registry\.npm"
    + r"js\.org|--(?:extra-)?index-url[ =]\w"
)
_TEXT = {".md", ".py", ".toml", ".txt", ".svg", ".json", ".in", ".cfg", ".yml", ".yaml", ""}


def anchors(document: Path) -> set[str]:
    """Return the anchors of a document's headings, as repositories show them."""
    heads = re.findall(r"^#+ +(.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


def broken_links(document: Path) -> Iterator[str]:
    """Yield the relative links of a document that lead nowhere."""
    prose = re.sub(r"^```.*?^```$", "", document.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for link in _LINK.findall(prose):
        path, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", link):
            continue
        target = (document.parent / path) if path else document
        if not target.exists() or (anchor and anchor not in anchors(target)):
            yield link


def tracked() -> list[Path]:
    """Return the files of the project that hold text."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode or not listed.stdout:
        pytest.skip("not a checkout")
    found = [ROOT / name for name in listed.stdout.splitlines()]
    return [path for path in found if path.suffix in _TEXT and path.is_file() and "vectors" not in path.parts]


def commands(document: Path) -> Iterator[list[str]]:
    """Yield the words of every muniment command a document mentions."""
    for text in _COMMAND.findall(document.read_text(encoding="utf-8")):
        yield text.split()[1:]
    for block in blocks(document):
        for line in block.text.splitlines() if block.language == "sh" else ():
            words = shlex.split(line, comments=True)
            if words and words[0] == "muniment":
                yield words[1:]


def exists(words: list[str], command: Any) -> bool:
    """Answer whether words begin with a command, its groups followed down; options of the program pass."""
    for word in words:
        subcommands = getattr(command, "commands", None)
        if not subcommands or word.startswith("-") or word == "...":
            return True
        if word not in subcommands:
            return False
        command = subcommands[word]
    return True


def names_a_machine(text: str) -> bool:
    return _FORBIDDEN.search(text) is not None


def is_python(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def program() -> Any:
    from muniment.cli.app import app, entry

    return entry(app)


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(document: Path) -> None:
    assert list(broken_links(document)) == []


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_python_block_compiles(document: Path) -> None:
    assert [block.line for block in blocks(document) if block.language == "python" and not is_python(block.text)] == []


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_mentioned_exists(document: Path) -> None:
    known = program()
    assert [words for words in commands(document) if not exists(words, known)] == []


def test_every_module_says_what_it_is() -> None:
    rooms = [path for path in (ROOT / "src" / "muniment" / "modules").iterdir() if (path / "__init__.py").exists()]
    assert len(rooms) >= 5
    assert [room.name for room in rooms if not (room / "README.md").exists()] == []


def test_no_file_names_a_machine_or_a_registry() -> None:
    found = [path.relative_to(ROOT) for path in tracked() if names_a_machine(path.read_text(encoding="utf-8"))]
    assert found == []


def requirements() -> dict[str, str]:
    """Return every package that pyproject asks for, by name in lower case, with the extra that does."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [("", project["dependencies"]), *project["optional-dependencies"].items()]
    return {
        re.split(r"[\[><=;! ]", one)[0].lower(): extra
        for extra, listed in asked
        for one in listed
        if not one.startswith("muniment")
    }


def dependency_rows() -> dict[str, list[str]]:
    """Return the rows of the tables of runtime packages and extras, by package."""
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8").split("## For development")[0]
    found = {}
    for row in re.findall(r"^\| (.+) \|$", text, re.MULTILINE):
        cells = [cell.strip() for cell in row.split("|")]
        if cells[0] not in ("package", "extra") and not set(row) <= set("-| "):
            package = cells[1] if len(cells) == 7 else cells[0]
            found[package] = cells
    return found


def test_every_dependency_has_its_reason() -> None:
    asked = requirements()
    shipped = {name for name, extra in asked.items() if extra not in ("test", "lint")}
    assert set(dependency_rows()) == shipped
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    assert [name for name in asked if not re.search(rf"\b{re.escape(name)}\b", text)] == []


def test_versions_and_licences_are_those_pinned_and_installed() -> None:
    pinned = (ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8")
    for package, cells in dependency_rows().items():
        version, licence = cells[-5], cells[-2]
        assert re.search(rf"^{package}=={re.escape(version)}\b", pinned, re.MULTILINE), package
        try:
            said: Any = importlib.metadata.metadata(package)
        except importlib.metadata.PackageNotFoundError:
            continue
        expression = f"{said.get('License-Expression')} {said.get('License')}"
        assert licence.removesuffix(" and others") in expression, package


class TestTheseChecksBite:
    def test_a_dead_link(self, tmp_path: Path) -> None:
        document = tmp_path / "a.md"
        document.write_text("# One\n[x](b.md) [y](#two) [z](#one)\n")
        assert list(broken_links(document)) == ["b.md", "#two"]

    def test_python_that_is_none(self) -> None:
        assert not is_python("a b")

    def test_a_command_that_is_none(self) -> None:
        known = program()
        assert not exists(["fly"], known)
        assert not exists(["models", "fly"], known)
        assert exists(["models", "publish", "anything"], known)

    @pytest.mark.parametrize("text", ["see /" + "work/main", "at /" + "tmp/x", "https://py" + "pi.org/simple"])
    def test_a_machine_in_a_file(self, text: str) -> None:
        assert names_a_machine(text)
