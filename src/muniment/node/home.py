"""The directory of a ledger: its store, its key, its trust anchor, its published log.

- `store/`: the LMDB environment, the only source of truth
- `node.key`: seed of the key that signs checkpoints, readable by the owner only
- `trust.json`: what to hand to whoever verifies proofs
- `log/`: the log as static files, derived
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from nacl.bindings import crypto_sign, crypto_sign_seed_keypair

from muniment.core.errors import Halted
from muniment.core.note import Signer, VerifierKey
from muniment.core.trust import Trust
from muniment.storage.errors import NotALedger, no_room
from muniment.storage.ledger_store import BUILDING, sync_directory

KEY = "node.key"
TRUST = "trust.json"
STORE = "store"
LOG = "log"
#: Names that are a ledger's, or left over from a creation that was cut short.
_OWN = {KEY, TRUST, STORE, LOG, "node.new", "trust.new", STORE + BUILDING}


class Home:
    """A ledger directory.

    Args:
        path: The directory.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.store = path / STORE
        self.log = path / LOG
        self.trust = path / TRUST

    def exists(self) -> bool:
        """Answer whether a ledger was made here.

        Raises:
            NotALedger: the path holds something else.
        """
        if not self.path.exists():
            return False
        if not self.path.is_dir():
            raise NotALedger(path=str(self.path), reason="it is a file")
        names = {entry.name for entry in self.path.iterdir()}
        if (self.store / "data.mdb").exists():
            return True
        if foreign := sorted(names - _OWN):
            raise NotALedger(path=str(self.path), reason=f"it holds other things ({foreign[0]})")
        return False

    def make_key(self) -> None:
        """Create the node key, if a creation that was cut short did not already.

        Raises:
            Unavailable: it cannot be written.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            if not (self.path / KEY).exists():
                self._write(KEY, f"{secrets.token_hex(32)}\n".encode(), mode=0o600)
        except OSError as error:
            raise no_room(error, f"a ledger cannot be made in {self.path}") from None

    def signer(self, chain: str) -> Signer:
        """Return the key that signs checkpoints.

        Raises:
            Halted: it is missing or damaged.
        """
        try:
            seed = bytes.fromhex((self.path / KEY).read_text().strip())
            public, secret = crypto_sign_seed_keypair(seed)
        except (OSError, ValueError, TypeError) as error:
            raise Halted(
                f"the node key {self.path / KEY} cannot be read: {error}",
                recover="restore it from your backup; without it the ledger can be read and audited, not continued",
            ) from None
        return VerifierKey.ed25519(chain, public), lambda message: crypto_sign(message, secret)[:64]

    def write_trust(self, trust: Trust) -> None:
        """Write the trust anchor.

        Raises:
            Unavailable: it cannot be written.
        """
        try:
            self._write(TRUST, trust.encode(), mode=0o644)
        except OSError as error:
            raise no_room(error, f"the trust anchor in {self.path} cannot be written") from None

    def _write(self, name: str, data: bytes, *, mode: int) -> None:
        path = self.path / name
        temporary = path.with_suffix(".new")
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        sync_directory(self.path)
