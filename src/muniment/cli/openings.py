"""The file that holds what opens sealed decisions, for whoever made them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from muniment.cli import files
from muniment.cli.errors import OpeningMissing, OpeningsForeign

if TYPE_CHECKING:
    from muniment.client.decisions import Decision, Opening

FORMAT = "muniment openings 1"


class KeptOpening(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What opens one decision: its fields, their values, one salt each."""

    decision: str
    names: tuple[str, ...]
    values: tuple[int | None, ...]
    salts: tuple[bytes, ...]


class Openings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The contents of an openings file."""

    chain: str
    openings: tuple[KeptOpening, ...]
    format: str = FORMAT


def save(path: Path, chain: str, decisions: Sequence[Decision]) -> int:
    """Write the openings of sealed decisions to a file for their owner only; returns how many there were.

    Raises:
        FileExists, FileUnwritable: as their texts say.
    """
    kept = tuple(
        KeptOpening(one.id, one.opening.names, one.opening.values, one.opening.salts)
        for one in decisions
        if one.opening is not None
    )
    files.write_secret(path, msgspec.json.encode(Openings(chain, kept)) + b"\n")
    return len(kept)


def opening_of(path: Path, decision: str) -> Opening:
    """Return what opens a decision.

    Args:
        path: The openings file.
        decision: Text form of its identity.

    Raises:
        FileUnreadable, OpeningsForeign, OpeningMissing: as their texts say.
    """
    from muniment.client.decisions import Opening
    from muniment.client.identities import read_identity, write_identity

    wanted = write_identity("decision", read_identity("decision", decision))
    try:
        found = msgspec.json.decode(files.read(path), type=Openings)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise OpeningsForeign(path=str(path), reason=str(error)) from None
    if found.format != FORMAT:
        raise OpeningsForeign(path=str(path), reason=f"its format is {found.format!r}")
    for one in found.openings:
        if one.decision == wanted:
            return Opening(one.names, one.values, one.salts)
    raise OpeningMissing(path=str(path), decision=wanted)
