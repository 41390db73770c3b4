"""The committed reference documents are what the code says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from muniment.cli import reference

COMMITTED = Path(__file__).parents[2] / "docs" / "reference"


def test_the_reference_documents_are_current() -> None:
    assert reference.stale(COMMITTED) == [], "run: python -m muniment.cli.reference"


def test_the_generator_knows_where_they_are() -> None:
    assert COMMITTED.resolve() == reference.DIRECTORY.resolve()


def test_a_seeded_change_is_caught(tmp_path: Path) -> None:
    reference.write(tmp_path)
    assert reference.stale(tmp_path) == []
    page = tmp_path / "errors.md"
    page.write_text(page.read_text().replace("| 20 |", "| 21 |"))
    (tmp_path / "cli.md").unlink()
    assert reference.stale(tmp_path) == ["cli.md", "errors.md"]


def test_it_does_not_depend_on_where_and_how_it_runs() -> None:
    """Set order and terminals differ between runs; the documents must not."""
    program = "from muniment.cli import reference; print([page() == (reference.DIRECTORY / name).read_text() "
    program += "for name, page in reference.PAGES.items()])"
    environment = {"PYTHONHASHSEED": "7", "COLUMNS": "40", "FORCE_COLOR": "1"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[True, True, True]"
