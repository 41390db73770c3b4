"""What opens sealed decisions, in memory and in files.

An opening holds the inputs in clear. It is personal data as much as the data it was made from: keep the file where
that data is kept, under the same rules, and never on a ledger. Destroying all copies of it is erasure: the decision
stays provable, its inputs are gone. Losing it by accident means that nobody can show, replay or dispute the decision.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from muniment.client.identities import read_identity, write_identity
from muniment.client.private_file import write_private
from muniment.core import sealing
from muniment.core.codec import format_of
from muniment.core.errors import Rejected, Unavailable
from muniment.core.sealing import subject_commitment

FORMAT = "muniment openings 1"

Inputs = tuple[int | None, ...]
PathLike = str | os.PathLike[str]


class OpeningsExist(Rejected, code=73):
    """A file of openings would overwrite a file."""

    path: str
    text = "{path} exists, and overwriting it could destroy openings for ever"
    fix = "choose another path"


class OpeningsUnreadable(Rejected, code=74):
    """A file that holds no openings, or is not there."""

    path: str
    reason: str
    text = "{path} holds no openings: {reason}"
    fix = "give the file that `save` or `save_openings` wrote"


class OpeningMissing(Rejected, code=75):
    """A file of openings without the one that is wanted."""

    decision: str
    text = "there is no opening of {decision} here"
    fix = "look in the file that was written when the decision was made"


class _Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    decision: str
    names: tuple[str, ...]
    values: Inputs
    salts: tuple[bytes, ...]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    chain: str
    openings: tuple[_Kept, ...]
    format: str = FORMAT


@dataclass(frozen=True)
class Opening:
    """What opens a sealed decision: keep it as you keep the data itself; without it nothing can be shown or disputed.

    Attributes:
        names: Fields, in the order of the model's card.
        values: Their values.
        salts: One a field, 16 bytes each.
    """

    names: tuple[str, ...]
    values: Inputs
    salts: tuple[bytes, ...] = field(repr=False)

    @property
    def commitment(self) -> bytes:
        """What the ledger holds of it."""
        return sealing.seal(self.names, self.values, self.salts)

    def save(self, path: PathLike) -> Path:
        """Write it to a new file that only its owner can read; it holds the inputs in clear.

        Raises:
            OpeningsExist: there is a file.
            Unavailable: the disk does not take it.
        """
        return _write(path, _File("", (_Kept("", self.names, self.values, self.salts),)))

    @classmethod
    def load(cls, path: PathLike) -> Opening:
        """Read the file of one opening.

        Raises:
            OpeningsUnreadable: it is none, or holds several.
        """
        found = Openings.load(path)
        if len(found.all) != 1:
            raise OpeningsUnreadable(path=str(path), reason=f"it holds {len(found.all)}, not one: use Openings.load")
        return found.all[0]


class Openings(Mapping[str, Opening]):
    """The openings of many decisions, by their text form (`decision:48213`).

    Attributes:
        all: Every opening, those saved before their decision had a number too.
        chain: The ledger they belong to.
    """

    def __init__(self, pairs: Iterable[tuple[str, Opening]], *, chain: str = "") -> None:
        held = list(pairs)
        self.all = [opening for _, opening in held]
        self.chain = chain
        self._numbered = {decision: opening for decision, opening in held if decision}
        self._sealed: dict[bytes, Opening] | None = None

    def __getitem__(self, decision: Any) -> Opening:
        wanted = write_identity("decision", read_identity("decision", decision))
        if wanted not in self._numbered:
            raise KeyError(wanted)
        return self._numbered[wanted]

    def __iter__(self) -> Iterator[str]:
        return iter(self._numbered)

    def __len__(self) -> int:
        return len(self._numbered)

    def of(self, commitment: bytes) -> Opening | None:
        """Return the opening of what the ledger holds of a decision (`made.commitment`), None if it is not here."""
        if self._sealed is None:
            self._sealed = {opening.commitment: opening for opening in self.all}
        return self._sealed.get(commitment)

    def save(self, path: PathLike) -> Path:
        """Write them to a new file that only its owner can read; it holds the inputs in clear.

        Raises:
            OpeningsExist: there is a file.
            Unavailable: the disk does not take it.
        """
        names = {id(opening): decision for decision, opening in self._numbered.items()}
        kept = (_Kept(names.get(id(one), ""), one.names, one.values, one.salts) for one in self.all)
        return _write(path, _File(self.chain, tuple(kept)))

    @classmethod
    def load(cls, path: PathLike) -> Openings:
        """Read a file of openings.

        Raises:
            OpeningsUnreadable: it is none.
        """
        try:
            data = Path(path).read_bytes()
        except OSError as error:
            raise OpeningsUnreadable(path=str(path), reason=error.strerror or "unreadable") from None
        if (named := format_of(data)) != FORMAT:
            reason = f"its format is {named!r}, not {FORMAT!r}" if named else "it has no format"
            raise OpeningsUnreadable(path=str(path), reason=reason)
        try:
            found = msgspec.json.decode(data, type=_File)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise OpeningsUnreadable(path=str(path), reason=str(error)) from None
        if not all(map(_is_whole, found.openings)):
            raise OpeningsUnreadable(path=str(path), reason="an opening lacks names, values or salts")
        pairs = [(one.decision, Opening(one.names, one.values, one.salts)) for one in found.openings]
        return cls(pairs, chain=found.chain)

    def __repr__(self) -> str:
        return f"<openings of {len(self.all)} decisions>"


@dataclass(frozen=True)
class Subject:
    """Whom a decision is about, hidden from everyone without the salt; give the salt to that person, with the decision.

    Attributes:
        commitment: What goes onto the ledger, 32 bytes.
        salt: What the person needs in order to appeal as the subject, 16 bytes.
    """

    commitment: bytes
    salt: bytes = field(repr=False)

    @classmethod
    def of(cls, account: object) -> Subject:
        """Commit to an account, given as a wallet, its text form or bytes; with a fresh salt every time."""
        from muniment.client.identities import read_account

        salt = secrets.token_bytes(sealing.SALT_BYTES)
        return cls(subject_commitment(read_account(account), salt), salt)


def _is_whole(kept: _Kept) -> bool:
    count = len(kept.names)
    salted = all(len(salt) == sealing.SALT_BYTES for salt in kept.salts)
    return salted and 0 < count <= sealing.MAX_FIELDS and count == len(kept.values) == len(kept.salts)


def _write(path: PathLike, file: _File) -> Path:
    target = Path(path)
    try:
        write_private(target, msgspec.json.encode(file) + b"\n", replace=False)
    except FileExistsError:
        raise OpeningsExist(path=str(target)) from None
    except OSError as error:
        raise Unavailable(f"cannot write {target}: {error.strerror}") from None
    return target
