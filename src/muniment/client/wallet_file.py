"""The wallet file: versioned JSON, its private keys sealed under a passphrase.

The format is specified in `docs/keys.md`. Nothing here knows how to sign.
"""

from __future__ import annotations

import secrets
import unicodedata
from typing import Any, Literal, NamedTuple

import msgspec
from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
    crypto_pwhash_alg,
    crypto_pwhash_ALG_ARGON2ID13,
)
from nacl.exceptions import CryptoError
from nacl.exceptions import RuntimeError as SodiumFailed

from muniment.core.errors import Rejected, Unavailable

FORMAT = "muniment wallet"
VERSION = 1
LIMIT_BYTES = 1 << 16

_SALT_BYTES = 16
_TAG_BYTES = 16
_NONCE_BYTES = 24
_KEY_BYTES = 32


class KdfCost(NamedTuple):
    """How much work one guess of the passphrase costs: Argon2id passes and memory."""

    passes: int
    memory_bytes: int


#: libsodium's "moderate": 256 MiB and about half a second.
MODERATE = KdfCost(passes=3, memory_bytes=1 << 28)
#: More than this is refused, so that a hostile file cannot exhaust the machine.
_HIGHEST = KdfCost(passes=16, memory_bytes=1 << 30)
_LOWEST = KdfCost(passes=1, memory_bytes=1 << 13)


class PassphraseWrong(Rejected, code=46):
    """The passphrase does not open the wallet, or the wallet was altered: the cipher cannot tell which."""

    wallet: str
    text = "the passphrase does not open {wallet}, or the file was altered"
    fix = "try the passphrase again; if it is surely right, restore the file from a copy"


class WalletForeign(Rejected, code=55):
    """A file that is not a wallet of this program."""

    wallet: str
    reason: str
    text = "{wallet} is not a muniment wallet: {reason}"
    fix = "check the path"


class WalletCorrupt(Rejected, code=50):
    """A wallet file that is damaged."""

    wallet: str
    reason: str
    text = "{wallet} is damaged: {reason}"
    fix = "restore it from a copy"


class WalletTooNew(Rejected, code=51):
    """A wallet written by a later version of this program."""

    wallet: str
    version: int
    text = "{wallet} has format version {version}, newer than this program understands"
    fix = "install a newer version of muniment"


class Seal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the private keys are sealed."""

    kdf: Literal["argon2id13"]
    passes: int
    memory_bytes: int
    salt: bytes
    cipher: Literal["xchacha20-poly1305-ietf"]
    nonce: bytes


class WalletFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What a wallet file says; it has either `seal` and `sealed`, or `seed` in the clear."""

    format: str
    version: int
    name: str
    account: str
    suite: str
    public_key: bytes
    seal: Seal | None = None
    sealed: bytes | None = None
    seed: bytes | None = None

    def __repr__(self) -> str:
        return f"<WalletFile {self.name!r} {self.account} {self.suite}>"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        # Rich would otherwise list every field, the seed among them, in a traceback.
        return [("name", self.name), ("account", self.account)]


class _Head(msgspec.Struct):
    format: str = ""
    version: int = 0


def encode_file(file: WalletFile) -> bytes:
    """Return `file` as indented JSON with sorted names."""
    return msgspec.json.format(msgspec.json.encode(file, order="sorted"), indent=2) + b"\n"


def decode_file(data: bytes, *, wallet: str) -> WalletFile:
    """Return what the bytes of a wallet file say; the seal stays closed.

    Args:
        data: The whole file.
        wallet: What to call it in messages, usually its path.

    Raises:
        WalletForeign: not JSON, or not a wallet.
        WalletTooNew: a later version.
        WalletCorrupt: a wallet with missing, unknown or impossible values.
    """
    _check_head(data, wallet=wallet)
    try:
        file = msgspec.json.decode(data, type=WalletFile)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as err:
        raise WalletCorrupt(wallet=wallet, reason=str(err)) from None
    fault = _fault(file)
    if fault:
        raise WalletCorrupt(wallet=wallet, reason=fault)
    return file


def seal_seed(file: WalletFile, seed: bytes, *, passphrase: str, cost: KdfCost) -> WalletFile:
    """Return `file` with `seed` sealed under `passphrase`, bound to everything else the file says."""
    seal = Seal(
        kdf="argon2id13",
        passes=cost.passes,
        memory_bytes=cost.memory_bytes,
        salt=secrets.token_bytes(_SALT_BYTES),
        cipher="xchacha20-poly1305-ietf",
        nonce=secrets.token_bytes(_NONCE_BYTES),
    )
    bare = msgspec.structs.replace(file, seal=seal)
    sealed = crypto_aead_xchacha20poly1305_ietf_encrypt(seed, _bound(bare), seal.nonce, _derived_key(seal, passphrase))
    return msgspec.structs.replace(bare, sealed=sealed)


def open_seed(file: WalletFile, *, passphrase: str, wallet: str) -> bytes:
    """Return the seed sealed in `file`.

    Raises:
        PassphraseWrong: the passphrase is another one, or anything in the file was changed.
    """
    assert file.seal is not None
    assert file.sealed is not None
    try:
        return crypto_aead_xchacha20poly1305_ietf_decrypt(
            file.sealed, _bound(file), file.seal.nonce, _derived_key(file.seal, passphrase)
        )
    except CryptoError:
        raise PassphraseWrong(wallet=wallet) from None


def _check_head(data: bytes, *, wallet: str) -> None:
    if len(data) > LIMIT_BYTES:
        raise WalletForeign(wallet=wallet, reason=f"larger than {LIMIT_BYTES} bytes")
    try:
        head = msgspec.json.decode(data, type=_Head)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as err:
        raise WalletForeign(wallet=wallet, reason=str(err)) from None
    if head.format != FORMAT:
        raise WalletForeign(wallet=wallet, reason=f"its format is {head.format[:40]!r}")
    if head.version > VERSION:
        raise WalletTooNew(wallet=wallet, version=head.version)


def _fault(file: WalletFile) -> str:
    """Say what a well-typed file has wrong; nothing gives the empty string."""
    if file.version != VERSION:
        return f"there is no format version {file.version}"
    if (file.seal is None) != (file.sealed is None) or (file.seal is None) == (file.seed is None):
        return "it must have either seal and sealed, or seed"
    seal = file.seal
    if seal is None or file.sealed is None:
        return ""
    if len(file.sealed) <= _TAG_BYTES:
        return "what is sealed is too short"
    if len(seal.salt) != _SALT_BYTES or len(seal.nonce) != _NONCE_BYTES:
        return "its salt or nonce has the wrong length"
    if not _LOWEST.passes <= seal.passes <= _HIGHEST.passes:
        return f"{seal.passes} passes are outside {_LOWEST.passes} to {_HIGHEST.passes}"
    if not _LOWEST.memory_bytes <= seal.memory_bytes <= _HIGHEST.memory_bytes:
        return f"{seal.memory_bytes} memory bytes are outside {_LOWEST.memory_bytes} to {_HIGHEST.memory_bytes}"
    return ""


def _bound(file: WalletFile) -> bytes:
    """Return what the seal authenticates: all of the file but `sealed`, as compact JSON with sorted names."""
    return msgspec.json.encode(msgspec.structs.replace(file, sealed=None), order="sorted")


def _derived_key(seal: Seal, passphrase: str) -> bytes:
    said = unicodedata.normalize("NFC", passphrase).encode("utf-8", "surrogatepass")
    try:
        return crypto_pwhash_alg(
            _KEY_BYTES, said, seal.salt, seal.passes, seal.memory_bytes, crypto_pwhash_ALG_ARGON2ID13
        )
    except SodiumFailed:
        raise Unavailable(f"no {seal.memory_bytes} bytes of memory to open or seal a wallet") from None
