"""What the quickstart and the README show is run, in order, as a newcomer would, and prints what they say."""

from __future__ import annotations

import contextlib
import io
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sklearn.linear_model import LogisticRegression
from tests.harness.documents import ROOT, Block, blocks, fits
from tests.harness.story import frame

PROGRAM = shutil.which("muniment") or shutil.which("muniment", path=str(Path(sys.executable).parent))


def walk(document: Path, here: Path, monkeypatch: pytest.MonkeyPatch, names: dict[str, Any] | None = None) -> list[str]:
    """Run the blocks of a document in a directory; return the languages of those that ran or were compared."""
    monkeypatch.chdir(here)
    known: dict[str, Any] = {"__name__": "__main__", **(names or {})}
    printed, done = "", []
    for block in blocks(document):
        if block.language == "python":
            printed = run_python(block, document, known)
        elif block.language == "text":
            assert fits(printed, block.text), f"{document.name}:{block.line}: printed\n{printed}"
        elif block.language == "sh":
            run_shell(block, document)
        else:
            continue
        done.append(block.language)
    return done


def run_python(block: Block, document: Path, known: dict[str, Any]) -> str:
    code = compile("\n" * (block.line - 1) + block.text, str(document), "exec")
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(code, known)
    return out.getvalue()


def run_shell(block: Block, document: Path) -> None:
    """Run the lines that call muniment and need nothing but what the blocks before made."""
    for number, line in enumerate(block.text.splitlines(), block.line):
        words = shlex.split(line, comments=True)
        if not words or words[0] != "muniment" or words[1] == "demo" or PROGRAM is None:
            continue
        ran = subprocess.run([PROGRAM, *words[1:]], capture_output=True, text=True, env={**os.environ, "NO_COLOR": "1"})
        assert ran.returncode == 0, f"{document.name}:{number}: {line}\n{ran.stdout}{ran.stderr}"


def test_the_quickstart_does_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = walk(ROOT / "docs" / "quickstart.md", tmp_path, monkeypatch)
    assert (done.count("python") > 10, done.count("text") > 10, done.count("sh") >= 3) == (True, True, True)


def test_the_readme_does_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = frame()
    label = (data.amount + 2 * data.distance > 150).astype(int)
    given = {"frame": data, "classifier": LogisticRegression(max_iter=1_000).fit(data, label)}
    given["row"] = data.iloc[0].to_dict()
    assert walk(ROOT / "README.md", tmp_path, monkeypatch, given) == ["sh", "python", "text"]


def test_the_readme_begins_with_a_command() -> None:
    head = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:30]
    assert {"make demo", "make test"} <= {line.partition("#")[0].strip() for line in head}


def test_a_block_that_prints_something_else_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = tmp_path / "wrong.md"
    wrong.write_text("```python\nprint(1)\n```\n```text\n2\n```\n")
    with pytest.raises(AssertionError):
        walk(wrong, tmp_path, monkeypatch)
