"""Signed notes, verifier keys and log checkpoints.

Text is checked to the letter: what two readers could read differently is refused.

Source: C2SP signed-note 1.0 and tlog-checkpoint 1.0.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from types import MappingProxyType
from typing import NamedTuple

from nacl.bindings import crypto_sign_open
from nacl.exceptions import BadSignatureError

from muniment.core.codec import Wire
from muniment.core.merkle import HASH_BYTES, MAX_SIZE
from muniment.core.proof_errors import NoteMalformed, NoteNotTrusted

#: Signature type bytes, as assigned by signed-note.
ED25519 = 0x01

#: Longer notes, and notes with more signatures, are refused before anything is checked.
MAX_NOTE_BYTES = 1 << 17
MAX_SIGNATURES = 64

#: `verify(public key, message, signature)`.
Verify = Callable[[bytes, bytes, bytes], bool]

#: Unicode spaces and the plus sign, none of which a key name may hold.
_NOT_IN_NAMES = re.compile("[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000+]")
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f]")
_KEY_ID = re.compile("[0-9a-f]{8}")
_SIZE = re.compile("0|[1-9][0-9]{0,18}")
_DASH = "\u2014 "


def verify_ed25519(public: bytes, message: bytes, signature: bytes) -> bool:
    """Say whether `signature` of `message` is good, by libsodium's strict rules."""
    if len(public) != 32 or len(signature) != 64:
        return False
    try:
        crypto_sign_open(signature + message, public)
    except BadSignatureError:
        return False
    return True


class SignatureType(NamedTuple):
    """How one signature type byte is used: length of the public key and the check."""

    public_bytes: int
    verify: Verify


#: The signature types this version knows. A reader of further ones passes a larger mapping to `open_note`.
SIGNATURE_TYPES: Mapping[int, SignatureType] = MappingProxyType({ED25519: SignatureType(32, verify_ed25519)})


class VerifierKey(Wire, frozen=True):
    """A name, a signature type and a public key: whose signature under a note counts."""

    name: str
    kind: int
    public: bytes

    @property
    def key_id(self) -> bytes:
        """The first 4 bytes of the hash of name, type and key, as signature lines carry them."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def vkey(self) -> str:
        """Return the text form: name, key id in hex, and type with key in base64, joined by plus signs."""
        return f"{self.name}+{self.key_id.hex()}+{b64encode(bytes([self.kind]) + self.public).decode()}"

    @classmethod
    def ed25519(cls, name: str, public: bytes) -> VerifierKey:
        """Return the key of an Ed25519 signer; a bad name or length is refused."""
        return _checked_key(cls(name=name, kind=ED25519, public=public))

    @classmethod
    def parse(cls, vkey: str) -> VerifierKey:
        """Return the key that a text form names.

        Raises:
            NoteMalformed: not that form, or a key id that does not belong to the key.
        """
        name, _, rest = vkey.partition("+")
        key_id, _, material = rest.partition("+")
        if not _KEY_ID.fullmatch(key_id):
            raise NoteMalformed(what="verifier key", reason="it is not <name>+<key id>+<key>")
        data = _base64("verifier key", material)
        if not data:
            raise NoteMalformed(what="verifier key", reason="there is no key in it")
        key = _checked_key(cls(name=name, kind=data[0], public=data[1:]))
        if key.key_id.hex() != key_id:
            raise NoteMalformed(what="verifier key", reason=f"key id {key_id} does not belong to this key")
        return key


class NoteSignature(NamedTuple):
    """One signature line: who says to have signed, and the signature without the key id."""

    name: str
    key_id: bytes
    signature: bytes


class OpenedNote(NamedTuple):
    """A note that can be believed: its text, the keys that signed it, and all its signature lines."""

    text: str
    keys: tuple[VerifierKey, ...]
    signatures: tuple[NoteSignature, ...]


#: A key and the callable that signs bytes with its private half.
Signer = tuple[VerifierKey, Callable[[bytes], bytes]]


def sign_note(text: str, signers: Iterable[Signer]) -> str:
    """Return `text` as a note signed by every signer, in order."""
    if not text.endswith("\n"):
        raise NoteMalformed(what="note", reason="its text must end in a newline")
    data = _utf8(text)
    lines = [signature_line(key, sign(data)) for key, sign in signers]
    if not lines:
        raise NoteMalformed(what="note", reason="it has no signatures")
    return text + "\n" + "".join(lines)


def signature_line(key: VerifierKey, signature: bytes) -> str:
    """Return the line that says that `key` made `signature`; it may be appended to a note."""
    return f"{_DASH}{key.name} {b64encode(key.key_id + signature).decode()}\n"


def parse_note(note: str | bytes) -> tuple[str, tuple[NoteSignature, ...]]:
    """Return text and signature lines of a note. Only the form is checked: do not believe the text yet."""
    whole = _decoded(note)
    text, blank, block = whole.rpartition("\n\n")
    if not blank or not block.endswith("\n"):
        raise NoteMalformed(what="note", reason="it does not end in a blank line and signature lines")
    lines = block[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise NoteMalformed(what="note", reason=f"it has {len(lines)} signatures, at most {MAX_SIGNATURES}")
    return text + "\n", tuple(_parse_line(line) for line in lines)


def open_note(
    note: str | bytes,
    keys: Iterable[VerifierKey],
    *,
    types: Mapping[int, SignatureType] = SIGNATURE_TYPES,
) -> OpenedNote:
    """Return a note's text and who of `keys` signed it; unknown signers are passed over.

    Raises:
        NoteMalformed: it is no note.
        NoteNotTrusted: no known key signed it, or a known key's signature is bad.
    """
    text, signatures = parse_note(note)
    known = _known_keys(keys)
    data = text.encode()
    found: dict[tuple[str, bytes], VerifierKey] = {}
    for line in signatures:
        key = known.get((line.name, line.key_id))
        if key is None:
            continue
        if key.kind not in types or not types[key.kind].verify(key.public, data, line.signature):
            raise NoteNotTrusted(what="note", reason=f"the signature of {key.name} is not good")
        found[line.name, line.key_id] = key
    if not found:
        raise NoteNotTrusted(what="note", reason="none of the known keys signed it")
    return OpenedNote(text, tuple(found.values()), signatures)


class Checkpoint(Wire, frozen=True):
    """The head of a log: whose log it is, how many leaves it has, and its root.

    Args:
        origin: One line that names the log.
        size: Number of leaves.
        root: 32 bytes.
        extensions: Further lines, not empty; better none.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def encode(self) -> str:
        """Return the note text; values that have none are refused."""
        if len(self.root) != HASH_BYTES or not 0 <= self.size <= MAX_SIZE:
            raise NoteMalformed(what="checkpoint", reason="its root or size is out of range")
        lines = (self.origin, str(self.size), b64encode(self.root).decode(), *self.extensions)
        if not all(lines) or any("\n" in line for line in lines):
            raise NoteMalformed(what="checkpoint", reason="a line is empty or holds a newline")
        text = "\n".join(lines) + "\n"
        _utf8(text)
        return text

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Return the checkpoint that a note text holds.

        Raises:
            NoteMalformed: not exactly that form.
        """
        _utf8(text)
        lines = text.split("\n")
        if len(lines) < 4 or lines.pop() or not all(lines):
            raise NoteMalformed(what="checkpoint", reason="it needs an origin, a size and a root, one line each")
        origin, size, root, *extensions = lines
        if not _SIZE.fullmatch(size) or int(size) > MAX_SIZE:
            raise NoteMalformed(what="checkpoint", reason="its size is not a decimal number below 2^63")
        digest = _base64("checkpoint", root)
        if len(digest) != HASH_BYTES:
            raise NoteMalformed(what="checkpoint", reason=f"its root has {len(digest)} bytes, not {HASH_BYTES}")
        return cls(origin=origin, size=int(size), root=digest, extensions=tuple(extensions))


def open_checkpoint(note: str | bytes, keys: Iterable[VerifierKey]) -> Checkpoint:
    """Return the checkpoint in a note signed by one of `keys` (`open_note`, then `Checkpoint.parse`)."""
    return Checkpoint.parse(open_note(note, keys).text)


def _known_keys(keys: Iterable[VerifierKey]) -> dict[tuple[str, bytes], VerifierKey]:
    known: dict[tuple[str, bytes], VerifierKey] = {}
    for key in keys:
        if known.setdefault((key.name, key.key_id), key) != key:
            raise NoteNotTrusted(what="note", reason=f"two known keys share the name {key.name} and their id")
    return known


def _checked_key(key: VerifierKey) -> VerifierKey:
    _check_name("verifier key", key.name)
    kind = SIGNATURE_TYPES.get(key.kind)
    if kind is not None and len(key.public) != kind.public_bytes:
        raise NoteMalformed(what="verifier key", reason=f"{len(key.public)} key bytes, not {kind.public_bytes}")
    return key


def _parse_line(line: str) -> NoteSignature:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space:
        raise NoteMalformed(what="note", reason="a signature line is not `\u2014 <name> <signature>`")
    _check_name("note", name)
    data = _base64("note", encoded)
    if len(data) < 5:
        raise NoteMalformed(what="note", reason="a signature is shorter than its key id")
    return NoteSignature(name, data[:4], data[4:])


def _check_name(what: str, name: str) -> None:
    _utf8(name)
    if not name or _NOT_IN_NAMES.search(name):
        raise NoteMalformed(what=what, reason="a key name is empty or holds a space or a plus sign")


def _base64(what: str, text: str) -> bytes:
    """Decode standard base64 that has exactly one spelling."""
    try:
        data = b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NoteMalformed(what=what, reason="something in it is not base64") from None
    if b64encode(data).decode() != text:
        raise NoteMalformed(what=what, reason="its base64 is not in canonical form")
    return data


def _decoded(note: str | bytes) -> str:
    if len(note) > MAX_NOTE_BYTES:
        raise NoteMalformed(what="note", reason=f"it is longer than {MAX_NOTE_BYTES} bytes")
    if isinstance(note, str):
        _utf8(note)
        return note
    try:
        text = note.decode()
    except UnicodeDecodeError:
        raise NoteMalformed(what="note", reason="it is not UTF-8") from None
    _utf8(text)
    return text


def _utf8(text: str) -> bytes:
    """Return `text` as bytes, refusing what a note must not hold."""
    if _CONTROL.search(text):
        raise NoteMalformed(what="text", reason="it holds a control character")
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise NoteMalformed(what="text", reason="it is not UTF-8") from None
