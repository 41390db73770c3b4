"""The reference documents, generated from the code: `python -m muniment.cli.reference [--check]`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from muniment.cli.reference_commands import commands_page
from muniment.cli.reference_errors import errors_page
from muniment.cli.reference_messages import messages_page

#: File under docs/reference -> what writes it.
PAGES: dict[str, Callable[[], str]] = {
    "cli.md": commands_page,
    "errors.md": errors_page,
    "messages.md": messages_page,
}
#: Where the documents are when the package is used from its repository.
DIRECTORY = Path(__file__).parents[3] / "docs" / "reference"


def stale(directory: Path) -> list[str]:
    """Return the names of the documents in `directory` that are missing or not what the code says."""
    return [name for name, page in PAGES.items() if _content(directory / name) != page()]


def write(directory: Path) -> None:
    """Write all documents."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (directory / name).write_text(page(), encoding="utf-8")


def main(arguments: Sequence[str]) -> int:
    """Write the documents, or with --check only say which are stale."""
    if "--check" not in arguments:
        write(DIRECTORY)
        return 0
    found = stale(DIRECTORY)
    for name in found:
        sys.stderr.write(f"docs/reference/{name} is stale; run: python -m muniment.cli.reference\n")
    return 1 if found else 0


def _content(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
