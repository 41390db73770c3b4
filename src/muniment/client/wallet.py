"""A wallet: the keys of one account, and the only thing that can sign for it."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import NoReturn, final

from muniment.client.private_file import write_private
from muniment.client.signing import key_pair
from muniment.client.wallet_file import (
    FORMAT,
    LIMIT_BYTES,
    MODERATE,
    VERSION,
    KdfCost,
    WalletCorrupt,
    WalletFile,
    decode_file,
    encode_file,
    open_seed,
    seal_seed,
)
from muniment.core.errors import Rejected, Unavailable
from muniment.core.keys import account_id, decode_account, encode_account
from muniment.core.suites import DUAL, ED25519, SUITES, suite_named

#: Where a passphrase is looked for when none is passed.
PASSPHRASE_VARIABLE = "MUNIMENT_PASSPHRASE"  # noqa: S105  (the name of a variable, not a passphrase)
NAME_LIMIT_CHARS = 64

_ED_SEED = SUITES[ED25519].seed_bytes


class PassphraseMissing(Rejected, code=45):
    """No passphrase was given for a sealed wallet."""

    wallet: str
    text = "{wallet} needs a passphrase"
    fix = "pass `passphrase=`, or set MUNIMENT_PASSPHRASE"


class WalletMissing(Rejected, code=47):
    """There is no wallet file at this path."""

    wallet: str
    text = "there is no wallet at {wallet}"
    fix = "check the path, or make one: `muniment keys create`"


class WalletExists(Rejected, code=54):
    """A wallet would overwrite a file."""

    wallet: str
    text = "{wallet} exists, and overwriting it could destroy keys for ever"
    fix = "choose another path, or pass `replace=True`"


class WalletNameMalformed(Rejected, code=53):
    """A wallet name that cannot be shown on one line."""

    name: str
    text = "{name!r} is not a wallet name"
    fix = "use 1 to 64 printable characters, with no space at either end"


@final
class Wallet:
    """The private keys of one account.

    Keys may change (`rotated`), the account id does not. A wallet cannot be pickled and never shows its secrets;
    the process that holds it can, of course, read its memory.

    >>> ann = Wallet.from_seed("ann", bytes(32))
    >>> ann.id
    'mun1mkqcvp8wwac0u4lc9l7vzx8my9j5fyz8jxhdsty5rdpszmc33juszmkhyu'
    >>> len(ann.sign(bytes(32)))
    64
    """

    __slots__ = ("_seed", "_sign", "account", "name", "public_key", "suite")

    #: What the holder calls it.
    name: str
    #: The 32 bytes of the account id.
    account: bytes
    #: Suite id: 1 Ed25519, 2 ML-DSA-65, 3 both.
    suite: int
    public_key: bytes

    def __init__(self, name: str, *, suite: int, seed: bytes, account: bytes | None) -> None:
        if not (0 < len(name) <= NAME_LIMIT_CHARS and name.isprintable() and name == name.strip()):
            raise WalletNameMalformed(name=name[: NAME_LIMIT_CHARS + 1])
        self.name = name
        self.suite = suite
        self._seed = bytes(seed)
        self.public_key, self._sign = key_pair(suite, self._seed)
        self.account = account_id(suite, self.public_key) if account is None else account

    @classmethod
    def create(cls, name: str, *, suite: str = "ed25519") -> Wallet:
        """Make a wallet with new random keys, and so a new account.

        Raises:
            SuiteUnknown: the suite is not "ed25519", "ml-dsa-65" or "dual".
            WalletNameMalformed: the name is empty, too long or not printable.
        """
        chosen = suite_named(suite)
        return cls(name, suite=chosen.id, seed=secrets.token_bytes(chosen.seed_bytes), account=None)

    @classmethod
    def from_seed(cls, name: str, seed: bytes, *, suite: str = "ed25519", account: bytes | None = None) -> Wallet:
        """Make the wallet whose private keys are `seed`.

        Args:
            name: What to call it.
            seed: 32 bytes; for the dual suite 64, Ed25519's first.
            suite: "ed25519", "ml-dsa-65" or "dual".
            account: The account id, if these are not its first keys.
        """
        return cls(name, suite=suite_named(suite).id, seed=seed, account=account)

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, passphrase: str | None = None) -> Wallet:
        """Read a wallet file.

        Args:
            path: The file.
            passphrase: What it was sealed with; None takes it from MUNIMENT_PASSPHRASE. A plain file needs none.

        Raises:
            WalletMissing, WalletForeign, WalletTooNew, WalletCorrupt: and what is wrong.
            PassphraseMissing, PassphraseWrong: it is sealed and stays closed.
        """
        wallet = os.fspath(path)
        file = decode_file(_content(Path(path)), wallet=wallet)
        seed = file.seed
        if seed is None:
            seed = open_seed(file, passphrase=_passphrase(passphrase, wallet=wallet), wallet=wallet)
        return _rebuilt(file, seed, wallet=wallet)

    def save(
        self,
        path: str | os.PathLike[str],
        *,
        passphrase: str | None = None,
        plain: bool = False,
        replace: bool = False,
        cost: KdfCost = MODERATE,
    ) -> None:
        """Write the wallet to a new file that only its owner can read, sealed under a passphrase.

        Args:
            path: The file; its directory must exist.
            passphrase: None takes it from MUNIMENT_PASSPHRASE.
            plain: Write the private keys unsealed, without a passphrase.
            replace: Overwrite a file that exists.
            cost: What one guess of the passphrase shall cost.

        Raises:
            PassphraseMissing: none was given, or an empty one.
            WalletExists: there is a file and `replace` is false.
            Unavailable: the disk does not take it; nothing changed.
        """
        if plain and passphrase is not None:
            raise ValueError("a plain wallet has no passphrase: pass one or the other")
        wallet = os.fspath(path)
        file = self._file()
        if plain:
            file = self._file(seed=self._seed)
        else:
            said = _passphrase(passphrase, wallet=wallet)
            file = seal_seed(file, self._seed, passphrase=said, cost=cost)
        _write(Path(path), encode_file(file), replace=replace)

    @property
    def id(self) -> str:
        """The account id as text: bech32m, `mun1...`."""
        return encode_account(self.account)

    @property
    def suite_name(self) -> str:
        """The suite as a word: "ed25519", "ml-dsa-65" or "dual"."""
        return SUITES[self.suite].name

    def sign(self, digest: bytes) -> bytes:
        """Return the signature of `digest`, 64, 3309 or 64 + 3309 bytes; the digest must bind the suite id."""
        return self._sign(digest)

    def rotated(self, *, suite: str | None = None) -> Wallet:
        """Return a wallet of the same account with new keys; they count once the ledger accepts the rotation.

        Going from one algorithm to both keeps the key there is and adds the other.

        Args:
            suite: The suite of the new keys; None keeps the one there is.
        """
        chosen = suite_named(self.suite_name if suite is None else suite)
        seed = secrets.token_bytes(chosen.seed_bytes)
        if chosen.id == DUAL and self.suite != DUAL:
            seed = self._seed + seed[_ED_SEED:] if self.suite == ED25519 else seed[:_ED_SEED] + self._seed
        return Wallet(self.name, suite=chosen.id, seed=seed, account=self.account)

    def __repr__(self) -> str:
        return f"<Wallet {self.name!r} {self.id} {self.suite_name}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a wallet is not pickled: its file is written by `save`")

    def _file(self, *, seed: bytes | None = None) -> WalletFile:
        return WalletFile(
            format=FORMAT,
            version=VERSION,
            name=self.name,
            account=self.id,
            suite=self.suite_name,
            public_key=self.public_key,
            seed=seed,
        )


def _passphrase(given: str | None, *, wallet: str) -> str:
    said = os.environ.get(PASSPHRASE_VARIABLE) if given is None else given
    if not said:
        raise PassphraseMissing(wallet=wallet)
    return said


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LIMIT_BYTES + 1)
    except FileNotFoundError:
        raise WalletMissing(wallet=str(path)) from None
    except OSError as err:
        raise Unavailable(f"cannot read wallet {path}: {err.strerror}") from None


def _write(path: Path, data: bytes, *, replace: bool) -> None:
    try:
        write_private(path, data, replace=replace)
    except FileExistsError:
        raise WalletExists(wallet=str(path)) from None
    except OSError as err:
        raise Unavailable(f"cannot write wallet {path}: {err.strerror}") from None


def _rebuilt(file: WalletFile, seed: bytes, *, wallet: str) -> Wallet:
    try:
        rebuilt = Wallet.from_seed(file.name, seed, suite=file.suite, account=decode_account(file.account))
    except Rejected as err:
        raise WalletCorrupt(wallet=wallet, reason=str(err)) from None
    if rebuilt.public_key != file.public_key:
        raise WalletCorrupt(wallet=wallet, reason="its public key is not the one of its private key")
    return rebuilt
