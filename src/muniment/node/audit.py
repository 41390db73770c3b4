"""Audit a ledger: re-execute its whole log and name the first place where it is not what its log makes it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from muniment import app
from muniment.core.errors import Halted, Rejected
from muniment.core.note import open_checkpoint
from muniment.core.trust import Trust
from muniment.node.auditor import Auditor
from muniment.node.divergence import Diverged, Divergence
from muniment.node.genesis import Genesis
from muniment.node.home import Home
from muniment.node.locating import damaged
from muniment.storage import layout
from muniment.storage.datafile import StructureDamaged
from muniment.storage.errors import FormatUnknown
from muniment.storage.evidence import Evidence, Snapshot
from muniment.storage.published import CHECKPOINT

Progress = Callable[[int, int], None]


class AuditReport(msgspec.Struct, frozen=True, kw_only=True):
    """What an audit found.

    Attributes:
        path: The ledger.
        divergence: The first one, None if the ledger is exactly what its log makes it.
        chain: Chain id, empty if not even that could be read.
        log_key: Verifier key that the checkpoints are signed with; compare it with one you were given.
        height: Last block that was audited and found right, -1 if none.
        transactions: Receipts in the log up to there.
        signatures: Signatures that were verified.
        state_root, log_root, app_hash: After that block, in hex.
        seconds: The audit took.
    """

    path: str
    divergence: Divergence | None
    chain: str = ""
    log_key: str = ""
    height: int = -1
    transactions: int = 0
    signatures: int = 0
    state_root: str = ""
    log_root: str = ""
    app_hash: str = ""
    seconds: float = 0.0

    @property
    def is_clean(self) -> bool:
        """Whether nothing diverged."""
        return self.divergence is None


def audit(
    path: Path, *, progress: Progress | None = None, threads: int | None = None, trust: Trust | None = None
) -> AuditReport:
    """Re-execute the ledger in `path` from its genesis and compare everything that is stored.

    Reads only; another process may have the ledger open, this one must not.

    Args:
        path: Directory of the ledger, or of a copy of it.
        progress: Told blocks audited and blocks in all.
        threads: That verify signatures; None for one a core.
        trust: The chain and keys you expect; without it the audit believes the ledger as to who it is.

    Raises:
        NotALedger, FormatUnknown: it is none, or of another format.
        InUse: this process itself has it open.
    """
    began = time.perf_counter()
    home, auditor, divergence = Home(path), None, None
    genesis: Genesis | None = None
    try:
        with Evidence(home.store) as evidence:
            with evidence.snapshot() as snapshot:
                genesis = _genesis(snapshot, path)
            _check_trust(home, genesis, trust)
            auditor = Auditor(genesis, app.machine(), threads=threads, progress=progress)
            auditor.run(evidence)
        _check_published(home, genesis, auditor)
    except Diverged as found:
        divergence = found.divergence
    except StructureDamaged as found:
        divergence = Divergence(kind="structure", table="", sentence=str(found), file_bytes=(found.start, found.end))
    except Halted as stopped:
        # The re-execution itself met something that cannot be.
        divergence = Divergence(kind="damaged", table="", sentence=str(stopped))
    return _report(path, genesis, auditor, divergence, seconds=time.perf_counter() - began)


def _genesis(snapshot: Snapshot, path: Path) -> Genesis:
    try:
        found = snapshot.required(layout.META, b"format")
    except Halted:
        raise damaged(snapshot, layout.META, b"format") from None
    if found != b"%d" % layout.FORMAT_VERSION:
        raise FormatUnknown(path=str(path), found=found.decode("ascii", "replace"), known=str(layout.FORMAT_VERSION))
    try:
        genesis = Genesis.decode(snapshot.required(layout.META, b"genesis"))
        genesis.parts()
    except (Halted, Rejected) as error:
        raise damaged(snapshot, layout.META, b"genesis", why=str(error)) from None
    return genesis


def _check_trust(home: Home, genesis: Genesis, trust: Trust | None) -> None:
    """Refuse a ledger that says to be another than the one that is expected."""
    if trust is None:
        try:
            trust = Trust.decode(home.trust.read_bytes())
        except FileNotFoundError:
            return
        except (OSError, Rejected) as error:
            raise _file_diverged(home.trust.name, f"trust.json cannot be read: {error}") from None
    if trust.chain != genesis.chain or genesis.log_key not in trust.keys:
        what = (
            f"the genesis is of chain {genesis.chain} and key {genesis.log_key}, which the trust anchor does not name"
        )
        raise _file_diverged(home.trust.name, what)


def _check_published(home: Home, genesis: Genesis, auditor: Auditor) -> None:
    """Refuse a store that is behind the log it published: it was put back to an earlier block."""
    try:
        note = (home.log / CHECKPOINT).read_bytes()
    except OSError:
        return
    name = f"{home.log.name}/{CHECKPOINT}"
    try:
        published = open_checkpoint(note, Trust(genesis.chain, (genesis.log_key,)).verifier_keys())
    except Rejected as error:
        raise _file_diverged(name, f"the published checkpoint cannot be believed: {error}") from None
    head = auditor.replica.head
    if published.size > head.log_size:
        what = (
            f"the ledger published a log of {published.size} transactions and its store holds {head.log_size}: "
            "the store was put back to an earlier block"
        )
        raise _file_diverged(name, what)
    if published.size == head.log_size and published.root != head.log_root:
        raise _file_diverged(name, "the published log has another root than the store")


def _file_diverged(name: str, what: str) -> Diverged:
    return Diverged(Divergence(kind="rewritten", table=name, sentence=what))


def _report(
    path: Path, genesis: Genesis | None, auditor: Auditor | None, divergence: Divergence | None, *, seconds: float
) -> AuditReport:
    if genesis is None or auditor is None:
        return AuditReport(path=str(path), divergence=divergence, seconds=seconds)
    head = auditor.replica.head
    return AuditReport(
        path=str(path),
        divergence=divergence,
        chain=genesis.chain,
        log_key=genesis.log_key,
        height=head.height,
        transactions=head.log_size,
        signatures=auditor.signatures,
        state_root=head.state_root.hex(),
        log_root=head.log_root.hex(),
        app_hash=head.app_hash.hex(),
        seconds=seconds,
    )
