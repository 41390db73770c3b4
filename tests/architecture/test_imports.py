"""Imports point down only, and the gate that says so bites."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

SEEDED = {
    "core/errors.py": "from muniment.storage import layout\n",
    "modules/records/rules.py": "from muniment.modules.accounts import state\n",
    "node/home.py": "import muniment.client.wallet\n",
}


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(root / "src"), "NO_COLOR": "1"}
    program = "import sys; from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", program, "--no-cache"],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("repository")
    shutil.copy(ROOT / "pyproject.toml", root)
    keep = shutil.ignore_patterns("__pycache__", "*.gz", "*.csv")
    shutil.copytree(ROOT / "src" / "muniment", root / "src" / "muniment", ignore=keep)
    return root


def test_the_import_contracts_hold() -> None:
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 kept, 0 broken" in done.stdout


@pytest.mark.parametrize("file", SEEDED)
def test_a_seeded_upward_import_is_caught(copied: Path, file: str) -> None:
    path = copied / "src" / "muniment" / file
    before = path.read_text()
    path.write_text(before + SEEDED[file])
    try:
        done = lint_imports(copied)
    finally:
        path.write_text(before)
    assert done.returncode != 0
    assert "1 kept, 1 broken" in done.stdout, done.stdout + done.stderr


def test_a_new_room_must_be_given_its_place(copied: Path) -> None:
    room = copied / "src" / "muniment" / "attic"
    room.mkdir()
    (room / "__init__.py").write_text('"""A room nobody declared."""\n')
    try:
        done = lint_imports(copied)
    finally:
        shutil.rmtree(room)
    assert done.returncode != 0
    assert "attic" in done.stdout
