"""Where the demo keeps what it makes. It never overwrites and never deletes: every run gets a directory of its own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from muniment.packs.fraud.errors import DirectoryForeign

DEFAULT = "muniment-demo"


@dataclass(frozen=True)
class Place:
    """The directory of one run of the demo, and what is in it."""

    directory: Path

    @property
    def ledger(self) -> Path:
        """The ledger."""
        return self.directory / "ledger"

    @property
    def proof(self) -> Path:
        """The proof of one decision."""
        return self.directory / "decision.mproof"

    @property
    def trust(self) -> Path:
        """What the proof is verified against."""
        return self.ledger / "trust.json"

    @property
    def copy(self) -> Path:
        """The copy of the ledger in which a byte is flipped."""
        return self.directory / "tampered-copy"


def prepare(directory: Path | None, *, within: Path | None = None) -> Place:
    """Make the directory of a run.

    Args:
        directory: Absent or empty; `muniment-demo`, or the next of `muniment-demo-2`, `-3`, ... that is, unless given.
        within: Where to look for the default; the current directory unless given.

    Raises:
        DirectoryForeign: the given directory holds something, or is a file.
    """
    chosen = _free(Path() if within is None else within) if directory is None else directory
    if found := _occupant(chosen):
        raise DirectoryForeign(path=str(chosen), found=found)
    chosen.mkdir(parents=True, exist_ok=True)
    return Place(chosen)


def _free(within: Path) -> Path:
    number, path = 1, within / DEFAULT
    while _occupant(path):
        number += 1
        path = within / f"{DEFAULT}-{number}"
    return path


def _occupant(path: Path) -> str:
    """Return the name of something at `path`, empty if there is nothing."""
    if path.is_dir():
        return min((entry.name for entry in path.iterdir()), default="")
    return "a file" if path.exists() or path.is_symlink() else ""
