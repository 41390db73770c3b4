"""Children that look at a ledger that may be damaged."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from tests.harness.forks import say
from tests.harness.ledger import anchors, submit, wallet

from muniment.core.errors import Halted, Rejected
from muniment.node.audit import audit
from muniment.node.node import open_node
from muniment.storage import layout
from muniment.storage.errors import NotALedger


def say_audit(path: str) -> None:
    """Say "clean", or what was found and where."""
    try:
        report = audit(Path(path))
    except NotALedger:
        say("none")
        return
    found = report.divergence
    say("clean" if found is None else f"{found.kind} {found.table} {found.file_bytes}")


def say_answers(path: str) -> None:
    """Say a digest of everything that the ledger answers, or which error it gives."""
    try:
        node = open_node(Path(path))
        try:
            digest = sha256()
            with node.view() as view:
                head = view.head()
                for height in range(head.height + 1):
                    part = (view.block(height), view.result(height), view.note(height), view.identities(height))
                    digest.update(repr(part).encode())
                for table in (layout.VALUES, layout.FACTS, layout.PAGES, layout.TILES):
                    for key, _ in view.txn.cursor(db=view.tables[table]):
                        digest.update(key + view.required(table, key))
                digest.update(repr([view.height_of(position) for position in range(head.log_size)]).encode())
        finally:
            node.close()
    except (Rejected, Halted) as error:
        say(f"said {type(error).__name__}")
        return
    say(digest.hexdigest())


def say_writing(path: str) -> None:
    """Open a ledger and write to it; say how that went."""
    try:
        node = open_node(Path(path))
        try:
            outcomes = submit(node, anchors(node, wallet("late"), count=20))
        finally:
            node.close()
    except (Rejected, Halted) as error:
        say(f"said {type(error).__name__}")
        return
    say(f"wrote {len(outcomes)}")
